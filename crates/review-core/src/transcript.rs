//! How the events of a transcript or of a raw log are named, folded, filtered and found.

use review_api::{LogEvent, LogEventKind};
use serde_json::Value;

/// Characters shown of a long text before "show all"; about a screen of prose.
const FOLD_CHARS: usize = 1_200;

/// Lines shown of a long text before "show all".
const FOLD_LINES: usize = 16;

/// Characters that are not worth a "show all" of their own.
const FOLD_SPARE_CHARS: usize = 240;

/// Longest one-line digest of a folded text, in characters.
const GIST_CHARS: usize = 140;

/// Characters shown before a hit, so that it still shows on a phone; many more after it.
const SNIPPET_CHARS: usize = 16;

/// Kinds of events that people ask for together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventGroup {
    /// What user, agent and system said.
    Messages,
    /// Tools used, and what they answered.
    Tools,
    /// What went wrong, tools included.
    Errors,
    /// Everything else: thinking, moves from state to state.
    Steps,
}

impl EventGroup {
    /// All groups, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Messages, Self::Tools, Self::Errors, Self::Steps];

    /// Returns the word on the group's button, also used in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Tools => "tools",
            Self::Errors => "errors",
            Self::Steps => "steps",
        }
    }

    /// Returns the group of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == name)
    }

    /// Says whether the group has events of `kind`; a tool's error is in two groups.
    pub fn has(self, kind: LogEventKind) -> bool {
        use LogEventKind::{
            AgentMessage, Error, Other, Status, SystemMessage, Thinking, ToolError, ToolResult,
            ToolUse, UserMessage,
        };
        match self {
            Self::Messages => matches!(kind, UserMessage | AgentMessage | SystemMessage),
            Self::Tools => matches!(kind, ToolUse | ToolResult | ToolError),
            Self::Errors => matches!(kind, ToolError | Error),
            Self::Steps => matches!(kind, Thinking | Status | Other),
        }
    }
}

/// Returns the word for a kind of event.
pub fn kind_word(kind: LogEventKind) -> &'static str {
    match kind {
        LogEventKind::UserMessage => "User",
        LogEventKind::AgentMessage => "Agent",
        LogEventKind::SystemMessage => "System",
        LogEventKind::ToolUse => "Tool call",
        LogEventKind::ToolResult => "Tool result",
        LogEventKind::ToolError => "Tool error",
        LogEventKind::Thinking => "Thinking",
        LogEventKind::Status => "Status",
        LogEventKind::Error => "Error",
        LogEventKind::Other => "Other",
    }
}

/// Says whether an event speaks with the voice of the one before it, so that its name need not stand again.
pub fn continues(event: &LogEvent, previous: Option<&LogEvent>) -> bool {
    let said = EventGroup::Messages.has(event.kind);
    said && previous.is_some_and(|previous| previous.kind == event.kind)
}

/// A long text, cut where the eye may stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded<'a> {
    /// The part shown at first.
    pub head: &'a str,
    /// Characters in `rest`; 0 where the whole text is shown.
    pub hidden_chars: usize,
}

/// Cuts a long text after some lines or characters, and leaves one alone that is just a little longer.
pub fn fold(text: &str) -> Folded<'_> {
    let by_lines = text
        .match_indices('\n')
        .nth(FOLD_LINES - 1)
        .map(|(at, _)| at);
    let by_chars = text.char_indices().nth(FOLD_CHARS).map(|(at, _)| at);
    let end = match (by_lines, by_chars) {
        (Some(lines), Some(chars)) => lines.min(chars),
        (Some(end), None) | (None, Some(end)) => end,
        (None, None) => text.len(),
    };
    let (head, rest) = text.split_at(end);
    let hidden_chars = rest.chars().count();
    if hidden_chars <= FOLD_SPARE_CHARS && rest.lines().count() <= FOLD_LINES / 2 {
        return Folded {
            head: text,
            hidden_chars: 0,
        };
    }
    Folded { head, hidden_chars }
}

/// Returns one line that tells what a folded text is about: the fields of a JSON object, else its first line.
pub fn gist(text: &str) -> String {
    let line = match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => {
            let field = |(name, value): (&String, &Value)| match value {
                Value::String(text) => format!("{name}: {}", one_line(text)),
                value => format!("{name}: {value}"),
            };
            fields.iter().map(field).collect::<Vec<_>>().join(" · ")
        }
        _ => text
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or_default()
            .to_owned(),
    };
    match line.char_indices().nth(GIST_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns JSON objects and lists with one field a line, any other text as it is.
pub fn readable(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => format!("{value:#}"),
        _ => text.to_owned(),
    }
}

/// Says whether `event` is of `group` (any, if nothing) and contains `needle`, whatever its case.
pub fn found(event: &LogEvent, group: Option<EventGroup>, needle: &str) -> bool {
    group.is_none_or(|group| group.has(event.kind))
        && (contains(&event.text, needle) || contains(&event.label, needle))
}

/// Says whether `text` contains `needle`, whatever the case of either.
pub fn contains(text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return true;
    }
    if !needle.is_ascii() {
        return text.to_lowercase().contains(&needle.to_lowercase());
    }
    // Without a copy of each text: this runs over every loaded event with every key typed.
    let needle = needle.as_bytes();
    text.as_bytes()
        .windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}

/// Returns the line around the first place where `needle` stands, or nothing where it stands nowhere.
pub fn snippet(text: &str, needle: &str) -> Option<String> {
    if needle.is_empty() || !needle.is_ascii() {
        return None;
    }
    let at = find(text, needle)?;
    let before = text.get(..at)?;
    let from = before
        .char_indices()
        .rev()
        .nth(SNIPPET_CHARS)
        .map_or(0, |(from, _)| from);
    let after = text.get(at..)?;
    let until = after
        .char_indices()
        .nth(8 * SNIPPET_CHARS)
        .map_or(after.len(), |(until, _)| until);
    let line = one_line(text.get(from..at + until)?);
    let lead = if from > 0 { "…" } else { "" };
    let tail = if until < after.len() { "…" } else { "" };
    Some(format!("{lead}{line}{tail}"))
}

/// Splits `text` at every place where `needle` stands, whatever its case; `true` marks those places.
pub fn marked<'a>(text: &'a str, needle: &str) -> Vec<(bool, &'a str)> {
    if needle.is_empty() || !needle.is_ascii() {
        return vec![(false, text)];
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, needle) {
        let (before, found) = rest.split_at(at);
        let (found, after) = found.split_at(needle.len());
        if !before.is_empty() {
            parts.push((false, before));
        }
        parts.push((true, found));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push((false, rest));
    }
    parts
}

/// Returns where an ASCII `needle` begins; a match is ASCII too, so it ends on a character boundary.
fn find(text: &str, needle: &str) -> Option<usize> {
    let windows = text.as_bytes().windows(needle.len());
    windows
        .into_iter()
        .position(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(kind: LogEventKind, label: &str, text: &str) -> LogEvent {
        LogEvent {
            id: "sevt_1".to_owned(),
            at: None,
            kind,
            label: label.to_owned(),
            text: text.to_owned(),
            cut_chars: 0,
        }
    }

    #[test]
    fn short_texts_are_whole() {
        for text in [
            "",
            "one line",
            &"x".repeat(FOLD_CHARS + FOLD_SPARE_CHARS),
            &"a\n".repeat(20),
        ] {
            assert_eq!(
                fold(text),
                Folded {
                    head: text,
                    hidden_chars: 0
                }
            );
        }
    }

    #[test]
    fn long_texts_are_cut_by_lines_or_by_characters() {
        let chars = "é".repeat(5_000);
        assert_eq!(fold(&chars).head.chars().count(), FOLD_CHARS);
        assert_eq!(fold(&chars).hidden_chars, 5_000 - FOLD_CHARS);
        let lines = "line\n".repeat(100);
        assert_eq!(fold(&lines).head.lines().count(), FOLD_LINES);
    }

    #[test]
    fn a_gist_names_the_fields_of_a_tools_input() {
        let table = [
            (r#"{"limit":3,"order":"A  1"}"#, "limit: 3 · order: A 1"),
            ("\n\n  first words\nmore", "first words"),
            ("", ""),
            ("[1,2]", "[1,2]"),
        ];
        for (text, expected) in table {
            assert_eq!(gist(text), expected);
        }
        assert_eq!(gist(&"word ".repeat(100)).chars().count(), GIST_CHARS);
    }

    #[test]
    fn json_is_set_out_and_prose_left_alone() {
        assert_eq!(readable(r#"{"a":1}"#), "{\n  \"a\": 1\n}");
        assert_eq!(readable("12 apples"), "12 apples");
        assert_eq!(readable("12"), "12");
    }

    #[test]
    fn a_tool_error_is_found_among_tools_and_among_errors() {
        let given = event(LogEventKind::ToolError, "refund", "Order NOT found");
        for group in [None, Some(EventGroup::Tools), Some(EventGroup::Errors)] {
            assert!(found(&given, group, "not f"), "{group:?}");
        }
        assert!(!found(&given, Some(EventGroup::Messages), ""));
        assert!(
            found(&given, None, "REFUND"),
            "the tool's name is searched too"
        );
        assert!(!found(&given, None, "missing"));
    }

    #[test]
    fn every_kind_is_in_a_group() {
        use LogEventKind::{
            AgentMessage, Error, Other, Status, SystemMessage, Thinking, ToolError, ToolResult,
            ToolUse, UserMessage,
        };
        for kind in [
            AgentMessage,
            Error,
            Other,
            Status,
            SystemMessage,
            Thinking,
            ToolError,
            ToolResult,
            ToolUse,
            UserMessage,
        ] {
            assert!(
                EventGroup::ALL.iter().any(|group| group.has(kind)),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_voice_goes_on_until_another_speaks() {
        let user = event(LogEventKind::UserMessage, "", "");
        let agent = event(LogEventKind::AgentMessage, "", "");
        let tool = event(LogEventKind::ToolUse, "", "");
        assert!(continues(&agent, Some(&agent)));
        assert!(!continues(&agent, Some(&user)));
        assert!(!continues(&agent, None));
        assert!(!continues(&tool, Some(&tool)));
    }

    #[test]
    fn matches_are_marked_in_their_own_case() {
        assert_eq!(
            marked("Ask, and ask again", "ASK"),
            [
                (true, "Ask"),
                (false, ", and "),
                (true, "ask"),
                (false, " again")
            ]
        );
        assert_eq!(marked("text", ""), [(false, "text")]);
    }

    #[test]
    fn a_snippet_shows_what_stands_around_a_hit() {
        let long = format!("{} Order\nA-48213 {}", "x".repeat(100), "y".repeat(300));
        let found = snippet(&long, "order").unwrap();
        assert!(found.starts_with('…') && found.ends_with('…'), "{found}");
        assert!(found.contains("x Order A-48213 y"), "{found}");
        assert_eq!(
            snippet("short order", "ORDER").as_deref(),
            Some("short order")
        );
        assert_eq!(snippet("text", ""), None);
        assert_eq!(snippet("text", "none"), None);
    }

    proptest! {
        #[test]
        fn marking_loses_no_text(text in ".{0,80}", needle in "[a-z]{0,3}") {
            let parts = marked(&text, &needle);
            let joined: String = parts.iter().map(|(_, part)| *part).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn folding_keeps_the_beginning(text in "(.|\n){0,3000}") {
            let folded = fold(&text);
            prop_assert!(text.starts_with(folded.head));
            let all = text.chars().count();
            prop_assert_eq!(folded.head.chars().count() + folded.hidden_chars, all);
        }
    }
}
