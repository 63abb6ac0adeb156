//! The diffs of all files below one another; only those near the window are on the page.

use super::{
    files::{ChangedFile, FileChange},
    state::{MemoryFiles, Outcome},
};
use crate::{
    diff_view::{DiffLines, DiffNav},
    ui::{KeyHint, Windowed, WindowedRows},
};
use leptos::prelude::*;
use std::{cell::Cell, sync::Arc};

/// What stays at the top of the window over the files.
const COVERED_PX: f64 = 60.0;

/// Height of a file's own bar, CSS pixels.
const HEAD_PX: f64 = 44.0;

#[component]
pub(super) fn FileList(open: MemoryFiles) -> impl IntoView {
    let shown = Memo::new(move |_| open.shown());
    let key = |file: &Arc<ChangedFile>| format!("{:p}:{}", Arc::as_ptr(file), file.path);
    let files = Windowed::new(shown, key, estimate_px, COVERED_PX);
    Effect::new(move |_| {
        if let Some(path) = open.wanted.get() {
            let place =
                shown.with_untracked(|shown| shown.iter().position(|file| file.path == path));
            if let Some(place) = place {
                // Aimed at twice: the files above are measured by then.
                let is_again = Cell::new(false);
                files.show(place, move || is_again.replace(true));
            }
        }
    });
    view! {
        <div class="memory-files">
            <WindowedRows windowed=files class="memory-files-rows" let:(_place, file)>
                <li>
                    <File open file />
                </li>
            </WindowedRows>
            <Show when=move || shown.with(|shown| shown.is_empty())>
                <p class="diff-equal">"No file that changes fits the filter."</p>
            </Show>
        </div>
    }
}

/// Guesses the height of a file by its lines.
fn estimate_px(file: &Arc<ChangedFile>) -> f64 {
    let lines = file.before.lines().count().max(file.after.lines().count());
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of lines far below 2^52"
    )]
    let lines = lines.min(40) as f64;
    HEAD_PX + 36.0 + lines * 21.0
}

/// One file: its bar, and its lines.
#[component]
fn File(open: MemoryFiles, file: Arc<ChangedFile>) -> impl IntoView {
    let opened = open.open_file(&file);
    let diff = opened.diff.get_untracked();
    let nav = DiffNav::silent();
    let old_name = match &file.change {
        FileChange::Renamed { from } => Some(format!("was {from}")),
        _ => None,
    };
    let shown = StoredValue::new(Arc::clone(&file));
    let outcome = Memo::new(move |_| open.outcome(&shown.get_value()));
    let choose = move |is_taken| open.choose(&shown.get_value(), is_taken);
    let decide = move || {
        open.may_decide.get().then(|| {
            view! {
                <span class="diff-picks">
                    <button
                        type="button"
                        class="diff-pick"
                        data-action="take-file"
                        aria-pressed=move || (outcome.get() == Outcome::Taken).to_string()
                        on:click=move |_| choose(true)
                    >
                        "Accept file"
                        <KeyHint keys="a" />
                    </button>
                    <button
                        type="button"
                        class="diff-pick"
                        data-action="leave-file"
                        aria-pressed=move || (outcome.get() == Outcome::LeftOut).to_string()
                        on:click=move |_| choose(false)
                    >
                        "Leave out"
                        <KeyHint keys="x" />
                    </button>
                </span>
            }
        })
    };
    let tools = open.tools(opened);
    let (here, stand) = (file.path.clone(), file.path.clone());
    let body = if diff.hunks.is_empty() {
        view! { <p class="diff-equal">"The text stays as it is."</p> }.into_any()
    } else {
        view! { <DiffLines diff of=file.path.clone() nav tools /> }.into_any()
    };
    view! {
        <article
            class="memory-file"
            data-path=file.path.clone()
            data-change=file.change.as_str()
            data-left-out=move || (outcome.get() == Outcome::LeftOut).then_some("")
            data-current=move || open.is_at(&here).then_some("")
            on:click=move |_| open.stand_at(&stand)
        >
            <header class="memory-file-head">
                <span class="memory-sign" aria-hidden="true">{file.change.sign()}</span>
                <h2 class="memory-file-name">
                    <bdi>{file.path.clone()}</bdi>
                </h2>
                <span class="memory-file-change">{file.change.as_str()} " " {old_name}</span>
                {decide}
            </header>
            {open.notes_on(&file)}
            {body}
        </article>
    }
}
