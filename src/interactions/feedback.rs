//! The feedback on an interaction: the form, and what others said.

use super::state::OpenInteraction;
use crate::{
    feedback::{FeedbackDraft, FeedbackFields, FeedbackForm, GivenFeedback, Ratings, Typed},
    keyboard::{Command, Keyboard},
    session::Session,
    ui::{Button, ButtonKind, Notice, Tone},
};
use leptos::prelude::*;
use review_api::{InteractionSummary, Rating};
use review_core::rules::may_rate;

/// The keys that rate, the positive one first.
const KEYS: [&str; 2] = ["1", "2"];

/// The column beside the transcript.
#[component]
pub(super) fn FeedbackPanel(
    /// What is rated.
    interaction: OpenInteraction,
) -> impl IntoView {
    let ratings = interaction.ratings();
    let summary = interaction.summary().get_untracked();
    view! {
        <aside class="aside feedback-panel" id="feedback" aria-labelledby="feedback-heading" tabindex="-1">
            <h2 id="feedback-heading">"Feedback"</h2>
            {summary.map(|summary| view! { <Form ratings summary /> })}
            <GivenFeedback ratings />
        </aside>
    }
}

#[component]
fn Form(ratings: Ratings, summary: InteractionSummary) -> impl IntoView {
    let user = Session::use_context().user_untracked();
    let form = FeedbackForm::open(ratings, summary.agent_id, summary.id, &user.name);
    let refusal = may_rate(&user).err().map(|refusal| refusal.sentence);
    let off = refusal.is_some();
    let forbidden = refusal.clone();
    let draft = Memo::new(move |_| form.draft());
    let cannot_save = Signal::derive(move || {
        let problem = || draft.with(FeedbackDraft::problem).map(str::to_owned);
        // The reason that stands above the form is not said twice.
        if off { Some(String::new()) } else { problem() }
    });
    let action = move || match draft.with(FeedbackDraft::rating) {
        Some(rating) => format!("Save {} rating", rating.as_str()),
        None => "Save rating".to_owned(),
    };
    let failure = move || form.failure().get().map(|error| error.to_string());
    let on_type = Callback::new(move |typed| form.take(typed));
    offer_keys(form, refusal);
    view! {
        <form class="feedback-form" on:submit=move |event| event.prevent_default()>
            {forbidden
                .map(|sentence| {
                    view! {
                        <Notice tone=Tone::Quiet about="may-not-rate">
                            {sentence}
                        </Notice>
                    }
                })}
            <FeedbackFields
                draft
                on_type
                off=Signal::derive(move || off || form.sending().get())
                keys=KEYS
            />
            <Show when=move || failure().is_some()>
                <Notice tone=Tone::Bad about="feedback-failure">
                    <p>{failure}</p>
                    <p>"What you typed is kept, here and in this browser."</p>
                </Notice>
            </Show>
            <Button
                kind=ButtonKind::Primary
                action="save-feedback"
                busy=form.sending()
                refusal=cannot_save
                on_press=Callback::new(move |()| form.submit(None))
            >
                {action}
            </Button>
        </form>
    }
}

fn offer_keys(form: FeedbackForm, refusal: Option<String>) {
    let keyboard = Keyboard::use_context();
    let refusal = Signal::stored(refusal);
    let [positive, negative] = KEYS;
    for (rating, key, label) in [
        (Rating::Positive, positive, "Rate as positive"),
        (Rating::Negative, negative, "Rate as negative"),
    ] {
        let rate = move || {
            if !form.sending().get_untracked() {
                form.take(Typed::Rating(rating));
            }
        };
        keyboard.add(Command::new(label, Some(key), rate).unless(refusal));
    }
}
