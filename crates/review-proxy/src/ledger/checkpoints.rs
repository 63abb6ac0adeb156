//! Signed checkpoints: written to a file beside the database and to the log, both of which are to be
//! copied elsewhere. Whoever can rewrite the database and the file still cannot sign.

use super::{AuditKey, Verified};
use crate::store::ledger::head;
use crate::store::{Store, StoreError, StoreResult, now};
use review_core::chain::{BadCheckpoint, Checkpoint, Link, PublicKey, SignedCheckpoint};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Name of the file in the data folder.
const FILE: &str = "checkpoints.jsonl";
/// Least time between two checkpoints.
const EVERY: Duration = Duration::from_mins(1);
/// What a checkpoint begins with, wherever it is quoted.
const MARK: &str = "dream-review/checkpoint/";
/// Largest file of checkpoints that is read: several years of one a minute.
const LARGEST_BYTES: u64 = 1024 * 1024 * 1024;
/// How much of the file's end a request reads: several hundred. The last one alone vouches for all rows
/// before it; the others only tell more exactly where something is wrong.
const RECENT_BYTES: u64 = 256 * 1024;

/// Returns the place of the checkpoints in a data folder.
pub fn checkpoints_of(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Why a checkpoint was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NoCheckpoint {
    /// The head cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be written.
    #[error("{0:?} cannot be written: {1}")]
    File(PathBuf, #[source] std::io::Error),
}

/// Takes checkpoints of one ledger.
#[derive(Debug, Clone)]
pub struct Checkpointer {
    store: Store,
    key: AuditKey,
    path: PathBuf,
    /// The head that the last checkpoint saw.
    seen: Arc<Mutex<Link>>,
    verifying: Arc<Mutex<()>>,
}

impl Checkpointer {
    /// Takes checkpoints of the ledger in `store` into a file in `folder`.
    pub fn new(store: Store, key: AuditKey, folder: &Path) -> Self {
        Self {
            store,
            key,
            path: checkpoints_of(folder),
            seen: Arc::new(Mutex::new(Link::START)),
            verifying: Arc::default(),
        }
    }

    /// Returns the file's place.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the key that others verify with.
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Takes a checkpoint if the ledger grew since the last one.
    ///
    /// # Errors
    /// If the head cannot be read or the file not be written; the next call tries again.
    pub async fn take(&self) -> Result<Option<SignedCheckpoint>, NoCheckpoint> {
        let mut seen = self.seen.lock().await;
        let mut read = self.store.read().await?;
        let head = head(&mut read).await?;
        drop(read);
        if head == *seen || head.seq == 0 {
            return Ok(None);
        }
        let signed = Checkpoint::new(head, now()).sign(&self.key.0);
        // The log first: it is the copy that leaves the machine.
        tracing::info!(checkpoint = %signed, "checkpoint of the ledger");
        append(&self.path, head.seq, &signed)
            .map_err(|error| NoCheckpoint::File(self.path.clone(), error))?;
        *seen = head;
        Ok(Some(signed))
    }

    /// Verifies the ledger after `from`, about `most` rows, against its chain, the last checkpoints of the
    /// file and one that somebody else kept. Returns how many checkpoints there were, too.
    ///
    /// One verification is at work at a time; others wait.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn verify(
        &self,
        from: Link,
        seen: Option<Checkpoint>,
        most: u64,
    ) -> StoreResult<(u64, Verified)> {
        let _turn = self.verifying.lock().await;
        let (path, key) = (self.path.clone(), self.public_key());
        let read = move || read_checkpoints(&path, &[key], Some(RECENT_BYTES));
        let read = tokio::task::spawn_blocking(read).await;
        // No file, no checkpoints; the answer says how many there were.
        let mut kept = read.ok().and_then(Result::ok).unwrap_or_default().good;
        kept.extend(seen);
        let verified = super::verify(&self.store, from, &kept, most).await?;
        Ok((kept.len() as u64, verified))
    }

    /// Takes a checkpoint once a minute where there is something new, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.take().await {
                tracing::error!(%error, "no checkpoint of the ledger could be taken");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}

/// Adds a line, on disk when this returns; one that a crash cut short before it is left behind as it is.
fn append(path: &Path, seq: u64, signed: &SignedCheckpoint) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    let mut line = json!({ "seq": seq, "checkpoint": signed.to_string() }).to_string();
    line.push('\n');
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut end = [0];
        file.read_exact(&mut end)?;
        if end != *b"\n" {
            line.insert(0, '\n');
        }
    }
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

/// The checkpoints of a file.
#[derive(Debug, Default)]
pub struct Kept {
    /// Those that one of the trusted keys signed.
    pub good: Vec<Checkpoint>,
    /// Lines that hold something like a checkpoint which is not to be believed, and why.
    pub bad: Vec<(usize, BadCheckpoint)>,
}

/// Reads the checkpoints in a file of them, or in a log of the proxy; other lines are passed over.
///
/// Only those in the last `recent` bytes, if it says so.
///
/// # Errors
/// If the file cannot be read.
pub fn read_checkpoints(
    path: &Path,
    trusted: &[PublicKey],
    recent: Option<u64>,
) -> std::io::Result<Kept> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    let skipped = recent.map_or(0, |recent| length.saturating_sub(recent));
    file.seek(SeekFrom::Start(skipped))?;
    let mut text = Vec::new();
    file.take(LARGEST_BYTES).read_to_end(&mut text)?;
    let mut kept = Kept::default();
    // What is cut off at the start is no line.
    let cut = usize::from(skipped > 0);
    let text = String::from_utf8_lossy(&text);
    for (number, line) in text.lines().enumerate().skip(cut) {
        // In a line of JSON it ends with the quote, by itself with the line.
        let Some(quoted) = line.find(MARK).and_then(|start| line.get(start..)) else {
            continue;
        };
        let quoted = quoted.split(['"', '\\']).next().unwrap_or_default();
        let signed = quoted.parse::<SignedCheckpoint>();
        match signed.and_then(|signed| signed.verify(trusted)) {
            Ok(checkpoint) => kept.good.push(checkpoint),
            Err(why) => kept.bad.push((number + 1, why)),
        }
    }
    Ok(kept)
}
