//! Opens the database: an SQLite file, or a PostgreSQL server.

use super::{Conn, Kind, Location, PATIENCE, Store, StoreError, StoreResult, ledger, migrations};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Connection as _;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use std::path::Path;

/// Connections that read at the same time.
const READERS: u32 = 8;

/// What each connection to a file is told: a crash or a power cut keeps what was acknowledged, which
/// `synchronous = NORMAL` would not promise.
const SQLITE_WRITER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
const SQLITE_READER: &str = "PRAGMA query_only = ON;";
/// The same for a server whose settings give this up for speed; its default is `on`.
const POSTGRES_WRITER: &str = "SET application_name = 'dream-review-proxy (writes)';
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');";
const POSTGRES_READER: &str = "SET application_name = 'dream-review-proxy (reads)';";

impl Store {
    /// Opens the database file at `path`, makes it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// If the file cannot be opened or written, or was written by a later release.
    pub async fn open(path: &Path) -> StoreResult<Self> {
        Self::up_to_date(&file_url(path, "rwc")?, Kind::Sqlite).await
    }

    /// Opens the PostgreSQL database that `url` names and brings its tables up to date.
    ///
    /// # Errors
    /// If the server cannot be reached or written, or a later release was here.
    pub async fn connect(url: &SecretString) -> StoreResult<Self> {
        Self::up_to_date(url.expose_secret(), Kind::Postgres).await
    }

    /// Opens the database at a place, as [`Store::open`] or [`Store::connect`] does.
    ///
    /// # Errors
    /// As theirs.
    pub async fn at(location: &Location) -> StoreResult<Self> {
        match location {
            Location::File(path) => Self::open(path).await,
            Location::Server(url) => Self::connect(url).await,
        }
    }

    /// Opens the database at a place to read it, while a proxy runs or not; nothing is made or changed.
    ///
    /// # Errors
    /// If there is none, or its tables are not as this release wants them.
    pub async fn look(location: &Location) -> StoreResult<Self> {
        let (url, kind, read) = match location {
            Location::File(path) => (file_url(path, "rw")?, Kind::Sqlite, SQLITE_READER),
            Location::Server(url) => {
                let url = url.expose_secret().to_owned();
                (url, Kind::Postgres, POSTGRES_READER)
            }
        };
        let readers = pool(READERS, read).connect_with(options(&url)?).await?;
        let mut conn = readers.acquire().await?;
        migrations::check(&mut conn, kind).await?;
        drop(conn);
        Ok(Self {
            writer: readers.clone(),
            readers,
            kind,
        })
    }

    async fn up_to_date(url: &str, kind: Kind) -> StoreResult<Self> {
        let options = options(url)?;
        let (write, read) = match kind {
            Kind::Sqlite => (SQLITE_WRITER, SQLITE_READER),
            Kind::Postgres => (POSTGRES_WRITER, POSTGRES_READER),
        };
        let writer = pool(1, write).connect_with(options.clone()).await?;
        let mut conn = writer.acquire().await?;
        migrations::run(&mut conn, kind).await?;
        drop(conn);
        let readers = pool(READERS, read).connect_with(options).await?;
        let store = Self {
            readers,
            writer,
            kind,
        };
        if kind == Kind::Sqlite {
            let mut write = store.write().await?;
            ledger::seal_old(&mut write).await?;
            write.commit().await?;
        }
        Ok(store)
    }
}

fn options(url: &str) -> StoreResult<AnyConnectOptions> {
    // Does nothing from the second time on.
    install_default_drivers();
    // Without the reason, which would quote the address, password and all.
    url.parse().map_err(|_| StoreError::BadAddress)
}

fn pool(connections: u32, set_up: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        // A disk that is full ends a transaction before we do, and then ending it fails: such a
        // connection counts as being in one for ever. Another one is opened in its place.
        .before_acquire(|conn, _| {
            let is_free = !conn.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
        })
        .after_connect(move |conn, _| told(conn, set_up))
}

fn told<'a>(conn: &'a mut Conn, set_up: &'static str) -> BoxFuture<'a, sqlx::Result<()>> {
    Box::pin(async move {
        sqlx::raw_sql(set_up).execute(conn).await?;
        Ok(())
    })
}

/// Returns the address of a file, whatever its path is made of; `mode` is `rw`, or `rwc` to make it.
fn file_url(path: &Path, mode: &str) -> StoreResult<String> {
    let unusable = |error| StoreError::Database(sqlx::Error::Io(error));
    let nameless = || unusable(std::io::ErrorKind::InvalidFilename.into());
    let name = path.file_name().ok_or_else(nameless)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // An address has no links: what `..` means is settled here.
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    let path = folder.map_err(unusable)?.join(name);
    let url = url::Url::from_file_path(&path).map_err(|()| nameless())?;
    Ok(format!("sqlite://{}?mode={mode}", url.path()))
}
