//! The facts of a dream: what ran, on what, at what cost, and who reported it.

use super::words::{cost, took, usage};
use crate::{
    routes::Route,
    ui::{LongText, Time},
};
use leptos::prelude::*;
use review_api::DreamReport;
use std::sync::Arc;

/// The column beside the report.
#[component]
pub(super) fn About(
    /// The report.
    report: Signal<Arc<DreamReport>>,
) -> impl IntoView {
    let fact = move |pick: fn(&DreamReport) -> String| {
        let fact = Memo::new(move |_| report.with(|report| pick(report)));
        move || fact.get()
    };
    let created_at = Signal::derive(move || report.with(|report| report.created_at));
    let ended = Memo::new(move |_| {
        report.with(|report| {
            report
                .ended_at
                .map(|ended_at| (ended_at, took(report.created_at, ended_at)))
        })
    });
    let reported = Memo::new(move |_| {
        report.with(|report| {
            report
                .reported_at
                .map(|at| (at, report.reported_by.clone()))
        })
    });
    let instructions = Memo::new(move |_| report.with(|report| report.instructions.clone()));
    let agent = Memo::new(move |_| {
        report.with(|report| (report.agent_id.clone(), report.agent_name.clone()))
    });
    view! {
        <aside class="aside dream-about" aria-labelledby="dream-about">
            <h2 id="dream-about">"About this dream"</h2>
            <dl class="facts">
                <dt>"Agent"</dt>
                <dd>
                    {move || {
                        let (id, name) = agent.get();
                        view! { <a href=Route::Agent { id }.href()>{name}</a> }
                    }}
                </dd>
                <dt>"Asked for"</dt>
                <dd>
                    <Time at=created_at />
                </dd>
                <dt>"Ended"</dt>
                <dd>
                    {move || match ended.get() {
                        Some((at, took)) => {
                            view! {
                                <Time at />
                                {format!(", took {took}")}
                            }
                                .into_any()
                        }
                        None => "not yet".into_any(),
                    }}
                </dd>
                <dt>"Reported"</dt>
                <dd data-about="reported">
                    {move || match reported.get() {
                        Some((at, by)) => {
                            view! {
                                {format!("by {}, ", by.as_deref().unwrap_or("a sender that gave no name"))}
                                <Time at />
                            }
                                .into_any()
                        }
                        None => "no report yet".into_any(),
                    }}
                </dd>
                <dt>"Read"</dt>
                <dd data-about="read">
                    {fact(|report| match report.interactions_read {
                        0 => "no number of interactions reported".to_owned(),
                        1 => "1 interaction".to_owned(),
                        count => format!("{count} interactions"),
                    })}
                </dd>
                <dt>"Model"</dt>
                <dd>{fact(|report| report.model.clone().unwrap_or_else(|| "not reported".to_owned()))}</dd>
                <dt>"Usage"</dt>
                <dd data-about="usage">{fact(|report| usage(report.usage))}</dd>
                <dt>"Cost"</dt>
                <dd data-about="cost">{fact(|report| cost(report.cost.as_ref()))}</dd>
                <dt>"Raw log"</dt>
                <dd>
                    <LogLink report />
                </dd>
                <dt>"Id"</dt>
                <dd class="fact-id">{fact(|report| report.id.0.clone())}</dd>
                <dt>"Instructions"</dt>
                <dd>
                    {move || match instructions.get() {
                        Some(text) => view! { <LongText text /> }.into_any(),
                        None => "none given".into_any(),
                    }}
                </dd>
            </dl>
        </aside>
    }
}

#[component]
fn LogLink(report: Signal<Arc<DreamReport>>) -> impl IntoView {
    let log = Memo::new(move |_| report.with(|report| report.has_log.then(|| report.id.clone())));
    move || match log.get() {
        Some(id) => view! {
            <a href=Route::DreamLog { id }.href() data-action="log">
                "Read what it did, step by step"
            </a>
        }
        .into_any(),
        None => "none: the dream has no session on the platform to read".into_any(),
    }
}
