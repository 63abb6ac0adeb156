//! Rigs: the real program as processes, ended and stopped at the worst moments, against a platform that
//! misbehaves.
//!
//! Few runs by default; `DREAM_REVIEW_LONG=1` makes them long, and `DREAM_REVIEW_LONG_MINUTES` ends each
//! long one after so many minutes with the runs that it came to. What each came to is printed as a line
//! `promise-figure …`, which `cargo xtask promises` shows.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails is a test that fails"
)]

mod automation;
mod case;
mod crash;
#[path = "../support/databases.rs"]
mod databases;
mod figures;
mod memory;
mod proxy;
mod race;
mod world;

use review_proxy::store;
