//! A dream's report: how it ended, what it suggests, what it saw and what it measured.

use super::{
    about::About,
    in_place::WroteInPlace,
    metrics::Metrics,
    patterns::Patterns,
    reflection::ReflectionSection,
    state::Dream,
    suggestions::Suggestions,
    words::{outcome, title},
};
use crate::{
    browser::clock::Clock,
    routes::Route,
    ui::{Crumb, Faces, LongText, Notice, PageTitle, SkeletonRows, SkeletonText, Tone},
};
use leptos::prelude::*;
use review_api::{DreamId, DreamReport, DreamStatus};
use std::sync::Arc;

/// The whole page.
#[component]
pub fn DreamPage(
    /// Which dream.
    id: DreamId,
) -> impl IntoView {
    let dream = Dream::open(id);
    let query = dream.report();
    let heading = Memo::new(move |_| {
        query
            .value()
            .map_or("Dream".to_owned(), |report| title(&report))
    });
    let crumbs = Memo::new(move |_| {
        let mut crumbs = vec![Crumb::new("Agents", Route::Agents)];
        if let Some(report) = query.value() {
            let id = report.agent_id.clone();
            crumbs.push(Crumb::new(report.agent_name.clone(), Route::Agent { id }));
        }
        crumbs
    });
    view! {
        <div class="page dream">
            <PageTitle title=heading crumbs />
            <Faces query what="the dream" skeleton=|| view! { <Skeleton /> } let:report>
                <Report dream report />
            </Faces>
        </div>
    }
}

#[component]
fn Report(dream: Dream, report: Signal<Arc<DreamReport>>) -> impl IntoView {
    view! {
        <Standing report />
        <WroteInPlace report />
        <div class="columns">
            <div class="column">
                <Suggestions report />
                <Summary report />
                <Patterns report />
                <ReflectionSection dream report />
                <Metrics report />
            </div>
            <About report />
        </div>
    }
}

/// How the dream stands or ended, in words; tells a screen reader when that changes.
#[component]
fn Standing(report: Signal<Arc<DreamReport>>) -> impl IntoView {
    let clock = Clock::use_context();
    let standing = Memo::new(move |_| outcome(&report.get(), clock.get()));
    let status = Memo::new(move |_| report.with(|report| report.status));
    // The sentence moves on with the clock; only another status is news.
    let news = Memo::new(move |old: Option<&(DreamStatus, String)>| {
        let status = status.get();
        match old {
            None => (status, String::new()),
            Some((before, said)) if *before == status => (status, said.clone()),
            Some(_) => (
                status,
                standing.with_untracked(|standing| standing.sentence.clone()),
            ),
        }
    });
    let sentence = move || standing.with(|standing| standing.sentence.clone());
    let advice = move || standing.with(|standing| standing.advice.clone());
    let platform_words = move || standing.with(|standing| standing.platform_words.clone());
    let failed = move || status.get() == DreamStatus::Failed;
    let failure = move || {
        view! {
            <Notice tone=Tone::Bad about="failure">
                <p class="dream-failure">{sentence}</p>
                <p>{advice}</p>
                {move || {
                    platform_words()
                        .map(|words| {
                            view! {
                                <p class="dream-platform-words">"The platform’s words: " <q>{words}</q></p>
                            }
                        })
                }}
            </Notice>
        }
    };
    let plain = move || {
        view! {
            <p class="dream-outcome">
                {move || {
                    let live = matches!(status.get(), DreamStatus::Pending | DreamStatus::Running);
                    live.then(|| view! { <span class="dream-live" aria-hidden="true"></span> })
                }} <span data-about="outcome">{sentence}</span> " "
                <span class="dream-advice">{advice}</span>
            </p>
        }
    };
    view! {
        <div class="dream-standing" data-status=move || format!("{:?}", status.get()).to_lowercase()>
            <p class="visually-hidden" role="status">{move || news.get().1}</p>
            <Show when=failed fallback=plain>
                {failure()}
            </Show>
        </div>
    }
}

#[component]
fn Summary(report: Signal<Arc<DreamReport>>) -> impl IntoView {
    let summary = Memo::new(move |_| report.with(|report| report.summary.clone()));
    move || {
        let text = summary.get().filter(|text| !text.trim().is_empty())?;
        Some(view! {
            <section class="page-section" aria-labelledby="dream-summary">
                <div class="section-head">
                    <h2 id="dream-summary">"Summary"</h2>
                </div>
                <div class="dream-prose">
                    <LongText text />
                </div>
            </section>
        })
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="columns">
            <div class="column">
                <SkeletonRows count=3 />
                <SkeletonText lines=5 />
                <SkeletonText lines=6 />
            </div>
            <div class="aside">
                <SkeletonText lines=8 />
            </div>
        </div>
    }
}
