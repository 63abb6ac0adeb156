//! What the program does besides serving: verifies, copies and moves the review state.

mod audit;
mod backup;
mod check_platform;
mod migrate;

use crate::config::{BadConfig, Flags, Place, Upstream};
use crate::ledger::BadAuditKey;
use crate::pace::Pace;
use crate::platform::BadPlatform;
use crate::store::copy::CopyError;
use crate::store::{Location, StoreError};
use clap::Subcommand;
use std::ffi::OsString;
use std::path::PathBuf;

/// What to do instead of serving.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Looks at the audit, while a proxy runs or not
    #[command(subcommand)]
    Audit(Audit),
    /// Writes a verified copy of the SQLite database to FILE, while a proxy runs or not
    Backup {
        /// Where to; it must not be there yet
        file: PathBuf,
    },
    /// Puts a copy in the place of the SQLite database; what was there is kept beside it. No proxy may run
    Restore {
        /// A file that `backup` wrote
        file: PathBuf,
    },
    /// Asks the platform ten questions that change nothing and says what it answers; needs the key and no database.
    /// Ends with 1 if a question was not answered as it should be
    CheckPlatform,
    /// Copies the whole review state into an empty database of another kind. No proxy may run
    MigrateStore {
        /// The database to copy: sqlite:FILE or postgres://…
        #[arg(long, value_name = "DATABASE")]
        from: Location,
        /// The empty database to copy it into: postgres://… or sqlite:FILE
        #[arg(long, value_name = "DATABASE")]
        to: Location,
    },
}

/// What to do with the audit.
#[derive(Debug, Clone, Subcommand)]
pub enum Audit {
    /// Checks that every row is as it was written. Ends with 1 and the first bad row if not, with 2 if it
    /// cannot tell
    Verify {
        /// Files of signed checkpoints, or logs of the proxy [default: checkpoints.jsonl in the data folder]
        #[arg(long, value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// Public keys that sign checkpoints, 64 hex digits [default: that of audit.key in the data folder]
        #[arg(long, value_name = "KEY")]
        public_key: Vec<review_core::chain::PublicKey>,
    },
}

/// How a command ended that came to its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well, and what there is to say.
    Good(String),
    /// Something is wrong, and what.
    Bad(String),
}

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The settings do not say enough.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The platform cannot be asked.
    #[error(transparent)]
    Platform(#[from] BadPlatform),
    /// A database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] BadAuditKey),
    /// Nothing was copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A file cannot be used.
    #[error("{0:?} cannot be used: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// A proxy is at work where none may be.
    #[error("a proxy is at work on {0:?}; stop it first. Nothing was changed")]
    InUse(PathBuf),
    /// It needs another kind of database.
    #[error("{0}")]
    OtherKind(&'static str),
}

/// Does what `command` says, with the settings in `flags` and `environment`, which is every variable of the process.
///
/// # Errors
/// As [`CommandError`] says.
pub async fn run(
    command: Command,
    flags: Flags,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Outcome, CommandError> {
    match command {
        Command::Audit(Audit::Verify {
            checkpoints,
            public_key,
        }) => {
            audit::verify(
                &Place::complete(flags, environment)?,
                &checkpoints,
                public_key,
            )
            .await
        }
        Command::Backup { file } => {
            backup::backup(&Place::complete(flags, environment)?, &file).await
        }
        Command::Restore { file } => {
            backup::restore(&Place::complete(flags, environment)?, &file).await
        }
        Command::CheckPlatform => {
            let upstream = Upstream::complete(flags, environment)?;
            check_platform::check(&upstream, Pace::of_this_build().platform).await
        }
        Command::MigrateStore { from, to } => migrate::migrate(&from, &to).await,
    }
}
