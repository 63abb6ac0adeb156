//! Feedback on one interaction: the fields in which it is written, and the ratings that were given.
//!
//! The page of an interaction and the workbench both show these.

mod check;
mod draft;
mod fields;
mod given;
mod state;

pub use check::CheckKind;
pub use draft::{FeedbackDraft, Typed};
pub use fields::{FeedbackFields, WordFields};
pub use given::GivenFeedback;
pub use state::{EditForm, Failed, FeedbackForm, Ratings};
