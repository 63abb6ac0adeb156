//! The page of the inbox.

use super::{
    Inbox,
    automatic::{Automatic, PausedNotice},
    health::Health,
};
use crate::{
    routes::Route,
    ui::{
        Badge, Button, Empty, Faces, FreshnessLine, Notice, PageTitle, Size, SkeletonRows, Time,
        Tone,
    },
};
use leptos::prelude::*;
use review_api::{InboxItem, InboxReason, InboxSubject};
use review_core::words;

/// The whole page.
#[component]
pub fn InboxPage() -> impl IntoView {
    let inbox = Inbox::use_context();
    inbox.visit();
    let freshness = Signal::derive(move || Some(inbox.latest().value()?.freshness.clone()));
    let waiting = move || match inbox.total() {
        None | Some(0) => String::new(),
        Some(1) => "1 thing waits for you.".to_owned(),
        Some(total) => {
            format!("{total} things wait for you, trouble first, then the longest waiting.")
        }
    };
    view! {
        <div class="page inbox">
            <div class="page-head">
                <div>
                    <PageTitle title="Inbox" />
                    <p class="page-lede">{waiting}</p>
                </div>
                <FreshnessLine freshness />
            </div>
            <Faces query=inbox.latest() what="the inbox" skeleton=|| view! { <SkeletonRows count=8 /> } let:latest>
                <PausedNotice inbox=latest />
                <section class="page-section" aria-label="What waits">
                    <News />
                    <Rows />
                </section>
                <Automatic inbox=latest />
                <Health inbox=latest />
            </Faces>
        </div>
    }
}

/// How many came meanwhile; they show when asked for, so that nothing moves under the reader.
#[component]
fn News() -> impl IntoView {
    let inbox = Inbox::use_context();
    let news = Memo::new(move |_| inbox.news());
    view! {
        <div role="status">
            <Show when=move || { news.get() > 0 }>
                <Button on_press=Callback::new(move |()| inbox.adopt()) action="show-news">
                    {move || format!("{} new", news.get())}
                </Button>
            </Show>
        </div>
    }
}

#[component]
fn Rows() -> impl IntoView {
    let inbox = Inbox::use_context();
    let rows = Memo::new(move |_| inbox.rows());
    let busy = Signal::derive(move || inbox.is_busy());
    let failure = move || inbox.more_failure().map(|error| error.to_string());
    view! {
        <Show
            when=move || rows.with(|rows| !rows.is_empty())
            fallback=|| {
                view! {
                    <Empty title="Nothing waits for you">
                        "Suggestions come here when an agent has dreamt and its report proposes something, changes when they \
                         need an approval that you can give. Below is how dreaming goes; "
                        <a href=Route::Agents.href()>"the agents"</a> " have their settings."
                    </Empty>
                }
            }
        >
            <ul class="rows">
                <For each=move || rows.get() key=InboxSubject::clone let:subject>
                    <InboxRow subject />
                </For>
            </ul>
            <Show when=move || inbox.has_more()>
                <div class="show-more">
                    <Show when=move || failure().is_some()>
                        <Notice tone=Tone::Bad about="more">
                            {failure}
                        </Notice>
                    </Show>
                    <Button on_press=Callback::new(move |()| inbox.more()) busy action="more">
                        "Show more"
                    </Button>
                </div>
            </Show>
        </Show>
    }
}

#[component]
fn InboxRow(subject: InboxSubject) -> impl IntoView {
    let inbox = Inbox::use_context();
    let (route, name) = match subject.clone() {
        InboxSubject::Suggestion { id } => (Route::Suggestion { id: id.clone() }, id.0),
        InboxSubject::Change { id } => (Route::Change { id: id.clone() }, id.0),
        InboxSubject::Agent { id } => (Route::Agent { id: id.clone() }, id.0),
    };
    let gone = inbox.is_gone(subject.clone());
    let item = inbox.item(subject);
    let draw = move |item: InboxItem| {
        let (name, figures) = item.metric.as_ref().map_or_else(
            || (None, "not measured".to_owned()),
            |metric| (Some(metric.name.clone()), words::metric(metric)),
        );
        view! {
            <span class="inbox-reason">
                <Badge tone=tone(item.reason)>{words::inbox_reason(item.reason)}</Badge>
            </span>
            <span class="row-title" title=item.title.clone()>
                <span class="inbox-title">{item.title.clone()}</span>
                {(item.reason == InboxReason::Review)
                    .then(|| view! { <Badge tone=Tone::Finding>"applied without approvals"</Badge> })}
                {item
                    .rejected_before
                    .then(|| view! { <Badge tone=Tone::Finding>"rejected before"</Badge> })}
            </span>
            <span class="row-soft inbox-agent">{item.agent_name}</span>
            <span class="row-number inbox-size">
                {(item.reason != InboxReason::Regressed).then(|| view! { <Size size=item.size /> })}
            </span>
            <span class="inbox-metric">
                {name
                    .map(|name| {
                        view! {
                            <span class="inbox-metric-name" title=name.clone()>
                                {name.clone()}
                            </span>
                            " "
                        }
                    })}
                <span class="inbox-metric-figures">{figures}</span>
            </span>
            <span class="row-number inbox-age">
                <Time at=item.since />
            </span>
        }
    };
    view! {
        <li class="row inbox-row" data-row-of=name data-gone=move || gone.get().then_some("")>
            <a class="row-link" href=route.href() data-row="">
                {move || item.get().map(draw)}
                <Show when=move || gone.get()>
                    <span class="inbox-gone">"no longer waits"</span>
                </Show>
            </a>
        </li>
    }
}

fn tone(reason: InboxReason) -> Tone {
    match reason {
        InboxReason::Decide | InboxReason::Approve | InboxReason::Apply => Tone::Accent,
        InboxReason::TakeBack
        | InboxReason::Restage
        | InboxReason::Look
        | InboxReason::Review
        | InboxReason::Regressed => Tone::Finding,
        InboxReason::Unknown => Tone::Quiet,
    }
}
