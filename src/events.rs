//! The events of a transcript or of a raw log, loaded page by page, and the one that a link names.

mod search_notice;
mod state;

pub use search_notice::SearchNotice;
pub use state::{Events, Search};
