//! The editor of what a change proposes: the text in place, and what the edit changes, before it is saved.

use super::state::Editing;
use crate::{
    browser::{clock, focus},
    diff_view::{DiffNav, DiffView},
    keyboard::{Command, Keyboard},
    ui::{Button, ButtonKind, Notice, Tone},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{Change, MAX_PROMPT_CHARS};
use review_core::{
    approvals,
    words::{grouped, listed},
};
use std::sync::Arc;

#[component]
pub(super) fn Editor(editing: Editing) -> impl IntoView {
    let nav = DiffNav::open();
    let names = Signal::stored(Sides::new("proposed".to_owned(), "your edit".to_owned()));
    let count = move || {
        let chars = editing.text().chars().count() as u64;
        format!(
            "{} of {} characters",
            grouped(chars),
            grouped(MAX_PROMPT_CHARS as u64)
        )
    };
    let is_edited = Memo::new(move |_| editing.diff().with(|diff| !diff.hunks.is_empty()));
    Effect::new(|_| {
        request_animation_frame(|| {
            focus::first("textarea[name=proposed]");
        });
    });
    view! {
        <section class="editor" aria-labelledby="editor-title" data-about="editor">
            <div class="section-head">
                <h2 id="editor-title">"Edit what is proposed"</h2>
                <span class="section-note" data-about="editor-count">{count}</span>
            </div>
            <Show when=move || editing.is_of_another()>
                <Notice tone=Tone::Finding about="edit-outdated">
                    <span>
                        "The proposal was changed while you wrote. Your text is kept; below is how it differs from the proposal as it \
                         is now. Saving it replaces that."
                    </span>
                    <Button on_press=Callback::new(move |()| editing.take_over()) action="take-over">
                        "Go on with my text"
                    </Button>
                </Notice>
            </Show>
            <textarea
                class="input input-code editor-text"
                name="proposed"
                aria-label="The text that the change proposes"
                aria-describedby="editor-note"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                prop:value=move || editing.text()
                on:input=move |event| editing.set(event_target_value(&event))
            ></textarea>
            <p class="field-note" id="editor-note">
                "Kept in this browser while you write. Line ends stay as they are."
            </p>
            <div class="section-head">
                <h2>"What your edit changes"</h2>
            </div>
            <Show
                when=move || is_edited.get()
                fallback=|| view! { <p class="section-note" data-about="edit-same">"Nothing yet."</p> }
            >
                <DiffView diff=editing.diff() names nav />
            </Show>
        </section>
    }
}

/// The bar under the editor: what saving does, and the way out.
#[component]
pub(super) fn EditorBar(editing: Editing, change: Signal<Arc<Change>>) -> impl IntoView {
    let problem = Signal::derive(move || editing.problem());
    let busy = Signal::derive(move || editing.is_busy());
    let voids = move || {
        change.with(|it| {
            let names = approvals::counting(it, clock::now());
            let names: Vec<&str> = names.iter().map(|approval| approval.by.as_str()).collect();
            let voids = match names.as_slice() {
                [] => "No approval is void by it: there is none yet.".to_owned(),
                [only] => format!("Saving makes the approval of {only} void."),
                several => format!("Saving makes the approvals of {} void.", listed(several)),
            };
            format!("{voids} You will have a hand in it, so someone else has to approve it.")
        })
    };
    Keyboard::use_context().add(
        Command::new("Save the edit", Some("Mod+enter"), move || editing.save()).unless(problem),
    );
    view! {
        <section class="decision-bar" aria-label="Decision">
            <div class="decision-note">
                <p role="status" data-about="edit-voids">{voids}</p>
                <ul class="why-not" id="why-not-save">
                    {move || problem.get().map(|why| view! { <li>{why}</li> })}
                </ul>
            </div>
            <div class="decision-actions">
                <Button on_press=Callback::new(move |()| editing.give_up()) action="give-up-edit">
                    "Discard the edit"
                </Button>
                <Button
                    on_press=Callback::new(move |()| editing.save())
                    kind=ButtonKind::Primary
                    refusal=problem
                    busy
                    action="save-edit"
                    reason_at="why-not-save".to_owned()
                >
                    "Save the edit"
                </Button>
            </div>
        </section>
    }
}
