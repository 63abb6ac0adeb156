//! Who had a hand in a change, who approved it, and which other changes it meets.

use crate::store::{Conn, StoreResult, from_word, micros, time, word};
use jiff::Timestamp;
use review_api::{Approval, Change, ChangeId, Hand, Overlap};

/// Lists approvals given, newest first, outdated ones too.
pub(super) async fn approvals(conn: &mut Conn, id: &ChangeId) -> StoreResult<Vec<Approval>> {
    let rows: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT approved_by, approved_at, digest FROM approvals WHERE change_id = $1
         ORDER BY approved_at DESC, approved_by",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(by, at, digest)| {
            Ok(Approval {
                by: by.into(),
                at: time(at)?,
                digest,
            })
        })
        .collect()
}

/// Lists everyone who had a hand in a change, and how.
pub(super) async fn hands(conn: &mut Conn, id: &ChangeId) -> StoreResult<Vec<Hand>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT who, part FROM change_hands WHERE change_id = $1 ORDER BY at, who, part",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(who, part)| {
            Ok(Hand {
                who: who.into(),
                part: from_word(&part)?,
            })
        })
        .collect()
}

/// Notes that someone had a hand in a change; twice the same is once.
///
/// # Errors
/// If the database cannot be written.
pub async fn add_hand(
    conn: &mut Conn,
    id: &ChangeId,
    hand: &Hand,
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO change_hands (change_id, who, part, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (change_id, who, part) DO NOTHING",
    )
    .bind(id.as_str())
    .bind(hand.who.as_str())
    .bind(word(hand.part))
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists other changes that wait for the same agent and target, at most 20.
pub(super) async fn overlaps(conn: &mut Conn, change: &Change) -> StoreResult<Vec<Overlap>> {
    if !change.summary.state.is_open() {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT id, title, state FROM changes
         WHERE agent_id = $1 AND target = $2 AND id <> $3 AND state NOT IN ('applied', 'withdrawn')
         ORDER BY staged_at, id LIMIT 20",
    )
    .bind(change.summary.agent_id.as_str())
    .bind(word(change.summary.target))
    .bind(change.summary.id.as_str())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, title, state)| {
            Ok(Overlap {
                id: ChangeId(id),
                title,
                state: from_word(&state)?,
            })
        })
        .collect()
}

/// Returns the newest change that takes `id` back and was not given up.
pub(super) async fn rolled_back_by(
    conn: &mut Conn,
    id: &ChangeId,
) -> StoreResult<Option<ChangeId>> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT id FROM changes WHERE rolls_back = $1 AND state <> 'withdrawn'
         ORDER BY staged_at DESC, id DESC LIMIT 1",
    )
    .bind(id.as_str())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(id,)| ChangeId(id)))
}

/// Keeps an approval; one of the same person and digest that has lapsed is renewed.
///
/// # Errors
/// If the database cannot be written.
pub async fn approve(conn: &mut Conn, id: &ChangeId, approval: &Approval) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO approvals (change_id, approved_by, digest, approved_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (change_id, approved_by, digest)
            DO UPDATE SET approved_at = excluded.approved_at",
    )
    .bind(id.as_str())
    .bind(approval.by.as_str())
    .bind(&approval.digest)
    .bind(micros(approval.at))
    .execute(conn)
    .await?;
    Ok(())
}
