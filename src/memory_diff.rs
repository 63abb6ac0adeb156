//! What a dream makes of a memory store: a tree of the files that change, and the diff of each in one scroll.
//!
//! Works over a plain list of files; knows nothing of where it comes from.

mod files;
mod list;
mod state;
mod tree;

pub use files::{ChangedFile, FileChange, MemoryFile, changed};

use leptos::prelude::*;
use list::FileList;
use state::OpenFiles;
use std::sync::Arc;
use tree::Tree;

/// A tree of the files that change on the left, their diffs on the right.
#[component]
pub fn MemoryDiff(
    /// All files of the store, on both sides.
    #[prop(into)]
    files: Signal<Arc<Vec<MemoryFile>>>,
    /// Names the person and what is decided on, such as `reviewer:sug_1`; decisions and marks are kept under it.
    subject: String,
    /// Whether one decides here, or only reads.
    #[prop(optional)]
    may_decide: bool,
) -> impl IntoView {
    let open = OpenFiles::new(files, subject, may_decide);
    view! {
        <section class="memories" aria-label="Memories that change">
            <Tree open />
            <FileList open />
        </section>
    }
}
