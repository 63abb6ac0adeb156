//! Wire types of the console API: data only, shared by console and proxy.
//!
//! Every JSON body that crosses `/api` is one of these types, so nothing is written twice. Times are
//! RFC 3339 strings in UTC, prompts are strings exactly as the platform holds them, sizes say their
//! unit in the name. Readers ignore fields that they do not know; writers never drop a field.

mod agent;
mod audit;
mod automation;
mod change;
mod comment;
mod delivery;
mod dream;
mod dream_run;
mod error;
mod feedback;
mod feedback_import;
mod hook;
mod id;
mod inbox;
mod interaction;
mod memory;
mod money;
mod outcomes;
mod page;
mod reflection;
mod session;
mod staging_test;
mod suggestion;
mod trends;

pub use agent::*;
pub use audit::*;
pub use automation::*;
pub use change::*;
pub use comment::*;
pub use delivery::*;
pub use dream::*;
pub use dream_run::*;
pub use error::*;
pub use feedback::*;
pub use feedback_import::*;
pub use hook::*;
pub use id::*;
pub use inbox::*;
pub use interaction::*;
pub use jiff::Timestamp;
pub use memory::*;
pub use money::*;
pub use outcomes::*;
pub use page::*;
pub use reflection::*;
pub use session::*;
pub use staging_test::*;
pub use suggestion::*;
pub use trends::*;

/// Version of the console API; console and proxy must agree on it.
pub const API_VERSION: u32 = 1;

/// Longest prompt that the platform takes, in characters (not bytes).
pub const MAX_PROMPT_CHARS: usize = 100_000;

/// Longest comment, expected answer or reason, in bytes.
pub const MAX_COMMENT_BYTES: usize = 64 * 1024;

/// Most items that one page may carry.
pub const MAX_PAGE_ITEMS: u32 = 100;

/// Longest text or pattern of a check, in bytes.
pub const MAX_CHECK_TEXT_BYTES: usize = 1_024;

/// Longest rubric of a check, in bytes.
pub const MAX_RUBRIC_BYTES: usize = 8 * 1024;
