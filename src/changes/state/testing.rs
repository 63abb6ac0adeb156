//! State of the staging test of one change.

use super::OpenChange;
use crate::{api::ApiError, browser::timers, listing::Listing, query::Query};
use leptos::{prelude::*, task::spawn_local};
use review_api::{StartTest, TestCase, TestReport, TestState};
use std::time::Duration;

/// How often a test at work is looked at.
const PERIOD: Duration = Duration::from_secs(2);

/// Handle to the staging test of one change; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub(in crate::changes) struct Testing {
    open: OpenChange,
    /// What a test would take, and the newest one.
    pub(in crate::changes) report: Query<TestReport>,
    /// Its cases, those that got worse first.
    pub(in crate::changes) cases: Listing<TestCase>,
    /// How often each case is run.
    pub(in crate::changes) repeats: RwSignal<u32>,
    /// Whether something is on its way.
    pub(in crate::changes) busy: RwSignal<bool>,
    /// Why it did not go through.
    pub(in crate::changes) failure: RwSignal<Option<ApiError>>,
}

impl Testing {
    /// Loads the test, and follows it while it is at work.
    pub(in crate::changes) fn open(open: OpenChange) -> Self {
        let (api, id) = (open.api.get_value(), open.id.get_value());
        let report = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.staging_test(&id).await }
            })
        };
        let cases = Listing::new(move |page| {
            let (api, id) = (api.clone(), id.clone());
            async move { api.test_cases(&id, page).await }
        });
        let testing = Self {
            open,
            report,
            cases,
            repeats: RwSignal::new(1),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
        };
        timers::every_while_visible(PERIOD, move || {
            if testing.is_running_untracked() && !testing.busy.get_untracked() {
                testing.report.reload();
                testing.cases.reload();
            }
        });
        // The change says by itself that its test has ended, or does not count any more.
        let standing = Memo::new(move |_| {
            let change = open.query.value()?;
            Some((change.digest.clone(), change.test.clone()))
        });
        Effect::new(move |before: Option<Option<_>>| {
            let now = standing.get();
            if before.is_some_and(|before| before.is_some() && before != now) {
                testing.report.reload();
                testing.cases.reload();
            }
            now
        });
        // And the other way round: what it came to decides on the buttons of the page.
        let state = Memo::new(move |_| Some(report.value()?.newest.as_ref()?.state));
        Effect::new(move |before: Option<Option<TestState>>| {
            let now = state.get();
            if before.is_some_and(|before| before.is_some() && before != now) {
                open.query.reload();
            }
            now
        });
        testing
    }

    fn is_running_untracked(self) -> bool {
        let report = self.report.value_untracked();
        report.is_some_and(|report| {
            let newest = report.newest.as_ref();
            newest.is_some_and(|test| test.state == TestState::Running)
        })
    }

    /// Begins a test of the change as it is on screen.
    pub(in crate::changes) fn begin(self) {
        let Some(change) = self.open.query.value_untracked() else {
            return;
        };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let body = StartTest {
            repeats: Some(self.repeats.get_untracked()),
            budget_tokens: None,
        };
        let (api, id) = (self.open.api.get_value(), self.open.id.get_value());
        spawn_local(async move {
            let answer = api.begin_test(&id, &body, change.revision).await;
            self.settled(answer.map(|_| "The staging test has begun."));
        });
    }

    /// Calls the test off.
    pub(in crate::changes) fn cancel(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let (api, id) = (self.open.api.get_value(), self.open.id.get_value());
        spawn_local(async move {
            let answer = api.cancel_test(&id).await;
            self.settled(answer.map(|_| "The staging test is called off. What is done is kept."));
        });
    }

    /// The page may be gone by then.
    fn settled(self, answer: Result<&'static str, ApiError>) {
        if self.busy.try_set(false).is_some() {
            return;
        }
        match answer {
            Ok(words) => self.open.toasts.say(words),
            Err(error) => {
                self.failure.try_set(Some(error));
            }
        }
        self.report.reload();
        self.cases.reload();
        self.open.query.reload();
    }
}
