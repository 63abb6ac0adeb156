//! The list of changes.

use super::state::ChangesList;
use crate::{
    routes::Route,
    ui::{Badge, Empty, Faces, PageTitle, ShowMore, Size, SkeletonRows, Tab, Tabs, Time, Tone},
};
use leptos::prelude::*;
use review_api::{ChangeId, ChangeState, ChangeSummary, ChangeTarget};
use review_core::words;

const TABS: [Tab; 2] = [
    Tab {
        value: "open",
        label: "Open",
    },
    Tab {
        value: "all",
        label: "All",
    },
];

/// The whole page.
#[component]
pub fn ChangesPage() -> impl IntoView {
    let list = ChangesList::open();
    let chosen = Signal::derive(move || if list.is_all() { "all" } else { "open" }.to_owned());
    view! {
        <div class="page changes">
            <div class="page-head">
                <div>
                    <PageTitle title="Changes" />
                    <p class="page-lede">"What was staged, newest first. Nothing here reaches an agent before it is approved and applied."</p>
                </div>
                <Tabs
                    label="Which changes"
                    tabs=TABS.to_vec()
                    chosen
                    on_choose=Callback::new(move |word| list.show_all(word == "all"))
                />
            </div>
            <Faces
                query=list.listing().first()
                what="the changes"
                skeleton=|| view! { <SkeletonRows count=8 /> }
                let:_first
            >
                <Rows list />
            </Faces>
        </div>
    }
}

#[component]
fn Rows(list: ChangesList) -> impl IntoView {
    let items = Memo::new(move |_| list.listing().items());
    let ids = Memo::new(move |_| {
        items.with(|items| items.iter().map(|it| it.id.clone()).collect::<Vec<_>>())
    });
    view! {
        <Show when=move || ids.with(|ids| !ids.is_empty()) fallback=move || view! { <NoChanges list /> }>
            <ul class="rows">
                <For each=move || ids.get() key=ChangeId::clone let:id>
                    <ChangeRow items id />
                </For>
            </ul>
            <ShowMore listing=list.listing() />
        </Show>
    }
}

#[component]
fn NoChanges(list: ChangesList) -> impl IntoView {
    let title = Signal::derive(move || {
        if list.is_all() {
            "No change was ever staged".to_owned()
        } else {
            "No change waits".to_owned()
        }
    });
    view! {
        <Empty title>
            <p>
                "A change comes here when somebody stages a suggestion. Suggestions wait in "
                <a href=Route::Inbox.href()>"the inbox"</a> "."
            </p>
            <Show when=move || !list.is_all()>
                <p>"Applied and withdrawn ones are under “All”."</p>
            </Show>
        </Empty>
    }
}

/// One row; it reads its own data, so that a reload moves nothing under the keyboard.
#[component]
fn ChangeRow(items: Memo<Vec<ChangeSummary>>, id: ChangeId) -> impl IntoView {
    let href = Route::Change { id: id.clone() }.href();
    let name = id.0.clone();
    let item = Memo::new(move |old: Option<&Option<ChangeSummary>>| {
        let found = items.with(|items| items.iter().find(|it| it.id == id).cloned());
        found.or_else(|| old.cloned().flatten())
    });
    let draw = |item: ChangeSummary| {
        let state = item.state;
        view! {
            <span class="changes-state">
                <Badge tone=tone(state)>{words::change_state(state)}</Badge>
            </span>
            <span class="row-title" dir="auto" title=item.title.clone()>{item.title.clone()}</span>
            <span class="row-soft">{item.agent_name} " · " {on_what(item.target, item.base_version, item.rolls_back.is_some())}</span>
            <span class="row-soft changes-approvals">{approvals(item.approvals, item.approvals_needed, state)}</span>
            <span class="row-number">
                <Size size=item.size />
            </span>
            <span class="row-number">
                <Time at=item.updated_at />
            </span>
        }
    };
    view! {
        <li class="row">
            <a class="row-link changes-row" href=href data-row=name>
                {move || item.get().map(draw)}
            </a>
        </li>
    }
}

fn approvals(given: u32, needed: u32, state: ChangeState) -> Option<String> {
    let counts = matches!(state, ChangeState::Staged | ChangeState::Approved);
    counts.then(|| format!("{given} of {needed} approvals"))
}

fn on_what(target: ChangeTarget, base_version: u32, is_rollback: bool) -> String {
    match (target, is_rollback) {
        (ChangeTarget::Memory, false) => "memories".to_owned(),
        (ChangeTarget::Memory, true) => "rollback of memories".to_owned(),
        (_, false) => format!("on v{base_version}"),
        (_, true) => format!("rollback, on v{base_version}"),
    }
}

/// Returns how much a state asks for.
pub(super) fn tone(state: ChangeState) -> Tone {
    match state {
        ChangeState::Staged | ChangeState::Approved => Tone::Accent,
        ChangeState::Applied => Tone::Good,
        ChangeState::Stale | ChangeState::NeedsALook => Tone::Finding,
        ChangeState::Applying | ChangeState::Withdrawn | ChangeState::Unknown => Tone::Quiet,
    }
}
