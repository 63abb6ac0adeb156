//! Copies everything from one database to another, whatever kinds they are.

use super::{Conn, Kind, Store, StoreError, StoreResult, ledger};
use futures_util::TryStreamExt as _;
use review_core::chain::Link;
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::fmt::Write as _;

/// Rows written by one statement.
const BATCH: usize = 50;

/// A table as it was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: String,
    /// Its rows, as many in both databases.
    pub rows: u64,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The target has something in it.
    #[error("the target is not empty: {0} has rows. Nothing was copied; name an empty database")]
    NotEmpty(String),
    /// What is in the target is not what was read.
    #[error("table {0} reads back otherwise than it was read. Nothing was copied")]
    Differs(String),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Number,
    Fraction,
    Text,
}

/// A table with its columns, in an order that both databases share.
struct Table {
    name: String,
    columns: Vec<(String, Holds)>,
}

/// What is known of a table's rows, in whatever order they were read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    sum: u128,
}

impl Sum {
    fn add(&mut self, values: &[Value]) {
        let text = format!("{values:?}");
        let hash = Sha256::digest(text.as_bytes());
        let mut first = [0; 16];
        first.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_le_bytes(first));
    }
}

#[derive(Debug, Clone)]
enum Value {
    Number(Option<i64>),
    Fraction(Option<f64>),
    Text(Option<String>),
}

/// Copies every table of `from` into `to`, which has its tables already and nothing in them.
///
/// It is one transaction, so `to` stays as it is if anything fails. What was written is read back and
/// compared before that is committed.
///
/// # Errors
/// As [`CopyError`] says.
pub async fn everything(from: &Store, to: &Store) -> Result<Vec<Copied>, CopyError> {
    let mut read = from.read().await?;
    let mut write = to.write().await?;
    let tables = tables(&mut read, from.kind()).await?;
    for table in &tables {
        if !is_empty(&mut write, table).await? {
            return Err(CopyError::NotEmpty(table.name.clone()));
        }
    }
    // The head of nothing, in place of which comes the head of what is copied.
    sqlx::query("DELETE FROM audit_head")
        .execute(&mut *write)
        .await?;
    let mut copied = Vec::with_capacity(tables.len());
    for table in tables {
        let read_sum = copy(&mut read, &mut write, &table).await?;
        let written_sum = sum(&mut write, &table).await?;
        if read_sum != written_sum {
            return Err(CopyError::Differs(table.name));
        }
        copied.push(Copied {
            table: table.name,
            rows: read_sum.rows,
        });
    }
    if ledger::head(&mut read).await? != ledger::head(&mut write).await? {
        return Err(CopyError::Differs("audit_head".to_owned()));
    }
    write.commit().await?;
    Ok(copied)
}

async fn is_empty(conn: &mut Conn, table: &Table) -> StoreResult<bool> {
    if table.name == "audit_head" {
        return Ok(ledger::head(conn).await? == Link::START);
    }
    let sql = format!("SELECT COUNT(*) FROM {}", table.name);
    let (rows,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(conn).await?;
    Ok(rows == 0)
}

/// Lists the tables of the review state.
async fn tables(conn: &mut Conn, kind: Kind) -> StoreResult<Vec<Table>> {
    let sql = match kind {
        Kind::Sqlite => {
            "SELECT t.name, c.name, lower(c.type) FROM sqlite_master t
             JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\'
               AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid"
        }
        Kind::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT)
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%' ESCAPE '\\'
             ORDER BY table_name, ordinal_position"
        }
    };
    let rows: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(conn).await?;
    let mut tables: Vec<Table> = Vec::new();
    for (table, column, holds) in rows {
        let holds = match &*holds {
            "bigint" => Holds::Number,
            "double precision" => Holds::Fraction,
            "text" => Holds::Text,
            other => return Err(StoreError::Unreadable(format!("a column of {other}"))),
        };
        match tables.last_mut() {
            Some(last) if last.name == table => last.columns.push((column, holds)),
            _ => tables.push(Table {
                name: table,
                columns: vec![(column, holds)],
            }),
        }
    }
    Ok(tables)
}

impl Table {
    /// Returns its columns as a list for SQL; names are ours and need quotes only to be safe from words.
    fn columns(&self) -> String {
        let names: Vec<_> = self
            .columns
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        names.join(", ")
    }

    fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.columns(), self.name)
    }

    fn insert(&self, rows: usize) -> String {
        let mut sql = format!("INSERT INTO {} ({}) VALUES ", self.name, self.columns());
        for row in 0..rows {
            sql += if row == 0 { "(" } else { "), (" };
            for place in 0..self.columns.len() {
                let number = row * self.columns.len() + place + 1;
                let comma = if place == 0 { "" } else { ", " };
                let _written = write!(sql, "{comma}${number}");
            }
        }
        sql.push(')');
        sql
    }

    fn values(&self, row: &AnyRow) -> sqlx::Result<Vec<Value>> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(place, (_, holds))| {
                Ok(match holds {
                    Holds::Number => Value::Number(row.try_get(place)?),
                    Holds::Fraction => Value::Fraction(row.try_get(place)?),
                    Holds::Text => Value::Text(row.try_get(place)?),
                })
            })
            .collect()
    }
}

async fn copy(from: &mut Conn, to: &mut Conn, table: &Table) -> StoreResult<Sum> {
    let mut sum = Sum::default();
    let mut ready = Vec::with_capacity(BATCH);
    let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(from);
    while let Some(row) = rows.try_next().await? {
        let values = table.values(&row)?;
        sum.add(&values);
        ready.push(values);
        if ready.len() == BATCH {
            insert(to, table, std::mem::take(&mut ready)).await?;
        }
    }
    if !ready.is_empty() {
        insert(to, table, ready).await?;
    }
    Ok(sum)
}

async fn insert(conn: &mut Conn, table: &Table, rows: Vec<Vec<Value>>) -> StoreResult<()> {
    let sql = table.insert(rows.len());
    // Not kept: see `Conn` about fractions.
    let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
    for value in rows.into_iter().flatten() {
        query = match value {
            Value::Number(number) => query.bind(number),
            Value::Fraction(fraction) => query.bind(fraction),
            Value::Text(text) => query.bind(text),
        };
    }
    query.execute(conn).await?;
    Ok(())
}

async fn sum(conn: &mut Conn, table: &Table) -> StoreResult<Sum> {
    let mut sum = Sum::default();
    let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(conn);
    while let Some(row) = rows.try_next().await? {
        sum.add(&table.values(&row)?);
    }
    Ok(sum)
}
