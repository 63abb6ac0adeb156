//! The audit: who did what to what, and when.

mod page;
mod state;

pub use page::AuditPage;
