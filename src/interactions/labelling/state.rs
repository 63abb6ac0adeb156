//! State of the workbench: the queue, what is here already, and the ratings on their way.

mod sending;

use super::{
    outbox::{self, Kept, Unsaved},
    queue::{Fate, Place, Visit},
};
use crate::{
    api::{ApiClient, ApiError, InteractionFilter, PageOf},
    browser::storage::{draft, keep_draft},
    feedback::{FeedbackDraft, Typed},
    listing::{Listing, Rest},
    query::Query,
    session::Session,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{
    AgentId, Feedback, Interaction, InteractionId, InteractionSummary, LabellingProgress, Rating,
    UserName,
};
use review_core::rules::may_rate;
use std::{collections::HashMap, sync::Arc};

/// Interactions loaded before they are shown.
const AHEAD: usize = 2;
/// Items left at which more of the list is asked for.
const FEW_LEFT: usize = 6;
/// Interactions kept once they were shown, for going back.
const BEHIND: usize = 4;

/// An interaction that is being loaded.
pub(super) type Loading = ArcRwSignal<Option<Result<Arc<Interaction>, ApiError>>>;

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// This interaction.
    Case(InteractionId),
    /// The next page of the list is on its way.
    Coming,
    /// The next page of the list did not come.
    Stuck,
    /// Nothing waits any more; so many were left for later.
    Through(usize),
}

/// Handle to the workbench; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(super) struct Labelling {
    api: StoredValue<ApiClient>,
    agent: StoredValue<AgentId>,
    user: StoredValue<UserName>,
    may_not: StoredValue<Option<String>>,
    filter: RwSignal<InteractionFilter>,
    pub(super) listing: Listing<InteractionSummary>,
    pub(super) progress: Query<LabellingProgress>,
    items: Memo<Vec<InteractionSummary>>,
    place: RwSignal<Place>,
    visit: RwSignal<Visit>,
    loading: StoredValue<HashMap<InteractionId, Loading>>,
    drafts: RwSignal<HashMap<InteractionId, FeedbackDraft>>,
    /// The one that the person wants to rate although somebody else did.
    as_well: RwSignal<Option<InteractionId>>,
    unsaved: RwSignal<Vec<Unsaved>>,
    saved: RwSignal<HashMap<InteractionId, Feedback>>,
    /// Ratings to withdraw as soon as they are saved.
    unwanted: RwSignal<Vec<InteractionId>>,
    pub(super) undo_failure: RwSignal<Option<ApiError>>,
    toasts: Toasts,
}

impl Labelling {
    /// Opens the queue of `agent`, and sends what an earlier visit could not.
    pub(super) fn open(agent: AgentId, filter: InteractionFilter) -> Self {
        let api = ApiClient::use_context();
        let user = Session::use_context().user_untracked();
        let filter = RwSignal::new(filter);
        let listing = {
            let (api, agent) = (api.clone(), agent.clone());
            Listing::new(move |page: PageOf| {
                let (api, agent, filter) = (api.clone(), agent.clone(), filter.get());
                async move { api.agent_interactions(&agent, &filter, page).await }
            })
        };
        let progress = {
            let (api, agent) = (api.clone(), agent.clone());
            Query::new(move || {
                let (api, agent, filter) = (api.clone(), agent.clone(), filter.get());
                async move { api.labelling(&agent, &filter).await }
            })
        };
        let labelling = Self {
            api: StoredValue::new(api),
            user: StoredValue::new(user.name.clone()),
            may_not: StoredValue::new(may_rate(&user).err().map(|refusal| refusal.sentence)),
            filter,
            listing,
            progress,
            items: Memo::new(move |_| listing.items()),
            place: RwSignal::new(Place::default()),
            visit: RwSignal::new(Visit::default()),
            loading: StoredValue::new(HashMap::new()),
            drafts: RwSignal::new(HashMap::new()),
            as_well: RwSignal::new(None),
            unsaved: RwSignal::new(Vec::new()),
            saved: RwSignal::new(HashMap::new()),
            unwanted: RwSignal::new(Vec::new()),
            undo_failure: RwSignal::new(None),
            toasts: Toasts::use_context(),
            agent: StoredValue::new(agent.clone()),
        };
        if may_rate(&user).is_ok() {
            for kept in outbox::left_behind(&user.name, &agent) {
                labelling.send(kept);
            }
        }
        labelling.load_ahead();
        labelling
    }

    /// Shows others; what was rated stays so.
    pub(super) fn show(self, edit: impl FnOnce(&mut InteractionFilter)) {
        self.filter.update(edit);
        self.place.set(Place::default());
    }

    /// Returns which ones are shown.
    pub(super) fn filter(self) -> InteractionFilter {
        self.filter.get()
    }

    /// Returns where in the list one is; the list's length at its end.
    fn index(self) -> usize {
        let place = self.place.get();
        self.items
            .with(|items| self.visit.with(|visit| place.index(items, visit)))
    }

    /// Returns the interaction that shows.
    pub(super) fn current(self) -> Option<InteractionSummary> {
        let index = self.index();
        self.items.with(|items| items.get(index).cloned())
    }

    /// Returns what is to be shown.
    pub(super) fn step(self) -> Step {
        match (self.current(), self.listing.rest()) {
            (Some(item), _) => Step::Case(item.id),
            (None, Rest::Failed(_)) => Step::Stuck,
            (None, Rest::More | Rest::Coming) => Step::Coming,
            (None, Rest::Nothing) => Step::Through(self.visit.with(Visit::skipped)),
        }
    }

    /// Loads what comes next before it is asked for, and lets go what lies far behind.
    fn load_ahead(self) {
        Effect::new(move |_| {
            let index = self.index();
            let items = self.items.get();
            if items.len() <= index + FEW_LEFT && self.listing.rest() == Rest::More {
                self.listing.more();
            }
            let near = items.iter().skip(index.saturating_sub(BEHIND));
            let near: Vec<_> = near.take(BEHIND + AHEAD + 1).map(|item| &item.id).collect();
            self.loading
                .update_value(|loading| loading.retain(|id, _| near.contains(&id)));
            for item in items.iter().skip(index).take(AHEAD + 1) {
                self.load(&item.id);
            }
        });
    }

    /// Returns an interaction with its transcript, and asks for it where nobody did.
    pub(super) fn load(self, id: &InteractionId) -> Loading {
        let known = self.loading.with_value(|loading| loading.get(id).cloned());
        known.unwrap_or_else(|| {
            let loading = Loading::new(None);
            self.loading.update_value(|all| {
                all.insert(id.clone(), loading.clone());
            });
            self.ask(id.clone(), loading.clone());
            loading
        })
    }

    /// Asks once more for an interaction that did not come.
    pub(super) fn ask(self, id: InteractionId, loading: Loading) {
        loading.set(None);
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.interaction(&id).await;
            loading.set(Some(answer.map(Arc::new)));
        });
    }

    /// Returns the rating that somebody had given when the interaction that shows was loaded.
    pub(super) fn rated_before(self) -> Option<Feedback> {
        let id = self.current()?.id;
        let loaded = self.load(&id).get()?.ok()?;
        loaded.feedback.first().cloned()
    }

    /// Wants to rate what shows although somebody else did.
    pub(super) fn want_as_well(self) {
        self.as_well.set(self.current().map(|item| item.id));
    }

    /// Says why what shows cannot be rated.
    pub(super) fn refusal(self) -> Option<String> {
        if let Some(sentence) = self.may_not.get_value() {
            return Some(sentence);
        }
        let item = self.current()?;
        if let Some(Fate::Rated(_)) = self.visit.with(|visit| visit.fate(&item.id)) {
            return Some("You rated this one. Undo that to rate it otherwise.".to_owned());
        }
        if !matches!(self.load(&item.id).get(), Some(Ok(_))) {
            return Some("The transcript is not here yet.".to_owned());
        }
        let wanted = self
            .as_well
            .with(|as_well| as_well.as_ref() == Some(&item.id));
        if let Some(given) = self.rated_before().filter(|_| !wanted) {
            return Some(format!("{} rated it already.", given.author));
        }
        let draft = self.draft(&item.id).rated(Rating::Positive);
        draft.problem().map(str::to_owned)
    }

    /// Says what the person did with the interaction that shows.
    pub(super) fn fate(self) -> Option<Fate> {
        let id = self.current()?.id;
        self.visit.with(|visit| visit.fate(&id))
    }

    fn draft_name(self, id: &InteractionId) -> String {
        self.user
            .with_value(|user| FeedbackDraft::storage_key(user, id))
    }

    /// Returns what is typed on an interaction.
    pub(super) fn draft(self, id: &InteractionId) -> FeedbackDraft {
        let held = self.drafts.with(|drafts| drafts.get(id).cloned());
        held.unwrap_or_else(|| {
            let kept = draft(&self.draft_name(id)).unwrap_or_default();
            FeedbackDraft::from_storage(&kept)
        })
    }

    /// Takes in what is typed, and keeps it.
    pub(super) fn take(self, id: &InteractionId, typed: Typed) {
        let mut draft = untrack(|| self.draft(id));
        draft.take(typed);
        self.keep(id, draft);
    }

    fn keep(self, id: &InteractionId, draft: FeedbackDraft) {
        keep_draft(&self.draft_name(id), &draft.to_storage());
        self.drafts.try_update(|drafts| {
            drafts.insert(id.clone(), draft);
        });
    }

    /// Rates what shows and goes on; saving goes on behind.
    pub(super) fn rate(self, rating: Rating) {
        let (Some(item), None) = untrack(|| (self.current(), self.refusal())) else {
            return;
        };
        let index = untrack(|| self.index());
        let rated = untrack(|| self.draft(&item.id)).rated(rating);
        let agent = self.agent.get_value();
        let Some(mut body) = rated.body(&agent, &item.id) else {
            return;
        };
        body.unrated = untrack(|| self.rated_before()).is_none();
        self.keep(&item.id, FeedbackDraft::default());
        self.place.set(Place::onwards(index + 1));
        self.send(Kept {
            body,
            title: item.title,
        });
    }

    /// Goes on without a rating.
    pub(super) fn skip(self) {
        if let Some(item) = untrack(|| self.current()) {
            let index = untrack(|| self.index());
            self.visit.update(|visit| visit.skip(item.id));
            self.place.set(Place::onwards(index + 1));
        }
    }

    /// Goes to the one before.
    pub(super) fn back(self) {
        if let Some(index) = untrack(|| self.index()).checked_sub(1) {
            self.place.set(Place::back_to(index));
        }
    }

    /// Says why there is no going back.
    pub(super) fn cannot_go_back(self) -> Option<String> {
        (self.index() == 0).then(|| "This is the first one.".to_owned())
    }

    /// Begins again with those that were left for later.
    pub(super) fn take_up_skipped(self) {
        self.visit.update(Visit::take_up_skipped);
        self.place.set(Place::default());
    }
}
