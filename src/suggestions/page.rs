//! The page of one suggestion.

use super::{
    decide::Decide, evidence::Evidence, memory::MemoryLoaded, notices::Notices,
    reject::RejectDialog, selection::Selection, state::OpenSuggestion, transcript::TranscriptPanel,
};
use crate::{
    diff_view::{DiffNav, DiffView},
    head::Crumb,
    routes::Route,
    session::Session,
    ui::{Badge, Faces, PageTitle, Size, SkeletonText, Time, Tone},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{ChangeTarget, Suggestion, SuggestionId, SuggestionStatus};
use review_core::{rules::may_stage, words};
use std::sync::Arc;

/// The whole page.
#[component]
pub fn SuggestionPage(
    /// Which suggestion.
    id: SuggestionId,
) -> impl IntoView {
    let open = OpenSuggestion::open(id);
    let query = open.query();
    let nav = DiffNav::open();
    let title = Memo::new(move |_| {
        query
            .value()
            .map_or("Suggestion".to_owned(), |it| it.title.clone())
    });
    let crumbs = Memo::new(move |_| {
        let Some(suggestion) = query.value() else {
            return vec![Crumb::new("Inbox", Route::Inbox)];
        };
        let (agent, dream) = (suggestion.agent_id.clone(), suggestion.dream_id.clone());
        vec![
            Crumb::new(suggestion.agent_name.clone(), Route::Agent { id: agent }),
            Crumb::new("Dream report", Route::Dream { id: dream }),
        ]
    });
    view! {
        <div class="page page-wide review">
            <div class="review-head">
                <PageTitle title crumbs />
                <Subtitle open />
            </div>
            <Faces query what="the suggestion" skeleton=|| view! { <Skeleton /> } let:suggestion>
                <LoadedOf open suggestion nav />
            </Faces>
        </div>
    }
}

/// What is loaded: a prompt and the one proposed, or what becomes of memories.
#[component]
fn LoadedOf(
    open: OpenSuggestion,
    suggestion: Signal<Arc<Suggestion>>,
    nav: DiffNav,
) -> impl IntoView {
    let target = Memo::new(move |_| suggestion.with(|it| it.target));
    move || match target.get() {
        ChangeTarget::Memory => view! { <MemoryLoaded open suggestion /> }.into_any(),
        ChangeTarget::Prompt | ChangeTarget::Unknown => {
            view! { <Loaded open suggestion nav /> }.into_any()
        }
    }
}

#[component]
fn Loaded(
    open: OpenSuggestion,
    suggestion: Signal<Arc<Suggestion>>,
    nav: DiffNav,
) -> impl IntoView {
    let names = Signal::derive(move || {
        let version = suggestion.with(|it| it.current.version);
        let after = if open.shows_result.get() {
            "your result"
        } else {
            "proposed"
        };
        Sides::new(format!("v{version}, the prompt now"), after.to_owned())
    });
    let session = Session::use_context();
    let may_decide = Memo::new(move |_| {
        let status = suggestion.with(|it| it.status);
        may_stage(&session.user(), status).is_ok()
    });
    let tools = open.tools(may_decide.into());
    view! {
        <Notices open suggestion />
        <div class="review-columns">
            <div class="review-main">
                <Show when=move || may_decide.get()>
                    <Selection open nav />
                </Show>
                <DiffView diff=open.shown() names nav tools />
            </div>
            <Evidence open suggestion nav />
        </div>
        <TranscriptPanel open />
        <RejectDialog open />
        <Decide open suggestion />
    }
}

/// What it is, in one line: what changes, how much, and where it stands.
#[component]
fn Subtitle(open: OpenSuggestion) -> impl IntoView {
    move || {
        let suggestion = open.query().value()?;
        let (version, status) = (suggestion.current.version, suggestion.status);
        let (place, of) = suggestion.position;
        let (what, unit) = match &suggestion.memory {
            Some(memory) => (format!("memories of {}", memory.store_name), " memories"),
            None => (format!("prompt · v{version} → proposed"), " lines"),
        };
        Some(view! {
            <p class="review-subtitle">
                <Badge tone=tone(status)>{words::suggestion_status(status)}</Badge>
                {if suggestion.takes_back {
                    view! { <Badge tone=Tone::Finding>"takes back what a dream did"</Badge> }.into_any()
                } else {
                    view! { <span>"suggestion " {place} " of " {of}</span> }.into_any()
                }}
                <span>{what}</span>
                <span>
                    <Size size=suggestion.size />
                    {unit}
                </span>
                {suggestion
                    .proposed_by
                    .as_ref()
                    .map(|model| {
                        view! { <span data-about="proposed-by">{format!("proposed by {model}")}</span> }
                    })}
                <span class="review-when">"came " <Time at=suggestion.created_at /></span>
            </p>
        })
    }
}

fn tone(status: SuggestionStatus) -> Tone {
    match status {
        SuggestionStatus::Open => Tone::Accent,
        SuggestionStatus::Applied => Tone::Good,
        SuggestionStatus::Rejected => Tone::Bad,
        SuggestionStatus::Staged | SuggestionStatus::Unknown => Tone::Quiet,
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="review-columns">
            <div class="review-main">
                <SkeletonText lines=18 />
            </div>
            <div class="evidence">
                <SkeletonText lines=9 />
            </div>
        </div>
    }
}
