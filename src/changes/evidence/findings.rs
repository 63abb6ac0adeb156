//! What has to be read in the text because it cannot be seen in it, and what becomes of instructions.

use crate::{
    changes::state::OpenChange,
    diff_view::{DiffNav, InstructionList},
};
use leptos::prelude::*;
use prompt_diff::{FindingCount, Side, Weight, finding_counts};
use review_api::Change;
use std::sync::Arc;

#[component]
pub(super) fn Findings(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    nav: DiffNav,
) -> impl IntoView {
    let facts = open.facts();
    let blocking = Memo::new(move |_| {
        change.with(|it| {
            let counts = finding_counts(&it.base.text, &it.proposed);
            counts.into_iter().filter(must_be_read).collect::<Vec<_>>()
        })
    });
    let nothing = move || {
        blocking.with(Vec::is_empty) && facts.with(|facts| facts.instructions.removed.is_empty())
    };
    view! {
        <section class="evidence-part" aria-labelledby="findings">
            <h2 id="findings">"Findings"</h2>
            <Show when=move || blocking.with(|found| !found.is_empty())>
                <MustBeRead open change blocking nav />
            </Show>
            <InstructionList facts nav />
            <Show when=nothing>
                <p class="evidence-none">"No instruction is removed, and nothing is hidden in the text."</p>
            </Show>
        </section>
    }
}

fn must_be_read(found: &FindingCount) -> bool {
    found.first.weight == Weight::Blocking && found.count.after > 0
}

/// The findings that hold up an approval, and where one says that one has read them.
#[component]
fn MustBeRead(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    blocking: Memo<Vec<FindingCount>>,
    nav: DiffNav,
) -> impl IntoView {
    let row = move |one: FindingCount| {
        let start = one.first.range.start;
        let line = change.with_untracked(|it| {
            let before = it.proposed.get(..start).unwrap_or_default();
            before.matches('\n').count()
        });
        let reads_as = one.first.reads_as.as_ref();
        let reads_as = reads_as.map(|text| format!(", reads as “{text}”"));
        let words = format!(
            "{} (U+{}){}",
            one.first.name,
            one.code_points.replace('+', " U+"),
            reads_as.unwrap_or_default()
        );
        let times = match (one.count.before, one.count.after) {
            (0, 1) => "new".to_owned(),
            (0, after) => format!("new, {after} times"),
            (before, after) if before == after => format!("{after} times, as before"),
            (before, after) => format!("{after} times, {before} before"),
        };
        view! {
            <li>
                <button type="button" class="finding-link" on:click=move |_| nav.go_to_line(Side::After, line)>
                    <span class="finding-text" dir="auto">{words}</span>
                    <span class="finding-line">{format!("line {}, {times}", line + 1)}</span>
                </button>
            </li>
        }
    };
    let label = Signal::derive(move || match blocking.with(Vec::len) {
        1 => "I have read this finding".to_owned(),
        count => format!("I have read these {count} findings"),
    });
    view! {
        <div class="finding" data-finding="hidden" data-about="must-be-read">
            <h3 class="finding-title">"To read before approving"</h3>
            <ul class="finding-items">{move || blocking.get().into_iter().map(row).collect_view()}</ul>
            <Acknowledge open label />
        </div>
    }
}

#[component]
fn Acknowledge(open: OpenChange, label: Signal<String>) -> impl IntoView {
    let has_read = Signal::derive(move || open.findings_read().is_some());
    view! {
        <label class="switch">
            <input
                type="checkbox"
                name="findings-read"
                prop:checked=has_read
                on:change=move |event| open.read_findings(event_target_checked(&event))
            />
            <span>{label}</span>
        </label>
    }
}
