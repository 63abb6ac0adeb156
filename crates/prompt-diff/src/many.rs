//! Findings of several texts at once.

use crate::findings::{findings_fingerprint, hex};
use sha2::{Digest as _, Sha256};

/// One of several texts, as it is and as it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedText<'a> {
    /// What tells it from the others, in one line.
    pub name: &'a str,
    /// The text as it is; empty where there is none.
    pub base: &'a str,
    /// The text as it would be.
    pub proposed: &'a str,
}

/// Names the blocking findings of several proposed texts; nothing if none of them has any.
///
/// It is the SHA-256, in lower-case hex, of the line `prompt-diff findings of many 1` and then, for each text
/// that has blocking findings, of the line `{fingerprint} {name}`: [`findings_fingerprint`] of its base and
/// proposed text and its name. Lines are sorted by name, then by fingerprint, and every one ends with a line
/// feed, so that the order of the texts means nothing.
pub fn findings_fingerprint_of_many<'a>(
    texts: impl IntoIterator<Item = NamedText<'a>>,
) -> Option<String> {
    let mut found: Vec<(&str, String)> = texts
        .into_iter()
        .filter_map(|text| Some((text.name, findings_fingerprint(text.base, text.proposed)?)))
        .collect();
    if found.is_empty() {
        return None;
    }
    found.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update("prompt-diff findings of many 1\n");
    for (name, fingerprint) in found {
        hasher.update(format!("{fingerprint} {name}\n"));
    }
    Some(hex(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(name: &'a str, base: &'a str, proposed: &'a str) -> NamedText<'a> {
        NamedText {
            name,
            base,
            proposed,
        }
    }

    #[test]
    fn the_fingerprint_of_many_is_the_hash_of_the_listing_that_is_documented() {
        let hidden = findings_fingerprint("", "a\u{200B}").unwrap();
        let lookalike = findings_fingerprint("", "pаy").unwrap();
        let listing = format!("prompt-diff findings of many 1\n{hidden} /a\n{lookalike} /b\n");
        let expected = hex(&Sha256::digest(listing));
        let texts = [
            text("/b", "", "pаy"),
            text("/c", "\u{200B}", "plain"),
            text("/a", "", "a\u{200B}"),
        ];
        assert_eq!(findings_fingerprint_of_many(texts), Some(expected));
    }

    #[test]
    fn texts_without_blocking_findings_have_none_together() {
        let texts = [text("/a", "", "plain"), text("/b", "", "10\u{A0}€")];
        assert_eq!(findings_fingerprint_of_many(texts), None);
        assert_eq!(findings_fingerprint_of_many([]), None);
    }

    #[test]
    fn the_name_counts() {
        let of = |name| findings_fingerprint_of_many([text(name, "", "\u{200B}")]);
        assert_ne!(of("/a"), of("/b"));
    }
}
