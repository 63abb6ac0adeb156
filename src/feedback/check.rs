//! How a check is written: which kind, and one text.

use review_api::{Check, MAX_CHECK_TEXT_BYTES, MAX_RUBRIC_BYTES};
use serde::{Deserialize, Serialize};

/// What kind of check; the words are the wire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// The answer has the text.
    Contains,
    /// The answer does not have the text.
    DoesNotContain,
    /// A part of the answer matches the pattern.
    Matches,
    /// A model judges by the rubric.
    Judged,
}

impl CheckKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [
        Self::Contains,
        Self::DoesNotContain,
        Self::Matches,
        Self::Judged,
    ];

    /// Returns the word that stands for it in a list of choices.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::DoesNotContain => "does_not_contain",
            Self::Matches => "matches",
            Self::Judged => "judged",
        }
    }

    /// Returns what it asks of an answer, for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Contains => "The answer contains",
            Self::DoesNotContain => "The answer does not contain",
            Self::Matches => "The answer matches the pattern",
            Self::Judged => "A model judges by a rubric",
        }
    }

    /// Returns the kind that has this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Takes a check apart.
    pub fn of(check: &Check) -> (Self, &str) {
        match check {
            Check::Contains { text } => (Self::Contains, text),
            Check::DoesNotContain { text } => (Self::DoesNotContain, text),
            Check::Matches { pattern } => (Self::Matches, pattern),
            Check::Judged { rubric } => (Self::Judged, rubric),
        }
    }

    /// Puts a check together.
    pub fn with(self, text: String) -> Check {
        match self {
            Self::Contains => Check::Contains { text },
            Self::DoesNotContain => Check::DoesNotContain { text },
            Self::Matches => Check::Matches { pattern: text },
            Self::Judged => Check::Judged { rubric: text },
        }
    }

    /// Says why `text` cannot be sent. Whether a pattern can be read is the proxy's to say: the reader of
    /// patterns is larger than the rest of this console.
    pub fn problem(self, text: &str) -> Option<&'static str> {
        let most = match self {
            Self::Judged => MAX_RUBRIC_BYTES,
            _ => MAX_CHECK_TEXT_BYTES,
        };
        if text.trim().is_empty() {
            Some("Fill in the check, or choose none.")
        } else if text.len() > most {
            Some(match self {
                Self::Judged => "The rubric is longer than 8 kB. Shorten it.",
                _ => "The text of the check is longer than 1 kB. Shorten it.",
            })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_put_together_as_it_was_taken_apart() {
        for kind in CheckKind::ALL {
            let check = kind.with("30 days".to_owned());
            assert_eq!(CheckKind::of(&check), (kind, "30 days"));
            assert_eq!(CheckKind::of_word(kind.as_str()), Some(kind));
            let wire = serde_json::to_value(&check).unwrap();
            assert_eq!(wire["kind"], kind.as_str());
        }
    }
}
