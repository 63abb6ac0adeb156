//! What a reader must know of a text because it cannot be seen in it.
//!
//! A finding is **blocking** if it must be acknowledged before the text is approved, and **shown** if it
//! stands where ordinary writing has it: the joiner in an emoji, a no-break space, letters of a formula.
//!
//! # The fingerprint
//!
//! [`findings_fingerprint`] names the blocking findings of a proposed text, so that an acknowledgement can be
//! bound to them. It is the SHA-256, in lower-case hex, of this UTF-8 text:
//!
//! ```text
//! prompt-diff findings 1
//! {kind} {code points} {count before} {count after}
//! ```
//!
//! with one line for each different blocking finding of the proposed text, sorted by bytes, every line ended
//! by a line feed. `{kind}` is [`FindingKind::as_str`]; `{code points}` are those of the character, run of tags
//! or word, in upper-case hex of at least four digits, joined by `+`, such as `200B` or `0070+0430+0079`; the
//! counts say how often it stands in the base and in the proposed text as a blocking finding.
//!
//! Positions are left out on purpose: the digest of a change names the bytes themselves. A release that knows more
//! findings gives other fingerprints, so an acknowledgement never covers what its reader was not shown.

use crate::{
    HiddenClass, Sides, hidden,
    lookalikes::{Lookalike, lookalikes},
};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, fmt::Write as _, ops::Range};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// A character that shows nothing of itself, or a run of tags.
    Hidden(HiddenClass),
    /// A word that reads as another one.
    Lookalike,
    /// A word with letters of scripts that do not go together.
    MixedScript,
}

impl FindingKind {
    /// Returns the word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hidden(class) => class.as_str(),
            Self::Lookalike => "lookalike",
            Self::MixedScript => "mixed-script",
        }
    }
}

/// Whether a finding holds up an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Must be acknowledged before the text is approved.
    Blocking,
    /// Is drawn, and asks for nothing.
    Shown,
}

/// One finding and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it lies in the text, in bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: FindingKind,
    /// Whether it holds up an approval.
    pub weight: Weight,
    /// Its name, such as `zero width space`.
    pub name: &'static str,
    /// What a run of tags spells, or what a word reads as.
    pub reads_as: Option<String>,
}

/// A finding with the number of times that it stands in each text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingCount {
    /// The first place in the proposed text, or in the base if it is gone.
    pub first: Finding,
    /// Its code points, such as `200B` or `0070+0430+0079`.
    pub code_points: String,
    /// How often it stands in each text.
    pub count: Sides<usize>,
}

impl FindingCount {
    /// Says whether the proposed text has more of it than the base.
    pub fn is_new(&self) -> bool {
        self.count.after > self.count.before
    }
}

/// Finds everything in `text` that cannot be seen, in order.
pub fn findings(text: &str) -> Vec<Finding> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Vec::new();
    }
    let hidden = hidden(text).into_iter().map(|one| Finding {
        range: one.range,
        kind: FindingKind::Hidden(one.class),
        weight: if one.is_ordinary {
            Weight::Shown
        } else {
            Weight::Blocking
        },
        name: one.name,
        reads_as: one.decoded,
    });
    let mut found: Vec<_> = hidden
        .chain(lookalikes(text).into_iter().map(of_word))
        .collect();
    found.sort_by_key(|finding| finding.range.start);
    found
}

fn of_word(word: Lookalike) -> Finding {
    let (kind, name) = match &word.reads_as {
        Some(_) => (FindingKind::Lookalike, "word of look-alike letters"),
        None => (FindingKind::MixedScript, "word of mixed scripts"),
    };
    Finding {
        range: word.range,
        kind,
        weight: if word.deceives {
            Weight::Blocking
        } else {
            Weight::Shown
        },
        name,
        reads_as: word.reads_as,
    }
}

/// Counts the findings of two texts, those that hold up an approval first, then in the order of the text.
pub fn finding_counts(base: &str, proposed: &str) -> Vec<FindingCount> {
    let mut counts: Vec<FindingCount> = Vec::new();
    let mut places: BTreeMap<(Weight, &'static str, String), usize> = BTreeMap::new();
    for (text, is_after) in [(proposed, true), (base, false)] {
        for finding in findings(text) {
            let code_points = code_points(text.get(finding.range.clone()).unwrap_or_default());
            let key = (finding.weight, finding.kind.as_str(), code_points.clone());
            let place = *places.entry(key).or_insert(counts.len());
            if place == counts.len() {
                counts.push(FindingCount {
                    first: finding,
                    code_points,
                    count: Sides::default(),
                });
            }
            if let Some(one) = counts.get_mut(place) {
                *one.count.get_mut(is_after) += 1;
            }
        }
    }
    counts.sort_by_key(|one| (one.first.weight, one.count.after == 0));
    counts
}

/// Names the blocking findings of `proposed`; nothing if there are none.
///
/// The [module](self) says what exactly is hashed.
pub fn findings_fingerprint(base: &str, proposed: &str) -> Option<String> {
    let mut lines: Vec<String> = finding_counts(base, proposed)
        .into_iter()
        .filter(|one| one.first.weight == Weight::Blocking && one.count.after > 0)
        .map(|one| {
            let Sides { before, after } = one.count;
            format!(
                "{} {} {before} {after}\n",
                one.first.kind.as_str(),
                one.code_points
            )
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    lines.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update("prompt-diff findings 1\n");
    for line in lines {
        hasher.update(line);
    }
    Some(hex(&hasher.finalize()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn code_points(text: &str) -> String {
    let points: Vec<_> = text
        .chars()
        .map(|c| format!("{:04X}", u32::from(c)))
        .collect();
    points.join("+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, proposed: &str, expected: &[&str]) {
        let drawn: Vec<_> = finding_counts(base, proposed)
            .into_iter()
            .map(|one| {
                let Sides { before, after } = one.count;
                let weight = if one.first.weight == Weight::Blocking {
                    "!"
                } else {
                    ""
                };
                let kind = one.first.kind.as_str();
                let reads = one.first.reads_as.map(|text| format!(" “{text}”"));
                format!(
                    "{weight}{kind} {} {before}>{after}{}",
                    one.code_points,
                    reads.unwrap_or_default()
                )
            })
            .collect();
        assert_eq!(drawn, expected);
    }

    #[test]
    fn findings_are_counted_on_both_sides_and_blocking_ones_come_first() {
        check(
            "a\u{A0}b\u{200B}",
            "a\u{A0}b\u{200B}c\u{200B} pаy",
            &[
                "!zero-width 200B 1>2",
                "!lookalike 0070+0430+0079 0>1 “pay”",
                "space 00A0 1>1",
            ],
        );
        check("plain", "plain text", &[]);
    }

    #[test]
    fn the_fingerprint_is_the_hash_of_the_listing_that_is_documented() {
        let listing = "prompt-diff findings 1\nlookalike 0070+0430+0079 0 1\nzero-width 200B 1 2\n";
        let expected = hex(&Sha256::digest(listing));
        let got = findings_fingerprint("b\u{200B}", "b\u{200B}c\u{200B} pаy 👩\u{200D}💻");
        assert_eq!(got.as_deref(), Some(expected.as_str()));
    }

    #[test]
    fn without_blocking_findings_there_is_no_fingerprint() {
        assert_eq!(findings_fingerprint("\u{200B}", "plain"), None);
        assert_eq!(
            findings_fingerprint("", "👩\u{200D}💻 می\u{200C}خواهم 10\u{A0}€\r\n"),
            None
        );
    }

    #[test]
    fn the_fingerprint_depends_on_the_base_and_on_every_count() {
        let of = |base, proposed| findings_fingerprint(base, proposed);
        let one = of("", "a\u{200B}");
        assert_ne!(one, of("\u{200B}", "a\u{200B}"));
        assert_ne!(one, of("", "a\u{200B}\u{200B}"));
        assert_ne!(one, of("", "a\u{200C}"));
        assert_eq!(
            one,
            of("", "other words\u{200B}"),
            "the digest of a change names the words"
        );
    }
}
