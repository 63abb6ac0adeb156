//! What is kept outside the ledger, so that a cut or rewritten one shows.

use super::{Hash, Link, read_hex, write_hex};
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use review_api::Timestamp;
use std::{fmt, str::FromStr};

/// First word of the line; separates our signatures from those of any other format.
const DOMAIN: &str = "dream-review/checkpoint/v1";

/// What the ledger's last row was at one time.
///
/// As text it is one line: `dream-review/checkpoint/v1 seq=… at=… hash=…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// The row's number.
    pub seq: u64,
    /// The row's hash.
    pub hash: Hash,
    /// When it was the last one.
    pub at: Timestamp,
}

impl Checkpoint {
    /// Takes a checkpoint of the ledger that ends with `head`.
    pub fn new(head: Link, at: Timestamp) -> Self {
        Self {
            seq: head.seq,
            hash: head.hash,
            at,
        }
    }

    /// Signs the checkpoint.
    pub fn sign(self, key: &SigningKey) -> SignedCheckpoint {
        let key_shown = key.public_key();
        let message = message(&self, &key_shown);
        SignedCheckpoint {
            checkpoint: self,
            key: key_shown,
            signature: key.0.sign(message.as_bytes()).to_bytes(),
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, hash, at } = self;
        write!(f, "{DOMAIN} seq={seq} at={at} hash={hash}")
    }
}

impl FromStr for Checkpoint {
    type Err = BadCheckpoint;

    fn from_str(line: &str) -> Result<Self, BadCheckpoint> {
        let read = || {
            let mut words = line.split(' ');
            words.next().filter(|word| *word == DOMAIN)?;
            let mut field = |name: &str| words.next()?.strip_prefix(name)?.strip_prefix('=');
            Some(Self {
                seq: field("seq")?.parse().ok()?,
                at: field("at")?.parse().ok()?,
                hash: field("hash")?.parse().ok()?,
            })
        };
        // One checkpoint has one line: what would be written differently is not taken.
        read()
            .filter(|checkpoint| checkpoint.to_string() == line)
            .ok_or(BadCheckpoint::Malformed)
    }
}

/// A key that signs checkpoints; never printed.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Makes the key of 32 bytes, which must come from a good source of randomness.
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// Returns what others verify with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A key that verifies checkpoints; as text 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = BadCheckpoint;

    fn from_str(text: &str) -> Result<Self, BadCheckpoint> {
        read_hex(text).map(Self).ok_or(BadCheckpoint::Malformed)
    }
}

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadCheckpoint {
    /// The line is not one of a checkpoint.
    Malformed,
    /// It is signed with a key that is not trusted.
    UnknownKey(PublicKey),
    /// The signature does not fit.
    Signature,
}

impl fmt::Display for BadCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => {
                f.write_str("this is not the line of a checkpoint, or part of it is gone")
            }
            Self::UnknownKey(key) => write!(
                f,
                "the checkpoint is signed with key {key}, which is not one of the keys to trust"
            ),
            Self::Signature => f.write_str("the checkpoint was edited: its signature does not fit"),
        }
    }
}

impl std::error::Error for BadCheckpoint {}

/// A checkpoint with its signature: the line of the checkpoint, then ` key=… sig=…` in hex.
///
/// Nothing of it is known to be true before [`Self::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    key: PublicKey,
    signature: [u8; 64],
}

impl SignedCheckpoint {
    /// Returns the key that it claims to be signed with.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// Returns the checkpoint if one of the `trusted` keys signed it.
    ///
    /// # Errors
    /// If none did.
    pub fn verify(&self, trusted: &[PublicKey]) -> Result<Checkpoint, BadCheckpoint> {
        if !trusted.contains(&self.key) {
            return Err(BadCheckpoint::UnknownKey(self.key));
        }
        let message = message(&self.checkpoint, &self.key);
        VerifyingKey::from_bytes(&self.key.0)
            // Strict: no weak keys, and no second signature of the same message.
            .and_then(|key| {
                key.verify_strict(message.as_bytes(), &Signature::from_bytes(&self.signature))
            })
            .map_err(|_| BadCheckpoint::Signature)?;
        Ok(self.checkpoint)
    }
}

/// What is signed: the line up to the signature.
fn message(checkpoint: &Checkpoint, key: &PublicKey) -> String {
    format!("{checkpoint} key={key}")
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sig=", message(&self.checkpoint, &self.key))?;
        write_hex(f, &self.signature)
    }
}

impl FromStr for SignedCheckpoint {
    type Err = BadCheckpoint;

    fn from_str(line: &str) -> Result<Self, BadCheckpoint> {
        let bad = BadCheckpoint::Malformed;
        let (message, signature) = line.rsplit_once(" sig=").ok_or(bad)?;
        let (checkpoint, key) = message.rsplit_once(" key=").ok_or(bad)?;
        Ok(Self {
            checkpoint: checkpoint.parse()?,
            key: key.parse()?,
            signature: read_hex(signature).ok_or(bad)?,
        })
    }
}
