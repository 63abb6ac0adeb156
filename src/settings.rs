//! Settings, and what this is.

mod automation;
mod page;
mod state;

pub use page::SettingsPage;
