//! The interactions that used a memory, listed under the memory's name.

use super::{evidence::follow, reading::Reading, state::OpenSuggestion};
use crate::{memory_diff::ChangedFile, memory_diff::FileChange, routes::Route, ui::Time};
use leptos::prelude::*;
use review_api::{MemoryUse, MemoryUseKind, MemoryUses, Suggestion};
use std::sync::Arc;

/// Returns what is shown under the name of a file: nothing where no transcript names it.
pub(super) fn used(
    open: OpenSuggestion,
    suggestion: Signal<Arc<Suggestion>>,
    file: &ChangedFile,
) -> AnyView {
    // Interactions know a memory by the path that it has now.
    let path = match &file.change {
        FileChange::Renamed { from } => from,
        _ => &file.path,
    };
    let uses = suggestion.with_untracked(|it| {
        let mut all = it.memory_uses.iter();
        all.find(|uses| uses.path == *path).cloned()
    });
    uses.map(|uses| view! { <Uses open uses /> }).into_any()
}

#[component]
fn Uses(open: OpenSuggestion, uses: MemoryUses) -> impl IntoView {
    let path = uses.path.clone();
    let row = |one: MemoryUse| {
        let id = one.interaction_id.clone();
        let reading = Reading::using(&path, &one);
        view! {
            <li>
                <a
                    href=Route::Interaction { id }.href()
                    dir="auto"
                    on:click=move |click| follow(&click, open, &reading)
                >
                    {one.title}
                </a>
                " "
                <span class="memory-use">{word(one.kind)} ", " <Time at=one.at /></span>
            </li>
        }
    };
    let (count, shown) = (uses.count, uses.latest.len());
    let is_part = usize::try_from(count).is_ok_and(|count| count > shown);
    view! {
        <details class="memory-uses" data-about="uses">
            <summary>{summary(count)}</summary>
            <ul>{uses.latest.into_iter().map(row).collect_view()}</ul>
            <p class="section-note">
                {is_part.then(|| format!("The last {shown} of {count}. "))}
                "Found by reading their transcripts; what stands in none is not counted."
            </p>
        </details>
    }
}

fn summary(count: u32) -> String {
    match count {
        1 => "Used in 1 interaction".to_owned(),
        count => format!("Used in {count} interactions"),
    }
}

fn word(kind: MemoryUseKind) -> &'static str {
    match kind {
        MemoryUseKind::Written => "wrote it",
        MemoryUseKind::Read => "read it",
        MemoryUseKind::Named => "names it",
    }
}
