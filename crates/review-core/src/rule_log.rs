//! Feedback that an agent logs by a rule in its own prompt: the rule's sentence, and the reader of its lines.
//!
//! Only what the agent itself said is read. A user who writes such a line rates nothing, so that nobody can
//! rate an interaction by talking to the agent; what the agent was made to repeat is still the agent's word,
//! which is why such feedback keeps its source, *rule*, wherever it is shown.

use review_api::{LogEvent, LogEventKind, Rating};

/// What a logged line begins with.
const MARK: &str = "[feedback]";

/// Longest comment read from a line, in characters; the rest is left out.
const LONGEST_COMMENT_CHARS: usize = 500;

/// Most lines read from one interaction.
const MOST_LINES: usize = 20;

/// Returns the sentences to add to a prompt, so that the agent logs a rating when users correct it.
pub fn rule() -> String {
    format!(
        "When the user corrects you, log that as a negative rating: end your answer with one line of its own \
         that reads `{MARK} negative: ` and then, in one sentence, what was wrong. When the user says that an \
         answer was exactly right, end yours with `{MARK} positive: ` and what was right."
    )
}

/// Says whether `prompt` has the rule already.
pub fn has_rule(prompt: &str) -> bool {
    prompt.contains(MARK)
}

/// Returns `prompt` with the rule at its end; what stands before it stays byte for byte.
pub fn with_rule(prompt: &str) -> String {
    let gap = match prompt {
        "" => "",
        _ if prompt.ends_with("\n\n") => "",
        _ if prompt.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    format!("{prompt}{gap}{}\n", rule())
}

/// One rating that an agent logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The event that has the line, by the platform's id: read once, it is not read again.
    pub event_id: String,
    /// Good or bad.
    pub rating: Rating,
    /// What was wrong or right.
    pub comment: Option<String>,
}

/// Reads the ratings in a transcript, in its order, at most 20.
pub fn read(events: &[LogEvent]) -> Vec<Logged> {
    events
        .iter()
        .filter(|event| event.kind == LogEventKind::AgentMessage)
        .flat_map(|event| {
            event.text.lines().filter_map(|line| {
                let (rating, comment) = read_line(line)?;
                Some(Logged {
                    event_id: event.id.clone(),
                    rating,
                    comment,
                })
            })
        })
        .take(MOST_LINES)
        .collect()
}

fn read_line(line: &str) -> Option<(Rating, Option<String>)> {
    // Models like to dress such a line up as code or as an item of a list. One behind `>` is a quote: the words
    // of somebody else.
    let dress = |c: char| c.is_whitespace() || matches!(c, '`' | '*' | '-');
    let line = line.trim_matches(dress);
    let rest = line.strip_prefix(MARK)?.trim_start();
    let (word, comment) = rest.split_once(':').unwrap_or((rest, ""));
    let rating = match word.trim().to_ascii_lowercase().as_str() {
        "negative" => Rating::Negative,
        "positive" => Rating::Positive,
        _ => return None,
    };
    let comment: String = comment
        .trim_matches(dress)
        .chars()
        .take(LONGEST_COMMENT_CHARS)
        .collect();
    Some((rating, (!comment.is_empty()).then_some(comment)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: LogEventKind, text: &str) -> LogEvent {
        LogEvent {
            id: "sevt_1".to_owned(),
            at: None,
            kind,
            label: String::new(),
            text: text.to_owned(),
            cut_chars: 0,
        }
    }

    #[track_caller]
    fn check(line: &str, expected: Option<(Rating, Option<&str>)>) {
        let read = read_line(line);
        let read = read
            .as_ref()
            .map(|(rating, comment)| (*rating, comment.as_deref()));
        assert_eq!(read, expected, "{line:?}");
    }

    #[test]
    fn lines_are_read_as_models_write_them() {
        let wrong = Some((Rating::Negative, Some("The refund window is 30 days.")));
        check("[feedback] negative: The refund window is 30 days.", wrong);
        check(
            "  `[feedback] Negative: The refund window is 30 days.`",
            wrong,
        );
        check(
            "- **[feedback] negative: The refund window is 30 days.**",
            wrong,
        );
        check("[feedback] positive", Some((Rating::Positive, None)));
        check("[feedback] neutral: fine", None);
        check("> [feedback] negative: All bad.", None);
        check("He wrote [feedback] negative: no", None);
        check("", None);
    }

    #[test]
    fn only_the_agents_own_words_count() {
        let line = "[feedback] negative: All bad.";
        let events = [
            event(LogEventKind::UserMessage, line),
            event(LogEventKind::ToolResult, line),
            event(LogEventKind::AgentMessage, &format!("Sorry.\n\n{line}")),
        ];
        assert_eq!(read(&events).len(), 1);
    }

    #[test]
    fn a_flood_is_cut() {
        let flood = format!("[feedback] negative: {}\n", "x".repeat(2_000)).repeat(100);
        let read = read(&[event(LogEventKind::AgentMessage, &flood)]);
        assert_eq!(read.len(), MOST_LINES);
        assert_eq!(
            read[0].comment.as_ref().unwrap().len(),
            LONGEST_COMMENT_CHARS
        );
    }

    #[test]
    fn an_agent_that_follows_the_rule_is_understood() {
        assert!(has_rule(&rule()));
        assert!(!has_rule("Be kind."));
        for prompt in ["", "Be kind.", "Be kind.\n", "Be kind.\n\n"] {
            let with = with_rule(prompt);
            assert!(with.starts_with(prompt) && has_rule(&with), "{with:?}");
            assert!(!with.contains("\n\n\n"), "{with:?}");
        }
        for rating in [Rating::Negative, Rating::Positive] {
            let told = format!("{MARK} {}: ", rating.as_str());
            assert!(rule().contains(&told), "the rule shows {told:?}");
            check(&format!("{told}so"), Some((rating, Some("so"))));
        }
    }
}
