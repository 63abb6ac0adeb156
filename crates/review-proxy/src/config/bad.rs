//! Why settings cannot be used, in words that say what to set.

use review_core::webhook::BadSecret;
use std::path::PathBuf;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// There is no such setting.
    #[error("{place} has the setting {name:?}, which does not exist; did you mean {nearest}?")]
    Unknown {
        /// Where it stands.
        place: String,
        /// Its name.
        name: String,
        /// Names like it.
        nearest: String,
    },
    /// The file cannot be used.
    #[error("the settings file {0:?} cannot be used: {1}")]
    File(PathBuf, String),
    /// The database is of another kind.
    #[error(
        "--database-url, DREAM_REVIEW_DATABASE_URL or DATABASE_URL must begin with postgres:// or \
         postgresql://; without it the review state is in an SQLite file in the data folder"
    )]
    DatabaseUrl,
    /// No data folder.
    #[error("say where the database is to be: --data DIR or DREAM_REVIEW_DATA")]
    NoData,
    /// No key.
    #[error(
        "the platform's key is missing: set ANTHROPIC_API_KEY, or name a file that holds it with \
         --api-key-file"
    )]
    NoKey,
    /// The key file cannot be used.
    #[error("the key file {0:?} cannot be used: {1}")]
    KeyFile(PathBuf, String),
    /// A webhook secret is none.
    #[error("--webhook-secret: {0}")]
    Secret(#[from] BadSecret),
    /// A secret of the platform is none.
    #[error("--platform-webhook-secret: {0}")]
    PlatformSecret(#[source] BadSecret),
    /// An origin is none.
    #[error(
        "--allow-origin {0:?} is not an origin as browsers send it: https://name or \
         https://name:port, without a path, in small letters"
    )]
    Origin(String),
    /// A price is none.
    #[error("{0}")]
    Prices(String),
    /// A number is out of range.
    #[error("--sync-secs must be from 1 to 86400")]
    SyncSecs,
    /// A number is out of range.
    #[error("--watch-secs must be from 1 to 3600")]
    WatchSecs,
}
