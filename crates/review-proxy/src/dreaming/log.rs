//! Turns the platform's session events into lines of a transcript or a raw log.

use crate::platform::SessionEvent;
use review_api::{LogEvent, LogEventKind};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Longest text of one line, in characters; what is beyond is cut and counted.
const LONGEST_TEXT: usize = 64 * 1024;
/// Longest label, in characters.
const LONGEST_LABEL: usize = 200;

/// Turns the events of one page into lines, in the same order.
pub fn lines(events: &[SessionEvent]) -> Vec<LogEvent> {
    // Results name only the use that they answer, so the page's uses lend them their tool's name.
    let mut tools: HashMap<&str, String> = HashMap::new();
    for event in events {
        if let Some(name) = tool_name(event) {
            tools.insert(&event.id, name);
        }
    }
    events.iter().map(|event| line(event, &tools)).collect()
}

fn line(event: &SessionEvent, tools: &HashMap<&str, String>) -> LogEvent {
    let (kind, label, text) = read(event, tools);
    let (text, cut_chars) = cut(text);
    LogEvent {
        id: event.id.clone(),
        at: event.processed_at,
        kind,
        label: label.chars().take(LONGEST_LABEL).collect(),
        text,
        cut_chars,
    }
}

fn read(event: &SessionEvent, tools: &HashMap<&str, String>) -> (LogEventKind, String, String) {
    use LogEventKind::{
        AgentMessage, Error, Other, Status, SystemMessage, Thinking, ToolError, ToolResult,
        ToolUse, UserMessage,
    };
    let rest = &event.rest;
    let word = || event.kind.clone();
    match event.kind.as_str() {
        "user.message" => (UserMessage, word(), content(rest)),
        "agent.message" => (AgentMessage, word(), content(rest)),
        "system.message" => (SystemMessage, word(), content(rest)),
        "agent.thinking" => (Thinking, word(), String::new()),
        "agent.tool_use" | "agent.mcp_tool_use" | "agent.custom_tool_use" => {
            let name = tool_name(event).unwrap_or_else(word);
            (
                ToolUse,
                name,
                rest.get("input").map(pretty).unwrap_or_default(),
            )
        }
        "agent.tool_result" | "agent.mcp_tool_result" | "user.custom_tool_result" => {
            let name = ["tool_use_id", "mcp_tool_use_id", "custom_tool_use_id"]
                .iter()
                .find_map(|field| tools.get(text(rest, field)?))
                .cloned();
            let kind = if rest.get("is_error") == Some(&Value::Bool(true)) {
                ToolError
            } else {
                ToolResult
            };
            (kind, name.unwrap_or_else(word), content(rest))
        }
        "session.error" => (Error, word(), session_error(rest)),
        "span.model_request_end" if rest.get("is_error") == Some(&Value::Bool(true)) => {
            (Error, word(), remaining(rest))
        }
        "session.status_idle" => {
            let reason = rest
                .get("stop_reason")
                .and_then(Value::as_object)
                .and_then(|reason| text(reason, "type"));
            (Status, word(), reason.unwrap_or_default().to_owned())
        }
        "session.status_running"
        | "session.status_rescheduled"
        | "session.status_terminated"
        | "session.deleted"
        | "session.updated"
        | "session.usage" => (Status, word(), remaining(rest)),
        // Outcomes, threads, spans, workflows and whatever comes later: kept as they are.
        _ if rest.get("content").is_some_and(Value::is_array) => (Other, word(), content(rest)),
        _ => (Other, word(), remaining(rest)),
    }
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str()
}

fn tool_name(event: &SessionEvent) -> Option<String> {
    if !event.kind.ends_with("tool_use") {
        return None;
    }
    let name = text(&event.rest, "name")?;
    let server = text(&event.rest, "mcp_server_name");
    Some(server.map_or_else(|| name.to_owned(), |server| format!("{server}: {name}")))
}

/// Returns what a message says.
pub(crate) fn message_text(event: &SessionEvent) -> String {
    content(&event.rest)
}

/// Returns the text of `content`: its text blocks, and a note for each block that is no text.
fn content(rest: &Map<String, Value>) -> String {
    match rest.get("content") {
        Some(Value::Array(blocks)) => {
            let texts: Vec<String> = blocks.iter().map(block).collect();
            texts.join("\n")
        }
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}

fn block(block: &Value) -> String {
    let Some(block) = block.as_object() else {
        return block.as_str().unwrap_or_default().to_owned();
    };
    match (text(block, "type"), text(block, "text")) {
        (Some("text") | None, Some(text)) => text.to_owned(),
        (Some(kind), _) => format!("[{kind}]"),
        (None, None) => String::new(),
    }
}

fn session_error(rest: &Map<String, Value>) -> String {
    let Some(error) = rest.get("error").and_then(Value::as_object) else {
        return remaining(rest);
    };
    let kind = text(error, "type").unwrap_or("error");
    let message = text(error, "message").unwrap_or_default();
    let retry = error
        .get("retry_status")
        .and_then(Value::as_object)
        .and_then(|status| text(status, "type"));
    let retry = retry.map_or(String::new(), |retry| format!(" ({retry})"));
    format!("{kind}: {message}{retry}")
}

/// Returns the fields that have something to say, as JSON; nothing where none has.
fn remaining(rest: &Map<String, Value>) -> String {
    let told: Map<String, Value> = rest
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        pretty(&Value::Object(told))
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn cut(text: String) -> (String, u64) {
    match text.char_indices().nth(LONGEST_TEXT) {
        None => (text, 0),
        Some((at, _)) => {
            let (kept, left_out) = text.split_at(at);
            (kept.to_owned(), left_out.chars().count() as u64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(mut value: Value) -> SessionEvent {
        value["id"] = json!("sevt_1");
        value["processed_at"] = json!("2026-11-18T14:00:00Z");
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    fn check(value: Value, kind: LogEventKind, label: &str, text: &str) {
        let line = lines(&[event(value)]).remove(0);
        assert_eq!(
            (line.kind, line.label.as_str(), line.text.as_str()),
            (kind, label, text)
        );
    }

    #[test]
    fn what_people_and_agents_say_is_text() {
        let content = json!([
            {"type":"text","text":"Where is <b>it</b>?"},
            {"type":"image","source":{}},
            {"type":"redacted"},
        ]);
        for (kind, expected) in [
            ("user.message", LogEventKind::UserMessage),
            ("agent.message", LogEventKind::AgentMessage),
            ("system.message", LogEventKind::SystemMessage),
        ] {
            check(
                json!({"type":kind,"content":content}),
                expected,
                kind,
                "Where is <b>it</b>?\n[image]\n[redacted]",
            );
        }
        check(
            json!({"type":"agent.thinking"}),
            LogEventKind::Thinking,
            "agent.thinking",
            "",
        );
    }

    #[test]
    fn tools_show_their_input_and_lend_their_name_to_the_result() {
        let mut used =
            event(json!({"type":"agent.tool_use","name":"read","input":{"file_path":"/a"}}));
        used.id = "sevt_use".to_owned();
        let result = event(json!({
            "type":"agent.tool_result","tool_use_id":"sevt_use","is_error":true,
            "content":[{"type":"text","text":"no such file"}],
        }));
        let lines = lines(&[used, result]);
        assert_eq!(lines[0].kind, LogEventKind::ToolUse);
        assert_eq!(lines[0].label, "read");
        assert_eq!(lines[0].text, "{\n  \"file_path\": \"/a\"\n}");
        assert_eq!(lines[1].kind, LogEventKind::ToolError);
        assert_eq!(lines[1].label, "read");
        assert_eq!(lines[1].text, "no such file");
        check(
            json!({"type":"agent.mcp_tool_use","name":"find","mcp_server_name":"crm","input":{}}),
            LogEventKind::ToolUse,
            "crm: find",
            "{}",
        );
        check(
            json!({"type":"agent.tool_result","tool_use_id":"elsewhere","content":[]}),
            LogEventKind::ToolResult,
            "agent.tool_result",
            "",
        );
    }

    #[test]
    fn the_session_tells_where_it_stands() {
        check(
            json!({"type":"session.status_idle","stop_reason":{"type":"end_turn"},"stop_details":null}),
            LogEventKind::Status,
            "session.status_idle",
            "end_turn",
        );
        check(
            json!({"type":"session.status_running"}),
            LogEventKind::Status,
            "session.status_running",
            "",
        );
        check(
            json!({"type":"session.error","error":{"type":"overloaded","message":"busy","retry_status":{"type":"retrying"}}}),
            LogEventKind::Error,
            "session.error",
            "overloaded: busy (retrying)",
        );
        check(
            json!({"type":"span.model_request_end","is_error":true,"model_usage":null}),
            LogEventKind::Error,
            "span.model_request_end",
            "{\n  \"is_error\": true\n}",
        );
    }

    #[test]
    fn what_is_not_known_is_kept() {
        check(
            json!({"type":"workflow_run.started","name":"x"}),
            LogEventKind::Other,
            "workflow_run.started",
            "{\n  \"name\": \"x\"\n}",
        );
        check(
            json!({"type":"agent.sang","content":[{"type":"text","text":"la"}]}),
            LogEventKind::Other,
            "agent.sang",
            "la",
        );
    }

    #[test]
    fn huge_texts_are_cut_between_characters_and_say_so() {
        let huge = "é".repeat(LONGEST_TEXT + 5);
        let line = lines(&[event(
            json!({"type":"user.message","content":[{"type":"text","text":huge}]}),
        )])
        .remove(0);
        assert_eq!(line.text.chars().count(), LONGEST_TEXT);
        assert_eq!(line.cut_chars, 5);
    }
}
