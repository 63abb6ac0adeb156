//! The page of one agent.

use super::{
    advice::{AdviceSection, BaselineSection},
    drift::DriftNotice,
    keeping::KeepDialog,
    policy::{PolicyDialog, PolicyFacts},
    prompt::PromptSection,
    regression::{RegressionNotice, VersionStanding},
    rule::RuleSection,
    settings::{SettingsDialog, SettingsFacts},
    sleeping::SleepingSection,
    state::{Drifting, Keeping, OneAgent, PolicyForm, Ruling, SettingsForm, Sleeping, outcomes},
};
use crate::{
    api::ApiClient,
    routes::Route,
    session::Session,
    ui::{
        Badge, Crumb, Faces, FreshnessLine, PageTitle, ShowMore, SkeletonRows, SkeletonText, Time,
        Tone,
    },
};
use leptos::prelude::*;
use review_api::{Agent, AgentId, DreamId, DreamReport, DreamStatus};
use review_core::words;
use std::sync::Arc;

/// The whole page.
#[component]
pub fn AgentPage(
    /// Which agent.
    id: AgentId,
) -> impl IntoView {
    let api = ApiClient::use_context();
    let one = OneAgent::new(&api, &id);
    let form = SettingsForm::new(&api, &id, one.agent);
    let policy = PolicyForm::new(&api, &id, one.agent);
    let sleeping = Sleeping::new(&api, &id, one);
    let ruling = Ruling::new(&api);
    let drifting = Drifting::new(&api, &id, one.agent);
    let outcomes = outcomes(&api, &id);
    let user = Session::use_context().user_untracked().name;
    let keeping = Keeping::new(&api, &id, &user, one.agent, outcomes);
    let shown = StoredValue::new(id.clone());
    let title = Signal::derive(move || {
        let agent = one.agent.value();
        agent.map_or("Agent".to_owned(), |agent| agent.summary.name.clone())
    });
    let crumbs = Signal::stored(vec![Crumb::new("Agents", Route::Agents)]);
    let freshness = Signal::derive(move || Some(one.agent.value()?.freshness.clone()));
    view! {
        <div class="page agent" data-agent=id.0.clone()>
            <div class="page-head">
                <div>
                    <PageTitle title crumbs />
                    <p class="page-lede">
                        {move || one.agent.value().and_then(|agent| agent.description.clone())}
                    </p>
                </div>
                <FreshnessLine freshness />
            </div>
            <Faces
                query=one.agent
                what="the agent"
                skeleton=|| view! { <SkeletonText lines=10 /> }
                let:agent
            >
                <DriftNotice drifting agent />
                <RegressionNotice keeping />
                <AdviceSection agent form policy />
                <div class="columns">
                    <div class="column">
                        <PromptSection one agent />
                        <RuleSection ruling agent />
                        <Dreams one id=shown />
                        <SleepingSection sleeping />
                    </div>
                    <aside class="aside" aria-label="About this agent">
                        <SettingsFacts agent form />
                        <PolicyFacts agent form=policy />
                        <BaselineSection agent />
                        <VersionStanding outcomes id=shown />
                        <Facts agent />
                    </aside>
                </div>
            </Faces>
            <SettingsDialog form />
            <PolicyDialog form=policy />
            <KeepDialog keeping />
        </div>
    }
}

#[component]
fn Facts(agent: Signal<Arc<Agent>>) -> impl IntoView {
    let created_at = Signal::derive(move || agent.with(|agent| agent.created_at));
    let updated_at = Signal::derive(move || agent.with(|agent| agent.updated_at));
    view! {
        <section class="page-section" aria-labelledby="facts-title">
            <div class="section-head">
                <h2 id="facts-title">"About"</h2>
            </div>
            <dl class="facts">
                <dt>"Model"</dt>
                <dd>
                    <code>{move || agent.with(|agent| agent.summary.model.clone())}</code>
                </dd>
                <dt>"Id"</dt>
                <dd>
                    <code>{move || agent.with(|agent| agent.summary.id.0.clone())}</code>
                </dd>
                <dt>"Made"</dt>
                <dd>
                    <Time at=created_at />
                </dd>
                <dt>"Changed"</dt>
                <dd>
                    <Time at=updated_at />
                </dd>
            </dl>
        </section>
    }
}

#[component]
fn Dreams(one: OneAgent, id: StoredValue<AgentId>) -> impl IntoView {
    let trends = Route::AgentTrends { id: id.get_value() }.href();
    let ids = Memo::new(move |_| {
        let dreams = one.dreams.items();
        dreams.into_iter().map(|dream| dream.id).collect::<Vec<_>>()
    });
    view! {
        <section class="page-section" aria-labelledby="dreams-title" data-about="dreams">
            <div class="section-head">
                <h2 id="dreams-title">"Dreams"</h2>
                <span class="section-note">
                    "newest first · " <a href=trends data-action="open-trends">"Trends"</a>
                </span>
            </div>
            <Faces
                query=one.dreams.first()
                what="the dreams"
                skeleton=|| view! { <SkeletonRows count=4 /> }
                let:_first
            >
                <Show
                    when=move || ids.with(|ids| !ids.is_empty())
                    fallback=|| {
                        view! {
                            <p class="section-note">
                                "This agent has not dreamt. A dream runs when dreaming is on and due; its report shows here."
                            </p>
                        }
                    }
                >
                    <ul class="rows">
                        <For each=move || ids.get() key=DreamId::clone let:id>
                            <DreamRow one id />
                        </For>
                    </ul>
                    <ShowMore listing=one.dreams />
                </Show>
            </Faces>
        </section>
    }
}

#[component]
fn DreamRow(one: OneAgent, id: DreamId) -> impl IntoView {
    let href = Route::Dream { id: id.clone() }.href();
    let name = id.0.clone();
    let dream = Memo::new(move |_| one.dreams.items().into_iter().find(|dream| dream.id == id));
    let draw = |dream: DreamReport| {
        let tone = match dream.status {
            DreamStatus::Completed => Tone::Good,
            DreamStatus::Failed => Tone::Bad,
            DreamStatus::Running | DreamStatus::Pending => Tone::Accent,
            DreamStatus::Canceled | DreamStatus::Unknown => Tone::Quiet,
        };
        let said = match (&dream.summary, &dream.error) {
            (Some(summary), _) => summary.clone(),
            (None, Some(error)) => error.message.clone(),
            (None, None) if dream.in_place.is_some() => {
                "Wrote into the memory store by itself; nobody decided it".to_owned()
            }
            (None, None) => "No report".to_owned(),
        };
        let count = match (dream.reported_at, dream.proposals().count()) {
            (_, 0) if dream.in_place.is_some() => String::new(),
            (None, 0) => String::new(),
            (_, 0) => "nothing to suggest".to_owned(),
            (_, 1) => "1 suggestion".to_owned(),
            (_, count) => format!("{count} suggestions"),
        };
        view! {
            <span>
                <Badge tone>{words::dream_status(dream.status)}</Badge>
            </span>
            <span class="row-title" title=said.clone()>
                {said.clone()}
            </span>
            <span class="row-number">{count}</span>
            <span class="row-number">
                <Time at=dream.ended_at.unwrap_or(dream.created_at) />
            </span>
        }
    };
    view! {
        <li class="row dream-line" data-dream=name>
            <a class="row-link" href=href data-row="">
                {move || dream.get().map(draw)}
            </a>
        </li>
    }
}
