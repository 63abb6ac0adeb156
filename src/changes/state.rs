//! State of the list of changes, and of one change with what is on its way to it.

use super::words::{Check, check};
use crate::{
    api::{ApiClient, ApiError, ChangeFilter, PageOf},
    browser::{focus, timers},
    diff_view::{Facts, compared},
    listing::Listing,
    query::Query,
    routes::QueryParam,
    ui::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use prompt_diff::{PromptDiff, Sides};
use review_api::{
    ApplyChange, ApproveChange, Change, ChangeId, ChangeState, ChangeSummary, ErrorCode,
};
use std::{sync::Arc, time::Duration};

/// How often a change is looked at whose outcome is awaited.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Handle to the list of changes; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(super) struct ChangesList {
    state: QueryParam,
    listing: Listing<ChangeSummary>,
}

impl ChangesList {
    /// Loads the first page of those that the address asks for.
    pub(super) fn open() -> Self {
        let api = ApiClient::use_context();
        let state = QueryParam::new("state");
        let listing = Listing::new(move |page: PageOf| {
            let (api, filter) = (api.clone(), filter(state));
            async move { api.changes(&filter, page).await }
        });
        Self { state, listing }
    }

    /// Returns the pages, for the four faces.
    pub(super) fn listing(self) -> Listing<ChangeSummary> {
        self.listing
    }

    /// Says whether applied and withdrawn changes are in the list too.
    pub(super) fn is_all(self) -> bool {
        filter(self.state).closed_too
    }

    /// Shows open changes only, or all of them.
    pub(super) fn show_all(self, all: bool) {
        self.state
            .set(if all { "all".to_owned() } else { String::new() });
    }
}

fn filter(state: QueryParam) -> ChangeFilter {
    ChangeFilter {
        closed_too: state.get() == "all",
        agent_id: None,
    }
}

/// What can be done with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Say yes to exactly what is on screen.
    Approve,
    /// Send it to the platform.
    Apply,
    /// Give it up.
    Withdraw,
}

/// What went wrong, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// What was tried.
    pub(super) of: Act,
    /// Why it failed.
    pub(super) error: ApiError,
}

/// Handle to one change; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenChange {
    api: StoredValue<ApiClient>,
    id: StoredValue<ChangeId>,
    query: Query<Change>,
    diff: Memo<Arc<PromptDiff>>,
    facts: Memo<Facts>,
    check: Memo<Check>,
    /// Whether the question before applying is open.
    pub(super) applying: RwSignal<bool>,
    /// Whether the question before withdrawing is open.
    pub(super) withdrawing: RwSignal<bool>,
    busy: RwSignal<Option<Act>>,
    failure: RwSignal<Option<Failure>>,
    toasts: Toasts,
}

impl OpenChange {
    /// Loads the change, and follows it while its outcome is awaited and somebody can see the tab.
    pub(super) fn open(id: ChangeId) -> Self {
        let api = ApiClient::use_context();
        let query = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.change(&id).await }
            })
        };
        let texts = Memo::new(move |_| {
            let change = query.value();
            change.map_or_else(
                || Sides::new(Arc::from(""), Arc::from("")),
                |it| Sides::new(Arc::from(&*it.base.text), Arc::from(&*it.proposed)),
            )
        });
        let diff = compared(texts);
        timers::every_while_visible(LOOK_EVERY, move || {
            let awaited = |change: &Change| {
                matches!(
                    change.summary.state,
                    ChangeState::Applying | ChangeState::NeedsALook
                )
            };
            if query
                .value_untracked()
                .is_some_and(|change| awaited(&change))
            {
                query.reload();
            }
        });
        Self {
            api: StoredValue::new(api),
            id: StoredValue::new(id),
            query,
            diff,
            facts: Memo::new(move |_| diff.with(|diff| Facts::of(diff))),
            check: Memo::new(move |_| query.value().map_or(Check::Equal, |change| check(&change))),
            applying: RwSignal::new(false),
            withdrawing: RwSignal::new(false),
            busy: RwSignal::new(None),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Returns the change, for the four faces.
    pub(super) fn query(self) -> Query<Change> {
        self.query
    }

    /// Returns the base against the prompt proposed.
    pub(super) fn diff(self) -> Memo<Arc<PromptDiff>> {
        self.diff
    }

    /// Returns what is to be known of the texts.
    pub(super) fn facts(self) -> Memo<Facts> {
        self.facts
    }

    /// Returns whether the digest fits what is on screen.
    pub(super) fn check(self) -> Memo<Check> {
        self.check
    }

    /// Returns what is on its way.
    pub(super) fn busy(self) -> Option<Act> {
        self.busy.get()
    }

    /// Returns what went wrong last.
    pub(super) fn failure(self) -> Option<Failure> {
        self.failure.get()
    }

    /// Does `act` to exactly what is on screen.
    pub(super) fn act(self, act: Act) {
        let Some(seen) = self.query.value_untracked() else {
            return;
        };
        let fits = self.check.get_untracked() == Check::Equal || act == Act::Withdraw;
        if self.busy.get_untracked().is_some() || !fits {
            return;
        }
        self.failure.set(None);
        self.busy.set(Some(act));
        let (api, id) = (self.api.get_value(), self.id.get_value());
        let digest = seen.digest.clone();
        let findings_read = seen.findings_sha256.clone();
        spawn_local(async move {
            let answer = match act {
                Act::Approve => {
                    let body = ApproveChange {
                        digest,
                        findings_read,
                    };
                    api.approve_change(&id, &body).await
                }
                Act::Apply => {
                    let body = ApplyChange {
                        digest,
                        break_glass: None,
                    };
                    api.apply_change(&id, &body).await
                }
                Act::Withdraw => api.withdraw_change(&id).await,
            };
            self.busy.try_set(None);
            self.applying.try_set(false);
            self.withdrawing.try_set(false);
            match answer {
                Ok(change) => self.done(act, change),
                Err(error) => self.failed(act, error),
            }
        });
    }

    fn done(self, act: Act, change: Change) {
        match act {
            Act::Approve => self.toasts.say("Approved."),
            Act::Withdraw => self
                .toasts
                .say("Withdrawn. Nothing on the platform has changed."),
            // The outcome stands on the page.
            Act::Apply => {}
        }
        if self.busy.try_get_untracked().is_some() {
            self.query.set(change);
            if act == Act::Apply {
                focus::show_soon(".review-notices");
            }
        }
    }

    /// Says what went wrong, and asks again where the proxy knows something newer.
    fn failed(self, of: Act, error: ApiError) {
        let is_old = matches!(
            error.code(),
            Some(
                ErrorCode::StaleBase
                    | ErrorCode::Conflict
                    | ErrorCode::Changed
                    | ErrorCode::DigestMismatch
                    | ErrorCode::OutcomeUnknown
                    | ErrorCode::PlatformRefused
            )
        );
        let is_open = self.failure.try_set(Some(Failure { of, error })).is_none();
        if !is_open {
            return;
        }
        focus::show_soon(".review-notices");
        if is_old {
            self.query.reload();
        }
    }
}
