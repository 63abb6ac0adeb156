//! Digests: names for exact bytes.

use crate::manifest;
use review_api::{AgentId, Change, Prompt};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Separates our digests from those of any other format; the number changes with the format.
const DOMAIN: &[u8] = b"dream-review/change/v2";

/// Everything that decides what applying a change would do.
#[derive(Debug, Clone, Copy)]
pub struct ChangeContent<'a> {
    /// The agent to change.
    pub agent_id: &'a AgentId,
    /// Version that the change is based on; 0 for memories.
    pub base_version: u32,
    /// SHA-256 of the prompt of that version, in hex; of the empty text for memories.
    pub base_sha256: &'a str,
    /// The prompt proposed; empty for memories.
    pub proposed: &'a str,
    /// [`crate::manifest::digest`] of what is done to a memory store.
    pub memory_digest: Option<&'a str>,
    /// Names the findings that must be read before one approves; see `prompt_diff::findings_fingerprint`.
    pub findings_sha256: Option<&'a str>,
    /// Version of the policy that the approvals answer to.
    pub policy_version: u32,
}

impl<'a> ChangeContent<'a> {
    /// Returns the content of a change of a prompt without findings.
    pub fn of_prompt(
        agent_id: &'a AgentId,
        base: &'a Prompt,
        proposed: &'a str,
        policy_version: u32,
    ) -> Self {
        Self {
            agent_id,
            base_version: base.version,
            base_sha256: &base.sha256,
            proposed,
            memory_digest: None,
            findings_sha256: None,
            policy_version,
        }
    }

    /// Returns the digest as 64 lower-case hex digits.
    ///
    /// The format is the domain, then each field in the order above as its length (8 bytes, little-endian)
    /// and its bytes, so that no two contents have one encoding; numbers are written in decimal, and what is
    /// absent is the empty field.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        for field in [
            self.agent_id.as_str().as_bytes(),
            self.base_version.to_string().as_bytes(),
            self.base_sha256.as_bytes(),
            self.proposed.as_bytes(),
            self.memory_digest.unwrap_or_default().as_bytes(),
            self.findings_sha256.unwrap_or_default().as_bytes(),
            self.policy_version.to_string().as_bytes(),
        ] {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field);
        }
        hex(&hash.finalize())
    }
}

/// Returns the digest that `change` should have, worked out from its contents.
pub fn of(change: &Change) -> String {
    let memory_digest = change
        .memory
        .as_ref()
        .map(|memory| manifest::digest(&memory.manifest));
    ChangeContent {
        agent_id: &change.summary.agent_id,
        base_version: change.base.version,
        base_sha256: &change.base.sha256,
        proposed: &change.proposed,
        memory_digest: memory_digest.as_deref(),
        findings_sha256: change.findings_sha256.as_deref(),
        policy_version: change.policy.version,
    }
    .digest()
}

/// Returns the SHA-256 of `text`'s UTF-8 bytes, without any normalisation, as 64 lower-case hex digits.
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Returns the first 12 digits, which is what people compare on screen.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _infallible = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(agent: &str, version: u32, base: &str, proposed: &str, policy: u32) -> String {
        ChangeContent {
            agent_id: &agent.into(),
            base_version: version,
            base_sha256: base,
            proposed,
            memory_digest: None,
            findings_sha256: None,
            policy_version: policy,
        }
        .digest()
    }

    #[test]
    fn sha256_matches_the_published_vector() {
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex("abc"), expected);
    }

    #[test]
    fn the_format_is_pinned() {
        // Computed apart from this code, with Python's hashlib and struct.
        let digest = digest("agent_1", 3, &sha256_hex("old"), "new", 1);
        assert_eq!(
            digest,
            "33ae2f09859777b5ead2c0f4a64843789204d2d9830d5262ac14cbb284335e96"
        );
    }

    #[test]
    fn every_field_counts() {
        let base = digest("a", 1, "b", "text", 1);
        for other in [
            digest("A", 1, "b", "text", 1),
            digest("a", 2, "b", "text", 1),
            digest("a", 1, "c", "text", 1),
            digest("a", 1, "b", "text ", 1),
            digest("a", 1, "b", "text", 2),
            digest("a1", 1, "b", "text", 1),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn p10_look_alike_texts_differ() {
        let variants = ["é\n", "e\u{301}\n", "é\r\n", "é\n ", "\u{feff}é\n", "é"];
        let digests = variants.map(|text| digest("a", 1, "b", text, 1));
        for (i, one) in digests.iter().enumerate() {
            for other in &digests[i + 1..] {
                assert_ne!(one, other);
            }
        }
    }

    proptest! {
        #[test]
        fn p10_one_other_byte_is_another_digest(text in ".{1,200}", at in any::<prop::sample::Index>()) {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            chars[at] = if chars[at] == 'x' { 'y' } else { 'x' };
            let other: String = chars.into_iter().collect();
            prop_assert_ne!(digest("a", 1, "b", &text, 1), digest("a", 1, "b", &other, 1));
        }
    }
}
