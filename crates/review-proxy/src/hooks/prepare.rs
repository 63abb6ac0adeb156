//! Turns a report as it was sent into what is kept of it, and says what was left out and why.

use crate::store::new_id;
use crate::store::reports::{NewReport, NewSuggestion};
use jiff::Timestamp;
use review_api::{
    ChangeSize, DreamId, DreamingReport, InteractionId, MAX_PROMPT_CHARS, Measurement, Metric,
    Pattern, Prompt, ReportMetric, ReportPattern, ReportSuggestion, UPDATE_SYSTEM_PROMPT,
};
use review_core::words;
use serde::Serialize;
use std::collections::HashSet;

/// Longest title, name or key, in characters.
const LONGEST_TITLE: usize = 200;
/// Longest text in sentences, in characters.
const LONGEST_TEXT: usize = 16_000;
/// Who a report comes from and who measured what it says.
pub(super) const SENDER: &str = "webhook";

/// What has to be known to read a report.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// The dream it is kept under.
    pub(super) dream_id: DreamId,
    /// The agent's prompt now.
    pub(super) current: &'a Prompt,
    /// Those of the interactions named that the agent had.
    pub(super) known: &'a HashSet<InteractionId>,
    /// The delivery that brought it.
    pub(super) delivery_id: &'a str,
    /// When that came.
    pub(super) received_at: Timestamp,
}

/// A suggestion that cannot be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct LeftOut {
    /// Its place in the report, from 1.
    pub(super) position: usize,
    /// Why.
    pub(super) reason: String,
}

/// What is kept, and what is not.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) report: NewReport,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) unknown_interactions: usize,
    pub(super) unknown_patterns: usize,
    pub(super) metrics_left_out: usize,
}

/// Reads a report.
pub(super) fn prepare(sent: &DreamingReport, context: Context<'_>) -> Prepared {
    let mut unknown_interactions = 0;
    let mut keys = HashSet::new();
    let patterns: Vec<Pattern> = sent
        .patterns
        .iter()
        .enumerate()
        .map(|(index, pattern)| {
            let key = unique_key(pattern.key.as_deref(), index, &mut keys);
            let (pattern, unknown) = read_pattern(pattern, key, context.known);
            unknown_interactions += unknown;
            pattern
        })
        .collect();
    let metrics: Vec<Metric> = sent.metrics.iter().filter_map(read_metric).collect();
    let mut suggestions = Vec::new();
    let mut left_out = Vec::new();
    let mut unknown_patterns = 0;
    for (suggestion, position) in sent.suggestions.iter().zip(1..) {
        if let Some(reason) = objection(suggestion, context.current) {
            left_out.push(LeftOut { position, reason });
            continue;
        }
        let (suggestion, unknown) = read_suggestion(suggestion, context.current, &keys);
        unknown_patterns += unknown;
        suggestions.push(suggestion);
    }
    // A version that the agent never had cannot be what the dream saw.
    let agent_version = sent
        .agent_version
        .filter(|version| (1..=context.current.version).contains(version))
        .unwrap_or(context.current.version);
    let summary = sent
        .summary
        .as_deref()
        .map(|text| cut(text.trim(), LONGEST_TEXT));
    let report = NewReport {
        dream_id: context.dream_id,
        agent_id: sent.agent_id.clone(),
        agent_version,
        summary: summary.filter(|summary| !summary.is_empty()),
        reported_by: SENDER.to_owned(),
        reported_at: context.received_at,
        completed_at: sent.completed_at,
        delivery_id: Some(context.delivery_id.to_owned()),
        extra: sent.extra.clone(),
        patterns,
        metrics,
        suggestions,
    };
    Prepared {
        metrics_left_out: sent.metrics.len() - report.metrics.len(),
        report,
        left_out,
        unknown_interactions,
        unknown_patterns,
    }
}

/// Says why a suggestion cannot be reviewed; nothing where it can.
fn objection(suggestion: &ReportSuggestion, current: &Prompt) -> Option<String> {
    if suggestion.action != UPDATE_SYSTEM_PROMPT {
        let action = line(&suggestion.action, 60);
        return Some(format!("its action {action:?} is not known"));
    }
    let chars = suggestion.new_prompt.chars().count();
    if chars > MAX_PROMPT_CHARS {
        return Some(format!(
            "its prompt has {chars} characters; the platform takes {MAX_PROMPT_CHARS}"
        ));
    }
    if suggestion.new_prompt.is_empty() {
        return Some("it proposes no prompt".to_owned());
    }
    if suggestion.new_prompt == current.text {
        return Some("the agent has this prompt already".to_owned());
    }
    None
}

fn read_suggestion(
    sent: &ReportSuggestion,
    current: &Prompt,
    keys: &HashSet<String>,
) -> (NewSuggestion, usize) {
    let counts = prompt_diff::size(&current.text, &sent.new_prompt);
    let size = ChangeSize {
        lines_added: counts.added,
        lines_removed: counts.removed,
    };
    let title = sent
        .title
        .as_deref()
        .map(|title| line(title, LONGEST_TITLE));
    let title = title
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| format!("New prompt, {}", words::size(size)));
    let pattern_keys: Vec<String> = sent
        .patterns
        .iter()
        .filter(|key| keys.contains(key.as_str()))
        .cloned()
        .collect();
    let unknown = sent.patterns.len() - pattern_keys.len();
    let suggestion = NewSuggestion {
        id: new_id("sug").into(),
        title,
        rationale: cut(sent.rationale.as_deref().unwrap_or_default(), LONGEST_TEXT),
        pattern_keys,
        proposed: sent.new_prompt.clone(),
        memory: None,
        takes_back: false,
        size,
        proposed_by: None,
        findings: Vec::new(),
    };
    (suggestion, unknown)
}

fn read_pattern(
    sent: &ReportPattern,
    key: String,
    known: &HashSet<InteractionId>,
) -> (Pattern, usize) {
    let mut seen = HashSet::new();
    let ids: Vec<InteractionId> = sent
        .interaction_ids
        .iter()
        .filter(|id| known.contains(*id) && seen.insert((*id).clone()))
        .cloned()
        .collect();
    let unknown = sent
        .interaction_ids
        .iter()
        .filter(|id| !known.contains(*id))
        .count();
    let named = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let title = line(&sent.title, LONGEST_TITLE);
    let pattern = Pattern {
        title: if title.is_empty() { key.clone() } else { title },
        key,
        description: cut(
            sent.description.as_deref().unwrap_or_default(),
            LONGEST_TEXT,
        ),
        occurrences: sent.occurrences.map(|count| count.max(named)),
        interaction_ids: ids,
        found_by: None,
    };
    (pattern, unknown)
}

/// Returns the sender's key, or one made from the place where it has none or has it twice.
fn unique_key(sent: Option<&str>, index: usize, keys: &mut HashSet<String>) -> String {
    let sent = sent
        .map(|key| line(key, LONGEST_TITLE))
        .filter(|key| !key.is_empty());
    let mut key = sent.unwrap_or_else(|| format!("pattern-{}", index + 1));
    while !keys.insert(key.clone()) {
        key = format!("{key}-{}", index + 1);
    }
    key
}

/// Returns a metric, unless a figure is no share: better none than a wrong one.
fn read_metric(sent: &ReportMetric) -> Option<Metric> {
    let is_share = |value: &Option<f64>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
    let name = line(&sent.name, LONGEST_TITLE);
    if name.is_empty() || !is_share(&sent.before) || !is_share(&sent.after) {
        return None;
    }
    let cases = sent.cases;
    let measured = |value: Option<f64>| value.map(|value| Measurement { value, cases });
    Some(Metric {
        name,
        before: measured(sent.before),
        after: measured(sent.after),
        measured_by: SENDER.to_owned(),
    })
}

/// Returns the text as one line.
pub(super) fn line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text.split(|char: char| char.is_control()).collect();
    cut(words.join(" ").trim(), longest)
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}\u{2026}", text.get(..at).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prepared(sent: serde_json::Value, known: &[&str]) -> Prepared {
        let mut report = json!({"type":"dreaming_report","agent_id":"agent_1","suggestions":[]});
        report
            .as_object_mut()
            .unwrap()
            .extend(sent.as_object().unwrap().clone());
        let report: DreamingReport = serde_json::from_value(report).unwrap();
        let current = Prompt {
            version: 4,
            sha256: String::new(),
            text: "One.\nTwo.\n".to_owned(),
        };
        let known: HashSet<InteractionId> = known.iter().map(|id| (*id).into()).collect();
        prepare(
            &report,
            Context {
                dream_id: "drm_1".into(),
                current: &current,
                known: &known,
                delivery_id: "msg_1",
                received_at: Timestamp::UNIX_EPOCH,
            },
        )
    }

    fn update(prompt: &str) -> serde_json::Value {
        json!({"action":"update_system_prompt","new_prompt":prompt})
    }

    #[test]
    fn a_suggestion_without_a_title_is_named_by_its_size() {
        let prepared = prepared(json!({"suggestions":[update("One.\n2.\nThree.\n")]}), &[]);
        let suggestion = &prepared.report.suggestions[0];
        assert_eq!(suggestion.title, "New prompt, +2 \u{2212}1");
        assert_eq!(prepared.report.agent_version, 4);
    }

    #[test]
    fn what_cannot_be_reviewed_is_left_out_with_a_reason_and_the_rest_is_kept() {
        let too_long = "x".repeat(MAX_PROMPT_CHARS + 1);
        let prepared = prepared(
            json!({"suggestions":[
                update(&too_long),
                {"action":"buy_milk","litres":2},
                update("One.\nTwo.\n"),
                {"action":"update_system_prompt"},
                update(&"é".repeat(MAX_PROMPT_CHARS)),
            ]}),
            &[],
        );
        let reasons: Vec<(usize, &str)> = prepared
            .left_out
            .iter()
            .map(|left| (left.position, left.reason.as_str()))
            .collect();
        assert_eq!(
            reasons,
            [
                (
                    1,
                    "its prompt has 100001 characters; the platform takes 100000"
                ),
                (2, "its action \"buy_milk\" is not known"),
                (3, "the agent has this prompt already"),
                (4, "it proposes no prompt"),
            ]
        );
        assert_eq!(prepared.report.suggestions.len(), 1);
    }

    #[test]
    fn unknown_interactions_are_dropped_and_counted() {
        let prepared = prepared(
            json!({"patterns":[
                {"title":"a","interaction_ids":["sesn_1","sesn_9","sesn_1","sesn_2"],"occurrences":1},
                {"title":"b","interaction_ids":["sesn_8"]},
            ]}),
            &["sesn_1", "sesn_2"],
        );
        assert_eq!(prepared.unknown_interactions, 2);
        let first = &prepared.report.patterns[0];
        assert_eq!(first.interaction_ids, ["sesn_1".into(), "sesn_2".into()]);
        assert_eq!(first.occurrences, Some(2), "no fewer than are named");
        assert_eq!(prepared.report.patterns[1].occurrences, None);
    }

    #[test]
    fn patterns_have_different_keys_and_suggestions_name_only_those() {
        let prepared = prepared(
            json!({
                "patterns":[{"key":"k","title":"a"},{"key":"k","title":"b"},{"title":"c"}],
                "suggestions":[{"action":"update_system_prompt","new_prompt":"x","patterns":["k","nope"]}],
            }),
            &[],
        );
        let keys: Vec<&str> = prepared
            .report
            .patterns
            .iter()
            .map(|p| p.key.as_str())
            .collect();
        assert_eq!(keys, ["k", "k-2", "pattern-3"]);
        assert_eq!(prepared.report.suggestions[0].pattern_keys, ["k"]);
        assert_eq!(prepared.unknown_patterns, 1);
    }

    #[test]
    fn figures_that_are_no_shares_are_left_out() {
        let prepared = prepared(
            json!({"metrics":[
                {"name":"accuracy","before":0.5,"after":1.0,"cases":40},
                {"name":"joy","before":7.0},
                {"name":"half","after":-0.1},
            ]}),
            &[],
        );
        assert_eq!(prepared.metrics_left_out, 2);
        let metric = &prepared.report.metrics[0];
        assert_eq!(
            metric.before,
            Some(Measurement {
                value: 0.5,
                cases: Some(40)
            })
        );
    }

    #[test]
    fn a_version_that_the_agent_never_had_is_not_believed() {
        let version = |version: u32| {
            prepared(json!({"agent_version":version}), &[])
                .report
                .agent_version
        };
        assert_eq!((version(3), version(5), version(0)), (3, 4, 4));
    }

    #[test]
    fn what_else_was_sent_is_kept() {
        let prepared = prepared(json!({"pipeline":{"run":7},"summary":"  "}), &[]);
        assert_eq!(prepared.report.extra["pipeline"]["run"], 7);
        assert_eq!(
            prepared.report.summary, None,
            "nothing but blanks is no summary"
        );
    }

    #[test]
    fn titles_are_one_short_line() {
        assert_eq!(line("a\nb\u{7}c", 10), "a b c");
        assert_eq!(
            line(&"é".repeat(12), 10),
            format!("{}\u{2026}", "é".repeat(10))
        );
    }
}
