//! Settings, and what this is.

mod page;

pub use page::SettingsPage;
