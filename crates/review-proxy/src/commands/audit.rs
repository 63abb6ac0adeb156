//! `audit verify`.

use super::{CommandError, Outcome};
use crate::config::Place;
use crate::ledger::{Verified, checkpoints_of, read_checkpoints, read_public_key, verify as read};
use crate::store::{Location, Store, StoreResult};
use crate::terminal::quoted;
use review_core::chain::{BadCheckpoint, Checkpoint, Link, PublicKey};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Verifies the ledger against its chain and all checkpoints there are.
pub(super) async fn verify(
    place: &Place,
    files: &[PathBuf],
    mut trusted: Vec<PublicKey>,
) -> Result<Outcome, CommandError> {
    if trusted.is_empty() {
        trusted.extend(read_public_key(&place.data)?);
    }
    let own = checkpoints_of(&place.data);
    let files = match files {
        [] if own.is_file() => &[own][..],
        files => files,
    };
    let mut checkpoints = Vec::new();
    let mut doubts = String::new();
    for file in files {
        let kept = read_checkpoints(file, &trusted, None)
            .map_err(|error| CommandError::File(file.clone(), error))?;
        checkpoints.extend(kept.good);
        // A line that is not whole is what a crash leaves behind.
        let edited = kept
            .bad
            .iter()
            .filter(|(_, why)| *why != BadCheckpoint::Malformed);
        for (line, why) in edited {
            let _written = writeln!(doubts, "{}, line {line}: {why}.", quoted(file));
        }
    }
    let store = Store::look(&place.location()).await?;
    let verified = of_store(&store, &checkpoints).await;
    store.close().await;
    let verified = verified?;
    let held = match checkpoints.len() {
        0 => {
            "There were no checkpoints to hold it against, so a cut tail or a ledger written anew \
              would not show."
                .to_owned()
        }
        count => format!("It was held against {count} signed checkpoints."),
    };
    if let Some(finding) = verified.finding {
        let seq = finding.seq();
        return Ok(Outcome::Bad(format!(
            "{doubts}The first bad row is {seq}. {finding}"
        )));
    }
    if !doubts.is_empty() {
        return Ok(Outcome::Bad(format!(
            "{doubts}The rows fit each other; the checkpoints named here cannot be believed."
        )));
    }
    let Link { seq, hash } = verified.last;
    Ok(Outcome::Good(match seq {
        0 => format!("The ledger is empty. {held}"),
        _ => format!("All rows from 1 to {seq} are as they were written. {held}\nHead: {hash}"),
    }))
}

/// Verifies all of a ledger.
pub(super) async fn of_store(store: &Store, checkpoints: &[Checkpoint]) -> StoreResult<Verified> {
    read(store, Link::START, checkpoints, u64::MAX).await
}

/// Verifies all of the ledger at a place, and the file that it is in.
///
/// Returns the last row, or what is wrong.
pub(super) async fn sound(at: &Location) -> Result<Result<Link, String>, CommandError> {
    let store = Store::look(at).await?;
    let told = async {
        if let Some(damage) = store.damage().await? {
            return StoreResult::Ok(Err(format!("the file is damaged: {damage}")));
        }
        let verified = of_store(&store, &[]).await?;
        Ok(match verified.finding {
            None => Ok(verified.last),
            Some(finding) => Err(finding.to_string()),
        })
    };
    let told = told.await;
    store.close().await;
    Ok(told?)
}
