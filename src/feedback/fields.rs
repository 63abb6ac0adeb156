//! The fields in which feedback is written: a rating, words and a check.

use super::{CheckKind, FeedbackDraft, Typed};
use crate::ui::{Choice, KeyHint, SelectField, TextArea};
use leptos::prelude::*;
use review_api::Rating;

/// A rating, a comment, an expected answer and a check.
#[component]
pub fn FeedbackFields(
    /// What is typed.
    #[prop(into)]
    draft: Signal<FeedbackDraft>,
    /// Called with everything that is typed or chosen.
    on_type: Callback<Typed>,
    /// Whether nothing may be typed now.
    #[prop(into)]
    off: Signal<bool>,
    /// Keys of the positive and of the negative rating, where there are such.
    #[prop(optional)]
    keys: Option<[&'static str; 2]>,
) -> impl IntoView {
    view! {
        <fieldset class="feedback-fields" prop:disabled=move || off.get()>
            <legend class="visually-hidden">"Rate this interaction"</legend>
            <RatingButtons draft on_type keys />
            <WordFields draft on_type />
        </fieldset>
    }
}

/// A comment, an expected answer and a check.
#[component]
pub fn WordFields(
    /// What is typed.
    #[prop(into)]
    draft: Signal<FeedbackDraft>,
    /// Called with everything that is typed or chosen.
    on_type: Callback<Typed>,
) -> impl IntoView {
    let text = move |of: fn(&FeedbackDraft) -> &str| {
        Signal::derive(move || draft.with(|draft| of(draft).to_owned()))
    };
    view! {
            <TextArea
                label="Comment"
                name="comment"
                rows=3
                hint=Signal::stored(Some("What went well or wrong, for those who read it later.".to_owned()))
                value=text(FeedbackDraft::comment)
                on_input=Callback::new(move |text| on_type.run(Typed::Comment(text)))
            />
            <TextArea
                label="Expected answer"
                name="expected"
                rows=4
                hint=Signal::stored(
                    Some("What the agent should have said. With it, the interaction can serve as a test.".to_owned()),
                )
                value=text(FeedbackDraft::expected)
                on_input=Callback::new(move |text| on_type.run(Typed::Expected(text)))
            />
            <CheckFields draft on_type />
    }
}

#[component]
fn RatingButtons(
    draft: Signal<FeedbackDraft>,
    on_type: Callback<Typed>,
    keys: Option<[&'static str; 2]>,
) -> impl IntoView {
    let [positive, negative] = keys.map_or([None, None], |keys| keys.map(Some));
    let buttons = [
        (Rating::Positive, "Positive", positive),
        (Rating::Negative, "Negative", negative),
    ]
    .map(|(rating, word, key)| {
        let is_chosen = move || draft.with(|draft| draft.rating() == Some(rating));
        view! {
            <button
                type="button"
                class="rating-button"
                data-rating=rating.as_str()
                aria-pressed=move || is_chosen().to_string()
                on:click=move |_| on_type.run(Typed::Rating(rating))
            >
                <span class="rating-sign" aria-hidden="true"></span>
                {word}
                {key.map(|keys| view! { <KeyHint keys /> })}
            </button>
        }
    });
    view! {
        <div class="rating-buttons" role="group" aria-label="Rating">
            {buttons.into_iter().collect_view()}
        </div>
    }
}

/// The kind of check, and its text where there is one.
#[component]
fn CheckFields(draft: Signal<FeedbackDraft>, on_type: Callback<Typed>) -> impl IntoView {
    let kind = Memo::new(move |_| draft.with(FeedbackDraft::check_kind));
    let mut choices = vec![Choice::new("", "None")];
    choices.extend(CheckKind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label())));
    let hint = move || {
        let hint = match kind.get()? {
            CheckKind::Contains | CheckKind::DoesNotContain => {
                "The text, as it stands in the answer; upper or lower case is the same."
            }
            CheckKind::Matches => {
                "A regular expression that a part of the answer matches, such as \\b30 days\\b."
            }
            CheckKind::Judged => {
                "What a right answer does, in a few sentences that somebody else would judge by alike."
            }
        };
        Some(hint.to_owned())
    };
    view! {
        <SelectField
            label="Check"
            name="check-kind"
            choices=Signal::stored(choices)
            hint=Signal::stored(Some("How a test tells whether another answer is right.".to_owned()))
            value=Signal::derive(move || kind.get().map_or("", CheckKind::as_str).to_owned())
            on_choose=Callback::new(move |word: String| {
                on_type.run(Typed::CheckKind(CheckKind::of_word(&word)));
            })
        />
        <Show when=move || kind.get().is_some()>
            <TextArea
                label="What the check looks for"
                name="check-text"
                rows=2
                hint=Signal::derive(hint)
                value=Signal::derive(move || draft.with(|draft| draft.check_text().to_owned()))
                on_input=Callback::new(move |text| on_type.run(Typed::CheckText(text)))
            />
        </Show>
    }
}
