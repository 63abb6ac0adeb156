//! Databases for tests: a file of one's own, or a schema of one's own on a throw-away PostgreSQL.
//!
//! `cargo xtask test` starts the server and names it in [`VARIABLE`]. Without it, what needs it is left
//! out and says so; where `CI` is set it fails instead.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test program takes what it needs"
)]

use super::store::{Conn, Store};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Connection as _};
use std::io::Write as _;
use std::path::PathBuf;
use tempfile::TempDir;

/// The environment variable with the address of a PostgreSQL that tests may fill.
pub(crate) const VARIABLE: &str = "DREAM_REVIEW_TEST_POSTGRES";

/// A database to test on.
pub(crate) enum Database {
    /// A file, removed with the folder.
    Sqlite(TempDir),
    /// A schema; it goes with its server.
    Postgres(SecretString),
}

impl Database {
    /// Returns an SQLite file that is not there yet.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// Returns an empty schema, or nothing where there is no server; `test` is named in what is printed.
    pub(crate) async fn postgres(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var(VARIABLE) else {
            let ci = std::env::var("CI").unwrap_or_default();
            let why = format!("{test}: no PostgreSQL, `cargo xtask test` starts one ({VARIABLE})");
            assert!(matches!(&*ci, "" | "0" | "false"), "{why}");
            say(&format!("skipped: {why}"));
            return None;
        };
        sqlx::any::install_default_drivers();
        let schema = format!("t_{}", uuid::Uuid::now_v7().simple());
        let mut conn = Conn::connect(&server).await.unwrap();
        let sql = format!("CREATE SCHEMA {schema}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut conn)
            .await
            .unwrap();
        conn.close().await.unwrap();
        let and = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{and}options=-csearch_path%3D{schema}");
        Some(Self::Postgres(url.into()))
    }

    /// Opens it, as it was left.
    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::Sqlite(_) => Store::open(&self.path().unwrap()).await,
            Self::Postgres(url) => Store::connect(url).await,
        }
        .unwrap()
    }

    /// Returns the place of the file.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(folder) => Some(folder.path().join("review.sqlite")),
            Self::Postgres(_) => None,
        }
    }

    /// Returns the server's address.
    pub(crate) fn url(&self) -> Option<&SecretString> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(url) => Some(url),
        }
    }

    /// Opens a connection past the store, as an operator with a shell has it.
    pub(crate) async fn conn(&self) -> Conn {
        match self {
            Self::Sqlite(_) => conn(&format!("sqlite:{}", self.path().unwrap().display())).await,
            Self::Postgres(url) => conn(url.expose_secret()).await,
        }
    }
}

/// Opens a connection past the store to what an address names.
pub(crate) async fn conn(url: &str) -> Conn {
    sqlx::any::install_default_drivers();
    Conn::connect(url).await.unwrap()
}

/// Has every write to the ledger fail, or lets them through again.
pub(crate) async fn break_ledger(conn: &mut Conn, is_broken: bool) {
    let sql = match (conn.backend_name(), is_broken) {
        ("SQLite", true) => {
            "CREATE TRIGGER no_ledger BEFORE INSERT ON audit
             BEGIN SELECT RAISE(ABORT, 'the ledger is out of order'); END;"
        }
        ("SQLite", false) => "DROP TRIGGER no_ledger",
        (_, true) => {
            "CREATE FUNCTION no_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION 'the ledger is out of order'; END $$;
             CREATE TRIGGER no_ledger BEFORE INSERT ON audit
             FOR EACH ROW EXECUTE FUNCTION no_ledger();"
        }
        (_, false) => "DROP TRIGGER no_ledger ON audit; DROP FUNCTION no_ledger",
    };
    sqlx::raw_sql(sql).execute(conn).await.unwrap();
}

/// Runs statements as an operator would type them.
pub(crate) async fn run(conn: &mut Conn, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(conn).await.unwrap();
}

/// Says whether the long forms are wanted.
pub(crate) fn is_long() -> bool {
    std::env::var("DREAM_REVIEW_LONG").is_ok_and(|value| !matches!(&*value, "" | "0" | "false"))
}

/// Says something past the test harness, which keeps what passing tests print to itself.
pub(crate) fn say(line: &str) {
    let _unheard = writeln!(std::io::stderr(), "\n{line}");
}

/// Makes two tests of each function that takes a [`Database`]: one on SQLite, one on PostgreSQL.
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            use crate::databases::Database;
            $(#[tokio::test]
            async fn $name() {
                super::$name(Database::sqlite()).await;
            })*
        }
        mod on_postgres {
            use crate::databases::Database;
            $(#[tokio::test]
            async fn $name() {
                if let Some(database) = Database::postgres(stringify!($name)).await {
                    super::$name(database).await;
                }
            })*
        }
    };
}
pub(crate) use on_each_database;
