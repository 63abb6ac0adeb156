//! Says what a dream came to: the report as it is posted to its agent's webhook.

use super::new_delivery_id;
use crate::hooks::REPORT_LIMIT_BYTES;
use crate::store::outgoing::{self, NewDelivery, Proposed, Reported, reported};
use crate::store::{Conn, StoreResult, settings};
use jiff::Timestamp;
use review_api::{
    AgentId, DREAMING_REPORT, DeliveryId, DreamId, MemoryManifest, MemoryOperation, Metric,
    Pattern, UPDATE_SYSTEM_PROMPT,
};
use serde_json::{Map, Value, json};

/// The action of a proposal that changes memories.
const UPDATE_MEMORIES: &str = "update_memories";

/// Puts a dream's report as it is now among what goes out; nothing where its agent has no webhook.
///
/// To be called in the transaction that made the report what it is: either both last or neither.
///
/// # Errors
/// If the database fails.
pub(crate) async fn report(
    conn: &mut Conn,
    agent_id: &AgentId,
    dream_id: &DreamId,
    now: Timestamp,
) -> StoreResult<Option<DeliveryId>> {
    let settings = settings::get(conn, agent_id).await?;
    if settings.dreaming.feedback_webhook.is_none() {
        return Ok(None);
    }
    let Some(reported) = reported(conn, dream_id).await? else {
        return Ok(None);
    };
    let body = body(agent_id, dream_id, &reported);
    let id = new_delivery_id();
    let new = NewDelivery {
        id: &id,
        agent_id,
        event: DREAMING_REPORT,
        dream_id: Some(dream_id),
        body: &body,
        at: now,
    };
    outgoing::insert(conn, new).await?;
    Ok(Some(id))
}

/// Writes a report as `POST /api/hooks/dreaming-report` takes it, with what else its sender wrote.
///
/// Texts of memories are left out: whoever may decide on them reads them where they are decided. So are prompts
/// that would make it larger than what is taken in.
fn body(agent_id: &AgentId, dream_id: &DreamId, report: &Reported) -> String {
    let whole = written(agent_id, dream_id, report, true);
    if whole.len() <= REPORT_LIMIT_BYTES {
        return whole;
    }
    written(agent_id, dream_id, report, false)
}

fn written(agent_id: &AgentId, dream_id: &DreamId, report: &Reported, has_prompts: bool) -> String {
    let suggestions = report.suggestions.iter();
    let suggestions: Vec<Value> = suggestions.map(|it| suggestion(it, has_prompts)).collect();
    // What is ours stands before what its sender wrote under the same name.
    let mut fields = report.extra.clone();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("type", json!(DREAMING_REPORT));
    put("agent_id", json!(agent_id));
    put("dream_id", json!(dream_id));
    put("agent_version", json!(report.agent_version));
    put("reported_by", json!(report.reported_by));
    put("suggestions", Value::Array(suggestions));
    put(
        "patterns",
        Value::Array(report.patterns.iter().map(pattern).collect()),
    );
    put(
        "metrics",
        Value::Array(report.metrics.iter().map(metric).collect()),
    );
    if let Some(summary) = &report.summary {
        put("summary", json!(summary));
    }
    if let Some(at) = report.completed_at {
        put("completed_at", json!(at));
    }
    if !has_prompts {
        put("prompts_left_out", json!(true));
    }
    Value::Object(fields).to_string()
}

fn suggestion(proposed: &Proposed, has_prompts: bool) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("suggestion_id", json!(proposed.id));
    put("title", json!(proposed.title));
    put("rationale", json!(proposed.rationale));
    put("status", json!(proposed.status));
    if !proposed.pattern_keys.is_empty() {
        put("patterns", json!(proposed.pattern_keys));
    }
    if let Some(manifest) = &proposed.memory {
        put("action", json!(UPDATE_MEMORIES));
        put("memory_store_id", json!(manifest.store_id));
        put("memories", memories(manifest));
    } else {
        let prompt = Some(proposed.prompt.as_str()).filter(|_| has_prompts);
        put("action", json!(UPDATE_SYSTEM_PROMPT));
        put("new_prompt", json!(prompt.unwrap_or_default()));
    }
    Value::Object(fields)
}

fn memories(manifest: &MemoryManifest) -> Value {
    let operations = manifest.operations.iter().map(|operation| match operation {
        MemoryOperation::Create { path, .. } => json!({ "op": "create", "path": path }),
        MemoryOperation::Edit { path, .. } => json!({ "op": "edit", "path": path }),
        MemoryOperation::Rename { from, to, .. } => {
            json!({ "op": "rename", "from": from, "to": to })
        }
        MemoryOperation::Delete { path, .. } => json!({ "op": "delete", "path": path }),
    });
    Value::Array(operations.collect())
}

fn pattern(pattern: &Pattern) -> Value {
    json!({
        "key": pattern.key,
        "title": pattern.title,
        "description": pattern.description,
        "occurrences": pattern.occurrences,
        "interaction_ids": pattern.interaction_ids,
    })
}

fn metric(metric: &Metric) -> Value {
    let measured = metric.before.or(metric.after);
    json!({
        "name": metric.name,
        "before": metric.before.map(|it| it.value),
        "after": metric.after.map(|it| it.value),
        "cases": measured.and_then(|it| it.cases),
        "measured_by": metric.measured_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{DreamingReport, Measurement, SuggestionStatus};

    fn proposed(prompt: &str, memory: Option<MemoryManifest>) -> Proposed {
        Proposed {
            id: "sug_1".into(),
            title: "Ask first".to_owned(),
            rationale: "Refunds went out twice.".to_owned(),
            pattern_keys: vec!["refunds".to_owned()],
            prompt: prompt.to_owned(),
            memory,
            status: SuggestionStatus::Open,
        }
    }

    fn report(suggestions: Vec<Proposed>) -> Reported {
        let extra = json!({ "pipeline": "nightly-7", "type": "not ours" });
        Reported {
            agent_version: 12,
            summary: Some("Two things go wrong.".to_owned()),
            reported_by: "webhook".to_owned(),
            completed_at: Some(Timestamp::UNIX_EPOCH),
            extra: extra.as_object().unwrap().clone(),
            patterns: vec![Pattern {
                key: "refunds".to_owned(),
                title: "Refunds".to_owned(),
                description: "Twice.".to_owned(),
                occurrences: Some(3),
                interaction_ids: vec!["sesn_1".into()],
                found_by: None,
            }],
            metrics: vec![Metric {
                name: "accuracy".to_owned(),
                before: Some(Measurement {
                    value: 0.5,
                    cases: Some(40),
                }),
                after: None,
                measured_by: "webhook".to_owned(),
            }],
            suggestions,
        }
    }

    fn sent(suggestions: Vec<Proposed>) -> (DreamingReport, Value) {
        let body = body(&"agent_1".into(), &"drm_1".into(), &report(suggestions));
        (
            serde_json::from_str(&body).unwrap(),
            serde_json::from_str(&body).unwrap(),
        )
    }

    #[test]
    fn what_goes_out_is_what_comes_in_with_all_that_its_sender_wrote() {
        let (read, raw) = sent(vec![proposed("Be kind.", None)]);
        assert_eq!(read.kind, DREAMING_REPORT);
        assert_eq!(read.dream_id, Some("drm_1".into()));
        assert_eq!(read.agent_version, Some(12));
        assert_eq!(read.suggestions[0].action, UPDATE_SYSTEM_PROMPT);
        assert_eq!(read.suggestions[0].new_prompt, "Be kind.");
        assert_eq!(read.suggestions[0].patterns, ["refunds"]);
        assert_eq!(read.patterns[0].interaction_ids, ["sesn_1".into()]);
        assert_eq!(read.metrics[0].cases, Some(40));
        assert_eq!(read.extra["pipeline"], "nightly-7");
        assert_eq!(raw["suggestions"][0]["suggestion_id"], "sug_1");
    }

    #[test]
    fn memories_go_out_by_their_paths_and_never_with_their_texts() {
        let manifest = MemoryManifest {
            store_id: "memstore_1".into(),
            operations: vec![MemoryOperation::Create {
                path: "/a.md".to_owned(),
                content: "nobody else's business".to_owned(),
            }],
        };
        let (read, raw) = sent(vec![proposed("", Some(manifest))]);
        assert_eq!(read.suggestions[0].action, UPDATE_MEMORIES);
        assert_eq!(
            raw["suggestions"][0]["memories"],
            json!([{ "op": "create", "path": "/a.md" }])
        );
        assert!(!raw.to_string().contains("nobody"));
    }

    #[test]
    fn prompts_that_would_make_it_too_large_are_left_out_and_that_is_said() {
        let large = "\u{1}".repeat(100_000);
        let many = (0..8).map(|_| proposed(&large, None)).collect();
        let (read, raw) = sent(many);
        assert_eq!(raw["prompts_left_out"], true);
        assert_eq!(read.suggestions.len(), 8);
        assert!(raw.to_string().len() < REPORT_LIMIT_BYTES);
        let (_, raw) = sent(vec![proposed(&large, None)]);
        assert_eq!(raw.get("prompts_left_out"), None);
    }
}
