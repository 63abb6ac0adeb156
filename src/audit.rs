//! The audit: who did what to what, and when.

mod filters;
mod page;
mod state;
mod verify;

pub use page::AuditPage;
