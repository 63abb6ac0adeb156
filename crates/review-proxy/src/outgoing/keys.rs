//! The key that the secrets of all agents' webhooks are derived from.

use crate::ledger::make_key;
use crate::store::endpoints::Endpoint;
use hkdf::Hkdf;
use jiff::Timestamp;
use review_api::AgentId;
use review_core::chain::PublicKey;
use review_core::webhook::Secret;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Name of the key's file in the data folder.
const FILE: &str = "webhook.key";
/// Keeps what is derived here apart from whatever else may be derived of the same bytes (RFC 5869, 3.1).
const SALT: &[u8] = b"dream-review webhooks 1";
/// Digits of the key's name.
const ID_DIGITS: usize = 16;

/// Why there is no key to derive secrets from.
#[derive(Debug, thiserror::Error)]
pub enum BadWebhookKey {
    /// The file cannot be used.
    #[error("the webhook key {0:?} cannot be used: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// It holds something else.
    #[error("the webhook key {0:?} must hold 64 hex digits and nothing else")]
    Malformed(PathBuf),
}

/// The key of this proxy; several proxies on one database share it.
#[derive(Debug)]
pub struct WebhookKey {
    bytes: SecretBox<[u8; 32]>,
    id: String,
}

impl WebhookKey {
    /// Reads the key in the data folder, which is made if there is none, readable by its owner only.
    ///
    /// # Errors
    /// As [`BadWebhookKey`] says.
    pub fn of_folder(folder: &Path) -> Result<Self, BadWebhookKey> {
        let path = folder.join(FILE);
        match Self::of_file(&path) {
            Err(BadWebhookKey::File(_, error)) if error.kind() == std::io::ErrorKind::NotFound => {
                make_key(&path).map_err(|error| BadWebhookKey::File(path.clone(), error))?;
                Self::of_file(&path)
            }
            read => read,
        }
    }

    /// Reads the key in a file: 64 hex digits.
    ///
    /// # Errors
    /// As [`BadWebhookKey`] says.
    pub fn of_file(path: &Path) -> Result<Self, BadWebhookKey> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| BadWebhookKey::File(path.to_owned(), error))?;
        // The same digits as a public key has, which reads them.
        let bytes: PublicKey = text
            .trim_ascii()
            .parse()
            .map_err(|_| BadWebhookKey::Malformed(path.to_owned()))?;
        Ok(Self::of_bytes(bytes.0))
    }

    pub(super) fn of_bytes(bytes: [u8; 32]) -> Self {
        let mut id = String::new();
        for byte in derive(&bytes, b"id") {
            // Writing into a text cannot fail.
            let _written = write!(id, "{byte:02x}");
        }
        id.truncate(ID_DIGITS);
        Self {
            bytes: SecretBox::new(Box::new(bytes)),
            id,
        }
    }

    /// Returns the key's name, which tells nothing of it.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Derives the secret of an agent's webhook.
    pub(super) fn secret(&self, id: &AgentId, generation: u32) -> Secret {
        // No id has a NUL, so no two of these texts are the same.
        let info = [
            b"secret\0",
            id.as_str().as_bytes(),
            b"\0",
            &generation.to_be_bytes(),
        ]
        .concat();
        Secret::of_bytes(derive(self.bytes.expose_secret(), &info))
    }

    /// Returns the secrets that a delivery is signed with as of `now`, the present one first.
    pub(super) fn secrets(&self, id: &AgentId, endpoint: &Endpoint, now: Timestamp) -> Vec<Secret> {
        let mut secrets = vec![self.secret(id, endpoint.generation)];
        let former = endpoint
            .generation
            .checked_sub(1)
            .filter(|former| *former > 0);
        if let Some(former) = former
            && endpoint.former_until.is_some_and(|until| now < until)
        {
            secrets.push(self.secret(id, former));
        }
        secrets
    }
}

/// HKDF-SHA256 (RFC 5869) with our salt.
fn derive(key: &[u8; 32], info: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    // 32 bytes are one block, which HKDF always gives; were it not so, nothing would verify.
    let _given = Hkdf::<Sha256>::new(Some(SALT), key).expand(info, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn endpoint(generation: u32, former_until: Option<i64>) -> Endpoint {
        Endpoint {
            generation,
            former_until: former_until.map(|secs| Timestamp::from_second(secs).unwrap()),
            ..Endpoint::first("k", Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn each_agent_and_generation_has_a_secret_of_its_own_and_always_the_same() {
        let key = WebhookKey::of_bytes([7; 32]);
        let agents = ["agent_1", "agent_11", "agent_2"];
        let all: HashSet<String> = agents
            .iter()
            .flat_map(|agent| (1..=3).map(move |generation| (*agent, generation)))
            .map(|(agent, generation)| key.secret(&agent.into(), generation).expose())
            .collect();
        assert_eq!(all.len(), 9);
        let again = WebhookKey::of_bytes([7; 32]).secret(&"agent_1".into(), 1);
        assert!(all.contains(&again.expose()));
        let other = WebhookKey::of_bytes([8; 32]);
        assert!(!all.contains(&other.secret(&"agent_1".into(), 1).expose()));
        assert_ne!(key.id(), other.id());
        assert_eq!(key.id().len(), ID_DIGITS);
    }

    #[test]
    fn the_former_secret_counts_until_its_time_is_over() {
        let key = WebhookKey::of_bytes([7; 32]);
        let count = |endpoint: &Endpoint, secs| {
            let now = Timestamp::from_second(secs).unwrap();
            key.secrets(&"agent_1".into(), endpoint, now).len()
        };
        assert_eq!(count(&endpoint(1, None), 0), 1);
        assert_eq!(count(&endpoint(1, Some(100)), 0), 1);
        assert_eq!(count(&endpoint(2, Some(100)), 99), 2);
        assert_eq!(count(&endpoint(2, Some(100)), 100), 1);
    }

    #[test]
    fn a_key_is_made_once_and_is_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let made = WebhookKey::of_folder(folder.path()).unwrap();
        let again = WebhookKey::of_folder(folder.path()).unwrap();
        assert_eq!(made.id(), again.id());
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(!format!("{made:?}").contains(text.trim()));
        std::fs::write(folder.path().join(FILE), "hunter2").unwrap();
        let error = WebhookKey::of_folder(folder.path()).unwrap_err();
        assert!(matches!(error, BadWebhookKey::Malformed(_)), "{error}");
    }
}
