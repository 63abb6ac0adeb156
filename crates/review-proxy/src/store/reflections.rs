//! Reflections: at most one question to a model for each dream, whoever looks.

use super::dream_runs::Spent;
use super::{
    Conn, StoreResult, count, from_json, from_word, json, maybe_time, micros, signed, time, word,
};
use jiff::Timestamp;
use review_api::{
    AgentId, DreamId, MemoryManifest, MemoryProposal, Reflection, ReflectionLeftOut,
    ReflectionState, Usage,
};
use review_core::reflection::TurnedDown;

/// A reflection, with what is needed to go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The dream that it is on.
    pub dream_id: DreamId,
    /// Whose dream.
    pub agent_id: AgentId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What people see of it.
    pub reflection: Reflection,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The state that it ends in.
    pub state: ReflectionState,
    /// Why, where it is not done.
    pub reason: Option<&'a str>,
    /// Tokens that it took; nothing where no answer came.
    pub usage: Option<Usage>,
    /// Patterns found.
    pub patterns: usize,
    /// Suggestions made.
    pub suggestions: usize,
    /// What was not kept.
    pub left_out: ReflectionLeftOut,
}

impl<'a> Outcome<'a> {
    /// An outcome without an answer.
    pub fn without_answer(state: ReflectionState, reason: &'a str) -> Self {
        Self {
            state,
            reason: Some(reason),
            usage: None,
            patterns: 0,
            suggestions: 0,
            left_out: ReflectionLeftOut::default(),
        }
    }
}

/// Puts a reflection among those that wait; says `false` if the dream has one.
///
/// # Errors
/// If the database cannot be written.
pub async fn want(
    conn: &mut Conn,
    dream_id: &DreamId,
    agent_id: &AgentId,
    by: &str,
    at: Timestamp,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "INSERT INTO reflections (dream_id, agent_id, attempt, state, earlier_tokens, patterns,
            suggestions, left_out, asked_by, asked_at)
         VALUES ($1, $2, 1, 'waiting', 0, 0, 0, $3, $4, $5) ON CONFLICT (dream_id) DO NOTHING",
    )
    .bind(dream_id.as_str())
    .bind(agent_id.as_str())
    .bind(json(&ReflectionLeftOut::default()))
    .bind(by)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts one that ended without suggestions among those that wait once more; says `false` if it did not end so.
///
/// # Errors
/// If the database cannot be written.
pub async fn want_again(
    conn: &mut Conn,
    dream_id: &DreamId,
    by: &str,
    at: Timestamp,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE reflections SET attempt = attempt + 1, state = 'waiting', reason = NULL,
            earlier_tokens = earlier_tokens + COALESCE(input_tokens, 0) + COALESCE(output_tokens, 0)
                + COALESCE(cache_read_input_tokens, 0) + COALESCE(cache_creation_input_tokens, 0),
            input_tokens = NULL, output_tokens = NULL, cache_read_input_tokens = NULL,
            cache_creation_input_tokens = NULL, asked_by = $2, asked_at = $3, ended_at = NULL
         WHERE dream_id = $1 AND state IN ('skipped', 'failed', 'lost')",
    )
    .bind(dream_id.as_str())
    .bind(by)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Claims a waiting attempt before the model is asked; says `false` if it is another's.
///
/// # Errors
/// If the database cannot be written.
pub async fn claim(
    conn: &mut Conn,
    kept: &Kept,
    model: &str,
    estimated_tokens: u64,
    at: Timestamp,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE reflections SET state = 'asked', model = $3, estimated_tokens = $4, asked_at = $5
         WHERE dream_id = $1 AND attempt = $2 AND state = 'waiting'",
    )
    .bind(kept.dream_id.as_str())
    .bind(i64::from(kept.attempt))
    .bind(model)
    .bind(signed(estimated_tokens))
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes what came of an attempt; says `false` if that is known, or a later one is under way.
///
/// An answer that comes after it was given up for lost still counts: it was paid for.
///
/// # Errors
/// If the database cannot be written.
pub async fn settle(
    conn: &mut Conn,
    kept: &Kept,
    outcome: &Outcome<'_>,
    at: Timestamp,
) -> StoreResult<bool> {
    let usage = outcome.usage;
    let tokens = |of: fn(Usage) -> u64| usage.map(|usage| signed(of(usage)));
    let done = sqlx::query(
        "UPDATE reflections SET state = $3, reason = $4, input_tokens = $5, output_tokens = $6,
            cache_read_input_tokens = $7, cache_creation_input_tokens = $8, patterns = $9,
            suggestions = $10, left_out = $11, ended_at = $12
         WHERE dream_id = $1 AND attempt = $2 AND state IN ('waiting', 'asked', 'lost')",
    )
    .bind(kept.dream_id.as_str())
    .bind(i64::from(kept.attempt))
    .bind(word(outcome.state))
    .bind(outcome.reason)
    .bind(tokens(|usage| usage.input_tokens))
    .bind(tokens(|usage| usage.output_tokens))
    .bind(tokens(|usage| usage.cache_read_input_tokens))
    .bind(tokens(|usage| usage.cache_creation_input_tokens))
    .bind(i64::try_from(outcome.patterns).unwrap_or(i64::MAX))
    .bind(i64::try_from(outcome.suggestions).unwrap_or(i64::MAX))
    .bind(json(&outcome.left_out))
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    dream_id: String,
    agent_id: String,
    attempt: i64,
    state: String,
    reason: Option<String>,
    model: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
    estimated_tokens: Option<i64>,
    patterns: i64,
    suggestions: i64,
    left_out: String,
    asked_by: String,
    asked_at: i64,
    ended_at: Option<i64>,
}

impl Row {
    fn read(self) -> StoreResult<Kept> {
        let tokens = |tokens: Option<i64>| tokens.map_or(Ok(0), count);
        let usage = match self.input_tokens {
            None => None,
            Some(input) => Some(Usage {
                input_tokens: count(input)?,
                output_tokens: tokens(self.output_tokens)?,
                cache_read_input_tokens: tokens(self.cache_read_input_tokens)?,
                cache_creation_input_tokens: tokens(self.cache_creation_input_tokens)?,
            }),
        };
        Ok(Kept {
            dream_id: self.dream_id.into(),
            agent_id: self.agent_id.into(),
            attempt: count(self.attempt)?,
            reflection: Reflection {
                state: from_word(&self.state)?,
                reason: self.reason,
                model: self.model,
                usage,
                cost: None,
                estimated_tokens: self.estimated_tokens.map(count).transpose()?,
                patterns: count(self.patterns)?,
                suggestions: count(self.suggestions)?,
                left_out: from_json(&self.left_out)?,
                asked_by: self.asked_by.into(),
                asked_at: time(self.asked_at)?,
                ended_at: maybe_time(self.ended_at)?,
            },
        })
    }
}

/// Returns the reflection on a dream.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, dream_id: &DreamId) -> StoreResult<Option<Kept>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM reflections WHERE dream_id = $1")
        .bind(dream_id.as_str())
        .fetch_optional(conn)
        .await?;
    row.map(Row::read).transpose()
}

/// Lists those that wait, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting(conn: &mut Conn, limit: u32) -> StoreResult<Vec<Kept>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM reflections WHERE state = 'waiting' ORDER BY asked_at, dream_id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Lists those whose model was asked before `at` and whose outcome is not known.
///
/// # Errors
/// If the database cannot be read.
pub async fn overdue(conn: &mut Conn, at: Timestamp) -> StoreResult<Vec<Kept>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM reflections WHERE state = 'asked' AND asked_at < $1
         ORDER BY asked_at, dream_id LIMIT 100",
    )
    .bind(micros(at))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Lists what an agent's reflections took that were asked for since `month` began.
///
/// # Errors
/// If the database cannot be read.
pub async fn spent_since(
    conn: &mut Conn,
    agent_id: &AgentId,
    month: Timestamp,
) -> StoreResult<Vec<Spent>> {
    type Row = (Option<String>, i64, i64, i64, i64, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT model, earlier_tokens, COALESCE(input_tokens, 0), COALESCE(output_tokens, 0),
            COALESCE(cache_read_input_tokens, 0), COALESCE(cache_creation_input_tokens, 0)
         FROM reflections WHERE agent_id = $1 AND asked_at >= $2
           AND (earlier_tokens > 0 OR input_tokens IS NOT NULL)",
    )
    .bind(agent_id.as_str())
    .bind(micros(month))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(model, earlier, input, output, from_cache, to_cache)| {
            Ok(Spent {
                model,
                usage: Usage {
                    input_tokens: count(input)?,
                    output_tokens: count(output)?,
                    cache_read_input_tokens: count(from_cache)?,
                    cache_creation_input_tokens: count(to_cache)?,
                },
                of_any_kind: count(earlier)?,
            })
        })
        .collect()
}

/// Lists what was turned down for an agent, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn turned_down(
    conn: &mut Conn,
    agent_id: &AgentId,
    limit: u32,
) -> StoreResult<Vec<TurnedDown>> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT title, rejection_reason FROM suggestions
         WHERE agent_id = $1 AND status = 'rejected' AND takes_back = 0
         ORDER BY rejected_at DESC, id LIMIT $2",
    )
    .bind(agent_id.as_str())
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let read = |(title, reason): (String, Option<String>)| TurnedDown {
        title,
        reason: reason.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// What a dream did to the memories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfMemories {
    /// It proposes this.
    Proposed(MemoryManifest),
    /// It did this by itself, told by what takes it back.
    TakenBackBy(MemoryProposal),
}

/// Returns what a dream did to the memories, and what it proposes for them.
///
/// # Errors
/// If the database cannot be read.
pub async fn memories_of(conn: &mut Conn, dream_id: &DreamId) -> StoreResult<Vec<OfMemories>> {
    let rows: Vec<(String, Option<String>, i64)> = sqlx::query_as(
        "SELECT memory_manifest, memory_before, takes_back FROM suggestions
         WHERE dream_id = $1 AND memory_manifest IS NOT NULL ORDER BY position",
    )
    .bind(dream_id.as_str())
    .fetch_all(conn)
    .await?;
    let read = |(manifest, before, takes_back): (String, Option<String>, i64)| {
        let manifest = from_json(&manifest)?;
        if takes_back == 0 {
            return Ok(OfMemories::Proposed(manifest));
        }
        Ok(OfMemories::TakenBackBy(MemoryProposal {
            manifest,
            store_name: String::new(),
            before: before.as_deref().map_or(Ok(Vec::new()), from_json)?,
        }))
    };
    rows.into_iter().map(read).collect()
}
