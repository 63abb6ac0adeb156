//! What dreams find: patterns in the sessions they read, proposals, figures and lessons written down.

use super::kits::{KITS, Kit};
use super::script::sections;
use super::{Copy, edits};
use crate::state::{Dream, Memory, Model};
use jiff::Timestamp;
use review_api::{
    DREAMING_REPORT, DreamingReport, InteractionId, ReportMetric, ReportPattern, ReportSuggestion,
    UPDATE_SYSTEM_PROMPT,
};
use serde_json::{Map, Value, json};

/// Transcripts that a dream's log mentions one by one.
const TRANSCRIPTS_LOGGED: usize = 14;

/// A file that a dream writes.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) path: String,
    text: String,
}

impl Write {
    /// The file's new content: the text, below what stood there.
    pub(crate) fn content(&self, old: Option<&Memory>) -> String {
        match old {
            Some(old) => format!("{}\n\n{}\n", old.content.trim_end(), self.text),
            None => format!("{}\n", self.text),
        }
    }
}

/// What a dream comes to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) writes: Vec<Write>,
    pub(crate) report: Option<Value>,
    /// The rest of the dream's log, without ids and times.
    pub(crate) log: Vec<Value>,
}

#[derive(Debug, Clone, Copy)]
struct PatternLine {
    key: &'static str,
    title: &'static str,
    description: &'static str,
}

#[derive(Debug, Clone, Copy)]
struct MetricLine {
    name: &'static str,
    before: f64,
    after: f64,
    cases: u32,
}

/// What one dream of a seeded agent finds: a section of `themes.txt`.
#[derive(Debug, Default)]
struct Theme {
    key: &'static str,
    summary: &'static str,
    patterns: Vec<PatternLine>,
    suggestions: Vec<&'static str>,
    metrics: Vec<MetricLine>,
    writes: Vec<(&'static str, &'static str)>,
}

fn themes(kit: &Kit) -> Vec<Theme> {
    let read = |section: super::script::Section| {
        let mut theme = Theme {
            key: section.part(0),
            ..Theme::default()
        };
        for line in section.body.lines() {
            let Some((word, rest)) = line.split_once(": ") else {
                continue;
            };
            let mut parts = rest.split(" | ").map(str::trim);
            let mut part = || parts.next().unwrap_or_default();
            match word {
                "summary" => theme.summary = rest,
                "suggest" => theme.suggestions.push(rest),
                "write" => theme.writes.push((part(), part())),
                "pattern" => theme.patterns.push(PatternLine {
                    key: part(),
                    title: part(),
                    description: part(),
                }),
                "metric" => theme.metrics.push(MetricLine {
                    name: part(),
                    before: part().parse().unwrap_or_default(),
                    after: part().parse().unwrap_or_default(),
                    cases: part().parse().unwrap_or_default(),
                }),
                _ => {}
            }
        }
        theme
    };
    sections(kit.themes).into_iter().map(read).collect()
}

/// The agent that a dream is about: that of its first session.
fn agent_id(model: &Model, dream: &Dream) -> Option<String> {
    let mut sessions = dream.session_ids.iter();
    sessions.find_map(|id| Some(model.sessions.get(id)?.agent_id.clone()))
}

/// The kit that a seeded agent is made of.
fn kit_of(model: &Model, agent_id: &str) -> Option<&'static Kit> {
    let (first_start, scale) = model.origin.unwrap_or((Timestamp::UNIX_EPOCH, 1_000));
    (0..scale).find_map(|number| {
        let copy = Copy {
            number,
            first_start,
        };
        KITS.iter()
            .find(|kit| copy.id("agent_", kit.key) == agent_id)
    })
}

/// Prompts that reports about an agent have proposed so far.
fn proposed_before(model: &Model, agent_id: &str) -> Vec<String> {
    let reports = model
        .dreams
        .values()
        .filter_map(|dream| dream.report.as_ref());
    reports
        .filter(|report| report.body.get("agent_id").and_then(Value::as_str) == Some(agent_id))
        .filter_map(|report| report.body.get("suggestions")?.as_array())
        .flatten()
        .filter_map(|suggestion| Some(suggestion.get("new_prompt")?.as_str()?.to_owned()))
        .collect()
}

fn suggestions(kit: &Kit, theme: &Theme, prompt: &str) -> Vec<ReportSuggestion> {
    let keys = theme.suggestions.iter();
    keys.filter_map(|key| {
        let proposal = edits::proposed(kit.edits, key)?;
        Some(ReportSuggestion {
            action: UPDATE_SYSTEM_PROMPT.to_owned(),
            new_prompt: edits::applied(prompt, &proposal.edits)?,
            title: Some(proposal.title.to_owned()),
            rationale: Some(proposal.rationale.to_owned()),
            patterns: theme
                .patterns
                .iter()
                .map(|line| line.key.to_owned())
                .collect(),
        })
    })
    .collect()
}

/// The theme named, or the first one whose proposals are new and still fit.
fn choose(
    model: &Model,
    kit: &'static Kit,
    agent_id: &str,
    prompt: &str,
    named: Option<&str>,
) -> Option<(Theme, Vec<ReportSuggestion>)> {
    let before = proposed_before(model, agent_id);
    themes(kit).into_iter().find_map(|theme| {
        let suggestions = suggestions(kit, &theme, prompt);
        let is_new = !suggestions.is_empty()
            && suggestions
                .iter()
                .all(|made| !before.contains(&made.new_prompt));
        let is_wanted = named.map_or(is_new, |named| theme.key == named);
        is_wanted.then_some((theme, suggestions))
    })
}

fn interactions(model: &Model, dream: &Dream, mistake: &str) -> Vec<InteractionId> {
    let sessions = dream
        .session_ids
        .iter()
        .filter_map(|id| model.sessions.get(id));
    let mut hits: Vec<_> = sessions
        .filter(|session| session.mistake.as_deref() == Some(mistake))
        .collect();
    hits.sort_by_key(|session| std::cmp::Reverse(session.created_at));
    hits.iter()
        .map(|session| InteractionId(session.id.clone()))
        .collect()
}

fn patterns(model: &Model, dream: &Dream, theme: &Theme) -> Vec<ReportPattern> {
    let lines = theme.patterns.iter();
    lines
        .map(|line| {
            let interaction_ids = interactions(model, dream, line.key);
            ReportPattern {
                key: Some(line.key.to_owned()),
                title: line.title.to_owned(),
                description: Some(line.description.to_owned()),
                occurrences: u32::try_from(interaction_ids.len()).ok(),
                interaction_ids,
            }
        })
        .filter(|pattern| !pattern.interaction_ids.is_empty())
        .collect()
}

/// Works out what a dream comes to, from the model as it is when the dream ends.
pub(crate) fn outcome(model: &Model, dream: &Dream, named: Option<&str>) -> Outcome {
    let Some(agent) = agent_id(model, dream).and_then(|id| model.agent(&id)) else {
        return Outcome::default();
    };
    let prompt = agent.system.as_deref().unwrap_or_default();
    let chosen =
        kit_of(model, &agent.id).and_then(|kit| choose(model, kit, &agent.id, prompt, named));
    let read = dream.session_ids.len();
    let mut report = DreamingReport {
        kind: DREAMING_REPORT.to_owned(),
        agent_id: agent.id.as_str().into(),
        dream_id: Some(dream.id.as_str().into()),
        agent_version: Some(agent.version),
        completed_at: None,
        summary: None,
        patterns: Vec::new(),
        suggestions: Vec::new(),
        metrics: Vec::new(),
        extra: Map::new(),
    };
    report.extra.insert("sessions_read".to_owned(), json!(read));
    let mut writes = Vec::new();
    if let Some((theme, suggestions)) = chosen {
        report.patterns = patterns(model, dream, &theme);
        report.summary = Some(theme.summary.replace("{n}", &read.to_string()));
        report.suggestions = suggestions;
        report.metrics = theme.metrics.iter().map(metric).collect();
        writes.extend(theme.writes.iter().map(|(path, text)| Write {
            path: (*path).to_owned(),
            text: text.replace("\\n", "\n"),
        }));
    } else {
        report.summary = Some(format!(
            "Read {read} sessions. Nothing keeps going wrong that the prompt or the memory does not \
             cover already; no change is proposed."
        ));
    }
    Outcome {
        log: closing(model, dream, &report, &writes),
        report: serde_json::to_value(&report).ok(),
        writes,
    }
}

fn metric(line: &MetricLine) -> ReportMetric {
    ReportMetric {
        name: line.name.to_owned(),
        before: Some(line.before),
        after: Some(line.after),
        cases: Some(line.cases),
    }
}

fn text(text: impl Into<String>) -> Value {
    json!([{"type": "text", "text": text.into()}])
}

fn tool(name: &str, input: &Value) -> Value {
    json!({
        "type": "agent.tool_use",
        "name": name,
        "input": input,
        "evaluated_permission": "allow",
        "evaluation": {"type": "always_allow"},
        "session_thread_id": null,
    })
}

fn result(content: impl Into<String>) -> Value {
    json!({"type": "agent.tool_result", "content": text(content), "is_error": false})
}

/// How the log of a dream begins, without ids and times.
pub(crate) fn dream_opening(model: &Model, dream: &Dream) -> Vec<Value> {
    let files = model
        .stores
        .get(&dream.input_store_id)
        .map_or(0, |record| record.memories.len());
    let sessions = dream.session_ids.len();
    vec![
        json!({"type": "session.status_running"}),
        json!({"type": "agent.message", "content": text(format!(
            "Reading {sessions} sessions against a memory of {files} files."
        ))}),
        tool(
            "bash",
            &json!({"command": "find /mnt/memory -type f | wc -l"}),
        ),
        result(files.to_string()),
        json!({"type": "agent.thinking"}),
    ]
}

fn closing(model: &Model, dream: &Dream, report: &DreamingReport, writes: &[Write]) -> Vec<Value> {
    let mut log = Vec::new();
    for id in dream.session_ids.iter().take(TRANSCRIPTS_LOGGED) {
        let title = model
            .sessions
            .get(id)
            .and_then(|session| session.title.as_deref());
        let events = model.events.get(id).map_or(0, Vec::len);
        let path = format!("/mnt/sessions/{id}.jsonl");
        log.push(tool("read", &json!({"file_path": path})));
        log.push(result(format!(
            "{} ({events} events)",
            title.unwrap_or("untitled")
        )));
    }
    log.push(json!({"type": "agent.thinking"}));
    for pattern in &report.patterns {
        let named: Vec<&str> = pattern
            .interaction_ids
            .iter()
            .take(3)
            .map(InteractionId::as_str)
            .collect();
        log.push(json!({"type": "agent.message", "content": text(format!(
            "Seen {} times: {} For example {}.",
            pattern.interaction_ids.len(),
            pattern.title,
            named.join(", "),
        ))}));
    }
    for write in writes {
        let input =
            json!({"file_path": format!("/mnt/memory{}", write.path), "content": write.text});
        log.push(tool("write", &input));
        log.push(result("ok"));
    }
    let summary = report.summary.clone().unwrap_or_default();
    log.push(json!({"type": "agent.message", "content": text(summary)}));
    log.push(json!({
        "type": "session.status_idle",
        "stop_reason": {"type": "end_turn"},
        "stop_details": null,
    }));
    log
}

#[cfg(test)]
mod tests {
    use super::super::sessions::scenes;
    use super::*;

    #[test]
    fn every_theme_names_mistakes_that_scenes_show_and_proposals_that_exist() {
        for kit in &KITS {
            let scenes = scenes(kit);
            for theme in themes(kit) {
                assert!(!theme.summary.is_empty(), "{}: {}", kit.key, theme.key);
                for line in &theme.patterns {
                    let shown = scenes.iter().any(|scene| scene.part(2) == line.key);
                    assert!(shown, "{}: no scene shows {}", kit.key, line.key);
                    assert!(!line.description.is_empty(), "{}: {}", kit.key, line.key);
                }
                for key in &theme.suggestions {
                    assert!(
                        edits::proposed(kit.edits, key).is_some(),
                        "{}: {key}",
                        kit.key
                    );
                }
                for line in &theme.metrics {
                    assert!((0.0..=1.0).contains(&line.before) && line.before > 0.0);
                    assert!((0.0..=1.0).contains(&line.after) && line.cases > 0);
                }
            }
        }
    }
}
