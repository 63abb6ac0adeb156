//! Which memories interactions used, as their transcripts show it.

use super::{Conn, StoreResult, count, from_word, time, word};
use review_api::{InteractionId, MemoryStoreId, MemoryUse, MemoryUses};
use review_core::memory_uses::MemoryUsed;
use std::collections::BTreeSet;

/// Interactions named of each memory, at most.
const NAMED: i64 = 5;

/// Puts what a transcript shows in place of what an earlier reading of it showed.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep(
    conn: &mut Conn,
    interaction_id: &InteractionId,
    used: &[MemoryUsed],
) -> StoreResult<()> {
    sqlx::query("DELETE FROM memory_uses WHERE interaction_id = $1")
        .bind(interaction_id.as_str())
        .execute(&mut *conn)
        .await?;
    for one in used {
        sqlx::query(
            "INSERT INTO memory_uses (interaction_id, store_id, path, kind, event_id)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(interaction_id.as_str())
        .bind(one.store_id.as_str())
        .bind(&one.path)
        .bind(word(one.kind))
        .bind(&one.event_id)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    path: String,
    interactions: i64,
    interaction_id: String,
    title: String,
    kind: String,
    event_id: String,
    created_at: i64,
}

/// Returns the interactions that used those memories of a store, by path; memories that none used are left out.
///
/// # Errors
/// If the database cannot be read.
pub async fn of(
    conn: &mut Conn,
    store_id: &MemoryStoreId,
    paths: &BTreeSet<&str>,
) -> StoreResult<Vec<MemoryUses>> {
    // Those of the whole store: a proposal may touch more memories than one statement has room for.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT path, interactions, interaction_id, title, kind, event_id, created_at
         FROM (SELECT u.path, u.interaction_id, u.kind, u.event_id, i.title, i.created_at,
                      COUNT(*) OVER (PARTITION BY u.path) AS interactions,
                      ROW_NUMBER() OVER (PARTITION BY u.path
                                         ORDER BY i.created_at DESC, i.id DESC) AS place
               FROM memory_uses u JOIN interactions i ON i.id = u.interaction_id
               WHERE u.store_id = $1) used
         WHERE place <= $2 ORDER BY path, place",
    )
    .bind(store_id.as_str())
    .bind(NAMED)
    .fetch_all(conn)
    .await?;
    let mut uses: Vec<MemoryUses> = Vec::new();
    for row in rows {
        if !paths.contains(&*row.path) {
            continue;
        }
        let one = MemoryUse {
            interaction_id: row.interaction_id.into(),
            title: row.title,
            kind: from_word(&row.kind)?,
            event_id: row.event_id,
            at: time(row.created_at)?,
        };
        match uses.last_mut().filter(|last| last.path == row.path) {
            Some(last) => last.latest.push(one),
            None => uses.push(MemoryUses {
                path: row.path,
                count: count(row.interactions)?,
                latest: vec![one],
            }),
        }
    }
    Ok(uses)
}
