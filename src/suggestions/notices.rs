//! What stands above the diff: earlier refusals, and what became of it.

use super::state::{Busy, Failure, OpenSuggestion};
use crate::{
    routes::Route,
    ui::{Notice, Time, Tone},
};
use leptos::prelude::*;
use review_api::{EarlierRejection, ErrorCode, Rejection, Suggestion, SuggestionFinding};
use review_core::words::grouped;
use std::sync::Arc;

#[component]
pub(super) fn Notices(open: OpenSuggestion, suggestion: Signal<Arc<Suggestion>>) -> impl IntoView {
    let rejection = Memo::new(move |_| suggestion.with(|it| it.rejection.clone()));
    let earlier = Memo::new(move |_| suggestion.with(|it| it.earlier_rejections.clone()));
    let findings = Memo::new(move |_| suggestion.with(|it| it.findings.clone()));
    let staging = Memo::new(move |_| open.failure().filter(|failure| failure.of == Busy::Staging));
    view! {
        <div class="review-notices">
            {move || staging.get().map(|failure| view! { <StagingFailed failure suggestion /> })}
            {move || findings.get().into_iter().map(|finding| view! { <Found finding /> }).collect_view()}
            {move || rejection.get().map(|rejection| view! { <Rejected rejection /> })}
            {move || earlier.get().into_iter().map(|earlier| view! { <RejectedBefore earlier /> }).collect_view()}
        </div>
    }
}

#[component]
fn StagingFailed(failure: Failure, suggestion: Signal<Arc<Suggestion>>) -> impl IntoView {
    let code = failure.error.code();
    let sentence = failure.error.to_string();
    let seen = failure.seen_version;
    let now = Memo::new(move |_| suggestion.with(|it| it.current.version));
    let moved = move || {
        (code == Some(ErrorCode::StaleBase) && now.get() != seen).then(|| {
            format!(
                "The difference below is against v{} now, where it was v{seen} before. Read it again, then stage it.",
                now.get()
            )
        })
    };
    let kept = code
        .is_none()
        .then_some("Nothing was lost; stage it again when the server answers.");
    view! {
        <Notice tone=Tone::Bad about="staging">
            <div>
                <p class="notice-title">"Not staged"</p>
                <p>{sentence} " " {moved} {kept}</p>
            </div>
        </Notice>
    }
}

#[component]
fn Rejected(rejection: Rejection) -> impl IntoView {
    view! {
        <Notice about="rejection">
            <div>
                <p class="notice-title">"Rejected by " {rejection.by.0} ", " <Time at=rejection.at /></p>
                <p class="quoted">{rejection.reason}</p>
            </div>
        </Notice>
    }
}

/// What a reader must know before deciding, because it cannot be seen in the text.
#[component]
fn Found(finding: SuggestionFinding) -> impl IntoView {
    let link = |href: String| view! { <a href=href>"Read the interaction"</a> };
    let (title, quote, link) = match finding {
        SuggestionFinding::FromTranscript {
            interaction_id: id,
            quote,
        } => (
            "These words stand in an interaction, where anybody may have written them as an instruction".to_owned(),
            quote,
            Some(link(Route::Interaction { id }.href())),
        ),
        SuggestionFinding::FromMemory { path, quote } => (
            format!("These words stand in the memory {path}, which the dream wrote"),
            quote,
            None,
        ),
        SuggestionFinding::PlaceholderLost { text } => (
            "A placeholder stands nowhere in the proposed prompt".to_owned(),
            text,
            None,
        ),
        SuggestionFinding::TooLong { chars } => (
            "The proposed prompt is longer than the platform takes".to_owned(),
            format!("{} characters, of 100,000 at most", grouped(chars)),
            None,
        ),
        SuggestionFinding::Unknown => (
            "A finding that this console does not know".to_owned(),
            "Reload the page; a newer console may know it.".to_owned(),
            None,
        ),
    };
    view! {
        <Notice tone=Tone::Finding about="suggestion-finding">
            <div>
                <p class="notice-title">{title}</p>
                <p class="quoted">{quote}</p>
            </div>
            {link}
        </Notice>
    }
}

#[component]
fn RejectedBefore(earlier: EarlierRejection) -> impl IntoView {
    let href = Route::Suggestion {
        id: earlier.suggestion_id,
    }
    .href();
    let rejection = earlier.rejection;
    let what = match earlier.alike_percent {
        100.. => "This very text was proposed before and rejected by ".to_owned(),
        alike => format!("Nearly this was proposed before ({alike} % alike) and rejected by "),
    };
    view! {
        <Notice tone=Tone::Finding about="rejected-before">
            <div>
                <p class="notice-title">
                    {what} {rejection.by.0} ", "
                    <Time at=rejection.at />
                </p>
                <p class="quoted">{rejection.reason}</p>
            </div>
            <a href=href>"The earlier suggestion"</a>
        </Notice>
    }
}
