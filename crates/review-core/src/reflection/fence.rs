//! Marks around text that must not be taken for an instruction.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A pair of marks whose nonce stands in none of the texts that they go around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    nonce: String,
}

impl Fence {
    /// Makes a fence for `texts` from random bytes.
    ///
    /// The nonce is the first of SHA-256(seed, 0), SHA-256(seed, 1), … (its first 32 hex digits) that stands in no
    /// text, whatever the case of its letters. There is one among n + 1: texts of n bytes hold at most n different runs of 32.
    pub fn new<'a>(seed: &[u8; 32], texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(str::to_ascii_lowercase).collect();
        let most: usize = texts.iter().map(String::len).sum();
        let nonce = (0..=most as u64)
            .map(|count| nonce(seed, count))
            .find(|nonce| texts.iter().all(|text| !text.contains(nonce)));
        Self {
            nonce: nonce.unwrap_or_default(),
        }
    }

    /// Returns the nonce: 32 hex digits.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Returns `text` between marks; `label` says what it is and is ours, never a text of others.
    pub fn around(&self, label: &str, text: &str) -> String {
        let nonce = &self.nonce;
        let end = if text.ends_with('\n') { "" } else { "\n" };
        format!("<<data {nonce} {label}>>\n{text}{end}<<end {nonce}>>\n")
    }
}

fn nonce(seed: &[u8; 32], count: u64) -> String {
    let mut hasher = Sha256::new();
    hasher.update(seed);
    hasher.update(count.to_be_bytes());
    let mut nonce = String::new();
    for byte in hasher.finalize().iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(nonce, "{byte:02x}");
    }
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_that_stands_in_a_text_is_not_taken() {
        let seed = [7; 32];
        let first = Fence::new(&seed, []);
        let second = Fence::new(&seed, [first.nonce()]);
        assert_ne!(first, second);
        let upper = first.nonce().to_ascii_uppercase();
        let third = Fence::new(&seed, [upper.as_str(), second.nonce()]);
        assert!(third != first && third != second);
    }

    #[test]
    fn the_end_mark_stands_on_a_line_of_its_own() {
        let fence = Fence::new(&[0; 32], []);
        for text in ["", "a", "a\n"] {
            let fenced = fence.around("prompt", text);
            let last = fenced.lines().last().unwrap();
            assert_eq!(last, format!("<<end {}>>", fence.nonce()));
        }
    }
}
