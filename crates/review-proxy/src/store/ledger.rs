//! The ledger as a chain: its head, its rows as they are stored, and the sealing of rows from before.

use super::audit::Row;
use super::{Conn, StoreError, StoreResult, count, signed};
use review_api::AuditEntry;
use review_core::chain::{self, Hash, Link};

/// Rows sealed or read at once.
const BATCH: i64 = 500;

/// Returns the ledger's last row.
///
/// # Errors
/// If the database cannot be read; if there is no head, which only happens to a ledger that was tampered
/// with.
pub async fn head(conn: &mut Conn) -> StoreResult<Link> {
    maybe_head(conn).await?.ok_or(StoreError::NoHead)
}

async fn maybe_head(conn: &mut Conn) -> StoreResult<Option<Link>> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT seq, hash FROM audit_head WHERE id = 1")
            .fetch_optional(conn)
            .await?;
    let Some((seq, hash)) = row else {
        return Ok(None);
    };
    let unreadable = |_| StoreError::Unreadable(format!("the ledger's head {hash:?}"));
    Ok(Some(Link {
        seq: count(seq)?,
        hash: hash.parse().map_err(unreadable)?,
    }))
}

/// Notes that the ledger grew by one row, which is its head now.
pub(super) async fn move_head(conn: &mut Conn, head: Link) -> StoreResult<()> {
    let moved = sqlx::query("UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1 AND seq = $3")
        .bind(signed(head.seq))
        .bind(head.hash.to_string())
        .bind(signed(head.seq.saturating_sub(1)))
        .execute(conn)
        .await?;
    if moved.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::NoHead)
    }
}

/// A row as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    /// It can be read.
    Row(Box<AuditEntry>),
    /// It holds what no row can hold.
    Unreadable,
}

/// Lists the rows after number `after` in their order, at most `limit`, whatever is in them.
///
/// What cannot be read ends the list.
///
/// # Errors
/// If the database cannot be read.
pub async fn stored(conn: &mut Conn, after: u64, limit: u32) -> StoreResult<Vec<Stored>> {
    let (odd,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM audit WHERE seq < 1")
        .fetch_one(&mut *conn)
        .await?;
    if odd > 0 && after == 0 {
        return Ok(vec![Stored::Unreadable]);
    }
    match rows(conn, after, i64::from(limit)).await {
        Err(error) if is_of_a_row(&error) => {}
        rows => {
            let mut list = Vec::new();
            for row in rows? {
                let read = row.read();
                let ends = read.is_err();
                list.push(read.map_or(Stored::Unreadable, |row| Stored::Row(Box::new(row))));
                if ends {
                    break;
                }
            }
            return Ok(list);
        }
    }
    // One of them is so odd that it spoils the list: one by one up to that one.
    let mut list = Vec::new();
    let mut after = after;
    loop {
        match rows(conn, after, 1).await {
            Err(error) if is_of_a_row(&error) => list.push(Stored::Unreadable),
            row => match row?.pop().map(Row::read) {
                None => return Ok(list),
                Some(Ok(row)) => {
                    after = row.seq;
                    list.push(Stored::Row(Box::new(row)));
                    continue;
                }
                Some(Err(_)) => list.push(Stored::Unreadable),
            },
        }
        return Ok(list);
    }
}

async fn rows(conn: &mut Conn, after: u64, limit: i64) -> StoreResult<Vec<Row>> {
    let rows = sqlx::query_as("SELECT * FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(signed(after))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    Ok(rows)
}

/// Says whether it is a row that cannot be read, not the database.
fn is_of_a_row(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
    )
}

/// Seals the rows that an older release wrote, once: afterwards there is a head.
///
/// # Errors
/// If the database cannot be written; if sealed rows are there without a head, which is never made anew.
pub(super) async fn seal_old(conn: &mut Conn) -> StoreResult<()> {
    if maybe_head(conn).await?.is_some() {
        return Ok(());
    }
    let (sealed,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM audit WHERE hash <> ''")
        .fetch_one(&mut *conn)
        .await?;
    if sealed > 0 {
        return Err(StoreError::NoHead);
    }
    let mut last = Link {
        seq: 0,
        hash: Hash::GENESIS,
    };
    loop {
        let batch = rows(conn, last.seq, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for row in batch {
            let entry = row.read()?;
            let hash = chain::next(&last.hash, &entry);
            sqlx::query("UPDATE audit SET prev_hash = $2, hash = $3 WHERE seq = $1")
                .bind(signed(entry.seq))
                .bind(last.hash.to_string())
                .bind(hash.to_string())
                .execute(&mut *conn)
                .await?;
            last = Link {
                seq: entry.seq,
                hash,
            };
        }
    }
    sqlx::query("INSERT INTO audit_head (id, seq, hash) VALUES (1, $1, $2)")
        .bind(signed(last.seq))
        .bind(last.hash.to_string())
        .execute(conn)
        .await?;
    Ok(())
}
