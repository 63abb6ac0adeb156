//! How dreaming goes, agent by agent, and what is wrong with the set-up.

use crate::{browser::clock::Clock, routes::Route, ui::icon::FindingIcon};
use leptos::prelude::*;
use review_api::{AgentHealth, AgentId};
use review_core::words;
use std::sync::Arc;

/// One line for each agent.
#[component]
pub(super) fn Health(
    /// What the proxy said last.
    inbox: Signal<Arc<review_api::Inbox>>,
) -> impl IntoView {
    let agents = Memo::new(move |_| {
        inbox.with(|inbox| {
            let agents = inbox.health.iter();
            agents
                .map(|health| health.agent_id.clone())
                .collect::<Vec<_>>()
        })
    });
    view! {
        <section class="page-section" aria-labelledby="health-title">
            <div class="section-head">
                <h2 id="health-title">"Dreaming"</h2>
                <span class="section-note">"last run, next run, set-up"</span>
            </div>
            <Show
                when=move || agents.with(|agents| !agents.is_empty())
                fallback=|| {
                    view! {
                        <p class="section-note">
                            "No agents yet. They show here once the platform has some; "
                            <a href=Route::NewAgent.href()>"create one"</a> "."
                        </p>
                    }
                }
            >
                <ul class="rows">
                    <For each=move || agents.get() key=AgentId::clone let:id>
                        <HealthRow id inbox />
                    </For>
                </ul>
            </Show>
        </section>
    }
}

#[component]
fn HealthRow(id: AgentId, inbox: Signal<Arc<review_api::Inbox>>) -> impl IntoView {
    let clock = Clock::use_context();
    let route = Route::Agent { id: id.clone() };
    let name = id.0.clone();
    let health = Memo::new(move |_| {
        inbox.with(|inbox| {
            inbox
                .health
                .iter()
                .find(|health| health.agent_id == id)
                .cloned()
        })
    });
    let draw = move |health: AgentHealth| {
        let now = clock.get();
        let warnings = health.warnings.iter().map(|warning| {
            view! {
                <li class="health-warning">
                    <FindingIcon />
                    <span>{words::warning(*warning)}</span>
                </li>
            }
        });
        let next = words::next_due(health.next_due_at, now).unwrap_or_default();
        let (name, said) = (health.agent_name.clone(), words::health(&health, now));
        view! {
            <span class="row-title">{name}</span>
            <span class="row-soft">{said}</span>
            <span class="row-number">{next}</span>
            <ul class="health-warnings">{warnings.collect_view()}</ul>
        }
    };
    view! {
        <li class="row health-row" data-health=name>
            <a class="row-link" href=route.href() data-row="">
                {move || health.get().map(draw)}
            </a>
        </li>
    }
}
