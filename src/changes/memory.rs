//! What a change does to a memory store: its operations, how far each is, and the one that is read.

use super::words::step;
use crate::{
    comments::Comments,
    diff_view::{DiffNav, DiffView, Tools, compared},
    ui::{Badge, LongText, Notice, Time, Tone},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{Change, ChangeState, MemoryChange, MemoryOperation, MemoryStep};
use std::sync::Arc;

#[component]
pub(super) fn MemoryView(
    change: Signal<Arc<Change>>,
    nav: DiffNav,
    /// What is said on its memories.
    comments: Comments,
) -> impl IntoView {
    let memory = Memo::new(move |_| change.with(|it| it.memory.clone()));
    let chosen = RwSignal::new(0_usize);
    let steps =
        Memo::new(move |_| memory.with(|memory| memory.as_ref().map(steps).unwrap_or_default()));
    let awaited = Memo::new(move |_| {
        change.with(|it| {
            let state = it.summary.state;
            matches!(state, ChangeState::Applying | ChangeState::NeedsALook)
        })
    });
    let progress = move || {
        steps.with(|steps| {
            let done = steps.iter().filter(|step| step.done_at.is_some()).count();
            match steps.len() {
                1 if done == 0 => "1 operation".to_owned(),
                1 => "1 operation, done".to_owned(),
                all if done == 0 => format!("{all} operations, in this order"),
                all => format!("{done} of {all} operations done"),
            }
        })
    };
    let store = move || memory.with(|memory| memory.as_ref().map(|it| it.store_name.clone()));
    let rows = move || {
        let awaited = awaited.get();
        let row = |(place, taken): (usize, MemoryStep)| {
            view! { <StepRow taken place chosen awaited comments /> }
        };
        steps.get().into_iter().enumerate().map(row).collect_view()
    };
    view! {
        <section class="memory" aria-labelledby="memory-title" data-about="memory">
            <div class="section-head">
                <h2 id="memory-title">"Memories of " {store}</h2>
                <span class="section-note" data-about="memory-progress">{progress}</span>
            </div>
            <ol class="rows memory-steps">{rows}</ol>
            <ElsewhereSaid comments memory />
            <ChosenStep memory steps chosen nav comments />
        </section>
    }
}

/// Returns the steps in the order in which they are taken; those of the manifest where there is no plan yet.
fn steps(memory: &MemoryChange) -> Vec<MemoryStep> {
    if !memory.steps.is_empty() {
        return memory.steps.clone();
    }
    let planned = memory.manifest.operations.iter().cloned();
    planned
        .map(|operation| MemoryStep {
            operation,
            done_at: None,
            memory_id: None,
        })
        .collect()
}

#[component]
fn StepRow(
    taken: MemoryStep,
    place: usize,
    chosen: RwSignal<usize>,
    /// Whether the outcome of the application is awaited.
    awaited: bool,
    comments: Comments,
) -> impl IntoView {
    let (verb, path) = step(&taken.operation);
    let name = taken.operation.name().to_owned();
    let said = move || match comments.open_by_path().get(&name) {
        None => None,
        Some(1) => Some("1 open comment".to_owned()),
        Some(more) => Some(format!("{more} open comments")),
    };
    let tone = match taken.operation {
        MemoryOperation::Delete { .. } => Tone::Bad,
        MemoryOperation::Create { .. } => Tone::Good,
        MemoryOperation::Edit { .. } | MemoryOperation::Rename { .. } => Tone::Accent,
    };
    let done = match taken.done_at {
        Some(at) => view! { "done " <Time at /> }.into_any(),
        None if awaited => "not known to be done".into_any(),
        None => "not done".into_any(),
    };
    view! {
        <li class="row" data-step=place data-done=taken.done_at.is_some().to_string()>
            <button
                type="button"
                class="row-link memory-step"
                data-row=""
                aria-pressed=move || (chosen.get() == place).to_string()
                on:click=move |_| chosen.set(place)
            >
                <span class="row-number">{place + 1}</span>
                <span><Badge tone>{verb}</Badge></span>
                <span class="row-title"><code>{path}</code></span>
                <span class="row-soft memory-done">{said} " " {done}</span>
            </button>
        </li>
    }
}

/// The memory that one operation is about, before and after it.
#[component]
fn ChosenStep(
    memory: Memo<Option<MemoryChange>>,
    steps: Memo<Vec<MemoryStep>>,
    chosen: RwSignal<usize>,
    nav: DiffNav,
    comments: Comments,
) -> impl IntoView {
    let operation = Memo::new(move |_| {
        let place = chosen.get();
        steps.with(|steps| steps.get(place).map(|step| step.operation.clone()))
    });
    let texts = Memo::new(move |_| {
        let sides = memory.with(|memory| {
            operation.with(|operation| Some(sides(memory.as_ref()?, operation.as_ref()?)))
        });
        sides.unwrap_or_else(|| Sides::new(Arc::from(""), Arc::from("")))
    });
    let names = Signal::derive(move || {
        operation.with(|operation| match operation {
            Some(MemoryOperation::Create { path, .. }) => {
                Sides::new("nothing".to_owned(), path.clone())
            }
            Some(MemoryOperation::Delete { path, .. }) => {
                Sides::new(path.clone(), "removed".to_owned())
            }
            Some(MemoryOperation::Rename { from, to, .. }) => Sides::new(from.clone(), to.clone()),
            Some(MemoryOperation::Edit { path, .. }) => {
                Sides::new(format!("{path}, before"), format!("{path}, after"))
            }
            None => Sides::new(String::new(), String::new()),
        })
    });
    let tools = Signal::derive(move || {
        operation.with(|operation| Tools {
            comments: operation.as_ref().map(|it| comments.on(it.name())),
            ..Tools::default()
        })
    });
    let heading = move || {
        operation.with(|operation| {
            operation.as_ref().map(|operation| {
                let (verb, path) = step(operation);
                format!(
                    "{}{} {path}",
                    verb.get(..1).unwrap_or_default().to_uppercase(),
                    verb.get(1..).unwrap_or_default()
                )
            })
        })
    };
    view! {
        <div class="section-head">
            <h3 data-about="memory-chosen">{heading}</h3>
        </div>
        <DiffView diff=compared(texts) names nav tools />
    }
}

fn sides(memory: &MemoryChange, operation: &MemoryOperation) -> Sides<Arc<str>> {
    let texts = memory.manifest.texts_of(&memory.before, operation.name());
    let (before, after) = texts.unwrap_or_default();
    Sides::new(Arc::from(before), Arc::from(after))
}

/// Comments on memories that the suggestion had and this change leaves alone: they have no line here, and are read all
/// the same.
#[component]
fn ElsewhereSaid(comments: Comments, memory: Memo<Option<MemoryChange>>) -> impl IntoView {
    let elsewhere = Memo::new(move |_| {
        memory.with(|memory| {
            let operations = memory.as_ref().map(|memory| &memory.manifest.operations);
            comments.elsewhere(|path| {
                operations.is_some_and(|all| all.iter().any(|operation| operation.name() == path))
            })
        })
    });
    view! {
        <Show when=move || !elsewhere.with(Vec::is_empty)>
            <Notice tone=Tone::Finding about="comments-elsewhere">
                <p class="notice-title">"Comments on memories that this change leaves alone"</p>
                <For
                    each=move || elsewhere.get()
                    key=|comment| (comment.id.clone(), comment.revision)
                    let:comment
                >
                    <div class="note-lost">
                        <p class="note-was">
                            {comment.author.to_string()} " on "
                            <code>{comment.anchor.path.clone()}</code> ":"
                        </p>
                        <LongText text=comment.text.clone() />
                    </div>
                </For>
            </Notice>
        </Show>
    }
}
