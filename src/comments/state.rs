//! State of the comments on one suggestion or one change.

use crate::{
    api::{ApiClient, ApiError},
    browser::storage::Draft,
    query::Query,
    session::Session,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{
    Comment, CommentAnchor, CommentId, CommentSubject, CreateComment, EditComment, ErrorCode,
    MAX_COMMENT_BYTES, User,
};
use review_core::{
    anchors::{Place, place},
    digest::sha256_hex,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A comment that is being written: its lines and its words so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// The lines.
    pub anchor: CommentAnchor,
    /// The words.
    pub text: String,
}

/// What did not go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The comment that it was about; nothing for a new one.
    pub of: Option<CommentId>,
    /// Why.
    pub error: ApiError,
}

/// Handle to the comments on one thing; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub struct Comments {
    api: StoredValue<ApiClient>,
    subject: StoredValue<CommentSubject>,
    /// The memory that is looked at; nothing for a prompt.
    path: StoredValue<Option<String>>,
    query: Query<Vec<Comment>>,
    draft: Draft,
    session: Session,
    busy: RwSignal<bool>,
    failed: RwSignal<Option<Failed>>,
    toasts: Toasts,
}

impl fmt::Debug for Comments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comments").finish_non_exhaustive()
    }
}

/// Reads what is kept of a comment that is being written.
fn written(kept: &str) -> Option<Writing> {
    serde_json::from_str(kept).ok()
}

impl Comments {
    /// Loads the comments on `subject`, and again whenever `state` goes from one value to another; with what this
    /// person had begun to write.
    pub fn open(subject: CommentSubject, state: Memo<Option<u64>>) -> Self {
        let api = ApiClient::use_context();
        let session = Session::use_context();
        let user = session.user_untracked().name;
        let name = match &subject {
            CommentSubject::Suggestion { id } => &id.0,
            CommentSubject::Change { id } => &id.0,
        };
        let draft = Draft::open(format!("comment:{user}:{name}"));
        let query = {
            let (api, subject) = (api.clone(), subject.clone());
            Query::new(move || {
                let (api, subject) = (api.clone(), subject.clone());
                async move { api.comments(&subject).await }
            })
        };
        Effect::new(move |before: Option<Option<u64>>| {
            let now = state.get();
            let was = before.flatten();
            if was.is_some() && now.is_some() && was != now {
                query.reload();
            }
            now.or(was)
        });
        Self {
            api: StoredValue::new(api),
            subject: StoredValue::new(subject),
            path: StoredValue::new(None),
            query,
            draft,
            session,
            busy: RwSignal::new(false),
            failed: RwSignal::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Returns the handle to those of them that are on one memory; lives as long as whoever asks.
    #[must_use]
    pub fn on(self, path: &str) -> Self {
        Self {
            path: StoredValue::new(Some(path.to_owned())),
            failed: RwSignal::new(None),
            ..self
        }
    }

    /// Returns the comments, oldest first; none before they are there.
    pub fn all(self) -> Vec<Comment> {
        let all = self.query.value().unwrap_or_default();
        let is_here = |comment: &&Comment| self.is_here(&comment.anchor);
        all.iter().filter(is_here).cloned().collect()
    }

    /// Counts the open comments on memories, by path.
    pub fn open_by_path(self) -> BTreeMap<String, usize> {
        let all = self.query.value().unwrap_or_default();
        let open = all.iter().filter(|comment| comment.resolved.is_none());
        let mut counts = BTreeMap::new();
        for path in open.filter_map(|comment| comment.anchor.path.clone()) {
            *counts.entry(path).or_insert(0) += 1;
        }
        counts
    }

    /// Returns the comments on memories that are not `here`.
    pub fn elsewhere(self, here: impl Fn(&str) -> bool) -> Vec<Comment> {
        let all = self.query.value().unwrap_or_default();
        let is_elsewhere = |comment: &&Comment| {
            let path = comment.anchor.path.as_deref();
            path.is_some_and(|path| !here(path))
        };
        all.iter().filter(is_elsewhere).cloned().collect()
    }

    fn is_here(self, anchor: &CommentAnchor) -> bool {
        self.path.with_value(|path| *path == anchor.path)
    }

    /// Says why there may be comments that are not shown.
    pub fn unread(self) -> Option<ApiError> {
        match self.query.get() {
            Some(Err(error)) => Some(error),
            _ => self.query.reload_failure(),
        }
    }

    /// Asks for them again.
    pub fn reload(self) {
        self.query.reload();
    }

    /// Says whether `comment` was written on something else than this page shows: on the suggestion of a change.
    pub fn is_from_elsewhere(self, comment: &Comment) -> bool {
        self.subject
            .with_value(|subject| *subject != comment.subject)
    }

    /// Returns who reads.
    pub fn user(self) -> User {
        self.session.user()
    }

    /// Returns what is being written.
    pub fn writing(self) -> Option<Writing> {
        self.draft
            .signal()
            .with(|kept| written(kept))
            .filter(|writing| self.is_here(&writing.anchor))
    }

    fn writing_untracked(self) -> Option<Writing> {
        untrack(|| self.writing())
    }

    /// Begins to write on the lines of `anchor`; words that were written already come along.
    pub fn begin(self, anchor: CommentAnchor) {
        let text = self.draft.get_untracked();
        let text = written(&text).map(|writing| writing.text);
        self.failed.set(None);
        let path = self.path.get_value();
        self.keep(&Writing {
            anchor: CommentAnchor { path, ..anchor },
            text: text.unwrap_or_default(),
        });
    }

    /// Takes what was typed.
    pub fn write(self, text: String) {
        if let Some(writing) = self.writing_untracked() {
            self.keep(&Writing { text, ..writing });
        }
    }

    fn keep(self, writing: &Writing) {
        // Plain data always has a JSON text.
        self.draft
            .set(serde_json::to_string(writing).unwrap_or_default());
    }

    /// Lets what was written go.
    pub fn discard(self) {
        self.failed.set(None);
        self.draft.clear();
    }

    /// Returns the draft of another text for a comment.
    pub fn edit_draft(self, id: &CommentId) -> Draft {
        let user = self.session.user_untracked().name;
        Draft::open(format!("comment-edit:{user}:{id}"))
    }

    /// Says why a text cannot be sent.
    pub fn problem(text: &str) -> Option<String> {
        if text.trim().is_empty() {
            Some("Write the comment first.".to_owned())
        } else if text.len() > MAX_COMMENT_BYTES {
            Some("The comment is longer than 64 kB. Shorten it.".to_owned())
        } else {
            None
        }
    }

    /// Says whether something is on its way.
    pub fn is_busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// Returns what did not go through, if it was about this comment, or a new one.
    pub fn failed(self, of: Option<&CommentId>) -> Option<ApiError> {
        self.failed.with(|failed| {
            let failed = failed.as_ref()?;
            (failed.of.as_ref() == of).then(|| failed.error.clone())
        })
    }

    /// Sends what is written on a line of `text`; it stays in this browser until the proxy has it.
    pub fn send(self, text: &str) {
        let Some(writing) = self.writing_untracked() else {
            return;
        };
        let Place::There { range, .. } = place(&writing.anchor, text) else {
            return;
        };
        let bytes = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let said = writing.text.trim().to_owned();
        if Self::problem(&said).is_some() || !self.set_out() {
            return;
        }
        let body = CreateComment {
            subject: self.subject.get_value(),
            path: writing.anchor.path.clone(),
            side: writing.anchor.side,
            start: bytes(range.start),
            end: bytes(range.end),
            text_sha256: sha256_hex(text),
            text: said,
        };
        let api = self.api.get_value();
        let forget = self.draft.forget_if_still(self.draft.get_untracked());
        spawn_local(async move {
            let answer = api.create_comment(&body).await;
            self.busy.try_set(false);
            match answer {
                Ok(comment) => {
                    forget();
                    self.toasts.say("Saved your comment.");
                    self.show(comment);
                }
                Err(error) => self.say_failed(None, error),
            }
        });
    }

    /// Gives a comment the text of `draft`, which stays in this browser until the proxy has it.
    pub fn send_edit(self, comment: &Comment, draft: Draft, done: Callback<()>) {
        let typed = draft.get_untracked();
        let body = EditComment {
            text: typed.trim().to_owned(),
        };
        if Self::problem(&body.text).is_some() || !self.set_out() {
            return;
        }
        let (api, id, revision) = (self.api.get_value(), comment.id.clone(), comment.revision);
        let forget = draft.forget_if_still(typed);
        spawn_local(async move {
            let answer = api.edit_comment(&id, &body, revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(comment) => {
                    forget();
                    done.try_run(());
                    self.toasts.say("Saved your comment.");
                    self.show(comment);
                }
                Err(error) => self.say_failed(Some(id), error),
            }
        });
    }

    /// Calls a comment settled, or opens it again.
    pub fn settle(self, comment: &Comment, is_settled: bool) {
        if !self.set_out() {
            return;
        }
        let (api, id, revision) = (self.api.get_value(), comment.id.clone(), comment.revision);
        spawn_local(async move {
            let answer = api.settle_comment(&id, is_settled, revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(comment) => {
                    let word = if is_settled { "Resolved" } else { "Reopened" };
                    self.toasts
                        .say(format!("{word} the comment of {}.", comment.author));
                    self.show(comment);
                }
                Err(error) => self.say_failed(Some(id), error),
            }
        });
    }

    /// Removes a comment for good.
    pub fn remove(self, comment: &Comment) {
        if !self.set_out() {
            return;
        }
        let (api, id, revision) = (self.api.get_value(), comment.id.clone(), comment.revision);
        spawn_local(async move {
            let answer = api.delete_comment(&id, revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(gone) => {
                    self.toasts.say("Deleted the comment.");
                    self.change(|all| all.retain(|comment| comment.id != gone.id));
                }
                Err(error) => self.say_failed(Some(id), error),
            }
        });
    }

    /// Marks something as on its way; not where something is already.
    fn set_out(self) -> bool {
        if self.busy.get_untracked() {
            return false;
        }
        self.failed.set(None);
        self.busy.set(true);
        true
    }

    /// Changes what is shown; asks again where it is not known what there is.
    fn change(self, change: impl FnOnce(&mut Vec<Comment>)) {
        match self.query.value_untracked() {
            Some(all) => {
                let mut all = Vec::clone(&all);
                change(&mut all);
                self.query.set(all);
            }
            None => self.query.reload(),
        }
    }

    /// Shows a comment as the proxy has it now.
    fn show(self, comment: Comment) {
        self.change(
            |all| match all.iter_mut().find(|known| known.id == comment.id) {
                Some(known) => *known = comment,
                None => all.push(comment),
            },
        );
    }

    fn say_failed(self, of: Option<CommentId>, error: ApiError) {
        let is_old = matches!(
            error.code(),
            Some(ErrorCode::Changed | ErrorCode::Conflict | ErrorCode::NotFound)
        );
        self.failed.try_set(Some(Failed { of, error }));
        if is_old {
            self.query.reload();
        }
    }
}
