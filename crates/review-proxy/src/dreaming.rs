//! Keeps the store's copy of the platform fresh, and reads through what is too large to copy.

pub mod copy;
pub mod derive;
pub(crate) mod limits;
pub mod log;
mod pages;
mod reader;
mod reflect;
mod scheduler;
mod sync;
pub mod transcript;
mod versions;

#[cfg(test)]
mod tests;

pub(crate) use log::message_text;
pub use reader::{Reader, Readings};
pub use reflect::Reflector;
pub use scheduler::Scheduler;
pub use sync::{Report, SyncError, Syncer};
pub use transcript::LogError;
