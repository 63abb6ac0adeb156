//! Numbers of an agent over time, added up by the database.

use super::{Conn, StoreResult, count, micros, time};
use jiff::Timestamp;
use review_api::{AgentId, DreamTrend, FeedbackDay, Prices, Usage};
use review_core::prices;
use std::collections::BTreeMap;

/// Microseconds of a day; days are those of UTC, which are all of one length.
const DAY: i64 = 86_400_000_000;

/// Counts an agent's ratings by day: the day of `now` and those before it, `days` in all, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn feedback(
    conn: &mut Conn,
    id: &AgentId,
    days: u32,
    now: Timestamp,
) -> StoreResult<Vec<FeedbackDay>> {
    let today = micros(now).div_euclid(DAY);
    let first = today - i64::from(days.saturating_sub(1));
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "SELECT created_at / 86400000000,
            SUM(CASE WHEN rating = 'positive' THEN 1 ELSE 0 END),
            SUM(CASE WHEN rating = 'negative' THEN 1 ELSE 0 END)
         FROM feedback WHERE agent_id = $1 AND created_at >= $2
         GROUP BY created_at / 86400000000",
    )
    .bind(id.as_str())
    .bind(first * DAY)
    .fetch_all(conn)
    .await?;
    let rated: BTreeMap<i64, (i64, i64)> = rows
        .into_iter()
        .map(|(day, positive, negative)| (day, (positive, negative)))
        .collect();
    let read = |day: i64| {
        let (positive, negative) = rated.get(&day).copied().unwrap_or_default();
        Ok(FeedbackDay {
            day: time(day * DAY)?,
            positive: count(positive)?,
            negative: count(negative)?,
        })
    };
    (first..=today).map(read).collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    ended_at: i64,
    open: i64,
    staged: i64,
    applied: i64,
    rejected: i64,
    model: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
}

/// Lists what an agent's dreams that have ended came to, and cost at those prices, newest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn dreams(
    conn: &mut Conn,
    id: &AgentId,
    prices: &Prices,
    limit: u32,
) -> StoreResult<Vec<DreamTrend>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT d.id, d.ended_at,
            SUM(CASE WHEN s.status = 'open' THEN 1 ELSE 0 END) AS open,
            SUM(CASE WHEN s.status = 'staged' THEN 1 ELSE 0 END) AS staged,
            SUM(CASE WHEN s.status = 'applied' THEN 1 ELSE 0 END) AS applied,
            SUM(CASE WHEN s.status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
            d.model, d.input_tokens, d.output_tokens, d.cache_read_input_tokens,
            d.cache_creation_input_tokens
         FROM dreams d LEFT JOIN suggestions s ON s.dream_id = d.id AND s.takes_back = 0
         WHERE d.agent_id = $1 AND d.ended_at IS NOT NULL
         GROUP BY d.id ORDER BY d.ended_at DESC, d.id DESC LIMIT $2",
    )
    .bind(id.as_str())
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let read = |row: Row| {
        let usage = usage(&row)?;
        let model = row.model.as_deref();
        let cost = model.zip(usage);
        Ok(DreamTrend {
            tokens: usage.map(Usage::total),
            cost: cost.and_then(|(model, usage)| prices::of_usage(prices, model, usage)),
            dream_id: row.id.into(),
            ended_at: time(row.ended_at)?,
            open: count(row.open)?,
            staged: count(row.staged)?,
            applied: count(row.applied)?,
            rejected: count(row.rejected)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Returns the tokens of a dream; nothing where the platform did not say.
fn usage(row: &Row) -> StoreResult<Option<Usage>> {
    let (Some(read), Some(written)) = (row.input_tokens, row.output_tokens) else {
        return Ok(None);
    };
    Ok(Some(Usage {
        input_tokens: count(read)?,
        output_tokens: count(written)?,
        cache_read_input_tokens: count(row.cache_read_input_tokens.unwrap_or_default())?,
        cache_creation_input_tokens: count(row.cache_creation_input_tokens.unwrap_or_default())?,
    }))
}
