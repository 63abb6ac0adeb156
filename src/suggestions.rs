//! One suggestion: what a dream proposes, what led to it, and the decision on it.

mod decide;
mod evidence;
mod memory;
mod notices;
mod page;
mod reading;
mod reject;
mod selection;
mod state;
mod transcript;
mod uses;

pub use page::SuggestionPage;
