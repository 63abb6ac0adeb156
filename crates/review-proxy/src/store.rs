//! The review state, in a database: the one room that knows SQL.
//!
//! It is an SQLite file or a PostgreSQL database, and the same SQL speaks to both.
//!
//! Reads go through [`Store::read`], a snapshot on one of several connections. Writes go through
//! [`Store::write`], the single writing connection, whose transaction takes the write lock at once:
//! `BEGIN IMMEDIATE` in SQLite, the ledger's head row `FOR UPDATE` in PostgreSQL, which holds back the
//! writers of all proxies. Nothing is ever upgraded from reading to writing, so no write fails as busy,
//! and whoever writes is alone from the first read to the commit.
//! A transaction that is not committed is rolled back. The functions that read or write one kind of
//! thing are in the modules below and take a [`Conn`], which both kinds of access lend.

pub mod agents;
pub mod attempts;
pub mod audit;
pub mod automation;
pub mod backup;
pub mod changes;
pub mod comments;
pub mod copy;
pub mod deliveries;
pub mod derived;
pub mod dream_runs;
pub mod dreams;
pub mod drifts;
pub mod endpoints;
pub mod feedback;
pub mod hints;
pub mod idempotency;
pub mod interactions;
pub mod kept_versions;
mod kinds;
pub mod ledger;
pub mod memory_steps;
pub mod memory_uses;
mod migrations;
mod open;
pub mod outcomes;
pub mod outgoing;
pub mod prompts;
pub mod reflections;
pub mod reports;
pub mod scratch_stores;
pub mod settings;
pub mod staging_tests;
pub mod suggestions;
pub mod sync;
pub mod transcripts;
pub mod trends;

#[cfg(test)]
mod tests;
pub mod unsettled;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};

use sqlx::{Any, AnyPool, Transaction};
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A connection to the database, as the functions of this room take it.
///
/// One set of SQL serves both kinds of database; [`Conn::backend_name`] tells which it is where that
/// cannot be helped. Numbers are bound and read as `i64`, texts as `str`; an optional `f64` needs
/// `persistent(false)`, because its absence is sent as another type than its presence.
pub type Conn = sqlx::AnyConnection;

/// What the review state is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file of our own.
    Sqlite,
    /// A server that several proxies may share.
    Postgres,
}

/// How long a connection waits for a lock or for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// A read of one moment, which ends by itself if the proxy is held up in the middle of it.
const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL statement_timeout = '30s';
    SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// A write that neither waits for ever nor, by being held up, lets the other proxies wait for ever.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL lock_timeout = '5s';
    SET LOCAL statement_timeout = '10s';
    SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// One writer over all proxies: whoever holds the ledger's head. The order of commits is the ledger's.
const LOCK_LEDGER: &str = "SELECT seq FROM audit_head WHERE id = 1 FOR UPDATE";

/// Where the review state is.
#[derive(Debug, Clone)]
pub enum Location {
    /// In a file of our own.
    File(PathBuf),
    /// On a server, at this address, which may hold a password.
    Server(SecretString),
}

impl FromStr for Location {
    type Err = StoreError;

    /// Reads `sqlite:FILE`, or the address of a PostgreSQL database.
    fn from_str(text: &str) -> StoreResult<Self> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::File(path.into()));
        }
        let is_server = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        if is_server {
            Ok(Self::Server(text.into()))
        } else {
            Err(StoreError::BadAddress)
        }
    }
}

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is full, or refused; nothing was changed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Its tables could not be brought up to date.
    #[error("the database's tables could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A later release was here.
    #[error(
        "the database was brought up to date by a later release (its step {step} is not known here): \
         start that release, or restore a copy from before it"
    )]
    Later {
        /// The step that this release does not know.
        step: i64,
    },
    /// Another build was here.
    #[error(
        "step {step} of the database's tables was done by another build than this one: start that \
         one, or restore a copy"
    )]
    OtherStep {
        /// The step that differs.
        step: i64,
    },
    /// Someone took the ledger's head away.
    #[error(
        "the ledger's head is missing: it was tampered with. Nothing can be written; restore a copy, \
         or look at it with `dream-review-proxy audit verify`"
    )]
    NoHead,
    /// The tables are not up to date, and only looking was asked for.
    #[error(
        "the database's tables are those of an older release (step {step}): start this release on it \
         once, then try again"
    )]
    Older {
        /// The last step that was done; 0 if the database is none of ours.
        step: i64,
    },
    /// The address is none.
    #[error(
        "the database's address cannot be read; it looks like postgres://user@host/name or sqlite:FILE"
    )]
    BadAddress,
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
    readers: AnyPool,
    writer: AnyPool,
    kind: Kind,
}

impl Store {
    /// Begins a read: one snapshot, whatever is written meanwhile.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn read(&self) -> StoreResult<Reader> {
        let begin = match self.kind {
            Kind::Sqlite => "BEGIN",
            Kind::Postgres => BEGIN_SNAPSHOT,
        };
        Ok(Reader(self.readers.begin_with(begin).await?))
    }

    /// Begins a write: alone, until it is committed or dropped.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub async fn write(&self) -> StoreResult<Writer> {
        if self.kind == Kind::Sqlite {
            return Ok(Writer(self.writer.begin_with("BEGIN IMMEDIATE").await?));
        }
        let mut write = Writer(self.writer.begin_with(BEGIN_WRITE).await?);
        // A statement of its own: one that fails is rolled back with the transaction, and a ledger
        // whose head is gone gives no row and so no write.
        match sqlx::query(LOCK_LEDGER).fetch_optional(&mut *write).await? {
            Some(_) => Ok(write),
            None => Err(StoreError::NoHead),
        }
    }

    /// Says what the review state is kept in.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Waits for everything at work and closes the database.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A read at work.
#[derive(Debug)]
pub struct Reader(Transaction<'static, Any>);

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
pub struct Writer(Transaction<'static, Any>);

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

/// Returns a new id of ours: the prefix and a UUID whose order is that of time.
pub fn new_id(prefix: &str) -> String {
    format!("{prefix}_{}", uuid::Uuid::now_v7().simple())
}

/// Returns the time now, to the microsecond: what is kept reads back as what was given.
///
/// The one wall clock of whatever is kept, due or lapses; tests of the whole program move it. Only signatures
/// are made and checked by the machine's own clock: whoever is at their other end has no other.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    #[cfg(feature = "failpoints")]
    let now = crate::failpoint::moved(now);
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
