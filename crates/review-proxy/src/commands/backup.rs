//! `backup` and `restore`, of the database file.

use super::{CommandError, Outcome, audit::sound};
use crate::config::Place;
use crate::folder::{Taken, take};
use crate::store::{Location, Store, now};
use crate::terminal::quoted;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

const SERVER_BACKUP: &str = "the review state is on a PostgreSQL server, which has its own way: \
     pg_dump --format=custom --file FILE and the server's address";
const SERVER_RESTORE: &str = "the review state is on a PostgreSQL server, which has its own way: \
     pg_restore --dbname and the address of an empty database";

/// Writes a copy and verifies it.
pub(super) async fn backup(place: &Place, to: &Path) -> Result<Outcome, CommandError> {
    let Location::File(_) = place.location() else {
        return Err(CommandError::OtherKind(SERVER_BACKUP));
    };
    let store = Store::look(&place.location()).await?;
    let unusable = |error| CommandError::File(to.to_owned(), error);
    let file = private(to).map_err(unusable)?;
    let copied = store.copy_into(to).await;
    store.close().await;
    if let Err(error) = copied {
        // Nothing half-done is left that could be taken for a copy.
        std::fs::remove_file(to).map_err(unusable)?;
        return Err(error.into());
    }
    file.sync_all().map_err(unusable)?;
    sync_folder(to).map_err(unusable)?;
    Ok(match sound(&Location::File(to.to_owned())).await? {
        Ok(last) => Outcome::Good(format!(
            "Written and verified: {}, with the audit up to row {}.",
            quoted(to),
            last.seq
        )),
        Err(why) => Outcome::Bad(format!(
            "{} was written, and it is not sound, as the database itself may not be: {why}",
            quoted(to)
        )),
    })
}

/// Puts a verified copy in the place of the database.
pub(super) async fn restore(place: &Place, from: &Path) -> Result<Outcome, CommandError> {
    let Location::File(database) = place.location() else {
        return Err(CommandError::OtherKind(SERVER_RESTORE));
    };
    let folder = place.data.clone();
    let _lock = match take(&folder) {
        Ok(lock) => lock,
        Err(Taken::InUse) => return Err(CommandError::InUse(folder)),
        Err(Taken::Unusable(error)) => return Err(CommandError::File(folder, error)),
    };
    let last = match sound(&Location::File(from.to_owned())).await? {
        Ok(last) => last,
        Err(why) => {
            return Ok(Outcome::Bad(format!(
                "{} is not sound, so nothing was changed: {why}",
                quoted(from)
            )));
        }
    };
    let unusable = |error| CommandError::File(database.clone(), error);
    // On the same disk first, so that the last step is one that cannot stop half-way.
    let ready = beside(&database, ".restoring");
    let _gone_already = std::fs::remove_file(&ready);
    let mut source =
        File::open(from).map_err(|error| CommandError::File(from.to_owned(), error))?;
    let mut copy = private(&ready).map_err(unusable)?;
    std::io::copy(&mut source, &mut copy).map_err(unusable)?;
    copy.sync_all().map_err(unusable)?;
    let mut kept = String::new();
    if database.exists() {
        let mark = format!(".before-{}", now().as_second());
        // The log goes with its database: beside another one it would be played into that.
        for part in ["-wal", "-shm", ""] {
            let old = beside(&database, part);
            if old.exists() {
                let new = beside(&database, &format!("{mark}{part}"));
                std::fs::rename(&old, &new).map_err(unusable)?;
            }
        }
        kept = format!(
            " What was there is in {}.",
            quoted(&beside(&database, &mark))
        );
    }
    std::fs::rename(&ready, &database).map_err(unusable)?;
    sync_folder(&database).map_err(unusable)?;
    Ok(Outcome::Good(format!(
        "Restored: {}, with the audit up to row {}.{kept}",
        quoted(&database),
        last.seq
    )))
}

/// Makes a file that is not there yet and that only its owner can read.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(end);
    path.with_file_name(name)
}

/// Makes the names in a file's folder last.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
