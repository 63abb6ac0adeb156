//! The proxy: holds the platform's key and the review state, and enforces every rule.

pub mod assets;
pub mod auth;
pub mod config;
#[cfg(test)]
#[path = "../tests/support/databases.rs"]
mod databases;
pub mod dreaming;
pub mod error;
pub mod hooks;
pub mod http;
pub mod ledger;
pub mod platform;
pub mod review;
mod start;
pub mod store;

pub use start::{Running, StartError, start};
