//! Restaging: a change that is out of date is put on the prompt as it is now.

use super::changes::{add_hand, existing, given, rewrite, stale};
use super::memory::given_manifest;
use super::seen::decided_on;
use super::stage::nothing_to_change;
use super::staleness::mark_stale;
use super::{Review, texts};
use crate::error::Result;
use crate::store::{agents, now, settings};
use review_api::{AuditAction, Change, ChangeId, ChangeState, Hand, Part, RestageChange, User};
use review_core::digest::sha256_hex;
use review_core::rules;
use serde_json::json;

impl Review {
    /// Puts a change on the prompt that the platform has at this moment, with the text that someone merged.
    /// Its suggestions stay with it; approvals of the earlier digest stay listed, as void.
    ///
    /// # Errors
    /// If there is no such change, it changed since `seen`, it is not out of date, `user` may not, the
    /// prompt is not the one merged with, or what is proposed is too long or no change.
    pub async fn restage(
        &self,
        user: &User,
        id: &ChangeId,
        body: RestageChange,
        seen: u64,
    ) -> Result<Change> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, id).await?;
        drop(read);
        decided_on(&change, seen, may_restage_now(user, &change))?;
        if change.memory.is_some() {
            let manifest = given_manifest(body.proposed, body.memory)?;
            return self
                .revise_memory(user, change, manifest, Part::Restaged)
                .await;
        }
        let proposed = given(body.proposed, body.memory.as_ref())?;
        texts::prompt("proposed", &proposed)?;
        let agent = self.agent_now(&change.summary.agent_id).await?;
        let now = now();
        let mut write = self.store.write().await?;
        agents::keep(&mut write, &agent).await?;
        let mut change = existing(&mut write, id).await?;
        decided_on(&change, seen, may_restage_now(user, &change))?;
        let current = agent.prompt;
        if change.summary.state != ChangeState::Stale && current.version > change.base.version {
            // Nobody had noticed so far.
            mark_stale(&mut write, &change, current.version, now).await?;
            change = existing(&mut write, id).await?;
        }
        let verdict = rules::may_restage(user, &change);
        if verdict.is_err() || current.version != body.base_version {
            // What was just read is worth keeping, whatever comes of the request.
            write.commit().await?;
            verdict?;
            return Err(stale(body.base_version, current.version));
        }
        if proposed == current.text {
            return Err(nothing_to_change());
        }
        let mut after = change.clone();
        after.base = current;
        after.proposed = proposed;
        after.policy = settings::get(&mut write, &change.summary.agent_id)
            .await?
            .policy;
        let hand = Hand {
            who: user.name.clone(),
            part: Part::Restaged,
        };
        add_hand(&mut write, &mut after, hand, now).await?;
        let detail = json!({
            "base_version_before": change.base.version,
            "base_version": after.base.version,
            "base_sha256": after.base.sha256,
            "proposed_sha256": sha256_hex(&after.proposed),
        });
        let by = (user.name.as_str(), AuditAction::ChangeRestaged);
        let change = rewrite(&mut write, &change, after, by, detail, now).await?;
        write.commit().await?;
        Ok(change)
    }
}

/// As [`rules::may_restage`], but for a change that may turn out to be out of date once the platform is asked.
fn may_restage_now(user: &User, change: &Change) -> rules::Verdict {
    let mut as_stale = change.clone();
    if matches!(
        change.summary.state,
        ChangeState::Staged | ChangeState::Approved
    ) {
        as_stale.summary.state = ChangeState::Stale;
    }
    rules::may_restage(user, &as_stale)
}
