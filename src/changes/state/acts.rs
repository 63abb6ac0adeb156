//! What can be done with a change, one thing at a time.

use super::{Act, Failure, OpenChange, View};
use crate::{
    api::{ApiClient, ApiError},
    browser::{clipboard, focus, storage::Draft},
    changes::check::Check,
    routes::Route,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{
    ApplyChange, ApproveChange, Change, ChangeId, EditChange, ErrorCode, RestageChange, ReviewGlass,
};
use std::sync::Arc;

impl OpenChange {
    /// Says yes to exactly what is on screen.
    pub(in crate::changes) fn approve(self) {
        let read = untrack(|| self.findings_read());
        self.send(Act::Approve, move |api, id, seen| async move {
            let body = ApproveChange {
                digest: seen.digest.clone(),
                findings_read: read,
            };
            api.approve_change(&id, &body, seen.revision).await
        });
    }

    /// Sends exactly what is on screen to the platform.
    pub(in crate::changes) fn apply(self) {
        self.send(Act::Apply, |api, id, seen| async move {
            let body = ApplyChange {
                digest: seen.digest.clone(),
                break_glass: None,
            };
            api.apply_change(&id, &body, seen.revision).await
        });
    }

    /// Sends it without its approvals, for the reason typed.
    pub(in crate::changes) fn break_glass(self) {
        let reason = self.glass_reason.get_untracked().trim().to_owned();
        if reason.is_empty() {
            return;
        }
        self.send(Act::BreakGlass, |api, id, seen| async move {
            let body = ApplyChange {
                digest: seen.digest.clone(),
                break_glass: Some(reason),
            };
            api.apply_change(&id, &body, seen.revision).await
        });
    }

    /// Gives it up.
    pub(in crate::changes) fn withdraw(self) {
        self.send(Act::Withdraw, |api, id, seen| async move {
            api.withdraw_change(&id, seen.revision).await
        });
    }

    /// Stages the way back from it.
    pub(in crate::changes) fn roll_back(self) {
        self.send(Act::RollBack, |api, id, seen| async move {
            api.roll_back_change(&id, seen.revision).await
        });
    }

    /// Says what was found, as typed.
    pub(in crate::changes) fn review_glass(self) {
        let comment = self.glass_comment.get_untracked().trim().to_owned();
        if comment.is_empty() {
            return;
        }
        self.send(Act::ReviewGlass, |api, id, seen| async move {
            let body = ReviewGlass { comment };
            api.review_glass(&id, &body, seen.revision).await
        });
    }

    /// Proposes `body` from now on; `draft` is forgotten once the proxy has it.
    pub(super) fn edit(self, body: EditChange, draft: Draft) {
        let forget = draft.forget_if_still(draft.get_untracked());
        self.send(Act::Edit, |api, id, seen| async move {
            let edited = api.edit_change(&id, &body, seen.revision).await?;
            forget();
            Ok(edited)
        });
    }

    /// Puts it on the prompt that `body` was merged with; `draft` is forgotten once the proxy has it.
    pub(super) fn restage(self, body: RestageChange, draft: Draft) {
        let forget = draft.forget_if_still(draft.get_untracked());
        self.send(Act::Restage, |api, id, seen| async move {
            let restaged = api.restage_change(&id, &body, seen.revision).await?;
            forget();
            Ok(restaged)
        });
    }

    /// Copies the whole digest.
    pub(in crate::changes) fn copy_digest(self) {
        let Some(change) = self.query.value_untracked() else {
            return;
        };
        spawn_local(async move {
            let words = if clipboard::copy(&change.digest).await {
                "Copied the digest."
            } else {
                "The browser does not let the console copy. Select the digest instead."
            };
            self.toasts.say(words);
        });
    }

    /// Sends one thing at a time, for the change as it is on screen.
    fn send<F>(self, act: Act, ask: impl FnOnce(ApiClient, ChangeId, Arc<Change>) -> F)
    where
        F: Future<Output = Result<Change, ApiError>> + 'static,
    {
        let Some(seen) = self.query.value_untracked() else {
            return;
        };
        let is_vouched_for = matches!(act, Act::Approve | Act::Apply | Act::BreakGlass);
        if self.busy.get_untracked().is_some()
            || (is_vouched_for && self.check.get_untracked() != Check::Equal)
        {
            return;
        }
        self.failure.set(None);
        self.busy.set(Some(act));
        let asked = ask(self.api.get_value(), self.id.get_value(), seen);
        spawn_local(async move {
            let answer = asked.await;
            self.busy.try_set(None);
            self.ask.close();
            match answer {
                Ok(change) => self.done(act, change),
                Err(error) => self.failed(act, error),
            }
        });
    }

    fn done(self, act: Act, change: Change) {
        if let Some(words) = act.done() {
            self.toasts.say(words);
        }
        if self.seen.try_get_untracked().is_none() {
            return;
        }
        match act {
            Act::RollBack => {
                return self.go.run(Route::Change {
                    id: change.summary.id,
                });
            }
            Act::BreakGlass => self.glass_reason.clear(),
            Act::ReviewGlass => self.glass_comment.clear(),
            Act::Edit | Act::Restage => self.show(View::Proposal),
            Act::Approve | Act::Apply | Act::Withdraw => {}
        }
        self.query.set(change);
        self.take_as_seen();
        if matches!(act, Act::Apply | Act::BreakGlass) {
            focus::show_soon(".review-notices");
        }
    }

    /// Says what went wrong, and shows what the proxy knows by now where that is something newer.
    fn failed(self, of: Act, error: ApiError) {
        if self.seen.try_get_untracked().is_none() {
            return;
        }
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
        self.refused_as_changed
            .set(error.code() == Some(ErrorCode::Changed));
        let present = error.present::<Change>();
        let base_moved = error.code() == Some(ErrorCode::StaleBase);
        self.failure.set(Some(Failure { of, error }));
        focus::show_soon(".review-notices");
        match present {
            Some(change) => self.query.set(change),
            None if is_old => self.query.reload(),
            None => {}
        }
        if base_moved {
            self.moves.update(|moves| *moves += 1);
        }
    }
}
