//! The proxy: holds the platform's key and the review state, and enforces every rule.

#[cfg(all(feature = "failpoints", not(debug_assertions)))]
compile_error!(
    "the feature `failpoints` is for test builds: leave it out, or build without --release"
);

#[macro_use]
mod failpoint;

pub mod assets;
pub mod auth;
pub mod automation;
pub mod commands;
pub mod config;
#[cfg(test)]
#[path = "../tests/support/databases.rs"]
mod databases;
pub mod dreaming;
pub mod error;
pub mod feedback_file;
mod folder;
pub mod hooks;
pub mod http;
pub mod ledger;
pub mod outgoing;
mod pace;
pub mod platform;
pub mod review;
pub mod schedule;
mod start;
pub mod store;
pub mod terminal;
pub mod testing;

pub use pace::Pace;
pub use start::{Running, StartError, start};
