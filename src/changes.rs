//! Changes: what was staged, and how it goes on from there.

mod decide;
mod dialogs;
mod evidence;
mod list;
mod notices;
mod page;
mod state;
mod words;

pub use list::ChangesPage;
pub use page::ChangePage;
