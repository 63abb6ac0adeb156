//! Why each thing that one may want to do with a change cannot be done now, in the proxy's own words.

use super::state::OpenChange;
use crate::{
    browser::clock::{self, Clock},
    session::Session,
};
use leptos::prelude::*;
use review_api::{Change, ChangeTarget, Timestamp, User};
use review_core::rules::{self, Refusal, Verdict};
use std::sync::Arc;

/// For each act the reason against it; nothing means that it can be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusals {
    pub(super) approve: Signal<Option<String>>,
    pub(super) apply: Signal<Option<String>>,
    pub(super) break_glass: Signal<Option<String>>,
    pub(super) edit: Signal<Option<String>>,
    pub(super) restage: Signal<Option<String>>,
    pub(super) roll_back: Signal<Option<String>>,
    pub(super) review_glass: Signal<Option<String>>,
    pub(super) withdraw: Signal<Option<String>>,
}

impl Refusals {
    /// Works them out from the rules that the proxy keeps, and from what is on screen.
    pub(super) fn of(open: OpenChange, change: Signal<Arc<Change>>) -> Self {
        let (session, clock) = (Session::use_context(), Clock::use_context());
        let ruled = move |rule: fn(&User, &Change, Timestamp) -> Verdict| {
            // Approvals lapse while one looks on.
            clock.get();
            let user = session.user();
            let verdict = change.with(|it| rule(&user, it, clock::now()));
            verdict.err().map(|refusal| refusal.sentence)
        };
        let misfit = move || open.check().with(super::check::Check::refusal);
        Self {
            approve: Signal::derive(move || {
                misfit()
                    .or_else(|| ruled(rules::may_approve))
                    .or_else(|| unseen(open))
                    .or_else(|| {
                        let read = open.findings_read();
                        let verdict =
                            change.with(|it| rules::has_read_findings(it, read.as_deref()));
                        verdict.err().map(|refusal| refusal.sentence)
                    })
            }),
            apply: Signal::derive(move || misfit().or_else(|| ruled(rules::may_apply))),
            break_glass: Signal::derive(move || misfit().or_else(|| ruled(rules::may_break_glass))),
            edit: Signal::derive(move || ruled(may_edit)),
            restage: Signal::derive(move || ruled(may_restage)),
            roll_back: Signal::derive(move || ruled(|user, it, _| rules::may_roll_back(user, it))),
            review_glass: Signal::derive(move || {
                ruled(|user, it, _| rules::may_review_glass(user, it))
            }),
            withdraw: Signal::derive(move || ruled(|user, it, _| rules::may_withdraw(user, it))),
        }
    }
}

fn unseen(open: OpenChange) -> Option<String> {
    open.seen_before().map(|_| {
        "It changed since you looked. Read above what is different, then say that you have."
            .to_owned()
    })
}

fn may_edit(user: &User, change: &Change, _: Timestamp) -> Verdict {
    rules::may_edit(user, change)?;
    prompts_only(
        change,
        "A change of memories is not edited here. Withdraw it and stage another one.",
    )
}

fn may_restage(user: &User, change: &Change, _: Timestamp) -> Verdict {
    rules::may_restage(user, change)?;
    prompts_only(
        change,
        "A change of memories is not restaged here. Withdraw it and stage it again on what is there now.",
    )
}

fn prompts_only(change: &Change, sentence: &str) -> Verdict {
    if change.summary.target == ChangeTarget::Prompt {
        return Ok(());
    }
    Err(Refusal {
        code: review_api::ErrorCode::Conflict,
        sentence: sentence.to_owned(),
    })
}
