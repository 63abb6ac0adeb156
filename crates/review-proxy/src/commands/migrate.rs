//! `migrate-store`: everything into another database.

use super::{CommandError, Outcome, audit::of_store};
use crate::folder::{Taken, take};
use crate::store::copy::everything;
use crate::store::{Location, Store};
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

/// Copies everything and verifies what is there then.
pub(super) async fn migrate(from: &Location, to: &Location) -> Result<Outcome, CommandError> {
    let _locks = [locked(from)?, locked(to)?];
    let source = Store::look(from).await?;
    let verified = of_store(&source, &[]).await?;
    if let Some(finding) = verified.finding {
        return Ok(Outcome::Bad(format!(
            "The audit of the database to copy is not as it was written, so nothing was copied: \
             {finding}"
        )));
    }
    let target = Store::at(to).await?;
    let copied = everything(&source, &target).await?;
    source.close().await;
    let verified = of_store(&target, &[]).await?;
    target.close().await;
    if let Some(finding) = verified.finding {
        return Ok(Outcome::Bad(format!(
            "Everything was copied, and the audit is not as it was: {finding}"
        )));
    }
    let mut said = String::new();
    for table in copied {
        let _written = writeln!(said, "{:>9}  {}", table.rows, table.table);
    }
    let _written = write!(
        said,
        "Every table has as many rows as it had, with the same content. The audit is verified up to \
         row {}.",
        verified.last.seq
    );
    Ok(Outcome::Good(said))
}

/// Keeps proxies off a database file; a server has no such lock.
fn locked(location: &Location) -> Result<Option<File>, CommandError> {
    let Location::File(path) = location else {
        return Ok(None);
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    match take(folder) {
        Ok(lock) => Ok(Some(lock)),
        Err(Taken::InUse) => Err(CommandError::InUse(folder.to_owned())),
        Err(Taken::Unusable(error)) => Err(CommandError::File(folder.to_owned(), error)),
    }
}
