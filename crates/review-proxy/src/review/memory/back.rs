//! The way back from a change of memories: a change of its own that undoes what is done.

use super::apply::unexpected;
use super::look::{look, plan_of, progress_of};
use super::stage::{Draft, insert};
use crate::error::{Error, Result};
use crate::platform::{MemoryVersion, PageQuery};
use crate::review::changes::{check_step, existing};
use crate::review::seen::decided_on;
use crate::review::{Review, record};
use crate::store::{Conn, changes, memory_steps, now, suggestions};
use jiff::Timestamp;
use review_api::{
    AuditAction, Change, ChangeState, ErrorCode, MemoryChange, MemoryId, MemoryManifest,
    MemoryOperation, MemoryStoreId, Part, SuggestionStatus, User,
};
use review_core::manifest::{self, Lost, Progress, Standing};
use review_core::rules;
use serde_json::json;
use std::collections::BTreeSet;

/// Versions of a memory read at once, and how often at most.
const VERSIONS: u32 = 100;
const MOST_PAGES: usize = 10;
/// Longest title, in characters.
const LONGEST_TITLE: usize = 200;

/// A step that landed after its attempt was given up.
struct Late {
    step: usize,
    memory_id: MemoryId,
}

impl Review {
    /// Stages the way back from `change`, which the person was found to be allowed: everything that is done,
    /// undone, as a change of its own.
    ///
    /// A change that is done in part is given up with it: taking further steps after the first ones were
    /// undone would make something that nobody approved.
    ///
    /// # Errors
    /// If it changed meanwhile, a text that it takes was blanked out on the platform, or the store is not as
    /// the change left it.
    pub(in crate::review) async fn roll_back_memory(
        &self,
        user: &User,
        change: Change,
    ) -> Result<Change> {
        let seen = change.revision;
        let memory = change.memory.as_ref().ok_or_else(unexpected)?;
        let plan = plan_of(memory)?;
        let mut progress = progress_of(&plan, memory)?;
        let late = self.late(&change, memory, &progress).await?;
        if let Some(late) = &late {
            progress
                .take(late.memory_id.clone())
                .map_err(|_| unexpected())?;
        }
        let manifest = self.reversed(memory, &progress).await?;
        if manifest.operations.is_empty() {
            let message = "Nothing of this change was applied, so there is nothing to roll back.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        let undoing = self.prepare(manifest).await?;
        let agent = self.agent(&change.summary.agent_id).await?;
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, &change.summary.id).await?;
        decided_on(&change, seen, rules::may_roll_back(user, &change))?;
        if let Some(other) = &change.rolled_back_by {
            let message = "The way back from this change is staged already. Nothing was done; open \
                           that change, or withdraw it first.";
            let details = json!({ "change_id": other });
            return Err(Error::new(ErrorCode::Conflict, message).with(details));
        }
        if let Some(late) = &late {
            note_late(&mut write, &change, late, now).await?;
        }
        if !matches!(
            change.summary.state,
            ChangeState::Applied | ChangeState::Withdrawn
        ) {
            give_up(&mut write, user, &change, now).await?;
        }
        let title = format!("Roll back: {}", change.summary.title);
        let draft = Draft {
            title: title.chars().take(LONGEST_TITLE).collect(),
            memory: undoing,
            suggestion_ids: Vec::new(),
            parts: &[Part::Staged],
            rolls_back: Some(change.summary.id.clone()),
        };
        let back = insert(&mut write, user, &agent, draft, now).await?;
        write.commit().await?;
        Ok(back)
    }

    /// Finds the step that may have landed after its attempt was given up.
    async fn late(
        &self,
        change: &Change,
        memory: &MemoryChange,
        progress: &Progress<'_>,
    ) -> Result<Option<Late>> {
        let Some((step, operation)) = progress.next_step() else {
            return Ok(None);
        };
        let mut read = self.store.read().await?;
        let id = &change.summary.id;
        let may_be =
            memory_steps::was_stopped(&mut read, id, &manifest::digest(&memory.manifest)).await?;
        drop(read);
        if !may_be {
            return Ok(None);
        }
        let touched = std::slice::from_ref(operation);
        let seen = look(&self.platform, &memory.manifest.store_id, touched).await?;
        Ok(match manifest::standing(progress, &seen.held()) {
            Some(Standing::Done(memory_id)) => Some(Late { step, memory_id }),
            Some(Standing::NotYet | Standing::Blocked(_)) | None => None,
        })
    }

    /// Returns what undoes the done steps, with the texts from our own copy, except where somebody has blanked
    /// the text out on the platform since: then it must not come back.
    async fn reversed(
        &self,
        memory: &MemoryChange,
        progress: &Progress<'_>,
    ) -> Result<MemoryManifest> {
        let store_id = &memory.manifest.store_id;
        let mut blanked: BTreeSet<&MemoryId> = BTreeSet::new();
        for (operation, _) in progress.done() {
            let takes_text = matches!(
                operation,
                MemoryOperation::Edit { .. } | MemoryOperation::Delete { .. }
            );
            if let Some(memory_id) = operation.memory_id()
                && let Some(sha256) = operation.expected_sha256()
                && takes_text
                && self.is_blanked_out(store_id, memory_id, sha256).await?
            {
                blanked.insert(memory_id);
            }
        }
        let before = |id: &MemoryId| {
            let copy = memory
                .before
                .iter()
                .find(|before| before.memory_id == *id)?;
            (!blanked.contains(id)).then(|| copy.content.clone())
        };
        manifest::reverse(progress, before).map_err(|lost| gone(&lost))
    }

    /// Says whether no version of a memory shows this text any more, and one of them was blanked out.
    async fn is_blanked_out(
        &self,
        store_id: &MemoryStoreId,
        memory_id: &MemoryId,
        sha256: &str,
    ) -> Result<bool> {
        let mut page = PageQuery::first(VERSIONS);
        let mut is_any_redacted = false;
        for _ in 0..MOST_PAGES {
            let read = self
                .platform
                .list_memory_versions(store_id.as_str(), Some(memory_id.as_str()), &page)
                .await?;
            let shows = |version: &MemoryVersion| version.content_sha256.as_deref() == Some(sha256);
            if read.data.iter().any(shows) {
                return Ok(false);
            }
            is_any_redacted |= read
                .data
                .iter()
                .any(|version| version.redacted_at.is_some());
            match read.next_page {
                Some(next) => page = PageQuery::after(VERSIONS, Some(next)),
                None => break,
            }
        }
        Ok(is_any_redacted)
    }
}

fn gone(lost: &[Lost]) -> Error {
    let sentences: Vec<String> = lost.iter().map(ToString::to_string).collect();
    let message = format!(
        "This cannot be rolled back as a whole. {} Nothing was staged; stage a change of your own that \
         undoes the rest.",
        sentences.join(" ")
    );
    let lost: Vec<_> = lost
        .iter()
        .map(|lost| json!({ "path": lost.path, "memory_id": lost.memory_id }))
        .collect();
    Error::new(ErrorCode::Conflict, message).with(json!({ "lost": lost }))
}

async fn note_late(conn: &mut Conn, change: &Change, late: &Late, at: Timestamp) -> Result<()> {
    let id = &change.summary.id;
    if !memory_steps::take(conn, id, late.step, &late.memory_id, at).await? {
        return Err(unexpected());
    }
    let steps = change.memory.iter().flat_map(|memory| &memory.steps);
    let did = steps
        .clone()
        .nth(late.step)
        .map(|step| manifest::steps::in_words(&step.operation));
    let detail = json!({
        "step": late.step + 1,
        "of": steps.count(),
        "did": did,
        "memory_id": late.memory_id,
        "found": true,
    });
    let action = AuditAction::MemoryStepTaken;
    record::change(conn, record::SYSTEM, action, change, detail, at).await
}

/// Gives up what is left of a change whose done steps are being rolled back.
async fn give_up(conn: &mut Conn, user: &User, change: &Change, at: Timestamp) -> Result<()> {
    check_step(change, ChangeState::Withdrawn)?;
    let id = &change.summary.id;
    suggestions::set_status_of_change(conn, id, SuggestionStatus::Open).await?;
    changes::set_state(conn, id, ChangeState::Withdrawn, None, at).await?;
    let detail = json!({
        "from": change.summary.state,
        "reason": "what is done of it is being rolled back",
    });
    let action = AuditAction::ChangeWithdrawn;
    record::change(conn, user.name.as_str(), action, change, detail, at).await
}
