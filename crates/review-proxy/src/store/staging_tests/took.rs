//! What answers of staging tests took.

use crate::store::kinds::KindsRow;
use crate::store::{Conn, StoreResult, count, word};
use review_api::{AgentId, TestWay, Usage};

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
