//! Where one writes another text for a change, with what that differs from the suggestion.

use super::{
    Pick, Picks,
    layout::{Extras, Slot, Slots},
    line::Drawing,
    model,
    picks::{has_lone_return, typed},
    search::Marks,
    state::DiffNav,
};
use crate::{
    browser::focus,
    ui::{Button, unique_id},
};
use leptos::prelude::*;
use prompt_diff::{HunkId, Limits, Mode, Opened, PromptDiff, diff, hidden};
use std::sync::Arc;

/// Lines of the difference that are drawn; more of them fit no field either.
const LINES_DRAWN: usize = 200;

#[component]
pub(super) fn Editor(
    diff: Arc<PromptDiff>,
    hunk: usize,
    nav: DiffNav,
    picks: Picks,
) -> impl IntoView {
    let Some(id) = diff.ids().get(hunk).cloned() else {
        return view! { <div></div> }.into_any();
    };
    let proposed: Arc<str> = picks.proposed(hunk).into();
    let close = move || {
        nav.close_editor(hunk);
        focus::first(".diff");
    };
    let back = {
        let id = id.clone();
        Callback::new(move |()| {
            picks.pick(&id, Pick::Taken);
            close();
        })
    };
    if has_lone_return(&proposed) {
        return view! {
            <div class="diff-editor" data-editor=hunk>
                <p class="diff-editor-note">
                    "This text has carriage returns that a field would lose. It can be accepted or left out, not edited here."
                </p>
                <Button on_press=Callback::new(move |()| close()) action="close-editor">"Close"</Button>
            </div>
        }
        .into_any();
    }
    let text = Memo::new({
        let (id, proposed) = (id.clone(), Arc::clone(&proposed));
        move |_| match picks.of(&id) {
            Pick::Edited(text) => Arc::from(text),
            Pick::Taken | Pick::LeftOut => Arc::clone(&proposed),
        }
    });
    let field_id = unique_id("edit");
    let label = format!("Your text for change {}", hunk + 1);
    let (begun, rows) = (
        text.get_untracked(),
        text.get_untracked().lines().count() + 1,
    );
    view! {
        <div class="diff-editor" data-editor=hunk>
            <label class="field-label" for=field_id.clone()>{label}</label>
            <textarea
                id=field_id
                class="field-input diff-editor-field"
                dir="auto"
                spellcheck="true"
                rows=rows.clamp(3, 16)
                prop:value=begun.replace("\r\n", "\n")
                on:input={
                    let (id, proposed) = (id.clone(), Arc::clone(&proposed));
                    move |event| write(picks, &id, &proposed, &event_target_value(&event))
                }
            ></textarea>
            <HiddenNote text />
            <EditDiff proposed text />
            <div class="diff-editor-actions">
                <Button on_press=Callback::new(move |()| close()) action="close-editor">"Done"</Button>
                <Button on_press=back action="undo-edit">"Back to the suggestion"</Button>
            </div>
        </div>
    }
    .into_any()
}

fn write(picks: Picks, id: &HunkId, proposed: &str, value: &str) {
    let text = typed(value, proposed);
    let pick = if text == proposed {
        Pick::Taken
    } else {
        Pick::Edited(text)
    };
    picks.pick(id, pick);
}

/// Says what hides in the text, which a field cannot show.
#[component]
fn HiddenNote(text: Memo<Arc<str>>) -> impl IntoView {
    move || {
        let count = text.with(|text| hidden(text).iter().filter(|one| !one.is_ordinary).count());
        let words = match count {
            0 => return None,
            1 => "This text has 1 hidden character; the difference below shows it.".to_owned(),
            more => {
                format!("This text has {more} hidden characters; the difference below shows them.")
            }
        };
        Some(view! { <p class="diff-editor-note" data-about="hidden-in-edit">{words}</p> })
    }
}

/// What the text written differs from the suggestion.
#[component]
fn EditDiff(proposed: Arc<str>, text: Memo<Arc<str>>) -> impl IntoView {
    move || {
        let text = text.get();
        if *text == *proposed {
            return view! { <p class="diff-editor-note">"The same as suggested."</p> }.into_any();
        }
        let edit = diff(&proposed, &text, &Limits::default());
        let lines = lines(&edit);
        let hidden = lines.len().saturating_sub(LINES_DRAWN);
        let drawn = lines.into_iter().take(LINES_DRAWN).collect_view();
        let more = (hidden > 0).then(|| {
            view! { <p class="diff-editor-note">{format!("{hidden} more lines; see the result for all of it.")}</p> }
        });
        view! {
            <div class="diff-editor-diff" data-mode="inline" role="group" aria-label="Your text against the suggestion">
                {drawn}
                {more}
            </div>
        }
        .into_any()
    }
}

fn lines(diff: &PromptDiff) -> Vec<AnyView> {
    let extras = Extras {
        opened: vec![Opened::ALL; diff.hunks.len() + 1],
        ..Extras::default()
    };
    let marks = Marks::default();
    let draw = |slot: Slot| {
        let Slot::Line { line, .. } = slot else {
            return None;
        };
        let parts = model::parts(diff, line).into_iter().enumerate();
        let drawn = parts.map(|(part, ranges)| {
            let mode = Mode::Inline;
            Drawing {
                diff,
                mode,
                line,
                part,
                ranges,
                marks: &marks,
            }
            .halves()
        });
        Some(drawn.collect::<Vec<_>>())
    };
    let slots = Slots::new(diff, Mode::Inline, &extras).slots;
    slots
        .into_iter()
        .take(LINES_DRAWN + 1)
        .filter_map(draw)
        .flatten()
        .collect()
}
