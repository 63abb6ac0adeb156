//! A dream's raw log.

mod page;
mod state;

pub use page::DreamLogPage;
