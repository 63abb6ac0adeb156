//! Changes as the database keeps them.

use crate::store::{StoreResult, count, from_json, from_word, settings, time};
use review_api::{
    ApplyOutcome, Change, ChangeId, ChangeSize, ChangeSummary, GlassBroken, GlassReview,
    MemoryChange, Policy, Prompt,
};

#[derive(sqlx::FromRow)]
pub(super) struct SummaryRow {
    id: String,
    agent_id: String,
    agent_name: String,
    title: String,
    state: String,
    target: String,
    rolls_back: Option<String>,
    base_version: i64,
    lines_added: i64,
    lines_removed: i64,
    staged_by: String,
    staged_at: i64,
    updated_at: i64,
    approvals_needed: i64,
    approvals: i64,
}

impl SummaryRow {
    pub(super) fn read(self) -> StoreResult<ChangeSummary> {
        Ok(ChangeSummary {
            id: self.id.into(),
            agent_id: self.agent_id.into(),
            agent_name: self.agent_name,
            title: self.title,
            state: from_word(&self.state)?,
            target: from_word(&self.target)?,
            rolls_back: self.rolls_back.map(ChangeId),
            size: ChangeSize {
                lines_added: count(self.lines_added)?,
                lines_removed: count(self.lines_removed)?,
            },
            base_version: count(self.base_version)?,
            staged_by: self.staged_by.into(),
            staged_at: time(self.staged_at)?,
            updated_at: time(self.updated_at)?,
            approvals: count(self.approvals)?,
            approvals_needed: count(self.approvals_needed)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    #[sqlx(flatten)]
    summary: SummaryRow,
    base_sha256: String,
    base_text: String,
    proposed: String,
    digest: String,
    policy_version: i64,
    staging_test_required: i64,
    approvers: String,
    approvals_lapse_after_hours: Option<i64>,
    automation: Option<String>,
    findings_sha256: Option<String>,
    moved_to: Option<i64>,
    memory_manifest: Option<String>,
    memory_store_name: Option<String>,
    memory_before: Option<String>,
    glass_by: Option<String>,
    glass_at: Option<i64>,
    glass_reason: Option<String>,
    glass_reviewed_by: Option<String>,
    glass_reviewed_at: Option<i64>,
    glass_comment: Option<String>,
    outcome_by: Option<String>,
    outcome_at: Option<i64>,
    outcome_version: Option<i64>,
    outcome_message: Option<String>,
    trouble: Option<String>,
    revision: i64,
}

impl Row {
    /// Reads what the row itself holds.
    pub(super) fn read(self) -> StoreResult<Change> {
        let outcome = match (self.outcome_by, self.outcome_at) {
            (Some(by), Some(at)) => Some(ApplyOutcome {
                by: by.into(),
                at: time(at)?,
                version: self.outcome_version.map(count).transpose()?,
                message: self.outcome_message.unwrap_or_default(),
            }),
            _ => None,
        };
        let glass_review = match (self.glass_reviewed_by, self.glass_reviewed_at) {
            (Some(by), Some(at)) => Some(GlassReview {
                by: by.into(),
                at: time(at)?,
                comment: self.glass_comment.unwrap_or_default(),
            }),
            _ => None,
        };
        let glass = match (self.glass_by, self.glass_at) {
            (Some(by), Some(at)) => Some(GlassBroken {
                by: by.into(),
                at: time(at)?,
                reason: self.glass_reason.unwrap_or_default(),
                review: glass_review,
            }),
            _ => None,
        };
        let memory = match self.memory_manifest {
            Some(manifest) => Some(MemoryChange {
                manifest: from_json(&manifest)?,
                store_name: self.memory_store_name.unwrap_or_default(),
                before: self
                    .memory_before
                    .as_deref()
                    .map_or(Ok(Vec::new()), from_json)?,
                steps: Vec::new(),
            }),
            None => None,
        };
        let summary = self.summary.read()?;
        Ok(Change {
            base: Prompt {
                version: summary.base_version,
                sha256: self.base_sha256,
                text: self.base_text,
            },
            proposed: self.proposed,
            memory,
            findings_sha256: self.findings_sha256,
            digest: self.digest,
            policy: Policy {
                version: count(self.policy_version)?,
                approvals_needed: summary.approvals_needed,
                staging_test_required: self.staging_test_required != 0,
                approvers: from_json(&self.approvers)?,
                approvals_lapse_after_hours: self
                    .approvals_lapse_after_hours
                    .map(count)
                    .transpose()?,
                automation: settings::automation(self.automation.as_deref())?,
            },
            suggestion_ids: Vec::new(),
            hands: Vec::new(),
            approvals: Vec::new(),
            overlaps: Vec::new(),
            moved_to: self.moved_to.map(count).transpose()?,
            rolled_back_by: None,
            test: None,
            automatic: None,
            glass,
            outcome,
            trouble: self.trouble,
            history: Vec::new(),
            revision: count(self.revision)?,
            summary,
        })
    }
}
