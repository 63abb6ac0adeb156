//! State of one change: what the proxy says of it, what the reader has seen of it, and what is on its way.

use super::{Act, Failure, Questions, View};
use crate::{
    api::ApiClient,
    browser::{clock, focus, storage::Draft, timers},
    changes::{
        check::{Check, check},
        words::moved_on,
    },
    comments::Comments,
    diff_view::{Facts, FindingsRead, compared},
    query::Query,
    routes::{ASK_ROLL_BACK, QueryParam, Route},
    session::Session,
    ui::Toasts,
};
use leptos::prelude::*;
use prompt_diff::{PromptDiff, Sides};
use review_api::{Change, ChangeId, ChangeState, CommentSubject, Prompt, UserName};
use review_core::rules;
use std::{sync::Arc, time::Duration};

/// How often a change is looked at whose outcome is awaited.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// How often a change is looked at that others may act on: every so many of the looks above.
const IDLE_LOOKS: u32 = 3;

/// Handle to one change; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub(in crate::changes) struct OpenChange {
    pub(super) api: StoredValue<ApiClient>,
    pub(super) id: StoredValue<ChangeId>,
    user: StoredValue<UserName>,
    pub(super) query: Query<Change>,
    /// Counts how often the prompt turned out to have moved on again.
    pub(super) moves: RwSignal<u32>,
    diff: Memo<Arc<PromptDiff>>,
    facts: Memo<Facts>,
    pub(super) check: Memo<Check>,
    comments: Comments,
    view: QueryParam,
    pub(super) seen: RwSignal<Option<Arc<Change>>>,
    pub(super) refused_as_changed: RwSignal<bool>,
    findings_read: FindingsRead,
    /// The questions before something happens.
    pub(in crate::changes) ask: Questions,
    /// Why a rollback cannot wait for its approvals, as typed.
    pub(in crate::changes) glass_reason: Draft,
    /// What somebody found in an application without approvals, as typed.
    pub(in crate::changes) glass_comment: Draft,
    pub(super) go: Callback<Route>,
    pub(super) busy: RwSignal<Option<Act>>,
    pub(super) failure: RwSignal<Option<Failure>>,
    pub(super) toasts: Toasts,
}

impl OpenChange {
    /// Loads the change, and follows it while somebody can see the tab. `go` leads to another page.
    pub(in crate::changes) fn open(id: ChangeId, go: Callback<Route>) -> Self {
        let api = ApiClient::use_context();
        let user = Session::use_context().user_untracked().name;
        let query = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.change(&id).await }
            })
        };
        let view = QueryParam::new("view");
        let texts = Memo::new(move |_| {
            let change = query.value();
            change.map_or_else(
                || Sides::new(Arc::from(""), Arc::from("")),
                |it| Sides::new(Arc::from(&*it.base.text), Arc::from(&*it.proposed)),
            )
        });
        let diff = compared(texts);
        // Whoever comments on it leaves a line in its history.
        let said = Memo::new(move |_| {
            let change = query.value()?;
            u64::try_from(change.history.len()).ok()
        });
        let open = Self {
            moves: RwSignal::new(0),
            api: StoredValue::new(api),
            id: StoredValue::new(id.clone()),
            query,
            diff,
            facts: Memo::new(move |_| diff.with(|diff| Facts::of(diff))),
            check: Memo::new(move |_| query.value().map_or(Check::Equal, |change| check(&change))),
            comments: Comments::open(CommentSubject::Change { id: id.clone() }, said),
            view,
            seen: RwSignal::new(None),
            refused_as_changed: RwSignal::new(false),
            findings_read: FindingsRead::open(&user),
            ask: Questions::new(),
            glass_reason: Draft::open(format!("break-glass:{user}:{id}")),
            glass_comment: Draft::open(format!("review-glass:{user}:{id}")),
            user: StoredValue::new(user),
            go,
            busy: RwSignal::new(None),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        };
        open.ask_as_addressed();
        Effect::new(move |_| {
            if let (Some(change), true) = (query.value(), open.seen.with_untracked(Option::is_none))
            {
                open.seen.set(Some(change));
            }
        });
        open.follow();
        open
    }

    /// Asks at once whether to roll it back where the address says so and it can be done; once, not on every reload.
    fn ask_as_addressed(self) {
        let session = Session::use_context();
        Effect::new(move |_| {
            let Some(change) = self.query.value() else {
                return;
            };
            // Read once the change is here: a page that a link leads to is made before the address is its own.
            let asked = QueryParam::new("ask");
            if untrack(move || asked.get()) != ASK_ROLL_BACK {
                return;
            }
            asked.set(String::new());
            let may = rules::may_roll_back(&session.user_untracked(), &change).is_ok();
            if may && change.rolled_back_by.is_none() {
                self.ask.roll_back.set(true);
            }
        });
    }

    /// Looks again: soon where an outcome is awaited, now and then where others may act.
    fn follow(self) {
        let looks = StoredValue::new(0_u32);
        timers::every_while_visible(LOOK_EVERY, move || {
            let Some(change) = self.query.value_untracked() else {
                return;
            };
            looks.update_value(|looks| *looks = looks.wrapping_add(1));
            let awaited = matches!(
                change.summary.state,
                ChangeState::Applying | ChangeState::NeedsALook
            );
            let is_its_turn = looks.get_value().is_multiple_of(IDLE_LOOKS);
            if self.busy.get_untracked().is_none()
                && (awaited || (change.summary.state.is_open() && is_its_turn))
            {
                self.query.reload();
            }
        });
    }

    /// Returns the change, for the four faces.
    pub(in crate::changes) fn query(self) -> Query<Change> {
        self.query
    }

    /// Asks for the prompt of `change` as it is on the platform now, and again whenever that moves on.
    pub(in crate::changes) fn ask_prompt_now(self, change: Signal<Arc<Change>>) -> Query<Prompt> {
        let agent = change.with_untracked(|it| it.summary.agent_id.clone());
        let moved_to = Memo::new(move |_| change.with(|it| it.moved_to));
        Query::new(move || {
            moved_to.track();
            self.moves.track();
            let (api, agent) = (self.api.get_value(), agent.clone());
            // The version that was seen may be past by now: what counts is what is there.
            async move { api.prompt(&agent, None).await }
        })
    }

    /// Returns the base against the prompt proposed.
    pub(in crate::changes) fn diff(self) -> Memo<Arc<PromptDiff>> {
        self.diff
    }

    /// Returns what people say on its lines.
    pub(in crate::changes) fn comments(self) -> Comments {
        self.comments
    }

    /// Returns what is to be known of the texts.
    pub(in crate::changes) fn facts(self) -> Memo<Facts> {
        self.facts
    }

    /// Returns whether the digest fits what is on screen.
    pub(in crate::changes) fn check(self) -> Memo<Check> {
        self.check
    }

    /// Returns what fills the main column.
    pub(in crate::changes) fn view(self) -> View {
        View::of(&self.view.get())
    }

    /// Fills the main column with something else; the address says so.
    pub(in crate::changes) fn show(self, view: View) {
        self.view.set(view.word().to_owned());
        focus::show_soon(".review-main");
    }

    /// Returns the key of a draft of this person's about this change.
    pub(in crate::changes) fn draft_key(self, what: &str) -> String {
        let (user, id) = (self.user.get_value(), self.id.get_value());
        format!("{what}:{user}:{id}")
    }

    /// Returns the change as the reader last saw it, where what is on screen is not that any more.
    pub(in crate::changes) fn seen_before(self) -> Option<Arc<Change>> {
        let (seen, now) = (self.seen.get()?, self.query.value()?);
        let matters = seen.digest != now.digest || self.refused_as_changed.get();
        (matters && !moved_on(&seen, &now, clock::now()).is_empty()).then_some(seen)
    }

    /// Takes what is on screen as seen.
    pub(in crate::changes) fn take_as_seen(self) {
        self.refused_as_changed.set(false);
        self.seen.set(self.query.value_untracked());
    }

    /// Returns the name of the findings that the reader says they have read, where there are any.
    pub(in crate::changes) fn findings_read(self) -> Option<String> {
        let asked = self.query.value()?.findings_sha256.clone()?;
        self.findings_read.has(&asked).then_some(asked)
    }

    /// Takes the findings on screen as read, or not.
    pub(in crate::changes) fn read_findings(self, read: bool) {
        let asked = self.query.value_untracked();
        if let Some(asked) = asked.and_then(|it| it.findings_sha256.clone()) {
            self.findings_read.mark(&asked, read);
        }
    }

    /// Returns what is on its way.
    pub(in crate::changes) fn busy(self) -> Option<Act> {
        self.busy.get()
    }

    /// Returns what went wrong last.
    pub(in crate::changes) fn failure(self) -> Option<Failure> {
        self.failure.get()
    }
}
