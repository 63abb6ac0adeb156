//! The review state, in a database: the one room that knows SQL.
//!
//! Reads go through [`Store::read`], a snapshot on one of several connections. Writes go through
//! [`Store::write`], the single writing connection, whose transaction takes the write lock at once
//! (`BEGIN IMMEDIATE`): nothing is ever upgraded from reading to writing, so no write fails as busy.
//! A transaction that is not committed is rolled back. The functions that read or write one kind of
//! thing are in the modules below and take a [`Conn`], which both kinds of access lend.

pub mod agents;
pub mod attempts;
pub mod audit;
pub mod changes;
pub mod deliveries;
pub mod dreams;
pub mod feedback;
pub mod idempotency;
pub mod interactions;
pub mod prompts;
pub mod reports;
pub mod suggestions;
pub mod sync;

#[cfg(test)]
mod tests;
pub mod unsettled;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr as _, Sqlite, Transaction};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::Duration;

/// A connection to the database, as the functions of this room take it.
pub type Conn = sqlx::SqliteConnection;

/// How long a connection waits for a lock or for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that read at the same time.
const READERS: u32 = 8;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is full, or refused; nothing was changed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Its tables could not be brought up to date.
    #[error("the database's tables could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// It holds something that this release cannot read.
    #[error("the database holds {0}, which this release cannot read")]
    Unreadable(String),
}

impl StoreError {
    /// Says whether a rule that something be unique stood against it.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// Result of what this room does.
pub type StoreResult<T> = Result<T, StoreError>;

/// The database, open.
#[derive(Debug, Clone)]
pub struct Store {
    readers: SqlitePool,
    writer: SqlitePool,
}

impl Store {
    /// Opens the database file at `path`, makes it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// If the file cannot be opened or written, or was written by a later release.
    pub async fn open(path: &Path) -> StoreResult<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power cut; NORMAL would not promise that.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let pool = || SqlitePoolOptions::new().acquire_timeout(PATIENCE);
        let writer = pool()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        migrations().run(&writer).await?;
        let readers = pool()
            .max_connections(READERS)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Self { readers, writer })
    }

    /// Begins a read: one snapshot, whatever is written meanwhile.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn read(&self) -> StoreResult<Reader> {
        Ok(Reader(self.readers.begin().await?))
    }

    /// Begins a write: alone, until it is committed or dropped.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn write(&self) -> StoreResult<Writer> {
        Ok(Writer(self.writer.begin_with("BEGIN IMMEDIATE").await?))
    }

    /// Waits for everything at work and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A read at work.
#[derive(Debug)]
pub struct Reader(Transaction<'static, Sqlite>);

impl Deref for Reader {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

/// A write at work; dropped without [`Writer::commit`], it never was.
#[derive(Debug)]
pub struct Writer(Transaction<'static, Sqlite>);

impl Writer {
    /// Makes what was written last, on disk.
    ///
    /// # Errors
    /// If it could not be made to last; then nothing was written.
    pub async fn commit(self) -> StoreResult<()> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for Writer {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

fn migrations() -> Migrator {
    let steps = [(
        1,
        "review state",
        include_str!("../migrations/sqlite/0001_review_state.sql"),
    )];
    let steps = steps.map(|(version, name, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(version, name.into(), kind, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(steps.into())
}

/// Returns a new id of ours: the prefix and a UUID whose order is that of time.
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::now_v7().simple())
}

/// Returns the time now, to the microsecond: what is kept reads back as what was given.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// Returns a time as the database keeps it.
fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Reads a time as the database keeps it.
fn time(micros: i64) -> StoreResult<Timestamp> {
    Timestamp::from_microsecond(micros)
        .map_err(|_| StoreError::Unreadable(format!("the time {micros}")))
}

/// Reads a time that may be missing.
fn maybe_time(micros: Option<i64>) -> StoreResult<Option<Timestamp>> {
    micros.map(time).transpose()
}

/// Returns the wire word of a plain enum, which is also what the database keeps.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unknown".to_owned(),
    }
}

/// Reads the wire word of a plain enum.
fn from_word<T: DeserializeOwned>(word: &str) -> StoreResult<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|_| StoreError::Unreadable(format!("the word {word:?}")))
}

/// Returns a value as the database keeps JSON.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Reads JSON as the database keeps it.
fn from_json<T: DeserializeOwned>(text: &str) -> StoreResult<T> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Unreadable(format!("JSON that does not fit ({error})")))
}

/// Reads a count.
fn count<N: TryFrom<i64>>(number: i64) -> StoreResult<N> {
    N::try_from(number).map_err(|_| StoreError::Unreadable(format!("the number {number}")))
}

/// Returns a count as the database keeps it.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns a pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere, whatever it holds.
fn like(text: &str) -> String {
    let escaped = text
        .to_lowercase()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

/// A place in a list that is ordered by time and id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Position {
    /// Microseconds since 1970.
    pub at: i64,
    /// Id of the item there.
    pub id: String,
}

impl Position {
    /// Returns the place of an item.
    pub fn of(at: Timestamp, id: &str) -> Self {
        Self {
            at: micros(at),
            id: id.to_owned(),
        }
    }
}
