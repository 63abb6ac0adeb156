//! The platform's ids: a prefix and 24 base-62 characters that begin with `01`.

use sha2::{Digest as _, Sha256};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARS: usize = 22;

fn with_bytes(prefix: &str, bytes: impl Iterator<Item = u8>) -> String {
    let tail = bytes
        .take(RANDOM_CHARS)
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 62)))
        .map(|byte| char::from(*byte));
    let mut id = format!("{prefix}01");
    id.extend(tail);
    id
}

/// Returns a new id that nothing else has.
pub(crate) fn fresh(prefix: &str) -> String {
    with_bytes(prefix, std::iter::repeat_with(|| fastrand::u8(..)))
}

/// Returns the id of something seeded: the same for the same name, always.
pub(crate) fn derived(prefix: &str, name: &str) -> String {
    // FNV-1a, since a seed derives tens of thousands of ids and each start of a test waits for them.
    let seed = [prefix, "/", name]
        .iter()
        .flat_map(|part| part.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let mut random = fastrand::Rng::with_seed(seed);
    with_bytes(prefix, std::iter::repeat_with(|| random.u8(..)))
}

/// Returns the SHA-256 of bytes as 64 lower-case hex digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_observed_shape() {
        for id in [fresh("agent_"), derived("agent_", "support")] {
            let tail = id.strip_prefix("agent_01").unwrap();
            assert_eq!(tail.len(), 22);
            assert!(tail.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
    }

    #[test]
    fn derived_ids_are_stable_and_fresh_ones_are_not() {
        assert_eq!(derived("drm_", "a"), derived("drm_", "a"));
        assert_ne!(derived("drm_", "a"), derived("drm_", "b"));
        assert_ne!(fresh("drm_"), fresh("drm_"));
    }

    #[test]
    fn hashes_are_over_the_raw_bytes() {
        let text = "# Refund policy\n\n- Ask for the order ID before quoting a refund amount.\n\
                    - Refunds above $200 need a human approver.\n";
        assert_eq!(
            sha256_hex(text.as_bytes()),
            "00827880872361cb7bce32499f10bb3f722456b3d3a5c3ac5de13a6f393e9b12"
        );
    }
}
