//! The prompt of an agent, in the version that one wants to read.

use super::state::OneAgent;
use crate::{
    routes::Route,
    ui::{Button, Faces, Notice, SkeletonText, Time, Tone, VisibleText},
};
use leptos::prelude::*;
use review_api::{Agent, AgentVersion};
use review_core::words;
use std::sync::Arc;

/// The prompt, with its version and the ones before it.
#[component]
pub(super) fn PromptSection(
    /// The page's state.
    one: OneAgent,
    /// The agent.
    agent: Signal<Arc<Agent>>,
) -> impl IntoView {
    let current = Memo::new(move |_| agent.with(|agent| agent.prompt.version));
    let prompt = one.prompt;
    view! {
        <section class="page-section" aria-labelledby="prompt-title" data-about="prompt">
            <div class="section-head">
                <h2 id="prompt-title">"Prompt"</h2>
                <span class="section-note" data-version=move || current.get()>
                    {move || {
                        agent
                            .with(|agent| {
                                format!(
                                    "v{} now · {} characters",
                                    agent.prompt.version,
                                    words::grouped(agent.summary.prompt_chars),
                                )
                            })
                    }}
                </span>
            </div>
            <Show when=move || one.version().is_some_and(|version| version != current.get())>
                <Notice tone=Tone::Accent about="old-version">
                    <span>
                        {move || {
                            format!("You read v{}, an earlier version.", one.version().unwrap_or_default())
                        }}
                    </span>
                    <Button
                        on_press=Callback::new(move |()| one.read_version(None))
                        action="read-current"
                    >
                        "Read the current one"
                    </Button>
                </Notice>
            </Show>
            <Show
                when=move || one.version().is_some()
                fallback=move || {
                    let text = Signal::derive(move || agent.with(|agent| agent.prompt.text.clone()));
                    view! { <PromptText text /> }
                }
            >
                <Faces
                    query=prompt
                    what="that version of the prompt"
                    skeleton=|| view! { <SkeletonText lines=8 /> }
                    let:prompt
                >
                    <PromptText text=Signal::derive(move || prompt.with(|prompt| prompt.text.clone())) />
                </Faces>
            </Show>
            <Versions one current=current />
        </section>
    }
}

#[component]
fn PromptText(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! {
        <Show
            when=move || text.with(|text| !text.is_empty())
            fallback=|| {
                view! { <p class="section-note">"This agent has no prompt."</p> }
            }
        >
            <div class="prompt" tabindex="0" role="region" aria-label="Text of the prompt">
                <VisibleText text />
            </div>
        </Show>
    }
}

#[component]
fn Versions(one: OneAgent, #[prop(into)] current: Signal<u32>) -> impl IntoView {
    let rows = move || {
        one.versions
            .items()
            .into_iter()
            .map(|version| view! { <VersionRow one version current /> })
            .collect_view()
    };
    view! {
        <details class="versions">
            <summary>"Versions"</summary>
            <Faces
                query=one.versions.first()
                what="the versions"
                skeleton=|| view! { <SkeletonText lines=3 /> }
                let:_first
            >
                <ul class="rows">{rows}</ul>
                <crate::ui::ShowMore listing=one.versions />
            </Faces>
        </details>
    }
}

#[component]
fn VersionRow(one: OneAgent, version: AgentVersion, current: Signal<u32>) -> impl IntoView {
    let number = version.version;
    let is_current = move || current.get() == number;
    let read = move || {
        one.version()
            .map_or_else(is_current, |version| version == number)
    };
    let change = version.change_id.map(|id| {
        view! { <a href=Route::Change { id }.href()>"made by a change"</a> }
    });
    view! {
        <li class="version-row" data-version-row=number>
            <button
                type="button"
                class="button button-bare"
                aria-pressed=move || read().to_string()
                on:click=move |_| {
                    one.read_version((!is_current()).then_some(number));
                }
            >
                {format!("v{number}")}
            </button>
            <span class="row-soft">
                {format!("{} characters", words::grouped(version.prompt_chars))}
                {move || is_current().then_some(" · current")}
            </span>
            <span class="row-soft">{change}</span>
            <span class="row-number">
                <Time at=version.created_at />
            </span>
        </li>
    }
}
