//! One interaction: what was said and done, and what people think of it.

use super::{feedback::FeedbackPanel, state::OpenInteraction};
use crate::{
    events::SearchNotice,
    routes::{QueryParam, Route},
    ui::{Crumb, Empty, Faces, LogEventItem, PageTitle, ShowMore, SkeletonText, Time},
};
use leptos::prelude::*;
use review_api::{InteractionId, LogEvent};
use review_core::transcript::continues;
use std::sync::Arc;

/// The whole page.
#[component]
pub fn InteractionPage(
    /// Which.
    id: InteractionId,
) -> impl IntoView {
    let named = QueryParam::new("event");
    let wanted = Some(untrack(|| named.get())).filter(|wanted| !wanted.is_empty());
    let interaction = OpenInteraction::open(id.clone(), wanted);
    let summary = interaction.summary();
    let title = Memo::new(move |_| {
        let title = summary.get().map(|summary| summary.title);
        match title {
            Some(title) if title.trim().is_empty() => "Interaction without a title".to_owned(),
            Some(title) => title,
            None => "Interaction".to_owned(),
        }
    });
    let crumbs = Memo::new(move |_| {
        let mut crumbs = vec![Crumb::new("Agents", Route::Agents)];
        if let Some(summary) = summary.get() {
            let id = summary.agent_id;
            crumbs.push(Crumb::new(
                summary.agent_name,
                Route::Agent { id: id.clone() },
            ));
            crumbs.push(Crumb::new("Interactions", Route::AgentInteractions { id }));
        }
        crumbs
    });
    view! {
        <div class="page interaction">
            <PageTitle title crumbs />
            <Faces
                query=interaction.transcript().listing().first()
                what="the interaction"
                skeleton=|| view! { <Skeleton /> }
                let:_first
            >
                <Facts interaction />
                <div class="columns">
                    <Transcript interaction named place=Route::Interaction { id: id.clone() } />
                    <FeedbackPanel interaction />
                </div>
            </Faces>
        </div>
    }
}

/// When it was, with which version, and where it stands.
#[component]
fn Facts(interaction: OpenInteraction) -> impl IntoView {
    let summary = interaction.summary();
    move || {
        let summary = summary.get()?;
        Some(view! {
            <p class="interaction-facts">
                <a href=Route::Agent { id: summary.agent_id }.href()>{summary.agent_name}</a>
                {format!(" at version {}, began ", summary.agent_version)}
                <Time at=summary.created_at />
                {format!(", {} now. ", summary.status)}
                <a class="to-feedback" href="#feedback">
                    "Go to feedback"
                </a>
            </p>
        })
    }
}

/// What was said and done, in order.
#[component]
pub(super) fn Transcript(
    /// Of which interaction.
    interaction: OpenInteraction,
    /// The event that the address names.
    named: QueryParam,
    /// The interaction's own place, for links to its events.
    place: Route,
) -> impl IntoView {
    let events = interaction.transcript().all();
    let rows = Memo::new(move |_| {
        let events = events.get();
        let mut previous: Option<Arc<LogEvent>> = None;
        let rows = events.into_iter().map(|event| {
            let goes_on = continues(&event, previous.as_deref());
            previous = Some(Arc::clone(&event));
            (event, goes_on)
        });
        rows.collect::<Vec<_>>()
    });
    let item = move |(_, (event, goes_on)): (usize, (Arc<LogEvent>, bool))| {
        let id = event.id.clone();
        let href = place.href_with("event", &id);
        let marked = Memo::new(move |_| named.get() == id);
        view! {
            <LogEventItem
                event=event.as_ref().clone()
                href
                on_link=Callback::new(move |id| named.set(id))
                continues=goes_on
                marked
            />
        }
    };
    view! {
        <section class="column transcript" aria-labelledby="transcript">
            <h2 id="transcript" class="visually-hidden">
                "Transcript"
            </h2>
            <SearchNotice events=interaction.transcript() named />
            <Show
                when=move || !events.with(Vec::is_empty)
                fallback=|| {
                    view! {
                        <Empty title="Nothing was said yet">
                            "What user and agent say shows here once the session has begun."
                        </Empty>
                    }
                }
            >
                <ol class="events" data-look="conversation">
                    <For
                        each=move || rows.get().into_iter().enumerate()
                        key=|(index, (event, _))| (*index, event.id.clone())
                        children=item.clone()
                    />
                </ol>
            </Show>
            <ShowMore listing=interaction.transcript().listing() />
        </section>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="columns">
            <div class="column">
                <SkeletonText lines=4 />
                <SkeletonText lines=6 />
                <SkeletonText lines=3 />
                <SkeletonText lines=6 />
            </div>
            <div class="aside">
                <SkeletonText lines=7 />
            </div>
        </div>
    }
}
