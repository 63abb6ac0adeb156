//! The audit hash chain: each row of the ledger seals all rows before it.
//!
//! The hash of a row is SHA-256 over a domain, the hash of the row before and the row itself, so that an
//! edited, removed, inserted or moved row shows at the first place where it matters. What a chain cannot
//! show by itself, a cut tail or a ledger written anew from the first row, shows against a [`Checkpoint`]
//! that is kept outside.

mod checkpoint;
mod row;
mod verifier;

pub use checkpoint::{BadCheckpoint, Checkpoint, PublicKey, SignedCheckpoint, SigningKey};
pub use row::{canonical_json, next};
pub use verifier::{Bad, Fault, Verifier};

use std::{fmt, str::FromStr};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands before the first row.
    pub const GENESIS: Self = Self([0; 32]);
}

impl fmt::Display for Hash {
    /// Writes 64 lower-case hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// A hash is written as 64 lower-case hex digits, and this is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadHash;

impl fmt::Display for BadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash is 64 lower-case hex digits")
    }
}

impl std::error::Error for BadHash {}

impl FromStr for Hash {
    type Err = BadHash;

    fn from_str(text: &str) -> Result<Self, BadHash> {
        read_hex(text).map(Self).ok_or(BadHash)
    }
}

/// A place in the chain: a row's number and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The row's number, from 1.
    pub seq: u64,
    /// The row's hash.
    pub hash: Hash,
}

impl Link {
    /// The place before the first row.
    pub const START: Self = Self {
        seq: 0,
        hash: Hash::GENESIS,
    };
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Reads lower-case hex digits, exactly as many as the bytes need.
fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |digit: &u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests;
