//! Which memories an interaction used: read from the transcript, where the agent's tools name files of a mounted store.
//!
//! The platform keeps no such list. It mounts memory stores as folders of a session, and the agent reads and writes
//! them with its ordinary file tools, so that the paths stand in the inputs of its tools, and now and then in what is
//! said. What stands in no transcript is not found: that a memory is named nowhere does not mean that nobody needs it.

use review_api::{LogEvent, LogEventKind, MemoryStoreId, MemoryUseKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Memories noted of one transcript, at most.
const MOST_USES: usize = 200;

/// Longest path of a memory, in bytes, as the platform has it.
const LONGEST_PATH: usize = 1_024;

/// Fields of a tool's input that name the one file it is about.
const FILE_FIELDS: [&str; 2] = ["file_path", "path"];

/// Where a memory store lies in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The store.
    pub store_id: MemoryStoreId,
    /// The folder, without a slash at its end.
    pub path: String,
}

/// A memory that an interaction used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryUsed {
    /// The store.
    pub store_id: MemoryStoreId,
    /// The memory's path in it, with a slash at its beginning.
    pub path: String,
    /// How: the strongest of all times.
    pub kind: MemoryUseKind,
    /// The first event with that.
    pub event_id: String,
}

/// Finds the memories that a transcript names, one entry for each, in the order of stores and paths; at most 200.
pub fn find(events: &[LogEvent], mounts: &[Mount]) -> Vec<MemoryUsed> {
    let mut found: BTreeMap<(&MemoryStoreId, String), (MemoryUseKind, &str)> = BTreeMap::new();
    for event in events {
        for (file, kind) in files(event) {
            let Some((store, path)) = place(&file, mounts) else {
                continue;
            };
            let key = (store, path.to_owned());
            let is_full = found.len() >= MOST_USES && !found.contains_key(&key);
            if is_full {
                continue;
            }
            let known = found.entry(key).or_insert((kind, &event.id));
            if kind < known.0 {
                *known = (kind, &event.id);
            }
        }
    }
    let used =
        |((store_id, path), (kind, event_id)): ((&MemoryStoreId, _), (_, &str))| MemoryUsed {
            store_id: store_id.clone(),
            path,
            kind,
            event_id: event_id.to_owned(),
        };
    found.into_iter().map(used).collect()
}

/// Says whether a text may name a file of some mounted store, so that it pays to ask where they are mounted.
pub fn may_name_a_memory(event: &LogEvent) -> bool {
    event.text.contains("/mnt/")
}

/// Returns the store whose folder `file` lies in, and the path there; the deepest folder counts.
fn place<'m, 'f>(file: &'f str, mounts: &'m [Mount]) -> Option<(&'m MemoryStoreId, &'f str)> {
    mounts
        .iter()
        .filter_map(|mount| {
            let path = file.strip_prefix(&*mount.path)?;
            let is_file = path.starts_with('/') && !path.ends_with('/');
            (is_file && path.len() <= LONGEST_PATH).then_some((mount, path))
        })
        .max_by_key(|(mount, _)| mount.path.len())
        .map(|(mount, path)| (&mount.store_id, path))
}

/// Returns the files that an event names, and how.
fn files(event: &LogEvent) -> Vec<(String, MemoryUseKind)> {
    use MemoryUseKind::{Named, Read, Written};
    match event.kind {
        LogEventKind::ToolUse => {
            let kind = match &*event.label {
                "read" | "view" => Read,
                "write" | "edit" => Written,
                _ => Named,
            };
            match serde_json::from_str(&event.text) {
                Ok(Value::Object(fields)) => {
                    let field = |(name, value): (&String, &Value)| match value {
                        Value::String(file) if FILE_FIELDS.contains(&&**name) => {
                            vec![(file.clone(), kind)]
                        }
                        Value::String(text) => within(text, Named),
                        _ => Vec::new(),
                    };
                    fields.iter().flat_map(field).collect()
                }
                // A huge input is cut and is no JSON any more; what it is about stands near its beginning.
                _ => within(&event.text, kind),
            }
        }
        LogEventKind::AgentMessage | LogEventKind::UserMessage | LogEventKind::SystemMessage => {
            within(&event.text, Named)
        }
        // An answer that lists a folder names every file in it, and says nothing of any.
        _ => Vec::new(),
    }
}

/// Returns the absolute paths that stand within a text, such as a command line.
fn within(text: &str, kind: MemoryUseKind) -> Vec<(String, MemoryUseKind)> {
    let ends = |at: char| at.is_whitespace() || "\"'`;|&<>()[]{},*?".contains(at);
    text.split(ends)
        .map(|word| word.trim_end_matches(['.', ':', '!', '\\']))
        .filter(|word| word.starts_with('/'))
        .map(|word| (word.to_owned(), kind))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(id: &str, kind: LogEventKind, label: &str, text: &str) -> LogEvent {
        LogEvent {
            id: id.to_owned(),
            at: None,
            kind,
            label: label.to_owned(),
            text: text.to_owned(),
            cut_chars: 0,
        }
    }

    fn tool(id: &str, name: &str, input: &str) -> LogEvent {
        event(id, LogEventKind::ToolUse, name, input)
    }

    fn mounts() -> Vec<Mount> {
        let mount = |store: &str, path: &str| Mount {
            store_id: store.into(),
            path: path.to_owned(),
        };
        vec![
            mount("memstore_1", "/mnt/memory/support"),
            mount("memstore_2", "/mnt/memory/support-old"),
        ]
    }

    fn drawn(events: &[LogEvent]) -> Vec<String> {
        let draw = |used: MemoryUsed| {
            let kind = used.kind.as_str();
            format!(
                "{} {} {kind} at {}",
                used.store_id, used.path, used.event_id
            )
        };
        find(events, &mounts()).into_iter().map(draw).collect()
    }

    #[test]
    fn tools_that_read_and_write_name_their_file() {
        let events = [
            tool("e1", "read", r#"{"file_path":"/mnt/memory/support/a.md"}"#),
            tool(
                "e2",
                "edit",
                r#"{"file_path":"/mnt/memory/support/a.md","old_string":"/mnt/memory/support/b.md"}"#,
            ),
            tool("e3", "read", r#"{"file_path":"/mnt/memory/support/a.md"}"#),
            tool(
                "e4",
                "read",
                r#"{"file_path":"/mnt/memory/support-old/a.md"}"#,
            ),
            tool("e5", "read", r#"{"file_path":"/mnt/data/a.md"}"#),
        ];
        assert_eq!(
            drawn(&events),
            [
                "memstore_1 /a.md written at e2",
                "memstore_1 /b.md named at e2",
                "memstore_2 /a.md read at e4",
            ]
        );
    }

    #[test]
    fn commands_and_messages_name_files_within_their_text() {
        let events = [
            tool(
                "e1",
                "bash",
                r#"{"command":"cat /mnt/memory/support/a.md | grep x; ls /mnt/memory/support/ '/mnt/memory/support/b.md'"}"#,
            ),
            event(
                "e2",
                LogEventKind::AgentMessage,
                "",
                "I keep that in /mnt/memory/support/c.md.",
            ),
        ];
        assert_eq!(
            drawn(&events),
            [
                "memstore_1 /a.md named at e1",
                "memstore_1 /b.md named at e1",
                "memstore_1 /c.md named at e2",
            ]
        );
    }

    #[test]
    fn an_input_that_was_cut_still_names_its_file_and_answers_name_none() {
        let cut = r#"{"content":"much","file_path":"/mnt/memory/support/a.md","more":"…"#;
        let events = [
            tool("e1", "write", cut),
            event(
                "e2",
                LogEventKind::ToolResult,
                "bash",
                "/mnt/memory/support/z.md",
            ),
        ];
        assert_eq!(drawn(&events), ["memstore_1 /a.md written at e1"]);
    }

    #[test]
    fn folders_and_endless_paths_are_no_memories() {
        let long = format!(r#"{{"path":"/mnt/memory/support/{}"}}"#, "x".repeat(1_024));
        let events = [
            tool("e1", "read", r#"{"path":"/mnt/memory/support"}"#),
            tool("e2", "read", r#"{"path":"/mnt/memory/support/"}"#),
            tool("e3", "read", &long),
        ];
        assert!(drawn(&events).is_empty());
    }

    #[test]
    fn of_very_many_only_so_many_are_noted() {
        let events: Vec<LogEvent> = (0..500)
            .map(|at| {
                let input = format!(r#"{{"path":"/mnt/memory/support/{at}.md"}}"#);
                tool(&format!("e{at}"), "read", &input)
            })
            .collect();
        assert_eq!(find(&events, &mounts()).len(), MOST_USES);
    }

    proptest! {
        #[test]
        fn whatever_is_said_only_files_of_mounted_stores_are_found(
            texts in prop::collection::vec("[a-z/ .{}\":]{0,60}", 0..12),
            kinds in prop::collection::vec(0_usize..3, 12),
        ) {
            let kinds_of = [LogEventKind::ToolUse, LogEventKind::AgentMessage, LogEventKind::ToolResult];
            let events: Vec<LogEvent> = texts
                .iter()
                .zip(kinds)
                .map(|(text, kind)| event("e", kinds_of[kind], "read", text))
                .collect();
            for used in find(&events, &mounts()) {
                prop_assert!(used.path.starts_with('/') && !used.path.ends_with('/'));
                let stands = events.iter().any(|event| event.text.contains(&used.path));
                prop_assert!(stands);
            }
        }
    }
}
