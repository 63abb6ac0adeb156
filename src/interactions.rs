//! Interactions: an agent's list, transcripts, what people think of them, and the workbench that labels them.

mod feedback;
mod files;
mod labelling;
mod list;
mod page;
mod state;

pub use files::FeedbackFilesPage;
pub use labelling::LabellingPage;
pub use list::AgentInteractionsPage;
pub use page::InteractionPage;
