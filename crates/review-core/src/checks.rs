//! Checks of an answer: which ones can be kept, and the place at which a pattern goes wrong.

use regex::{Regex, RegexBuilder};
use review_api::{Check, MAX_CHECK_TEXT_BYTES, MAX_RUBRIC_BYTES};

/// Most memory that a compiled pattern may take, in bytes: what a long pattern with Unicode classes needs, and
/// a thousandth of what nested counts such as `(\w{99}){99}` would.
const PATTERN_BYTES: usize = 1024 * 1024;

/// Why a check cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field of the check: `text`, `pattern` or `rubric`.
    pub field: &'static str,
    /// What a person reads.
    pub sentence: String,
    /// Where in the pattern, in characters from 1; nothing where it is about the whole.
    pub at_char: Option<usize>,
}

/// Says whether `check` can be kept and run.
///
/// # Errors
/// With what is wrong: a text that is empty or too long, or a pattern that is no regular expression or too big.
pub fn validate(check: &Check) -> Result<(), Problem> {
    match check {
        Check::Contains { text } | Check::DoesNotContain { text } => {
            sized("text", text, MAX_CHECK_TEXT_BYTES)
        }
        Check::Matches { pattern } => compiled(pattern).map(drop),
        Check::Judged { rubric } => sized("rubric", rubric, MAX_RUBRIC_BYTES),
    }
}

/// Compiles the pattern of a check, within the limits that were checked when it was kept.
///
/// # Errors
/// With what is wrong with the pattern, and where.
pub fn compiled(pattern: &str) -> Result<Regex, Problem> {
    sized("pattern", pattern, MAX_CHECK_TEXT_BYTES)?;
    // The parser tells the place, which the compiler's error has in a drawing only.
    if let Err(error) = regex_syntax::Parser::new().parse(pattern) {
        return Err(unreadable(pattern, &error));
    }
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_BYTES)
        .build()
        .map_err(|_| Problem {
            field: "pattern",
            sentence: "The pattern takes too much memory. Use smaller counts in { }.".to_owned(),
            at_char: None,
        })
}

fn unreadable(pattern: &str, error: &regex_syntax::Error) -> Problem {
    let (offset, what) = match error {
        regex_syntax::Error::Parse(error) => (error.span().start.offset, error.kind().to_string()),
        regex_syntax::Error::Translate(error) => {
            (error.span().start.offset, error.kind().to_string())
        }
        error => (0, error.to_string()),
    };
    let before = pattern.get(..offset).unwrap_or_default();
    let at_char = before.chars().count() + 1;
    Problem {
        field: "pattern",
        sentence: format!("The pattern is no regular expression: at character {at_char}, {what}."),
        at_char: Some(at_char),
    }
}

/// Refuses a text that says nothing, is too long, or holds what no database keeps.
fn sized(field: &'static str, text: &str, most: usize) -> Result<(), Problem> {
    let problem = |sentence: String| {
        Err(Problem {
            field,
            sentence,
            at_char: None,
        })
    };
    if text.trim().is_empty() {
        return problem(format!("The {field} of the check is empty. Fill it in."));
    }
    if text.contains('\0') {
        return problem(format!(
            "The {field} of the check holds the character NUL, which cannot be kept. Remove it."
        ));
    }
    let length = text.len();
    if length > most {
        return problem(format!(
            "The {field} of the check has {length} bytes; the most is {most}. Shorten it."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(pattern: &str, at_char: Option<usize>, sentence: &str) {
        let pattern = pattern.to_owned();
        let problem = validate(&Check::Matches { pattern }).unwrap_err();
        assert_eq!((problem.field, problem.at_char), ("pattern", at_char));
        assert_eq!(problem.sentence, sentence);
    }

    #[test]
    fn a_pattern_that_cannot_be_read_says_where() {
        check(
            "é[30",
            Some(2),
            "The pattern is no regular expression: at character 2, unclosed character class.",
        );
        check(
            "30 days)",
            Some(8),
            "The pattern is no regular expression: at character 8, unopened group.",
        );
        check(
            r"a(?=b)",
            Some(2),
            "The pattern is no regular expression: at character 2, look-around, including look-ahead \
             and look-behind, is not supported.",
        );
        check(
            r"\p{Nonsense}",
            Some(1),
            "The pattern is no regular expression: at character 1, Unicode property not found.",
        );
    }

    #[test]
    fn a_pattern_that_would_take_too_much_is_refused() {
        check(
            r"(\w{99}){99}",
            None,
            "The pattern takes too much memory. Use smaller counts in { }.",
        );
        let deep = "(".repeat(400) + &")".repeat(400);
        assert!(compiled(&deep).is_err());
    }

    #[test]
    fn texts_that_say_nothing_or_too_much_are_refused() {
        for text in ["", " \n", "a\0b"] {
            let text = text.to_owned();
            validate(&Check::Contains { text: text.clone() }).unwrap_err();
            validate(&Check::DoesNotContain { text: text.clone() }).unwrap_err();
            validate(&Check::Matches {
                pattern: text.clone(),
            })
            .unwrap_err();
            validate(&Check::Judged { rubric: text }).unwrap_err();
        }
        let text = |bytes: usize| "é".repeat(bytes / 2);
        let most = text(MAX_CHECK_TEXT_BYTES);
        assert_eq!(validate(&Check::Contains { text: most.clone() }), Ok(()));
        assert_eq!(validate(&Check::Matches { pattern: most }), Ok(()));
        let more = text(MAX_CHECK_TEXT_BYTES + 2);
        validate(&Check::Matches { pattern: more }).unwrap_err();
        let rubric = text(MAX_RUBRIC_BYTES);
        assert_eq!(validate(&Check::Judged { rubric }), Ok(()));
        let rubric = text(MAX_RUBRIC_BYTES + 2);
        validate(&Check::Judged { rubric }).unwrap_err();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_is_either_a_pattern_or_has_a_place_within_it(pattern in ".{1,40}") {
            if let Err(problem) = validate(&Check::Matches { pattern: pattern.clone() })
                && let Some(at) = problem.at_char
            {
                prop_assert!((1..=pattern.chars().count() + 1).contains(&at), "{}", problem.sentence);
            }
        }
    }
}
