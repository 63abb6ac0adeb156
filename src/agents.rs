//! Agents: the list, one agent with its prompt and settings, and the form for a new one.

mod advice;
mod automation;
mod create;
mod drift;
mod keeping;
mod list;
mod page;
mod policy;
mod prompt;
mod regression;
mod rule;
mod settings;
mod sleeping;
mod state;
mod trends;
mod versions;
mod webhook;

pub use create::NewAgentPage;
pub use list::AgentsPage;
pub use page::AgentPage;
pub use trends::AgentTrendsPage;
pub use webhook::AgentWebhookPage;
