//! How the staging test of the change stands, and the way to it: it stands below a diff that may be long.

use crate::{
    changes::{testing::tone, words::trials},
    ui::{Badge, Tone},
};
use leptos::prelude::*;
use review_api::Change;
use review_core::rules::missing_test;
use std::sync::Arc;

#[component]
pub(super) fn Tried(change: Signal<Arc<Change>>) -> impl IntoView {
    let stands =
        Memo::new(move |_| change.with(|it| (it.test.clone(), it.policy.staging_test_required)));
    // A rollback is never tested.
    let is_shown =
        Memo::new(move |_| change.with(|it| it.test.is_some() || it.summary.rolls_back.is_none()));
    let word = move || {
        let (test, is_asked_for) = stands.get();
        let tone = match &test {
            Some(test) => tone(test.state, test.outcome),
            None if is_asked_for => Tone::Finding,
            None => Tone::Quiet,
        };
        view! { <Badge tone>{trials::standing(test.as_ref(), is_asked_for)}</Badge> }
    };
    let said = move || {
        change.with(|it| {
            let sentence = it.test.as_ref().and_then(|test| test.sentence.clone());
            let missing = missing_test(it).filter(|_| it.summary.state.is_open());
            missing.or(sentence)
        })
    };
    view! {
        <Show when=move || is_shown.get()>
            <section class="evidence-part" aria-labelledby="tried" data-about="tried">
                <h2 id="tried">"How its test stands"</h2>
                <p class="tried-state" data-about="tried-state">{word}</p>
                <p class="evidence-note">{said}</p>
                <p>
                    <a class="to-test" href="#staging-test">"Go to the staging test"</a>
                </p>
            </section>
        </Show>
    }
}
