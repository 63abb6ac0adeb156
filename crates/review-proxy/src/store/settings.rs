//! What only we know of an agent: its settings and its policy.

use super::{Conn, StoreResult, count, from_json, from_word, json, maybe_time, micros, signed};
use jiff::Timestamp;
use review_api::{AgentId, Automation, DreamPlan, DreamingSettings, Policy};

/// What only we know of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether and how often it dreams.
    pub dreaming: DreamingSettings,
    /// When dreaming was switched on last; nothing while it never was.
    pub dreaming_since: Option<Timestamp>,
    /// What it takes to change it.
    pub policy: Policy,
    /// When the policy began to act by itself; nothing while it does not.
    pub automation_since: Option<Timestamp>,
    /// Counts up with every edit; 0 before the first.
    pub revision: u64,
}

#[derive(sqlx::FromRow)]
struct SettingsRow {
    dreaming_enabled: i64,
    dreaming_frequency: String,
    feedback_webhook: Option<String>,
    dream_plan: Option<String>,
    dreaming_since: Option<i64>,
    policy_version: i64,
    approvals_needed: i64,
    staging_test_required: i64,
    approvers: String,
    approvals_lapse_after_hours: Option<i64>,
    automation: Option<String>,
    automation_since: Option<i64>,
    revision: i64,
}

impl SettingsRow {
    fn read(self) -> StoreResult<Settings> {
        Ok(Settings {
            dreaming: DreamingSettings {
                dreaming_enabled: self.dreaming_enabled != 0,
                dreaming_frequency: from_word(&self.dreaming_frequency)?,
                feedback_webhook: self.feedback_webhook,
                plan: plan(self.dream_plan.as_deref())?,
            },
            dreaming_since: maybe_time(self.dreaming_since)?,
            policy: Policy {
                version: count(self.policy_version)?,
                approvals_needed: count(self.approvals_needed)?,
                staging_test_required: self.staging_test_required != 0,
                approvers: from_json(&self.approvers)?,
                approvals_lapse_after_hours: self
                    .approvals_lapse_after_hours
                    .map(count)
                    .transpose()?,
                automation: automation(self.automation.as_deref())?,
            },
            automation_since: maybe_time(self.automation_since)?,
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
            approvers, approvals_lapse_after_hours, dream_plan, dreaming_since, automation,
            automation_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (agent_id) DO UPDATE SET
            dreaming_enabled = excluded.dreaming_enabled,
            dreaming_frequency = excluded.dreaming_frequency,
            feedback_webhook = excluded.feedback_webhook,
            policy_version = excluded.policy_version,
            approvals_needed = excluded.approvals_needed, revision = excluded.revision,
            staging_test_required = excluded.staging_test_required,
            approvers = excluded.approvers,
            approvals_lapse_after_hours = excluded.approvals_lapse_after_hours,
            dream_plan = excluded.dream_plan, dreaming_since = excluded.dreaming_since,
            automation = excluded.automation, automation_since = excluded.automation_since",
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
    .bind(json(&settings.dreaming.plan))
    .bind(settings.dreaming_since.map(micros))
    .bind(json(&settings.policy.automation))
    .bind(settings.automation_since.map(micros))
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists the agents that dream by schedule.
///
/// # Errors
/// If the database cannot be read.
pub async fn dreamers(conn: &mut Conn) -> StoreResult<Vec<AgentId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT s.agent_id FROM agent_settings s JOIN agents a ON a.id = s.agent_id
         WHERE s.dreaming_enabled = 1 AND a.archived_at IS NULL ORDER BY s.agent_id",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id,)| AgentId(id)).collect())
}

/// Reads a plan as the database keeps it; nothing is the plan that holds where nobody has made one.
pub(super) fn plan(json: Option<&str>) -> StoreResult<DreamPlan> {
    json.map_or_else(|| Ok(DreamPlan::default()), from_json)
}

/// Reads what a policy does by itself as the database keeps it; nothing is what holds where nobody has said.
pub(super) fn automation(json: Option<&str>) -> StoreResult<Automation> {
    json.map_or_else(|| Ok(Automation::default()), from_json)
}
