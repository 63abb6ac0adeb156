//! The page of one change.

use super::{
    decide::Decide,
    dialogs::{ApplyDialog, BreakGlassDialog, ReviewGlassDialog, RollBackDialog, WithdrawDialog},
    editor::{Editor, EditorBar},
    evidence::Evidence,
    list::tone,
    memory::MemoryView,
    notices::Notices,
    restage::{MovedDiff, RestageView},
    state::{Editing, OpenChange, Restaging, View},
    testing::StagingTestPanel,
};
use crate::{
    diff_view::{DiffNav, DiffView, Tools, Viewed},
    head::Crumb,
    routes::{self, Route},
    session::Session,
    ui::{Badge, Faces, PageTitle, Size, SkeletonText, Time},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{Change, ChangeId, ChangeState, ChangeTarget, Prompt};
use review_core::words;
use std::sync::Arc;

/// The whole page.
#[component]
pub fn ChangePage(
    /// Which change.
    id: ChangeId,
) -> impl IntoView {
    let open = OpenChange::open(id, routes::navigator());
    let query = open.query();
    let nav = DiffNav::open();
    let title = Memo::new(move |_| {
        query
            .value()
            .map_or("Change".to_owned(), |it| it.summary.title.clone())
    });
    let crumbs = Memo::new(move |_| {
        let mut crumbs = vec![Crumb::new("Changes", Route::Changes)];
        if let Some(change) = query.value() {
            let id = change.summary.agent_id.clone();
            crumbs.push(Crumb::new(
                change.summary.agent_name.clone(),
                Route::Agent { id },
            ));
        }
        crumbs
    });
    view! {
        <div class="page page-wide review">
            <div class="review-head">
                <PageTitle title crumbs />
                <Subtitle open />
            </div>
            <Faces query what="the change" skeleton=|| view! { <Skeleton /> } let:change>
                <Loaded open change nav />
            </Faces>
        </div>
    }
}

#[component]
fn Loaded(open: OpenChange, change: Signal<Arc<Change>>, nav: DiffNav) -> impl IntoView {
    let view = Memo::new(move |_| {
        // An address may ask for what the change does not allow any more.
        match (open.view(), change.with(|it| it.summary.state)) {
            (View::Edit, ChangeState::Staged | ChangeState::Approved)
            | (View::Restage | View::Moved, ChangeState::Stale) => open.view(),
            _ => View::Proposal,
        }
    });
    let main = move || match view.get() {
        View::Proposal => view! { <Proposal open change nav /> }.into_any(),
        View::Edit => {
            let editing = Editing::begin(open, &change.get_untracked());
            view! { <Editor editing /> <EditorBar editing change /> }.into_any()
        }
        View::Moved => view! {
            <WithPromptNow open change let:now>
                <MovedDiff change now />
            </WithPromptNow>
            <Decide open change />
        }
        .into_any(),
        View::Restage => view! {
            <WithPromptNow open change let:now>
                <RestageView restaging=Restaging::begin(open, now) open change now />
            </WithPromptNow>
        }
        .into_any(),
    };
    view! {
        <Notices open change />
        {main}
        <ApplyDialog open change />
        <WithdrawDialog open change />
        <RollBackDialog open change />
        <BreakGlassDialog open change />
        <ReviewGlassDialog open />
    }
}

/// The diff, or the operations, with the evidence beside them.
#[component]
fn Proposal(open: OpenChange, change: Signal<Arc<Change>>, nav: DiffNav) -> impl IntoView {
    let names = Signal::derive(move || {
        let version = change.with(|it| it.base.version);
        Sides::new(format!("v{version}, the base"), "proposed".to_owned())
    });
    let is_memory = change.with_untracked(|it| it.summary.target == ChangeTarget::Memory);
    let main = if is_memory {
        view! {
            <MemoryView change nav comments=open.comments() />
            <StagingTestPanel open change />
        }
        .into_any()
    } else {
        let user = Session::use_context().user_untracked();
        let id = change.with_untracked(|it| it.summary.id.clone());
        let tools = Tools {
            viewed: Some(Viewed::open(&format!("{}:{id}", user.name))),
            comments: Some(open.comments()),
            ..Tools::default()
        };
        view! {
            <DiffView diff=open.diff() names nav tools />
            <StagingTestPanel open change />
        }
        .into_any()
    };
    view! {
        <div class="review-columns">
            <div class="review-main">{main}</div>
            <Evidence open change nav />
        </div>
        <Decide open change />
    }
}

/// What needs the prompt as it is on the platform now.
#[component]
fn WithPromptNow<V: IntoView + 'static>(
    open: OpenChange,
    change: Signal<Arc<Change>>,
    children: impl Fn(Memo<Arc<Prompt>>) -> V + Send + Sync + 'static,
) -> impl IntoView {
    let asked = open.ask_prompt_now(change);
    view! {
        <Faces query=asked what="the prompt as it is now" skeleton=|| view! { <SkeletonText lines=12 /> } let:now>
            {children(Memo::new(move |_| now.get()))}
        </Faces>
    }
}

/// What it is, in one line: where it stands, what changes, how much, who staged it.
#[component]
fn Subtitle(open: OpenChange) -> impl IntoView {
    move || {
        let change = open.query().value()?;
        let summary = change.summary.clone();
        let state = summary.state;
        Some(view! {
            <p class="review-subtitle">
                <span data-about="state">
                    <Badge tone=tone(state)>{words::change_state(state)}</Badge>
                </span>
                <span>{what(&change)}</span>
                <span>
                    <Size size=summary.size />
                    {if change.memory.is_some() { " memories" } else { " lines" }}
                </span>
                <span class="review-when">"staged by " {summary.staged_by.0} ", " <Time at=summary.staged_at /></span>
            </p>
        })
    }
}

fn what(change: &Change) -> String {
    let kind = if change.summary.rolls_back.is_some() {
        "rollback · "
    } else {
        ""
    };
    match &change.memory {
        Some(memory) => format!("{kind}memories of {}", memory.store_name),
        None => format!("{kind}prompt · v{} → proposed", change.base.version),
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
