//! The proxy as its users meet it: over HTTP, on a real database, against a stand-in platform.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails is a test that fails"
)]

#[path = "../support/databases.rs"]
mod databases;
mod outcomes;
mod support;
mod trends;
/// What the databases' support knows the store by.
use review_proxy::store;

mod applying;
mod approvals;
mod audit;
mod automation;
mod automation_limits;
mod automation_refused;
mod bad_decisions;
mod bad_input;
mod commands;
mod comments;
mod console;
mod dreaming;
mod drift;
mod feedback;
mod gates;
mod hints;
mod importing;
mod in_place;
mod interleavings;
mod journey;
mod keys;
mod ledger;
mod lists;
mod memories;
mod memory_contract;
mod memory_rig;
mod memory_runs;
mod memory_trials;
mod openapi;
mod outgoing;
mod program;
mod reflection;
mod roles;
mod rollback;
mod routes;
mod secrets;
mod staging_tests;
mod staleness;
mod storage;
mod terminals;
