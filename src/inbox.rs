//! The inbox: what waits for whoever asks, and how dreaming goes.

mod announced;
mod automatic;
mod health;
mod page;
mod state;

pub use page::InboxPage;
pub use state::Inbox;
