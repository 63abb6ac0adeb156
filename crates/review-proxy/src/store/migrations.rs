//! Brings a database's tables up to date: numbered steps, one folder per kind of database.
//!
//! A step is one transaction with the row that notes it, so a start that is killed half-way leaves the
//! tables as they were before the step. On PostgreSQL an advisory lock lets one proxy at a time do it.

use super::{Conn, Kind, StoreError, StoreResult};
use sqlx::migrate::{MigrateError, Migrator};

static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

/// Returns the steps of a kind of database.
pub(super) fn of(kind: Kind) -> &'static Migrator {
    match kind {
        Kind::Sqlite => &SQLITE,
        Kind::Postgres => &POSTGRES,
    }
}

/// Does every step that has not been done yet.
///
/// # Errors
/// If a step fails, which leaves the tables as they were before it; if a later release was here.
pub(super) async fn run(conn: &mut Conn, kind: Kind) -> StoreResult<()> {
    let steps = of(kind);
    steps
        .run_direct(None, conn, false)
        .await
        .map_err(|error| match error {
            MigrateError::VersionMissing(step) => StoreError::Later { step },
            MigrateError::VersionMismatch(step) => StoreError::OtherStep { step },
            error => StoreError::Migrate(error),
        })
}

/// Says whether the tables are as this release wants them, without doing anything.
///
/// # Errors
/// If they are not.
pub(super) async fn check(conn: &mut Conn, kind: Kind) -> StoreResult<()> {
    let newest = of(kind).iter().map(|step| step.version).max();
    let newest = newest.unwrap_or_default();
    // A database that is none of ours has no such table.
    let done: Result<(Option<i64>,), _> =
        sqlx::query_as("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(conn)
            .await;
    let done = match done {
        Ok((done,)) => done.unwrap_or_default(),
        Err(sqlx::Error::Database(_)) => 0,
        Err(error) => return Err(error.into()),
    };
    match done {
        _ if done < newest => Err(StoreError::Older { step: done }),
        _ if done > newest => Err(StoreError::Later { step: done }),
        _ => Ok(()),
    }
}
