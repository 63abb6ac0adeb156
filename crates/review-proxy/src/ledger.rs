//! The ledger as evidence: verified against its own chain and against checkpoints that are kept outside.

mod checkpoints;
mod key;
#[cfg(test)]
mod tests;
mod verify;

pub use checkpoints::{Checkpointer, Kept, checkpoints_of, read_checkpoints};
pub(crate) use key::make_key;
pub use key::{AuditKey, BadAuditKey, read_public_key};
pub use verify::{Finding, Verified, verify};
