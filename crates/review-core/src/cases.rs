//! Labelled cases: what of an interaction and its rating can be run again, and whether an answer is right.

use crate::checks;
use review_api::{Check, LogEvent, LogEventKind, Rating};

/// Most turns of one case.
const MOST_TURNS: usize = 50;

/// Longest text of all turns of one case, in bytes.
const MOST_BYTES: usize = 256 * 1024;

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether the user said it; else the agent did.
    pub by_user: bool,
    /// What was said.
    pub text: String,
}

/// What a right answer is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// A check that somebody gave.
    Check(Check),
    /// An answer that somebody wrote down as right.
    Like(String),
    /// The answer given then, which somebody rated as good.
    AsGoodAs(String),
}

/// What somebody said about an interaction, as far as a case is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Good or bad.
    pub rating: Rating,
    /// What the agent should have answered.
    pub expected: Option<String>,
    /// How to tell whether an answer is right; it goes before `expected`.
    pub check: Option<Check>,
}

/// An interaction that can be run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What was said up to the user's last turn, which is the question; the user first, then in turns.
    pub turns: Vec<Said>,
    /// What a right answer is held against.
    pub expectation: Expectation,
}

impl Case {
    /// Returns what the user said last.
    pub fn question(&self) -> &str {
        self.turns.last().map_or("", |said| said.text.as_str())
    }
}

/// Why a rated interaction is no case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoCase {
    /// It was rated negative, and nobody said what would have been right.
    NothingExpected,
    /// The user said nothing in it.
    NoQuestion,
    /// It was rated positive, but the agent answered nothing.
    NoAnswer,
    /// Some of it was left out of the transcript, so it cannot be asked again as it was.
    NotWhole,
    /// It is longer than what is run again.
    TooLong,
}

impl NoCase {
    /// Returns the reason, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NothingExpected => {
                "It was rated negative, and nobody said what would have been right. Add an expected answer or a check."
            }
            Self::NoQuestion => "The user said nothing in it.",
            Self::NoAnswer => "It was rated positive, but the agent answered nothing.",
            Self::NotWhole => "Its transcript is too long to be read whole.",
            Self::TooLong => "It is longer than what a test runs again.",
        }
    }
}

/// Makes a case of a transcript, oldest event first, and a label.
///
/// # Errors
/// With the reason, where it is none.
pub fn case(events: &[LogEvent], label: &Label) -> Result<Case, NoCase> {
    let mut said: Vec<Said> = Vec::new();
    for event in events {
        let by_user = match event.kind {
            LogEventKind::UserMessage => true,
            LogEventKind::AgentMessage => false,
            _ => continue,
        };
        if event.cut_chars > 0 {
            return Err(NoCase::NotWhole);
        }
        if event.text.trim().is_empty() {
            continue;
        }
        match said.last_mut() {
            Some(last) if last.by_user == by_user => {
                last.text.push('\n');
                last.text.push_str(&event.text);
            }
            // A model takes the user's turn first; a greeting before it is not part of the question.
            None if !by_user => {}
            _ => said.push(Said {
                by_user,
                text: event.text.clone(),
            }),
        }
    }
    let last = said.iter().rposition(|said| said.by_user);
    let last = last.ok_or(NoCase::NoQuestion)?;
    let answers = said.split_off(last + 1);
    let bytes: usize = said.iter().map(|said| said.text.len()).sum();
    if said.len() > MOST_TURNS || bytes > MOST_BYTES {
        return Err(NoCase::TooLong);
    }
    let expectation = match (&label.check, &label.expected, label.rating) {
        (Some(check), ..) => Expectation::Check(check.clone()),
        (None, Some(expected), _) => Expectation::Like(expected.clone()),
        (None, None, Rating::Positive) => {
            let answer = answers.into_iter().next().ok_or(NoCase::NoAnswer)?;
            Expectation::AsGoodAs(answer.text)
        }
        (None, None, Rating::Negative) => return Err(NoCase::NothingExpected),
    };
    Ok(Case {
        turns: said,
        expectation,
    })
}

/// Says whether an answer passes a check; nothing where it takes a judge, or the pattern is none.
///
/// Time is linear in the answer: the patterns of the `regex` crate know no backtracking.
pub fn evaluate(check: &Check, answer: &str) -> Option<bool> {
    let has = |text: &str| answer.to_lowercase().contains(&text.to_lowercase());
    match check {
        Check::Contains { text } => Some(has(text)),
        Check::DoesNotContain { text } => Some(!has(text)),
        Check::Matches { pattern } => {
            let pattern = checks::compiled(pattern).ok()?;
            Some(pattern.is_match(answer))
        }
        Check::Judged { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: LogEventKind, text: &str) -> LogEvent {
        LogEvent {
            id: String::new(),
            at: None,
            kind,
            label: String::new(),
            text: text.to_owned(),
            cut_chars: 0,
        }
    }

    fn talk() -> Vec<LogEvent> {
        use LogEventKind::{AgentMessage, ToolUse, UserMessage};
        vec![
            event(AgentMessage, "Welcome."),
            event(UserMessage, "My kettle leaks."),
            event(UserMessage, "I want my money back."),
            event(ToolUse, "{}"),
            event(AgentMessage, "Which order?"),
            event(UserMessage, "48213"),
            event(AgentMessage, "Refunded."),
        ]
    }

    fn label(rating: Rating) -> Label {
        Label {
            rating,
            expected: None,
            check: None,
        }
    }

    #[test]
    fn a_case_asks_what_the_user_said_up_to_the_last_turn() {
        let case = case(&talk(), &label(Rating::Positive)).unwrap();
        let said: Vec<(bool, &str)> = case
            .turns
            .iter()
            .map(|it| (it.by_user, it.text.as_str()))
            .collect();
        let expected = [
            (true, "My kettle leaks.\nI want my money back."),
            (false, "Which order?"),
            (true, "48213"),
        ];
        assert_eq!(said, expected);
        assert_eq!(case.question(), "48213");
        let given = Expectation::AsGoodAs("Refunded.".to_owned());
        assert_eq!(case.expectation, given);
    }

    #[test]
    fn a_check_goes_before_an_expected_answer_and_that_before_the_one_given() {
        let mut label = label(Rating::Positive);
        label.expected = Some("Done.".to_owned());
        let like = case(&talk(), &label).unwrap().expectation;
        assert_eq!(like, Expectation::Like("Done.".to_owned()));
        let check = Check::Contains {
            text: "done".to_owned(),
        };
        label.check = Some(check.clone());
        let checked = case(&talk(), &label).unwrap().expectation;
        assert_eq!(checked, Expectation::Check(check));
    }

    #[test]
    fn what_cannot_be_run_again_says_why() {
        let negative = label(Rating::Negative);
        let positive = label(Rating::Positive);
        let mut cut = talk();
        cut[1].cut_chars = 1;
        let mute: Vec<LogEvent> = talk().into_iter().take(6).collect();
        let long = vec![event(
            LogEventKind::UserMessage,
            &"x".repeat(MOST_BYTES + 1),
        )];
        let greeting = vec![event(LogEventKind::AgentMessage, "Welcome.")];
        for (events, label, reason) in [
            (&talk(), &negative, NoCase::NothingExpected),
            (&cut, &positive, NoCase::NotWhole),
            (&mute, &positive, NoCase::NoAnswer),
            (&long, &positive, NoCase::TooLong),
            (&greeting, &positive, NoCase::NoQuestion),
        ] {
            assert_eq!(case(events, label), Err(reason));
            assert!(reason.sentence().ends_with('.'));
        }
    }

    #[test]
    fn a_check_says_yes_or_no_or_asks_for_a_judge() {
        let contains = |text: &str| Check::Contains { text: text.into() };
        let matches = |pattern: &str| Check::Matches {
            pattern: pattern.into(),
        };
        let lacks = Check::DoesNotContain {
            text: "REFUND".into(),
        };
        let rubric = Check::Judged {
            rubric: "Asks first.".into(),
        };
        for (check, answer, right) in [
            (contains("Order Number"), "your order number?", Some(true)),
            (contains("order number"), "done", Some(false)),
            (lacks.clone(), "I have started the refund.", Some(false)),
            (lacks, "Which order?", Some(true)),
            (matches(r"(?i)^which .*\?$"), "Which order?", Some(true)),
            (matches("("), "(", None),
            (rubric, "Which order?", None),
        ] {
            assert_eq!(evaluate(&check, answer), right, "{check:?}: {answer}");
        }
    }
}
