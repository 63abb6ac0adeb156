//! What is drawn of a diff, and the room for what is not.

use super::{
    editor::Editor,
    folds::FoldBar,
    heads::HunkHead,
    layout::{Slot, Slots, first_row, last_row},
    line::Drawing,
    notes::Notes,
    state::DiffNav,
    talking::Talking,
    tools::Tools,
};
use leptos::prelude::*;
use prompt_diff::{Mode, PromptDiff};
use std::sync::Arc;

/// All slots that are near the window.
#[component]
pub(super) fn Rows(
    diff: Arc<PromptDiff>,
    layout: Memo<Arc<Slots>>,
    nav: DiffNav,
    tools: Tools,
    /// Where people comment on lines; nothing where they do not.
    talking: Option<Talking>,
) -> impl IntoView {
    let viewport = nav.viewport;
    Effect::new(move |_| {
        if viewport.rows.get().is_some() {
            viewport.follow();
        }
    });
    let search = nav.search();
    let marks = Memo::new_with_compare(move |_| search.marks(), |_, _| true);
    let shown = move || {
        let mode = viewport.frame().mode;
        let stamp = |slot: &Slot| match slot {
            Slot::Line { line, .. } => marks.with(|(marks, version)| {
                let stamp = |row| marks.stamp(row, *version);
                stamp(first_row(*line)).max(stamp(last_row(*line)))
            }),
            _ => 0,
        };
        viewport
            .slots()
            .into_iter()
            .map(|slot| (mode, slot, stamp(&slot)))
            .collect::<Vec<_>>()
    };
    // Set property by property: the content security policy forbids style attributes.
    let px = |px: f64| format!("{px}px");
    view! {
        <div class="diff-body" style:overflow-anchor="none" node_ref=viewport.body>
            <div class="diff-room" aria-hidden="true" style:height=move || px(viewport.frame().above_px)></div>
            <div
                class="diff-rows"
                node_ref=viewport.rows
                on:click=move |event| {
                    if let Some(talking) = talking {
                        talking.press(&event);
                    }
                }
                on:mousedown=move |event| {
                    if let Some(talking) = talking {
                        talking.stroke(&event);
                    }
                }
                on:mouseup=move |event| {
                    if let Some(talking) = talking {
                        talking.end_stroke(&event);
                    }
                }
            >
                <For
                    each=shown
                    key=|drawn| *drawn
                    children=move |(mode, slot, _)| {
                        draw(&Arc::clone(&diff), layout, nav, (tools, talking), mode, slot)
                    }
                />
            </div>
            <div class="diff-room" aria-hidden="true" style:height=move || px(viewport.frame().below_px)></div>
        </div>
    }
}

fn draw(
    diff: &Arc<PromptDiff>,
    layout: Memo<Arc<Slots>>,
    nav: DiffNav,
    (tools, talking): (Tools, Option<Talking>),
    mode: Mode,
    slot: Slot,
) -> AnyView {
    match slot {
        Slot::Head(hunk) => {
            view! { <HunkHead diff=Arc::clone(diff) hunk nav tools talking /> }.into_any()
        }
        Slot::Editor(hunk) => match tools.picks {
            Some(picks) => view! { <Editor diff=Arc::clone(diff) hunk nav picks /> }.into_any(),
            None => view! { <div></div> }.into_any(),
        },
        Slot::Notes(row) => match talking {
            Some(talking) => view! { <Notes talking row /> }.into_any(),
            None => view! { <div></div> }.into_any(),
        },
        Slot::Fold(bar) => {
            view! { <FoldBar layout bar last_gap=diff.hunks.len() nav /> }.into_any()
        }
        Slot::Line { line, hunk, part } => {
            let (marks, _) = untrack(|| nav.search().marks());
            let drawing = Drawing {
                diff,
                mode,
                line,
                part,
                ranges: nav.part_of(line, part).unwrap_or_default(),
                marks: &marks,
            };
            let content = match mode {
                Mode::SideBySide | Mode::Inline => drawing.halves(),
                Mode::Reading => drawing.prose(),
            };
            let is_left_out = hunk.and_then(|hunk| tools.is_left_out(diff, hunk));
            view! {
                <div
                    class="diff-slot"
                    data-hunk=hunk
                    data-row=first_row(line)
                    data-marked=move || talking.and_then(|talking| talking.marked(line))
                    data-left-out=move || is_left_out.is_some_and(|left| left.get()).then_some("")
                >
                    {content}
                </div>
            }
            .into_any()
        }
    }
}
