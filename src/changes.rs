//! Changes: what was staged, and how it goes on from there.

mod check;
mod decide;
mod dialogs;
mod editor;
mod evidence;
mod line_ends;
mod list;
mod memory;
mod merging;
mod notices;
mod page;
mod refusals;
mod restage;
mod state;
mod testing;
mod words;

pub use list::ChangesPage;
pub use page::ChangePage;
