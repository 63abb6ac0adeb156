//! Dreams: the report and the raw log.

mod about;
mod in_place;
mod log;
mod metrics;
mod page;
mod patterns;
mod reflection;
mod state;
mod suggestions;
mod words;

pub use log::DreamLogPage;
pub use page::DreamPage;
