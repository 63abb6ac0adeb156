//! Interactions: an agent's list, transcripts, and what people think of them.

mod feedback;
mod list;
mod page;
mod state;

pub use list::AgentInteractionsPage;
pub use page::InteractionPage;
