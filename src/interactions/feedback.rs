//! The feedback on an interaction: the form, and what others said.

use super::{
    draft::FeedbackDraft,
    state::{FeedbackForm, OpenInteraction},
};
use crate::{
    keyboard::{Command, Keyboard},
    session::Session,
    ui::{Button, ButtonKind, KeyHint, LongText, Notice, TextArea, Time, Tone},
};
use leptos::prelude::*;
use review_api::{Feedback, FeedbackSource, Rating};
use review_core::rules::may_rate;

/// The column beside the transcript.
#[component]
pub(super) fn FeedbackPanel(
    /// What is rated.
    interaction: OpenInteraction,
) -> impl IntoView {
    view! {
        <aside class="aside feedback-panel" id="feedback" aria-labelledby="feedback-heading" tabindex="-1">
            <h2 id="feedback-heading">"Feedback"</h2>
            <Form interaction />
            <Given interaction />
        </aside>
    }
}

#[component]
fn Form(interaction: OpenInteraction) -> impl IntoView {
    let user = Session::use_context().user_untracked();
    let form = FeedbackForm::open(interaction, &user.name);
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
            <fieldset class="feedback-fields" prop:disabled=move || off || form.sending().get()>
                <legend class="visually-hidden">"Rate this interaction"</legend>
                <RatingButtons form off=refusal />
                <TextArea
                    label="Comment"
                    name="comment"
                    rows=3
                    hint=Signal::stored(Some("What went well or wrong, for those who read it later.".to_owned()))
                    value=Signal::derive(move || draft.with(|draft| draft.comment().to_owned()))
                    on_input=Callback::new(move |text| form.edit(|draft| draft.set_comment(text)))
                />
                <TextArea
                    label="Expected answer"
                    name="expected"
                    rows=4
                    hint=Signal::stored(
                        Some("What the agent should have said. With it, the interaction can serve as a test.".to_owned()),
                    )
                    value=Signal::derive(move || draft.with(|draft| draft.expected().to_owned()))
                    on_input=Callback::new(move |text| form.edit(|draft| draft.set_expected(text)))
                />
            </fieldset>
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
                on_press=Callback::new(move |()| form.submit())
            >
                {action}
            </Button>
        </form>
    }
}

#[component]
fn RatingButtons(form: FeedbackForm, off: Option<String>) -> impl IntoView {
    let keyboard = Keyboard::use_context();
    let refusal = Signal::stored(off);
    let buttons = [
        (Rating::Positive, "Positive", "1", "Rate as positive"),
        (Rating::Negative, "Negative", "2", "Rate as negative"),
    ]
    .map(|(rating, word, key, command)| {
        let rate = move || {
            if !form.sending().get_untracked() {
                form.edit(|draft| draft.rate(rating));
            }
        };
        keyboard.add(Command::new(command, Some(key), rate).unless(refusal));
        view! {
            <button
                type="button"
                class="rating-button"
                data-rating=rating.as_str()
                aria-pressed=move || (form.draft().rating() == Some(rating)).to_string()
                on:click=move |_| rate()
            >
                <span class="rating-sign" aria-hidden="true"></span>
                {word}
                <KeyHint keys=key />
            </button>
        }
    });
    view! {
        <div class="rating-buttons" role="group" aria-label="Rating">
            {buttons.into_iter().collect_view()}
        </div>
    }
}

/// What was said before.
#[component]
fn Given(interaction: OpenInteraction) -> impl IntoView {
    let feedback = interaction.feedback();
    let heading = move || match feedback.with(Vec::len) {
        0 => "No ratings yet".to_owned(),
        1 => "1 rating".to_owned(),
        count => format!("{count} ratings"),
    };
    view! {
        <section class="feedback-given" aria-labelledby="feedback-given">
            <h3 id="feedback-given">{heading}</h3>
            <ul>
                <For each=move || feedback.get() key=|given| given.id.clone() let:given>
                    <GivenItem given />
                </For>
            </ul>
        </section>
    }
}

#[component]
fn GivenItem(given: Feedback) -> impl IntoView {
    let source = match given.source {
        FeedbackSource::Reviewer => "in the console",
        FeedbackSource::Rule => "by a rule in the agent’s prompt",
        FeedbackSource::Import => "from a file",
        FeedbackSource::Api => "by a program",
        FeedbackSource::Unknown => "from an unknown source",
    };
    let rating = given.rating.as_str();
    view! {
        <li class="given" data-feedback=given.id.0>
            <p class="given-head">
                <span class="rating" data-rating=rating>
                    {rating}
                </span>
                {format!(" by {} {source}, ", given.author)}
                <Time at=given.created_at />
            </p>
            {given.comment.map(|text| view! { <LongText text /> })}
            {given
                .expected
                .map(|text| {
                    view! {
                        <p class="given-label">"Expected"</p>
                        <LongText text />
                    }
                })}
        </li>
    }
}
