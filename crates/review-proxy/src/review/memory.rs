//! Changes of memories: the same way as a change of a prompt, but over one memory store.
//!
//! The platform has no transactions, so such a change is a list of steps, each guarded by the SHA-256 of the
//! text that was seen. They are taken one by one, and each is noted, with its ledger row, before the next one
//! is sent: whatever interrupts that, the list of what is done stays exact. Nothing is sent twice by itself.
//!
//! A change of which some steps are done is neither edited nor restaged: that would part the steps from the
//! texts that undo them. It is applied further, rolled back, or given up as it is.

mod apply;
mod back;
mod find_out;
mod look;
mod read;
mod revise;
mod stage;
mod stop;
mod watch;

pub(super) use revise::given_manifest;
pub(super) use watch::Watched;
