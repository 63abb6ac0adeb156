//! Agents: the copy of the platform's, and the settings that only we keep.

mod known;

pub use known::{Unexplained, set_known, unexplained};

use super::prompts::{self, PromptVersion};
use super::{
    Conn, StoreResult, count, drifts, from_json, from_word, json, like, maybe_time, micros,
    settings, signed, time,
};
use crate::schedule::next_slot;
use jiff::{SignedDuration, Timestamp};
use review_api::{
    Agent, AgentId, AgentSummary, AgentTools, DreamingFrequency, DreamingSettings, FeedbackCounts,
    Freshness, LastDream, Policy, Prompt,
};
use review_core::dreaming::{Traffic, setup_warnings};

/// An agent as the platform describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentCopy {
    /// Which agent.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// Its model's id.
    pub model: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it can do besides answering.
    pub tools: AgentTools,
    /// Its prompt; the prompt's version is the agent's.
    pub prompt: Prompt,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this version was made.
    pub updated_at: Timestamp,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
}

/// Keeps the copy of an agent and this version of its prompt.
///
/// A copy older than the one that is there changes nothing: a slow read must not undo what an
/// application has just made known.
///
/// The version that a new agent has is the last one known to be in order: whatever comes after it is looked at,
/// however soon.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep(conn: &mut Conn, agent: &AgentCopy) -> StoreResult<()> {
    let version = PromptVersion {
        prompt: agent.prompt.clone(),
        created_at: agent.updated_at,
    };
    prompts::keep(conn, &agent.id, &version).await?;
    sqlx::query(
        "INSERT INTO agents (id, name, name_folded, model, description, version, prompt_sha256,
            prompt_chars, created_at, updated_at, archived_at, known_version, tools)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $6, $12)
         ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, name_folded = excluded.name_folded, model = excluded.model,
            description = excluded.description, version = excluded.version,
            prompt_sha256 = excluded.prompt_sha256, prompt_chars = excluded.prompt_chars,
            created_at = excluded.created_at, updated_at = excluded.updated_at,
            archived_at = excluded.archived_at, tools = excluded.tools
         WHERE excluded.version >= agents.version",
    )
    .bind(agent.id.as_str())
    .bind(&agent.name)
    .bind(agent.name.to_lowercase())
    .bind(&agent.model)
    .bind(agent.description.as_deref())
    .bind(i64::from(agent.prompt.version))
    .bind(&agent.prompt.sha256)
    .bind(signed(agent.prompt.text.chars().count() as u64))
    .bind(micros(agent.created_at))
    .bind(micros(agent.updated_at))
    .bind(agent.archived_at.map(micros))
    .bind(json(&agent.tools))
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns what an agent can do besides answering; nothing where it was not read since that is kept.
///
/// # Errors
/// If the database cannot be read.
pub async fn tools(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<AgentTools>> {
    let row: Option<(Option<String>,)> = sqlx::query_as("SELECT tools FROM agents WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.and_then(|(tools,)| tools)
        .as_deref()
        .map(from_json)
        .transpose()
}

macro_rules! select_agents {
    ($tail:literal) => {
        concat!(
            "SELECT a.id, a.name, a.model, a.description, a.version, a.prompt_sha256,
                a.prompt_chars, a.created_at, a.updated_at,
                s.dreaming_enabled, s.dreaming_frequency, s.feedback_webhook, s.dream_plan,
                s.automation, s.staging_test_required,
                (SELECT x.paused_at FROM automation_switch x) AS automation_paused_at,
                d.id AS dream_id, d.status AS dream_status, d.created_at AS dream_created_at,
                d.ended_at AS dream_ended_at,
                CASE WHEN r.dream_id IS NULL THEN NULL ELSE
                    (SELECT COUNT(*) FROM suggestions x WHERE x.dream_id = d.id
                        AND x.takes_back = 0) END
                    AS dream_suggestions,
                (SELECT COUNT(*) FROM suggestions x WHERE x.agent_id = a.id AND x.status = 'open')
                    AS open_suggestions,
                (SELECT COUNT(*) FROM changes x WHERE x.agent_id = a.id
                    AND x.state NOT IN ('applied', 'withdrawn')) AS open_changes,
                (SELECT COUNT(*) FROM feedback x WHERE x.agent_id = a.id
                    AND x.rating = 'positive') AS positive,
                (SELECT COUNT(*) FROM feedback x WHERE x.agent_id = a.id
                    AND x.rating = 'negative') AS negative,
                (SELECT COUNT(*) FROM interactions x WHERE x.agent_id = a.id
                    AND x.created_at >= $1) AS interactions_in_week
             FROM agents a
             LEFT JOIN agent_settings s ON s.agent_id = a.id
             LEFT JOIN dreams d ON d.id = (SELECT x.id FROM dreams x WHERE x.agent_id = a.id
                ORDER BY x.created_at DESC, x.id DESC LIMIT 1)
             LEFT JOIN reports r ON r.dream_id = d.id ",
            $tail
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    model: String,
    description: Option<String>,
    version: i64,
    prompt_sha256: String,
    prompt_chars: i64,
    created_at: i64,
    updated_at: i64,
    dreaming_enabled: Option<i64>,
    dreaming_frequency: Option<String>,
    feedback_webhook: Option<String>,
    dream_plan: Option<String>,
    automation: Option<String>,
    staging_test_required: Option<i64>,
    automation_paused_at: Option<i64>,
    dream_id: Option<String>,
    dream_status: Option<String>,
    dream_created_at: Option<i64>,
    dream_ended_at: Option<i64>,
    dream_suggestions: Option<i64>,
    open_suggestions: i64,
    open_changes: i64,
    positive: i64,
    negative: i64,
    interactions_in_week: i64,
}

impl Row {
    fn dreaming(&self) -> StoreResult<DreamingSettings> {
        let default = DreamingSettings::default();
        let frequency = self
            .dreaming_frequency
            .as_deref()
            .map(from_word::<DreamingFrequency>);
        Ok(DreamingSettings {
            dreaming_enabled: self.dreaming_enabled.is_some_and(|enabled| enabled != 0),
            dreaming_frequency: frequency.transpose()?.unwrap_or(default.dreaming_frequency),
            feedback_webhook: self.feedback_webhook.clone(),
            plan: settings::plan(self.dream_plan.as_deref())?,
        })
    }

    fn last_dream(&self) -> StoreResult<Option<LastDream>> {
        let (Some(id), Some(status), Some(created_at)) =
            (&self.dream_id, &self.dream_status, self.dream_created_at)
        else {
            return Ok(None);
        };
        Ok(Some(LastDream {
            id: id.as_str().into(),
            status: from_word(status)?,
            created_at: time(created_at)?,
            ended_at: maybe_time(self.dream_ended_at)?,
            suggestions: self.dream_suggestions.map(count).transpose()?,
        }))
    }

    fn summary(&self, now: Timestamp) -> StoreResult<AgentSummary> {
        let dreaming = self.dreaming()?;
        let last_dream = self.last_dream()?;
        let feedback = FeedbackCounts {
            positive: count(self.positive)?,
            negative: count(self.negative)?,
        };
        let traffic = Traffic {
            feedback,
            interactions_in_week: count(self.interactions_in_week)?,
        };
        let policy = Policy {
            staging_test_required: self.staging_test_required.is_some_and(|it| it != 0),
            automation: settings::automation(self.automation.as_deref())?,
            ..Policy::default()
        };
        let mut warnings = setup_warnings(&dreaming, last_dream.as_ref(), traffic);
        let is_paused = self.automation_paused_at.is_some();
        warnings.extend(review_core::automation::warnings(&policy, is_paused));
        Ok(AgentSummary {
            id: self.id.as_str().into(),
            name: self.name.clone(),
            model: self.model.clone(),
            version: count(self.version)?,
            prompt_chars: count(self.prompt_chars)?,
            next_due_at: next_slot(&dreaming, now),
            open_suggestions: count(self.open_suggestions)?,
            open_changes: count(self.open_changes)?,
            warnings,
            feedback,
            dreaming,
            last_dream,
        })
    }
}

fn a_week_before(now: Timestamp) -> i64 {
    micros(now - SignedDuration::from_hours(7 * 24))
}

/// Where a list of agents goes on: after this name and id.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct AfterAgent {
    /// Lower-cased name.
    pub name_folded: String,
    /// Id.
    pub id: String,
}

impl AfterAgent {
    /// Returns the place of an agent.
    pub fn of(agent: &AgentSummary) -> Self {
        Self {
            name_folded: agent.name.to_lowercase(),
            id: agent.id.0.clone(),
        }
    }
}

/// Lists agents by name, those whose name or id holds `search`.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(
    conn: &mut Conn,
    search: Option<&str>,
    after: Option<&AfterAgent>,
    limit: u32,
    now: Timestamp,
) -> StoreResult<Vec<AgentSummary>> {
    let rows: Vec<Row> = sqlx::query_as(select_agents!(
        "WHERE a.archived_at IS NULL
           AND ($2 IS NULL OR a.name_folded LIKE $2 ESCAPE '\\' OR LOWER(a.id) LIKE $2 ESCAPE '\\')
           AND ($3 IS NULL OR a.name_folded > $3 OR (a.name_folded = $3 AND a.id > $4))
         ORDER BY a.name_folded, a.id LIMIT $5"
    ))
    .bind(a_week_before(now))
    .bind(search.map(like))
    .bind(after.map(|after| after.name_folded.as_str()))
    .bind(after.map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| row.summary(now)).collect()
}

/// Returns an agent in full.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(
    conn: &mut Conn,
    id: &AgentId,
    freshness: Freshness,
    now: Timestamp,
) -> StoreResult<Option<Agent>> {
    let row: Option<Row> = sqlx::query_as(select_agents!("WHERE a.id = $2"))
        .bind(a_week_before(now))
        .bind(id.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let version = count(row.version)?;
    let prompt = prompts::get(&mut *conn, id, version)
        .await?
        .map(|version| version.prompt);
    let settings = settings::get(&mut *conn, id).await?;
    let drift = drifts::get(conn, id).await?;
    Ok(Some(Agent {
        summary: row.summary(now)?,
        prompt: prompt.unwrap_or(Prompt {
            version,
            sha256: row.prompt_sha256,
            text: String::new(),
        }),
        description: row.description,
        policy: settings.policy,
        drift,
        revision: settings.revision,
        created_at: time(row.created_at)?,
        updated_at: time(row.updated_at)?,
        freshness,
    }))
}

/// Returns the name of an agent, if there is one.
///
/// # Errors
/// If the database cannot be read.
pub async fn name(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<String>> {
    let row: Option<(String,)> = sqlx::query_as("SELECT name FROM agents WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|(name,)| name))
}

/// Returns the model of an agent, if there is one.
///
/// # Errors
/// If the database cannot be read.
pub async fn model(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<String>> {
    let row: Option<(String,)> = sqlx::query_as("SELECT model FROM agents WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|(model,)| model))
}

/// Returns how long an agent's prompt was when it was last read, in characters.
///
/// # Errors
/// If the database cannot be read.
pub async fn prompt_chars(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<u64>> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT prompt_chars FROM agents WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|(chars,)| count(chars)).transpose()
}

/// Returns the version that an agent had when it was last read.
///
/// # Errors
/// If the database cannot be read.
pub async fn version(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<u32>> {
    let row: Option<(i64,)> = sqlx::query_as("SELECT version FROM agents WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(|(version,)| count(version)).transpose()
}

/// Lists the ids of all agents that are not archived.
///
/// # Errors
/// If the database cannot be read.
pub async fn ids(conn: &mut Conn) -> StoreResult<Vec<AgentId>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM agents WHERE archived_at IS NULL ORDER BY id")
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|(id,)| AgentId(id)).collect())
}
