//! The workbench: an agent's unrated interactions, one after the other, a key for each rating.

mod case;
mod filters;
mod outbox;
mod page;
mod queue;
mod state;
mod unsaved;

pub use page::LabellingPage;
