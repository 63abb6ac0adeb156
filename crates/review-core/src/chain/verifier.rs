//! Finds the first row that is not as it was written.

use super::{Checkpoint, Hash, Link, row::next};
use review_api::{AuditAction, AuditEntry, SubjectKind, Timestamp};
use std::fmt;

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not there, nor are the rows up to this one.
    Missing {
        /// The last row that is not there.
        until: u64,
    },
    /// It stands behind a row with a higher number.
    OutOfOrder {
        /// The row that it stands behind.
        after: u64,
    },
    /// It is there twice.
    Repeated,
    /// Another row follows the same row already: two writers did not know of each other.
    Fork {
        /// The row that both follow.
        from: u64,
    },
    /// Its action or subject has a word that this release does not know.
    UnknownWord,
    /// Its time is finer than the microseconds that the ledger keeps.
    TooFine,
    /// Its hash does not fit its content and the row before.
    WrongHash,
    /// It fits, and yet it is not the row that a checkpoint saw: this one or one before was written anew.
    NotAsSeen {
        /// When the checkpoint was taken.
        seen_at: Timestamp,
    },
    /// The ledger ends before it, though a checkpoint saw more: the tail was cut off.
    CutOff {
        /// The last row that a checkpoint saw.
        until: u64,
        /// When the checkpoint was taken.
        seen_at: Timestamp,
    },
}

/// The first bad row of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bad {
    /// Its number.
    pub seq: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.seq;
        match self.fault {
            Fault::Missing { until } if until == seq => write!(f, "Row {seq} is missing."),
            Fault::Missing { until } => write!(f, "Rows {seq} to {until} are missing."),
            Fault::OutOfOrder { after } => {
                write!(
                    f,
                    "Row {seq} stands behind row {after}: rows were moved or put in."
                )
            }
            Fault::Repeated => write!(f, "Row {seq} is there twice."),
            Fault::Fork { from } => write!(
                f,
                "Row {seq} follows row {from}, and so does another row: two writers did not know of each other."
            ),
            Fault::UnknownWord => write!(
                f,
                "Row {seq} has a word that this release does not know: it was edited, or a newer release wrote it."
            ),
            Fault::TooFine => write!(
                f,
                "Row {seq} has a time finer than the ledger keeps: it was edited."
            ),
            Fault::WrongHash => write!(
                f,
                "Row {seq} does not fit its hash and the row before: it was edited or put in, or a row before it was removed."
            ),
            Fault::NotAsSeen { seen_at } => write!(
                f,
                "Row {seq} is not the one that the checkpoint of {seen_at} saw: it or rows before it were written anew."
            ),
            Fault::CutOff { until, seen_at } => write!(
                f,
                "Row {seq} is missing and so is all after it, though the checkpoint of {seen_at} saw rows up to {until}: the tail was cut off."
            ),
        }
    }
}

impl std::error::Error for Bad {}

/// Takes the rows of a ledger in order and stops at the first bad one.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// Hash of the row before the last one; what a forked row follows.
    before_last: Option<Hash>,
    last: Link,
    /// Checkpoints still to come, the last one first.
    ahead: Vec<Checkpoint>,
    bad: Option<Bad>,
}

impl Verifier {
    /// Begins at the first row, with the checkpoints that are kept outside.
    ///
    /// A checkpoint from a file or a log is to be verified first ([`super::SignedCheckpoint::verify`]);
    /// the head that a browser saw last needs no signature.
    pub fn new(checkpoints: impl IntoIterator<Item = Checkpoint>) -> Self {
        Self::after(Link::START, checkpoints)
    }

    /// Goes on after a row that was verified before; checkpoints of rows before it say nothing more.
    pub fn after(last: Link, checkpoints: impl IntoIterator<Item = Checkpoint>) -> Self {
        let mut ahead: Vec<_> = checkpoints
            .into_iter()
            .filter(|checkpoint| checkpoint.seq >= last.seq)
            .collect();
        ahead.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.seq));
        let mut verifier = Self {
            before_last: None,
            last,
            ahead,
            bad: None,
        };
        verifier.bad = verifier.meet_checkpoints().err();
        verifier
    }

    /// Returns the last row found good.
    pub fn last(&self) -> Link {
        self.last
    }

    /// Takes the next row with the hash that was stored for it.
    ///
    /// # Errors
    /// With the first bad row, now and on every later call.
    pub fn row(&mut self, entry: &AuditEntry, hash: &Hash) -> Result<(), Bad> {
        self.sound()?;
        let result = self.follow(entry, hash);
        self.bad = result.err();
        result
    }

    /// Ends the ledger and returns its last row.
    ///
    /// # Errors
    /// With the first bad row; with the first missing one if a checkpoint saw more than there was.
    pub fn finish(self) -> Result<Link, Bad> {
        self.sound()?;
        match self.ahead.first() {
            None => Ok(self.last),
            Some(furthest) => Err(Bad {
                seq: self.last.seq.saturating_add(1),
                fault: Fault::CutOff {
                    until: furthest.seq,
                    seen_at: furthest.at,
                },
            }),
        }
    }

    fn sound(&self) -> Result<(), Bad> {
        self.bad.map_or(Ok(()), Err)
    }

    fn follow(&mut self, entry: &AuditEntry, hash: &Hash) -> Result<(), Bad> {
        let bad = |seq, fault| Err(Bad { seq, fault });
        let (seq, last) = (entry.seq, self.last);
        let expected = last.seq.saturating_add(1);
        if seq > expected {
            return bad(expected, Fault::Missing { until: seq - 1 });
        }
        if seq == last.seq {
            return bad(
                seq,
                if *hash == last.hash {
                    Fault::Repeated
                } else {
                    let from = seq.saturating_sub(1);
                    Fault::Fork { from }
                },
            );
        }
        if seq < last.seq {
            return bad(seq, Fault::OutOfOrder { after: last.seq });
        }
        if entry.action == AuditAction::Unknown || entry.subject_kind == SubjectKind::Unknown {
            return bad(seq, Fault::UnknownWord);
        }
        if entry.at.subsec_nanosecond() % 1_000 != 0 {
            return bad(seq, Fault::TooFine);
        }
        if next(&last.hash, entry) != *hash {
            let forked = self
                .before_last
                .is_some_and(|before| next(&before, entry) == *hash);
            return bad(
                seq,
                if forked {
                    let from = last.seq.saturating_sub(1);
                    Fault::Fork { from }
                } else {
                    Fault::WrongHash
                },
            );
        }
        self.before_last = Some(last.hash);
        self.last = Link { seq, hash: *hash };
        self.meet_checkpoints()
    }

    /// Compares the last row with the checkpoints that saw it.
    fn meet_checkpoints(&mut self) -> Result<(), Bad> {
        while let Some(checkpoint) = self.ahead.pop_if(|ahead| ahead.seq <= self.last.seq) {
            if checkpoint.hash != self.last.hash {
                return Err(Bad {
                    seq: self.last.seq,
                    fault: Fault::NotAsSeen {
                        seen_at: checkpoint.at,
                    },
                });
            }
        }
        Ok(())
    }
}
