//! Reads the ledger from a place on and finds the first row that is not as it was written.

use crate::store::ledger::{Stored, head, stored};
use crate::store::{Store, StoreError, StoreResult};
use review_core::chain::{Bad, Checkpoint, Link, Verifier};
use std::fmt;

/// Rows read at once; between two batches nothing is held.
const BATCH: u32 = 1_000;

/// What is wrong with a ledger, at the first place where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A row does not fit.
    Row(Bad),
    /// A row holds what no row can hold.
    Unreadable {
        /// Its number, or the one it stands in the place of.
        seq: u64,
    },
    /// A row names another one before it than the one that is there.
    OtherBefore {
        /// Its number.
        seq: u64,
    },
    /// The head and the last row are not the same.
    Head {
        /// The last row.
        last: u64,
        /// The row that the head names; nothing where there is no head.
        head: Option<u64>,
    },
}

impl Finding {
    /// Returns the number of the first bad row.
    pub fn seq(&self) -> u64 {
        match *self {
            Self::Row(Bad { seq, .. }) | Self::Unreadable { seq } | Self::OtherBefore { seq } => {
                seq
            }
            Self::Head { last, head } => match head {
                Some(head) if head <= last => head.max(1),
                _ => last.saturating_add(1),
            },
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(bad) => bad.fmt(f),
            Self::Unreadable { seq } => write!(
                f,
                "Row {seq} cannot be read: it was edited, or a row was put in its place."
            ),
            Self::OtherBefore { seq } => write!(
                f,
                "Row {seq} names another row before it than the one that is there: it was edited."
            ),
            Self::Head { last, head: None } => write!(
                f,
                "The ledger ends with row {last} and its head is missing: it was taken away."
            ),
            Self::Head {
                last,
                head: Some(head),
            } if last == head => write!(
                f,
                "Row {last} is the last one, and its head has another hash: one of them was edited."
            ),
            Self::Head {
                last,
                head: Some(head),
            } => write!(
                f,
                "The ledger ends with row {last}, and its head names row {head}: rows at the end were \
                 removed or put in, or the head was edited."
            ),
        }
    }
}

/// How far a ledger was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The last row found good.
    pub last: Link,
    /// What is wrong with the next one.
    pub finding: Option<Finding>,
    /// Whether there is more to verify after the last row.
    pub goes_on: bool,
}

/// Verifies the rows after `from`, at most about `most`, against the chain and the checkpoints.
///
/// The checkpoints are to be read before: what they saw is then in the ledger. Rows may be added
/// meanwhile.
///
/// # Errors
/// If the database cannot be read.
pub async fn verify(
    store: &Store,
    from: Link,
    checkpoints: &[Checkpoint],
    most: u64,
) -> StoreResult<Verified> {
    let mut verifier = Verifier::after(from, checkpoints.iter().copied());
    let bad = |verifier: &Verifier, finding| Verified {
        last: verifier.last(),
        finding: Some(finding),
        goes_on: false,
    };
    loop {
        let mut read = store.read().await?;
        let rows = stored(&mut read, verifier.last().seq, BATCH).await?;
        // Of the same moment as the rows.
        let head = match head(&mut read).await {
            Ok(head) => Some(head),
            Err(StoreError::NoHead | StoreError::Unreadable(_)) => None,
            Err(error) => return Err(error),
        };
        drop(read);
        let is_end = rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for row in rows {
            let before = verifier.last();
            let seq = before.seq.saturating_add(1);
            let Stored::Row(row) = row else {
                return Ok(bad(&verifier, Finding::Unreadable { seq }));
            };
            let Ok(hash) = row.hash.parse() else {
                return Ok(bad(&verifier, Finding::Unreadable { seq: row.seq }));
            };
            if let Err(found) = verifier.row(&row, &hash) {
                return Ok(bad(&verifier, Finding::Row(found)));
            }
            if row.prev_hash != before.hash.to_string() {
                return Ok(bad(&verifier, Finding::OtherBefore { seq: row.seq }));
            }
        }
        let last = verifier.last();
        if is_end {
            let finding = match verifier.finish() {
                Err(found) => Some(Finding::Row(found)),
                Ok(_) if head == Some(last) => None,
                Ok(_) => Some(Finding::Head {
                    last: last.seq,
                    head: head.map(|head| head.seq),
                }),
            };
            return Ok(Verified {
                last,
                finding,
                goes_on: false,
            });
        }
        if last.seq.saturating_sub(from.seq) >= most {
            return Ok(Verified {
                last,
                finding: None,
                goes_on: true,
            });
        }
    }
}
