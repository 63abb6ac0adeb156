//! Runs of the dreams' schedule: at most one for each slot, whoever looks at the clock.

use super::{
    Conn, Position, StoreResult, count, from_json, from_word, json, maybe_time, micros, signed,
    time, word,
};
use crate::platform::NewDream;
use jiff::Timestamp;
use review_api::{AgentId, DreamId, DreamRun, DreamRunState, InteractionId, MemoryStoreId, Usage};

/// A run, with what the platform is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRun {
    /// What people see of it.
    pub run: DreamRun,
    /// The interactions to read.
    pub interaction_ids: Vec<InteractionId>,
    /// The model that dreams.
    pub model: Option<String>,
    /// What to look for.
    pub instructions: Option<String>,
}

impl KeptRun {
    /// Returns what the platform is asked for; nothing for a run that was passed over.
    pub fn request(&self) -> Option<NewDream> {
        Some(NewDream {
            memory_store_id: self.run.memory_store_id.as_ref()?.0.clone(),
            session_ids: self.interaction_ids.iter().map(|id| id.0.clone()).collect(),
            model: self.model.clone()?,
            instructions: self.instructions.clone(),
        })
    }
}

/// Keeps a new run; taken (see [`super::StoreError::is_taken`]) where its slot has one.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(conn: &mut Conn, kept: &KeptRun) -> StoreResult<()> {
    let run = &kept.run;
    sqlx::query(
        "INSERT INTO dream_runs (id, agent_id, slot, state, reason, dream_id, memory_store_id,
            interaction_ids, model, instructions, estimated_tokens, asked_by, asked_at,
            estimated_cost)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(&run.id)
    .bind(run.agent_id.as_str())
    .bind(run.slot.map(micros))
    .bind(word(run.state))
    .bind(run.reason.as_deref())
    .bind(run.dream_id.as_ref().map(DreamId::as_str))
    .bind(run.memory_store_id.as_ref().map(MemoryStoreId::as_str))
    .bind(json(&kept.interaction_ids))
    .bind(kept.model.as_deref())
    .bind(kept.instructions.as_deref())
    .bind(run.estimated_tokens.map(signed))
    .bind(run.asked_by.as_str())
    .bind(micros(run.asked_at))
    .bind(run.estimated_cost.as_ref().map(json))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes what became of a run that was asked for; says `false` if that is known already.
///
/// # Errors
/// If the database cannot be written.
pub async fn settle(
    conn: &mut Conn,
    id: &str,
    state: DreamRunState,
    reason: Option<&str>,
    dream_id: Option<&DreamId>,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE dream_runs SET state = $2, reason = $3, dream_id = $4
         WHERE id = $1 AND state = 'asked'",
    )
    .bind(id)
    .bind(word(state))
    .bind(reason)
    .bind(dream_id.map(DreamId::as_str))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    agent_id: String,
    slot: Option<i64>,
    state: String,
    reason: Option<String>,
    dream_id: Option<String>,
    memory_store_id: Option<String>,
    interaction_ids: String,
    model: Option<String>,
    instructions: Option<String>,
    estimated_tokens: Option<i64>,
    estimated_cost: Option<String>,
    asked_by: String,
    asked_at: i64,
}

impl Row {
    fn read(self) -> StoreResult<KeptRun> {
        let interaction_ids: Vec<InteractionId> = from_json(&self.interaction_ids)?;
        Ok(KeptRun {
            run: DreamRun {
                id: self.id,
                agent_id: self.agent_id.into(),
                slot: maybe_time(self.slot)?,
                state: from_word(&self.state)?,
                reason: self.reason,
                dream_id: self.dream_id.map(DreamId),
                interactions: u32::try_from(interaction_ids.len()).unwrap_or(u32::MAX),
                memory_store_id: self.memory_store_id.map(MemoryStoreId),
                estimated_tokens: self.estimated_tokens.map(count).transpose()?,
                estimated_cost: self.estimated_cost.as_deref().map(from_json).transpose()?,
                asked_by: self.asked_by.into(),
                asked_at: time(self.asked_at)?,
            },
            interaction_ids,
            model: self.model,
            instructions: self.instructions,
        })
    }
}

/// Lists an agent's runs, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn list(
    conn: &mut Conn,
    agent_id: &AgentId,
    after: Option<&Position>,
    limit: u32,
) -> StoreResult<Vec<DreamRun>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM dream_runs WHERE agent_id = $1
           AND ($2 IS NULL OR asked_at < $2 OR (asked_at = $2 AND id < $3))
         ORDER BY asked_at DESC, id DESC LIMIT $4",
    )
    .bind(agent_id.as_str())
    .bind(after.map(|after| after.at))
    .bind(after.map(|after| after.id.as_str()))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| Ok(row.read()?.run)).collect()
}

/// Lists runs whose outcome is not known, oldest first, at most 100.
///
/// # Errors
/// If the database cannot be read.
pub async fn asked(conn: &mut Conn) -> StoreResult<Vec<KeptRun>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM dream_runs WHERE state = 'asked' ORDER BY asked_at, id LIMIT 100",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Says whether a run is known to have begun this dream.
///
/// # Errors
/// If the database cannot be read.
pub async fn is_anyones(conn: &mut Conn, id: &DreamId) -> StoreResult<bool> {
    let (runs,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM dream_runs WHERE dream_id = $1")
        .bind(id.as_str())
        .fetch_one(conn)
        .await?;
    Ok(runs > 0)
}

/// Returns an agent's newest slot that has a run.
///
/// # Errors
/// If the database cannot be read.
pub async fn last_slot(conn: &mut Conn, agent_id: &AgentId) -> StoreResult<Option<Timestamp>> {
    let (slot,): (Option<i64>,) =
        sqlx::query_as("SELECT MAX(slot) FROM dream_runs WHERE agent_id = $1")
            .bind(agent_id.as_str())
            .fetch_one(conn)
            .await?;
    maybe_time(slot)
}

/// What is known of an agent's dreams when the next one is weighed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Dreams that have not ended.
    pub unfinished: u64,
    /// When the last one that completed was asked for.
    pub last_completed: Option<Timestamp>,
    /// Tokens of all dreams, reflections and tests that its policy began, since the beginning of the month.
    pub tokens_in_month: u64,
    /// Tokens of the last completed dreams, and the interactions that they read, to estimate by.
    pub tokens: u64,
    /// See `tokens`.
    pub interactions: u64,
    /// The same tokens by kind.
    pub usage: Usage,
    /// What each of them took, with its model.
    pub month: Vec<Spent>,
}

/// What a model took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// The model, where it is known.
    pub model: Option<String>,
    /// Tokens by kind.
    pub usage: Usage,
    /// Tokens whose kinds are not known any more.
    pub of_any_kind: u64,
}

/// Returns what is known of an agent's dreams; `month` is when the month began.
///
/// # Errors
/// If the database cannot be read.
pub async fn past(conn: &mut Conn, agent_id: &AgentId, month: Timestamp) -> StoreResult<Past> {
    type Dream = (String, i64, i64, Option<String>, i64, i64, i64, i64);
    let dreams: Vec<Dream> = sqlx::query_as(
        "SELECT status, created_at, interactions_read, model, COALESCE(input_tokens, 0),
            COALESCE(output_tokens, 0), COALESCE(cache_read_input_tokens, 0),
            COALESCE(cache_creation_input_tokens, 0)
         FROM dreams WHERE agent_id = $1 AND on_platform = 1
         ORDER BY created_at DESC, id DESC LIMIT 1000",
    )
    .bind(agent_id.as_str())
    .fetch_all(&mut *conn)
    .await?;
    let (asked,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM dream_runs WHERE agent_id = $1 AND state = 'asked'")
            .bind(agent_id.as_str())
            .fetch_one(&mut *conn)
            .await?;
    let mut spent = super::reflections::spent_since(conn, agent_id, month).await?;
    spent.extend(super::staging_tests::spent_by_policy(conn, agent_id, month).await?);
    let mut past = Past {
        unfinished: count(asked)?,
        month: spent,
        ..Past::default()
    };
    let mut measured = 0;
    for (status, created_at, interactions, model, input, output, from_cache, to_cache) in dreams {
        let usage = Usage {
            input_tokens: count(input)?,
            output_tokens: count(output)?,
            cache_read_input_tokens: count(from_cache)?,
            cache_creation_input_tokens: count(to_cache)?,
        };
        let tokens = usage.total();
        if created_at >= micros(month) && tokens > 0 {
            past.month.push(Spent {
                model,
                usage,
                of_any_kind: 0,
            });
        }
        match status.as_str() {
            "pending" | "running" => past.unfinished += 1,
            "completed" => {
                past.last_completed = past.last_completed.max(Some(time(created_at)?));
                // The last few tell what the next one takes; older ones had another prompt.
                if measured < 5 && tokens > 0 {
                    measured += 1;
                    past.tokens = past.tokens.saturating_add(tokens);
                    past.usage = past.usage.plus(usage);
                    past.interactions += count::<u64>(interactions)?;
                }
            }
            _ => {}
        }
    }
    past.tokens_in_month = past
        .month
        .iter()
        .map(|spent| spent.usage.total().saturating_add(spent.of_any_kind))
        .fold(0, u64::saturating_add);
    Ok(past)
}

/// Picks the interactions for a dream: those that came to rest after `since`, labelled ones first, then the newest;
/// with their memory stores, where they have one. One that began before the last dream and ended after it began
/// was not read by it, so when it came to rest counts, not when it began.
///
/// # Errors
/// If the database cannot be read.
pub async fn candidates(
    conn: &mut Conn,
    agent_id: &AgentId,
    since: Option<Timestamp>,
    most: usize,
) -> StoreResult<Vec<(InteractionId, Option<MemoryStoreId>)>> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT i.id, i.memory_store_id FROM interactions i
         WHERE i.agent_id = $1 AND ($2 IS NULL OR COALESCE(i.settled_at, i.created_at) > $2)
           AND i.status IN ('idle', 'terminated')
         ORDER BY CASE WHEN EXISTS (SELECT 1 FROM feedback f WHERE f.interaction_id = i.id)
            THEN 0 ELSE 1 END, i.created_at DESC, i.id DESC LIMIT $3",
    )
    .bind(agent_id.as_str())
    .bind(since.map(micros))
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, store)| (InteractionId(id), store.map(MemoryStoreId)))
        .collect())
}

/// Returns the memory store of an agent's newest interaction that has one.
///
/// # Errors
/// If the database cannot be read.
pub async fn store_of(conn: &mut Conn, agent_id: &AgentId) -> StoreResult<Option<MemoryStoreId>> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT memory_store_id FROM interactions
         WHERE agent_id = $1 AND memory_store_id IS NOT NULL
         ORDER BY created_at DESC, id DESC LIMIT 1",
    )
    .bind(agent_id.as_str())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(id,)| MemoryStoreId(id)))
}
