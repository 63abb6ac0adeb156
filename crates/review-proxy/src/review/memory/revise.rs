//! Another manifest for a change that waits or is out of date.

use super::apply::unexpected;
use super::stage::{facts, findings};
use crate::error::{Error, Result};
use crate::review::Review;
use crate::review::changes::{add_hand, existing, rewrite};
use crate::review::seen::decided_on;
use crate::store::{memory_steps, now, settings};
use review_api::{AuditAction, Change, Hand, MemoryManifest, Part, User};
use review_core::{manifest, rules};

impl Review {
    /// Edits or restages a change of memories: `part` says which. `change` is what the person decided on, and
    /// was found to allow it.
    ///
    /// Both want the whole manifest, which must fit the store as it is at this moment. A manifest that is the
    /// same keeps approvals, since it has the same digest.
    ///
    /// # Errors
    /// If it changed meanwhile, the manifest is for another store, is none, or does not fit.
    pub(in crate::review) async fn revise_memory(
        &self,
        user: &User,
        change: Change,
        manifest: MemoryManifest,
        part: Part,
    ) -> Result<Change> {
        let seen = change.revision;
        let old = change.memory.as_ref().ok_or_else(unexpected)?;
        if manifest.store_id != old.manifest.store_id {
            let message = "A change stays with its memory store. Stage one of its own for another.";
            return Err(Error::field("memory.store_id", message));
        }
        let is_same = manifest::digest(&manifest) == manifest::digest(&old.manifest);
        if is_same && part == Part::Edited {
            return Ok(change);
        }
        let memory = self.prepare(manifest).await?;
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, &change.summary.id).await?;
        let (verdict, action) = if part == Part::Edited {
            (rules::may_edit(user, &change), AuditAction::ChangeEdited)
        } else {
            let verdict = rules::may_restage(user, &change);
            (verdict, AuditAction::ChangeRestaged)
        };
        decided_on(&change, seen, verdict)?;
        let mut after = change.clone();
        after.findings_sha256 = findings(&memory);
        after.summary.size = manifest::steps::size(&memory.manifest);
        after.memory = Some(memory);
        // One that was out of date has not been handed newer policies.
        after.policy = settings::get(&mut write, &change.summary.agent_id)
            .await?
            .policy;
        let hand = Hand {
            who: user.name.clone(),
            part,
        };
        add_hand(&mut write, &mut after, hand, now).await?;
        memory_steps::replace(&mut write, &after).await?;
        let detail = facts(&after);
        let by = (user.name.as_str(), action);
        let change = rewrite(&mut write, &change, after, by, detail, now).await?;
        write.commit().await?;
        Ok(change)
    }
}

/// Returns the manifest that an edit or a restage of a change of memories needs.
pub(in crate::review) fn given_manifest(
    proposed: Option<String>,
    manifest: Option<MemoryManifest>,
) -> Result<MemoryManifest> {
    if proposed.is_some() {
        let message = "This is a change of memories: send a manifest, not a prompt to propose.";
        return Err(Error::field("proposed", message));
    }
    manifest.ok_or_else(|| {
        let message = "Send everything that the change would do as `memory`.";
        Error::field("memory", message)
    })
}
