//! Pure rules of the review: the same code decides in the proxy and explains in the console.
//!
//! No I/O, no async, no clock: times come in as arguments. Words used here and everywhere:
//!
//! * **agent**: an agent on the platform, with its versioned *prompt*
//! * **interaction**: one past session of an agent, with its transcript
//! * **feedback**: one rating of an interaction
//! * **dream**: one run of reflection; **report**: what we show of it
//! * **suggestion**: one proposal of a dream
//! * **change**: what someone staged from suggestions; the unit of approval and apply
//! * **digest**: SHA-256 that names exactly what would be applied and on what base
//! * **policy**: what it takes to change an agent

pub mod address;
pub mod advice;
pub mod anchors;
pub mod approvals;
pub mod automation;
pub mod cases;
pub mod chain;
pub mod checks;
pub mod digest;
pub mod dreaming;
pub mod estimate;
pub mod in_place;
pub mod likeness;
pub mod manifest;
pub mod memory_uses;
pub mod prices;
pub mod reflection;
pub mod regression;
pub mod retry;
pub mod rule_log;
pub mod rules;
pub mod scale;
pub mod schedule;
pub mod stats;
pub mod store_diff;
pub mod transcript;
pub mod webhook;
pub mod window;
pub mod words;
pub mod workflow;
