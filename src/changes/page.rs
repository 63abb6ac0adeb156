//! The page of one change.

use super::{
    decide::Decide,
    dialogs::{ApplyDialog, WithdrawDialog},
    evidence::Evidence,
    list::tone,
    notices::Notices,
    state::OpenChange,
};
use crate::{
    diff_view::{DiffNav, DiffView},
    head::Crumb,
    routes::Route,
    ui::{Badge, Faces, PageTitle, Size, SkeletonText, Time},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::{Change, ChangeId};
use review_core::words;
use std::sync::Arc;

/// The whole page.
#[component]
pub fn ChangePage(
    /// Which change.
    id: ChangeId,
) -> impl IntoView {
    let open = OpenChange::open(id);
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
    let names = Signal::derive(move || {
        let version = change.with(|it| it.base.version);
        Sides::new(format!("v{version}, the base"), "proposed".to_owned())
    });
    view! {
        <Notices open change />
        <div class="review-columns">
            <div class="review-main">
                <DiffView diff=open.diff() names nav />
            </div>
            <Evidence open change nav />
        </div>
        <ApplyDialog open change />
        <WithdrawDialog open />
        <Decide open change />
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
                <span>"prompt · v" {summary.base_version} " → proposed"</span>
                <span>
                    <Size size=summary.size />
                    " lines"
                </span>
                <span class="review-when">"staged by " {summary.staged_by.0} ", " <Time at=summary.staged_at /></span>
            </p>
        })
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
