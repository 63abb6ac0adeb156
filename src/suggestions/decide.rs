//! The bar where one decides on a suggestion.

use super::{
    evidence::moved_base,
    state::{Busy, OpenSuggestion},
};
use crate::{
    keyboard::{Command, Keyboard},
    routes::{Route, navigator},
    session::Session,
    ui::{Button, ButtonKind, DecisionBar},
};
use leptos::prelude::*;
use review_api::Suggestion;
use review_core::rules::{may_reject, may_stage};
use std::sync::Arc;

#[component]
pub(super) fn Decide(open: OpenSuggestion, suggestion: Signal<Arc<Suggestion>>) -> impl IntoView {
    let session = Session::use_context();
    let go = navigator();
    let status = Memo::new(move |_| suggestion.with(|it| it.status));
    let change = Memo::new(move |_| suggestion.with(|it| it.change_id.clone()));
    let is_same = Memo::new(move |_| suggestion.with(|it| it.current.text == it.proposed));
    let picks = open.picks();
    let is_nothing = Memo::new(move |_| {
        let result = picks.result();
        suggestion.with(|it| result.with(|result| it.current.text == **result))
    });
    let nothing_left = || {
        "With every change left out there is nothing to stage. Reject the suggestion instead."
            .to_owned()
    };
    let no_stage = Signal::derive(move || {
        let nothing = || "The prompt is this text already; there is nothing to stage.".to_owned();
        let refusal = may_stage(&session.user(), status.get())
            .err()
            .map(|refusal| refusal.sentence);
        refusal
            .or_else(|| is_same.get().then(nothing))
            .or_else(|| is_nothing.get().then(nothing_left))
    });
    let no_reject = Signal::derive(move || {
        may_reject(&session.user(), status.get())
            .err()
            .map(|refusal| refusal.sentence)
    });
    // One sentence is enough where both are refused for the same reason.
    let no_reject_shown =
        Signal::derive(move || no_reject.get().filter(|_| change.with(Option::is_none)));
    let keyboard = Keyboard::use_context();
    let stage = Callback::new(move |()| open.stage(go));
    let reject = Callback::new(move |()| open.rejecting.set(true));
    keyboard.add(
        Command::new("Reject this suggestion", Some("r"), move || reject.run(())).unless(no_reject),
    );
    keyboard.add(
        Command::new("Stage this suggestion", Some("s"), move || stage.run(())).unless(no_stage),
    );
    let note = Signal::derive(move || Some(note(findings(open, &suggestion.get()))));
    let staging = Signal::derive(move || open.busy() == Some(Busy::Staging));
    let label = move || {
        let name = suggestion.with(|it| it.agent_name.clone());
        let verb = if staging.get() { "Staging" } else { "Stage" };
        let tally = picks.tally();
        if tally.is_everything() {
            format!("{verb} for {name}")
        } else {
            format!("{verb} {} for {name}", tally.words())
        }
    };
    view! {
        <DecisionBar note>
            {move || match change.get() {
                Some(id) => {
                    view! {
                        <a class="button button-primary" data-action="open-change" href=Route::Change { id }.href()>
                            "Open the change"
                        </a>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <Button on_press=reject kind=ButtonKind::Danger refusal=no_reject_shown action="reject" keys="r">
                            "Reject…"
                        </Button>
                        <Button
                            on_press=stage
                            kind=ButtonKind::Primary
                            refusal=no_stage
                            busy=staging
                            action="stage"
                            keys="s"
                        >
                            {label}
                        </Button>
                    }
                        .into_any()
                }
            }}
        </DecisionBar>
    }
}

fn findings(open: OpenSuggestion, suggestion: &Suggestion) -> usize {
    let facts = open.facts().with(crate::diff_view::Facts::findings);
    facts + usize::from(moved_base(suggestion).is_some()) + suggestion.earlier_rejections.len()
}

fn note(findings: usize) -> String {
    match findings {
        0 => "No findings. Staging changes nothing on the platform yet.".to_owned(),
        1 => "1 finding to read. Staging changes nothing on the platform yet.".to_owned(),
        more => format!("{more} findings to read. Staging changes nothing on the platform yet."),
    }
}
