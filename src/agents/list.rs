//! The page of all agents.

use super::state::AgentsList;
use crate::{
    api::ApiClient,
    browser::{clock::Clock, focus},
    keyboard::{Command, Keyboard},
    routes::Route,
    session::Session,
    ui::{
        Badge, Empty, Faces, FreshnessLine, PageTitle, ShowMore, SkeletonRows, Tone,
        icon::SearchIcon,
    },
};
use leptos::prelude::*;
use review_api::{AgentId, AgentSummary};
use review_core::{rules, words};

/// The whole page.
#[component]
pub fn AgentsPage() -> impl IntoView {
    let list = AgentsList::new(ApiClient::use_context());
    Keyboard::use_context().add(Command::new("Find an agent", Some("/"), || {
        focus::first("input[name=search-agents]");
    }));
    let freshness = Signal::derive(move || list.found.freshness());
    view! {
        <div class="page agents">
            <div class="page-head">
                <PageTitle title="Agents" />
                <FreshnessLine freshness />
            </div>
            <div class="toolbar">
                <div class="search">
                    <SearchIcon />
                    <input
                        class="input"
                        type="search"
                        name="search-agents"
                        aria-label="Find an agent by name or id"
                        placeholder="Name or id"
                        autocomplete="off"
                        prop:value=list.typed()
                        on:input=move |event| list.look_for(event_target_value(&event))
                    />
                </div>
                <CreateLink />
            </div>
            <Faces
                query=list.found.first()
                what="the agents"
                skeleton=|| view! { <SkeletonRows count=5 /> }
                let:_first
            >
                <Found list />
            </Faces>
        </div>
    }
}

#[component]
fn CreateLink() -> impl IntoView {
    let session = Session::use_context();
    let refusal = Memo::new(move |_| {
        let verdict = rules::may_create_agent(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    view! {
        <span class="action">
            <a
                class="button"
                href=Route::NewAgent.href()
                data-action="new-agent"
                aria-disabled=move || refusal.with(Option::is_some).then_some("true")
            >
                "New agent"
            </a>
            <span class="action-reason">{move || refusal.get()}</span>
        </span>
    }
}

#[component]
fn Found(list: AgentsList) -> impl IntoView {
    let ids = Memo::new(move |_| {
        let found = list.found.items();
        found.into_iter().map(|agent| agent.id).collect::<Vec<_>>()
    });
    view! {
        <Show
            when=move || ids.with(|ids| !ids.is_empty())
            fallback=move || {
                if list.is_filtered() {
                    view! {
                        <Empty title="No agent fits">
                            "Names and ids are searched. "
                            <button
                                type="button"
                                class="button button-bare"
                                data-action="show-all"
                                on:click=move |_| list.look_for(String::new())
                            >
                                "Show all agents"
                            </button>
                        </Empty>
                    }
                        .into_any()
                } else {
                    view! {
                        <Empty title="No agents yet">
                            "Agents come from the platform, within a minute of being made there. An admin can create one here."
                        </Empty>
                    }
                        .into_any()
                }
            }
        >
            <ul class="rows">
                <For each=move || ids.get() key=AgentId::clone let:id>
                    <AgentRow list id />
                </For>
            </ul>
            <ShowMore listing=list.found />
        </Show>
    }
}

#[component]
fn AgentRow(list: AgentsList, id: AgentId) -> impl IntoView {
    let clock = Clock::use_context();
    let href = Route::Agent { id: id.clone() }.href();
    let name = id.0.clone();
    let agent = Memo::new(move |_| list.found.items().into_iter().find(|agent| agent.id == id));
    let draw = move |agent: AgentSummary| {
        let dreaming = if agent.dreaming.dreaming_enabled {
            format!("dreams {}", agent.dreaming.dreaming_frequency.as_str())
        } else {
            "does not dream".to_owned()
        };
        let last = agent.last_dream.as_ref().map(|last| {
            let when = words::ago(last.ended_at.unwrap_or(last.created_at), clock.get());
            format!("{} {when}", words::dream_status(last.status))
        });
        let open = match agent.open_suggestions {
            0 => None,
            1 => Some("1 suggestion".to_owned()),
            open => Some(format!("{open} suggestions")),
        };
        let wrong = match agent.warnings.len() {
            0 => None,
            1 => Some("1 warning".to_owned()),
            wrong => Some(format!("{wrong} warnings")),
        };
        view! {
            <span class="row-title">{agent.name}</span>
            <span class="row-soft agent-model">{agent.model}</span>
            <span class="row-number">{format!("v{}", agent.version)}</span>
            <span class="row-soft agent-dreaming">
                {dreaming} {last.map(|last| format!(" · {last}"))}
            </span>
            <span class="agent-badges">
                {open.map(|open| view! { <Badge tone=Tone::Accent>{open}</Badge> })}
                {wrong.map(|wrong| view! { <Badge tone=Tone::Finding>{wrong}</Badge> })}
            </span>
        }
    };
    view! {
        <li class="row agent-row" data-agent=name>
            <a class="row-link" href=href data-row="">
                {move || agent.get().map(draw)}
            </a>
        </li>
    }
}
