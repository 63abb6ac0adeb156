//! The console as a whole: start-up, shell and the way to each page.

mod pages;
mod palette;
mod shell;
mod start;

pub use start::{App, Console};
