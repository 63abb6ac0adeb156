//! What a dream makes of a memory store: a tree of the files that change, and the diff of each in one scroll.
//!
//! Works over a plain list of files; knows nothing of where it comes from.

mod files;
mod list;
mod state;
mod tree;

pub use files::{ChangedFile, FileChange, MemoryFile, changed};
pub use state::{Decided, MemoryFiles, Outcome};

use crate::diff_view::CommentsUnread;
use leptos::prelude::*;
use list::FileList;
use tree::Tree;

/// A tree of the files that change on the left, their diffs on the right.
#[component]
pub fn MemoryDiff(
    /// The files, and what is decided on each.
    files: MemoryFiles,
) -> impl IntoView {
    let comments = files.comments();
    files.offer_keys();
    view! {
        {comments.map(|comments| view! { <CommentsUnread comments /> })}
        <section class="memories" aria-label="Memories that change">
            <Tree open=files />
            <FileList open=files />
        </section>
    }
}
