//! Files of an agent's ratings: taken in after a look at what they come to, and taken away.

mod page;
mod state;

pub use page::FeedbackFilesPage;
