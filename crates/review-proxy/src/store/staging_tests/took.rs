//! What answers of staging tests took.

use crate::store::dream_runs::Spent;
use crate::store::kinds::KindsRow;
use crate::store::{Conn, StoreResult, count, micros, word};
use review_api::{AgentId, POLICY_ACTOR, TestWay, Timestamp, Usage};

/// What one answer took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// All its tokens.
    pub tokens: u64,
    /// The same by kind; nothing where that is not known.
    pub usage: Option<Usage>,
}

#[derive(sqlx::FromRow)]
struct TookRow {
    tokens: i64,
    #[sqlx(flatten)]
    kinds: KindsRow,
}

impl TookRow {
    fn read(self) -> StoreResult<Took> {
        Ok(Took {
            tokens: count(self.tokens)?,
            usage: self.kinds.read()?,
        })
    }
}

/// Returns what an agent's answers took that it gave in this way, in earlier tests, newest test first.
///
/// # Errors
/// If the database cannot be read.
pub async fn earlier(
    conn: &mut Conn,
    agent: &AgentId,
    way: TestWay,
    most: u32,
) -> StoreResult<Vec<Took>> {
    // One whose tokens are not known tells nothing.
    let rows: Vec<TookRow> = sqlx::query_as(
        "SELECT a.tokens, a.input_tokens, a.output_tokens, a.cache_read_input_tokens,
            a.cache_creation_input_tokens
         FROM staging_test_answers a JOIN staging_tests t ON t.id = a.test_id
         WHERE t.agent_id = $1 AND t.way = $2 AND a.tokens > 0
         ORDER BY t.asked_at DESC, t.id DESC, a.place, a.is_proposal, a.run LIMIT $3",
    )
    .bind(agent.as_str())
    .bind(word(way))
    .bind(i64::from(most))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TookRow::read).collect()
}

/// Returns what each answer of a test took.
///
/// # Errors
/// If the database cannot be read.
pub async fn took(conn: &mut Conn, id: &str) -> StoreResult<Vec<Took>> {
    let rows: Vec<TookRow> = sqlx::query_as(
        "SELECT tokens, input_tokens, output_tokens, cache_read_input_tokens,
            cache_creation_input_tokens FROM staging_test_answers WHERE test_id = $1",
    )
    .bind(id)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TookRow::read).collect()
}

/// Returns what the tests took that an agent's policy began since `month`, by model. Those at work count as what they
/// were estimated to take, so that several that begin at once are not each taken for the only one.
///
/// # Errors
/// If the database cannot be read.
pub async fn spent_by_policy(
    conn: &mut Conn,
    agent: &AgentId,
    month: Timestamp,
) -> StoreResult<Vec<Spent>> {
    type Row = (String, i64, i64, i64, i64, i64);
    let answers: Vec<Row> = sqlx::query_as(
        "SELECT t.model, CAST(SUM(CASE WHEN a.input_tokens IS NULL THEN a.tokens ELSE 0 END) AS BIGINT),
            CAST(SUM(COALESCE(a.input_tokens, 0)) AS BIGINT),
            CAST(SUM(COALESCE(a.output_tokens, 0)) AS BIGINT),
            CAST(SUM(COALESCE(a.cache_read_input_tokens, 0)) AS BIGINT),
            CAST(SUM(COALESCE(a.cache_creation_input_tokens, 0)) AS BIGINT)
         FROM staging_test_answers a JOIN staging_tests t ON t.id = a.test_id
         WHERE t.agent_id = $1 AND t.asked_by = $2 AND t.asked_at >= $3
         GROUP BY t.model",
    )
    .bind(agent.as_str())
    .bind(POLICY_ACTOR)
    .bind(micros(month))
    .fetch_all(&mut *conn)
    .await?;
    let mut spent = Vec::with_capacity(answers.len());
    for (model, of_any_kind, input, output, from_cache, to_cache) in answers {
        spent.push(Spent {
            model: Some(model),
            usage: Usage {
                input_tokens: count(input)?,
                output_tokens: count(output)?,
                cache_read_input_tokens: count(from_cache)?,
                cache_creation_input_tokens: count(to_cache)?,
            },
            of_any_kind: count(of_any_kind)?,
        });
    }
    let at_work: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT t.model, t.estimated_tokens, CAST(COALESCE(
                (SELECT SUM(a.tokens) FROM staging_test_answers a WHERE a.test_id = t.id), 0) AS BIGINT)
         FROM staging_tests t WHERE t.agent_id = $1 AND t.asked_by = $2 AND t.state = 'running'",
    )
    .bind(agent.as_str())
    .bind(POLICY_ACTOR)
    .fetch_all(conn)
    .await?;
    for (model, estimated, taken) in at_work {
        spent.push(Spent {
            model: Some(model),
            usage: Usage::default(),
            of_any_kind: count::<u64>(estimated)?.saturating_sub(count(taken)?),
        });
    }
    Ok(spent)
}
