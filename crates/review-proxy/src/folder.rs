//! The data folder: one proxy, or one command that changes things, at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

/// Name of the database's file.
pub(crate) const DATABASE: &str = "review.sqlite";

/// Why the folder cannot be had.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Another process is at work on it.
    InUse,
    /// It cannot be made or written.
    Unusable(std::io::Error),
}

/// Makes the data folder, readable by its owner only, and takes it for as long as the result is kept.
pub(crate) fn take(folder: &Path) -> Result<File, Taken> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Taken::Unusable)?;
    let lock = File::create(folder.join("lock")).map_err(Taken::Unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Taken::InUse),
        Err(TryLockError::Error(error)) => Err(Taken::Unusable(error)),
    }
}
