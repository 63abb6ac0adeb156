//! A list that comes page by page.

mod state;

pub use state::{Listing, Rest};
