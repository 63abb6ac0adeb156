//! The proxy as its users meet it: over HTTP, on a real database, against a stand-in platform.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails is a test that fails"
)]

mod support;

mod applying;
mod audit;
mod bad_decisions;
mod bad_input;
mod console;
mod gates;
mod journey;
mod keys;
mod ledger;
mod lists;
mod openapi;
mod program;
mod roles;
mod secrets;
