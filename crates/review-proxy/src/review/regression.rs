//! Versions that do worse than the one before them, as things that wait for whoever may roll them back, or keep them.

use super::seen::{and_revision, settings_decided_on};
use super::{Review, texts};
use crate::error::{Error, Result};
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, kept_versions, outcomes};
use jiff::Timestamp;
use review_api::{
    AgentId, AuditAction, ChangeSize, ErrorCode, InboxItem, InboxReason, InboxSubject, KeepVersion,
    KeptVersion, SubjectKind, User,
};
use review_core::regression::{
    Comparison, RegressionRule, compare, figures, is_rated_worse, kept, may_keep,
};
use serde_json::json;

/// Versions read: the one that an agent has and the one before, and one for a copy that is behind.
const VERSIONS: u32 = 3;

/// Lists agents whose version does worse than the one before it.
pub(super) async fn waiting(conn: &mut Conn, now: Timestamp) -> Result<Vec<InboxItem>> {
    let rule = RegressionRule::default();
    let mut waiting = Vec::new();
    for agent in outcomes::agents_measured(conn, rule.fewest).await? {
        if !agent.is_tested && !is_rated_worse(agent.before, agent.now, rule) {
            continue;
        }
        let outcomes = outcomes::of(conn, &agent.id, agent.version, VERSIONS).await?;
        let Some(found) = compare(&outcomes, rule).filter(Comparison::is_regression) else {
            continue;
        };
        if kept(&found, &outcomes, rule).is_some() {
            continue;
        }
        let made_at = outcomes.versions.iter().find(|it| it.version == found.now);
        // It waits since the version is in use: when it was found out depends on who rated when.
        let since = found.applied.as_ref().map(|applied| applied.at);
        let since = since.or(made_at.and_then(|it| it.made_at)).unwrap_or(now);
        waiting.push(InboxItem {
            title: found.headline(),
            subject: InboxSubject::Agent {
                id: agent.id.clone(),
            },
            reason: InboxReason::Regressed,
            agent_name: agent.name,
            size: ChangeSize::default(),
            metric: found.metric,
            rejected_before: false,
            since,
            agent_id: agent.id,
        });
    }
    Ok(waiting)
}

impl Review {
    /// Keeps the version that an agent has although it does worse than the one before: the finding waits no more,
    /// until its numbers get worse than they are now.
    ///
    /// # Errors
    /// If there is no such agent, `user` may not, the settings changed since `seen`, it has another version by now,
    /// that one does not do worse or is kept already, or no reason is given.
    pub async fn keep_version(
        &self,
        user: &User,
        id: &AgentId,
        body: KeepVersion,
        seen: u64,
    ) -> Result<KeptVersion> {
        let at = crate::store::now();
        let mut write = self.store.write().await?;
        let agent = super::agents::in_full(&mut write, id).await?;
        if agent.is_none() {
            // Roles come before everything else; whose approvals count is the agent's.
            may_keep(user, &review_api::Policy::default())?;
        }
        let agent = agent.ok_or_else(|| Error::not_found("agent", id.as_str()))?;
        may_keep(user, &agent.policy)?;
        settings_decided_on(&mut write, id, seen).await?;
        let now = agent.summary.version;
        if body.version != now {
            let message = format!(
                "The agent has version {now} by now, not {}. Nothing was kept; look at how that one does.",
                body.version
            );
            let details = json!({ "version": now, "revision": seen });
            return Err(Error::new(ErrorCode::Changed, message).with(details));
        }
        let reason = texts::comment("reason", Some(body.reason))?.ok_or_else(|| {
            let message = "Say why it stays although it does worse; others will read it.";
            Error::field("reason", message)
        })?;
        let rule = RegressionRule::default();
        let outcomes = outcomes::of(&mut write, id, now, VERSIONS).await?;
        let conflict = |message: String| Err(Error::new(ErrorCode::Conflict, message));
        let Some(found) = compare(&outcomes, rule).filter(Comparison::is_regression) else {
            return conflict(format!(
                "Version {now} does no worse than the one before, as far as its numbers tell."
            ));
        };
        if let Some(kept) = kept(&found, &outcomes, rule) {
            return conflict(format!("{} keeps version {now} already.", kept.by));
        }
        let (ratings, accuracy) = figures(&found, &outcomes);
        let kept = KeptVersion {
            version: now,
            by: user.name.clone(),
            at,
            reason,
            ratings,
            accuracy,
        };
        kept_versions::set(&mut write, id, &kept).await?;
        let detail = json!({
            "version": now, "before": found.before, "reason": kept.reason,
            "found": found.reasons().collect::<Vec<_>>(),
            "change_id": found.applied.map(|applied| applied.change_id),
        });
        let entry = NewEntry {
            at,
            actor: user.name.as_str(),
            action: AuditAction::VersionKept,
            subject_kind: SubjectKind::Agent,
            subject_id: id.as_str(),
            subject_title: &agent.summary.name,
            agent_id: Some(id),
            detail: and_revision(detail, agent.revision),
        };
        audit::append(&mut write, entry).await?;
        write.commit().await?;
        Ok(kept)
    }
}
