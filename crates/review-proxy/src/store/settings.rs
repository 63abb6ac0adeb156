//! What only we know of an agent: its settings and its policy.

use super::{Conn, StoreResult, count, from_json, from_word, json, signed};
use review_api::{AgentId, DreamingSettings, Policy};

/// What only we know of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether and how often it dreams.
    pub dreaming: DreamingSettings,
    /// What it takes to change it.
    pub policy: Policy,
    /// Counts up with every edit; 0 before the first.
    pub revision: u64,
}

#[derive(sqlx::FromRow)]
struct SettingsRow {
    dreaming_enabled: i64,
    dreaming_frequency: String,
    feedback_webhook: Option<String>,
    policy_version: i64,
    approvals_needed: i64,
    staging_test_required: i64,
    approvers: String,
    approvals_lapse_after_hours: Option<i64>,
    revision: i64,
}

impl SettingsRow {
    fn read(self) -> StoreResult<Settings> {
        Ok(Settings {
            dreaming: DreamingSettings {
                dreaming_enabled: self.dreaming_enabled != 0,
                dreaming_frequency: from_word(&self.dreaming_frequency)?,
                feedback_webhook: self.feedback_webhook,
            },
            policy: Policy {
                version: count(self.policy_version)?,
                approvals_needed: count(self.approvals_needed)?,
                staging_test_required: self.staging_test_required != 0,
                approvers: from_json(&self.approvers)?,
                approvals_lapse_after_hours: self
                    .approvals_lapse_after_hours
                    .map(count)
                    .transpose()?,
            },
            revision: count(self.revision)?,
        })
    }
}

/// Returns an agent's settings, or what holds where nobody has set any.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &AgentId) -> StoreResult<Settings> {
    let row: Option<SettingsRow> =
        sqlx::query_as("SELECT * FROM agent_settings WHERE agent_id = $1")
            .bind(id.as_str())
            .fetch_optional(conn)
            .await?;
    row.map_or_else(|| Ok(Settings::default()), SettingsRow::read)
}

/// Keeps an agent's settings as they are given, revision and policy version too.
///
/// # Errors
/// If the database cannot be written.
pub async fn set(conn: &mut Conn, id: &AgentId, settings: &Settings) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO agent_settings (agent_id, dreaming_enabled, dreaming_frequency,
            feedback_webhook, policy_version, approvals_needed, revision, staging_test_required,
            approvers, approvals_lapse_after_hours)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (agent_id) DO UPDATE SET
            dreaming_enabled = excluded.dreaming_enabled,
            dreaming_frequency = excluded.dreaming_frequency,
            feedback_webhook = excluded.feedback_webhook,
            policy_version = excluded.policy_version,
            approvals_needed = excluded.approvals_needed, revision = excluded.revision,
            staging_test_required = excluded.staging_test_required,
            approvers = excluded.approvers,
            approvals_lapse_after_hours = excluded.approvals_lapse_after_hours",
    )
    .bind(id.as_str())
    .bind(i64::from(settings.dreaming.dreaming_enabled))
    .bind(settings.dreaming.dreaming_frequency.as_str())
    .bind(settings.dreaming.feedback_webhook.as_deref())
    .bind(i64::from(settings.policy.version))
    .bind(i64::from(settings.policy.approvals_needed))
    .bind(signed(settings.revision))
    .bind(i64::from(settings.policy.staging_test_required))
    .bind(json(&settings.policy.approvers))
    .bind(settings.policy.approvals_lapse_after_hours.map(i64::from))
    .execute(conn)
    .await?;
    Ok(())
}
