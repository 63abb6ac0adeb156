//! State of one suggestion: what the proxy says of it, and the decision on its way there.

use super::reading::Reading;
use crate::{
    api::{ApiClient, ApiError, InteractionFilter, PageOf},
    browser::{focus, storage::Draft},
    comments::Comments,
    diff_view::{Facts, FindingsRead, Picks, Tools, Viewed, compared},
    query::Query,
    routes::Route,
    session::Session,
    ui::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use prompt_diff::{PromptDiff, Sides};
use review_api::{
    CommentSubject, ErrorCode, InteractionId, MAX_COMMENT_BYTES, MAX_PAGE_ITEMS, MemoryManifest,
    MemoryOperation, RejectSuggestion, StageChange, Suggestion, SuggestionId,
};
use std::{collections::BTreeMap, sync::Arc};

/// Handle to one suggestion; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenSuggestion {
    api: StoredValue<ApiClient>,
    id: StoredValue<SuggestionId>,
    query: Query<Suggestion>,
    titles: Query<BTreeMap<InteractionId, String>>,
    facts: Memo<Facts>,
    shown: Memo<Arc<PromptDiff>>,
    picks: Picks,
    viewed: Viewed,
    comments: Comments,
    findings_read: FindingsRead,
    /// Whether what comes of the decisions is shown in place of what was proposed.
    pub(super) shows_result: RwSignal<bool>,
    /// What is read beside the diff.
    pub(super) reading: RwSignal<Option<Reading>>,
    reason: Draft,
    /// Whether the question for the reason is open.
    pub(super) rejecting: RwSignal<bool>,
    busy: RwSignal<Option<Busy>>,
    failure: RwSignal<Option<Failure>>,
    toasts: Toasts,
}

/// What is on its way to the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Busy {
    /// Staging.
    Staging,
    /// Rejecting.
    Rejecting,
}

/// What went wrong, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// What was tried.
    pub(super) of: Busy,
    /// Why it failed.
    pub(super) error: ApiError,
    /// Version that the person had before them.
    pub(super) seen_version: u32,
}

impl OpenSuggestion {
    /// Loads the suggestion, and the reason for a refusal that the person had begun to write.
    pub(super) fn open(id: SuggestionId) -> Self {
        let api = ApiClient::use_context();
        let user = Session::use_context().user_untracked();
        let reason = Draft::open(format!("reject:{}:{id}", user.name));
        let query = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.suggestion(&id).await }
            })
        };
        let texts = Memo::new(move |_| {
            let suggestion = query.value();
            suggestion.map_or_else(
                || Sides::new(Arc::from(""), Arc::from("")),
                |it| Sides::new(Arc::from(&*it.current.text), Arc::from(&*it.proposed)),
            )
        });
        let diff = compared(texts);
        let picks = Picks::open(format!("picks:{}:{id}", user.name), diff);
        let viewed = Viewed::open(&format!("{}:{id}", user.name));
        let revision = Memo::new(move |_| query.value().map(|it| it.revision));
        let comments = Comments::open(CommentSubject::Suggestion { id: id.clone() }, revision);
        let shows_result = RwSignal::new(false);
        let result = compared(Memo::new(move |_| {
            let before = texts.with(|texts| Arc::clone(&texts.before));
            Sides::new(before, picks.result().get())
        }));
        let shown = Memo::new(move |_| {
            if shows_result.get() {
                result.get()
            } else {
                diff.get()
            }
        });
        Self {
            titles: titles(&api, query),
            api: StoredValue::new(api),
            id: StoredValue::new(id),
            query,
            facts: Memo::new(move |_| diff.with(|diff| Facts::of(diff))),
            shown,
            picks,
            viewed,
            comments,
            findings_read: FindingsRead::open(&user.name),
            shows_result,
            reading: RwSignal::new(None),
            reason,
            rejecting: RwSignal::new(false),
            busy: RwSignal::new(None),
            failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Returns the suggestion, for the four faces.
    pub(super) fn query(self) -> Query<Suggestion> {
        self.query
    }

    /// Returns what is on screen: what was proposed, or what comes of the decisions on it, against the prompt now.
    pub(super) fn shown(self) -> Memo<Arc<PromptDiff>> {
        self.shown
    }

    /// Returns what becomes of each change.
    pub(super) fn picks(self) -> Picks {
        self.picks
    }

    /// Returns what may be done with the changes on screen; a result is only read.
    pub(super) fn tools(self, may_decide: Signal<bool>) -> Signal<Tools> {
        Signal::derive(move || {
            let is_proposal = !self.shows_result.get();
            Tools {
                viewed: is_proposal.then_some(self.viewed),
                picks: (is_proposal && may_decide.get()).then_some(self.picks),
                comments: is_proposal.then_some(self.comments),
            }
        })
    }

    /// Returns what is said on it.
    pub(super) fn comments(self) -> Comments {
        self.comments
    }

    /// Returns what is to be known of the texts.
    pub(super) fn facts(self) -> Memo<Facts> {
        self.facts
    }

    /// Returns which findings this person has read.
    pub(super) fn findings_read(self) -> FindingsRead {
        self.findings_read
    }

    /// Returns the title of an interaction; nothing while, or where, it is not known.
    pub(super) fn title_of(self, id: InteractionId) -> Memo<Option<String>> {
        Memo::new(move |_| {
            let titles = self.titles.value()?;
            titles.get(&id).filter(|title| !title.is_empty()).cloned()
        })
    }

    /// Returns the first interaction that the report names, to be read.
    pub(super) fn first_reading(self) -> Option<Reading> {
        let suggestion = self.query.value()?;
        let shown = suggestion.patterns.iter().find_map(|pattern| {
            let first = pattern.interaction_ids.first()?;
            Some(Reading::of(first.clone(), pattern))
        });
        shown.or_else(|| {
            let uses = suggestion.memory_uses.first()?;
            Some(Reading::using(&uses.path, uses.latest.first()?))
        })
    }

    /// Returns the reason for a refusal, as typed.
    pub(super) fn reason(self) -> Draft {
        self.reason
    }

    /// Says why the reason cannot be sent.
    pub(super) fn reason_problem(self) -> Option<String> {
        let reason = self.reason.get();
        if reason.trim().is_empty() {
            Some("Write the reason first: it is shown when a like suggestion returns.".to_owned())
        } else if reason.len() > MAX_COMMENT_BYTES {
            Some("The reason is longer than 64 kB. Shorten it.".to_owned())
        } else {
            None
        }
    }

    /// Returns what is on its way.
    pub(super) fn busy(self) -> Option<Busy> {
        self.busy.get()
    }

    /// Returns what went wrong last.
    pub(super) fn failure(self) -> Option<Failure> {
        self.failure.get()
    }

    /// Stages the suggestion on the version that is on screen, then goes to the change.
    pub(super) fn stage(self, go: Callback<Route>) {
        let Some(seen) = self.begin(Busy::Staging) else {
            return;
        };
        let body = StageChange {
            suggestion_ids: vec![seen.id.clone()],
            base_version: seen.current.version,
            proposed: self.chosen_text(),
            ..StageChange::default()
        };
        self.send(body, seen, self.picks.forget(), go);
    }

    /// Stages what was chosen of the memories, then goes to the change.
    pub(super) fn stage_memories(
        self,
        operations: Vec<MemoryOperation>,
        forget: impl FnOnce() + 'static,
        go: Callback<Route>,
    ) {
        let store = self.query.value_untracked();
        let store = store.and_then(|it| Some(it.memory.as_ref()?.manifest.store_id.clone()));
        let Some((store_id, seen)) = store.zip(self.begin(Busy::Staging)) else {
            return;
        };
        let body = StageChange {
            suggestion_ids: vec![seen.id.clone()],
            memory: Some(MemoryManifest {
                store_id,
                operations,
            }),
            ..StageChange::default()
        };
        self.send(body, seen, forget, go);
    }

    fn send(
        self,
        body: StageChange,
        seen: Arc<Suggestion>,
        forget: impl FnOnce() + 'static,
        go: Callback<Route>,
    ) {
        let api = self.api.get_value();
        spawn_local(async move {
            match api.stage_change(&body).await {
                Ok(change) => {
                    forget();
                    self.toasts.say("Staged. It waits for approval now.");
                    // Whoever left the page meanwhile is not led away from where they went.
                    if self.busy.try_set(None).is_none() {
                        go.run(Route::Change {
                            id: change.summary.id,
                        });
                    }
                }
                Err(error) => self.failed(Busy::Staging, error, &seen),
            }
        });
    }

    /// Returns the text to stage where that is not simply the one proposed.
    fn chosen_text(self) -> Option<String> {
        let tally = untrack(|| self.picks.tally());
        (!tally.is_everything()).then(|| self.picks.result().get_untracked().to_string())
    }

    /// Turns the suggestion down with the reason typed; it stays typed until the proxy has it.
    pub(super) fn reject(self) {
        if self.reason_problem().is_some() {
            return;
        }
        let Some(seen) = self.begin(Busy::Rejecting) else {
            return;
        };
        let typed = self.reason.get_untracked();
        let body = RejectSuggestion {
            reason: typed.trim().to_owned(),
        };
        let (api, id) = (self.api.get_value(), self.id.get_value());
        let forget = self.reason.forget_if_still(typed);
        spawn_local(async move {
            match api.reject_suggestion(&id, &body, seen.revision).await {
                Ok(rejected) => {
                    forget();
                    self.toasts
                        .say("Rejected. The reason is kept for when a like suggestion returns.");
                    if self.busy.try_set(None).is_none() {
                        self.rejecting.set(false);
                        self.query.set(rejected);
                        focus::show_soon(".review-notices");
                    }
                }
                Err(error) => self.failed(Busy::Rejecting, error, &seen),
            }
        });
    }

    /// Marks `what` as on its way; nothing where something is already, or where nothing is on screen.
    fn begin(self, what: Busy) -> Option<Arc<Suggestion>> {
        let seen = self.query.value_untracked()?;
        if self.busy.get_untracked().is_some() {
            return None;
        }
        self.failure.set(None);
        self.busy.set(Some(what));
        Some(seen)
    }

    /// Says what went wrong, and asks again where the proxy knows something newer.
    fn failed(self, of: Busy, error: ApiError, seen: &Suggestion) {
        let is_old = matches!(
            error.code(),
            Some(ErrorCode::StaleBase | ErrorCode::Conflict | ErrorCode::Changed)
        );
        self.busy.try_set(None);
        let failure = Failure {
            of,
            error,
            seen_version: seen.current.version,
        };
        if self.failure.try_set(Some(failure)).is_some() {
            return;
        }
        if of == Busy::Staging {
            focus::show_soon(".review-notices");
        }
        if is_old {
            self.query.reload();
        }
    }
}

/// Patterns name interactions by id only; the newest ones' titles come in one request.
fn titles(api: &ApiClient, query: Query<Suggestion>) -> Query<BTreeMap<InteractionId, String>> {
    let api = api.clone();
    let evidence = Memo::new(move |_| {
        let suggestion = query.value()?;
        let named = suggestion
            .patterns
            .iter()
            .any(|it| !it.interaction_ids.is_empty());
        named.then(|| suggestion.agent_id.clone())
    });
    Query::new(move || {
        let (api, agent) = (api.clone(), evidence.get());
        async move {
            let Some(agent) = agent else {
                return Ok(BTreeMap::new());
            };
            let (any, newest) = (InteractionFilter::default(), PageOf::first(MAX_PAGE_ITEMS));
            let page = api.agent_interactions(&agent, &any, newest).await?;
            Ok(page.items.into_iter().map(|it| (it.id, it.title)).collect())
        }
    })
}
