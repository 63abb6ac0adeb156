//! Comments on lines: what was said, what is being written, what is on its way. Where they stand is the diff's to say.

mod state;

pub use state::{Comments, Failed, Writing};
