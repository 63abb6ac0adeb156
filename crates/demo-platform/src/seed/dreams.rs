//! Seeded dreams: what was dreamt over the last weeks, and what is being dreamt now.

use super::kits::{KITS, Kit};
use super::{Copy, dream_opening, dreamer, outcome};
use crate::dreaming::cloned;
use crate::memory::{created, modified};
use crate::platform::ENVIRONMENT;
use crate::state::{
    Dream, DreamError, DreamStatus, Entry, Model, Plan, Report, Session, SessionStatus, Usage,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most sessions that one seeded dream reads.
const SESSIONS_READ: usize = 60;

/// How a seeded dream ended, or will.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// Completed with this theme.
    Completed(&'static str),
    Failed(&'static str, &'static str),
    Canceled,
    /// Running; completes with this theme soon after the first start.
    Running(&'static str),
    Pending,
}

use Ending::{Canceled, Completed, Failed, Pending, Running};

const TIMEOUT: Ending = Failed(
    "timeout",
    "The dream did not finish within its time budget. Try fewer sessions.",
);

/// Agent, hours before the first start, minutes it took, ending; oldest first for each agent.
const DREAMS: [(&str, i64, i64, Ending); 32] = [
    ("support", 500, 34, Completed("quiet-week")),
    ("support", 412, 41, Completed("order-number")),
    ("support", 316, 120, TIMEOUT),
    ("support", 244, 38, Completed("simplify")),
    ("support", 172, 29, Completed("quiet-again")),
    ("support", 76, 44, Completed("order-number-again")),
    ("support", 0, 0, Running("delivery-dates")),
    ("review", 478, 27, Completed("quiet-week")),
    ("review", 382, 6, Canceled),
    ("review", 286, 31, Completed("style-nits")),
    ("review", 190, 33, Completed("quiet-again")),
    ("review", 94, 36, Completed("tests")),
    ("review", 0, 0, Pending),
    ("sales", 459, 18, Completed("quiet-week")),
    ("sales", 363, 21, Completed("sources")),
    (
        "sales",
        219,
        3,
        Failed(
            "input_session_unavailable",
            "An input session was deleted after the dream was created.",
        ),
    ),
    ("sales", 123, 17, Completed("quiet-again")),
    ("sales", 51, 19, Completed("quiet-third")),
    ("oncall", 505, 58, Completed("quiet-week")),
    ("oncall", 433, 66, Completed("evidence-first")),
    ("oncall", 337, 52, Completed("quiet-again")),
    ("oncall", 241, 61, Completed("restart")),
    ("oncall", 145, 11, Canceled),
    ("oncall", 73, 57, Completed("faster")),
    (
        "oncall",
        25,
        4,
        Failed(
            "internal_error",
            "Something went wrong on our side. Try again.",
        ),
    ),
    ("legal", 490, 15, Completed("quiet-week")),
    ("legal", 394, 5, Canceled),
    ("legal", 298, 22, Completed("deadlines")),
    ("legal", 202, 16, Completed("quiet-again")),
    ("legal", 106, 120, TIMEOUT),
    ("legal", 34, 20, Completed("shorter")),
    ("legal", 10, 14, Completed("quiet-third")),
];

/// A seeded dream in the making.
struct Maker<'a> {
    copy: Copy,
    kit: &'a Kit,
    name: String,
    created_at: Timestamp,
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    let later = SignedDuration::from_secs(seconds);
    at.checked_add(later).unwrap_or(at)
}

/// The dreams of a copy, with the stores, memories and sessions that they made.
pub(super) fn dreams(copy: Copy, world: &mut Model) -> Vec<Entry> {
    let mut all = Vec::new();
    for (number, (key, hours_ago, minutes, ending)) in DREAMS.into_iter().enumerate() {
        let Some(kit) = KITS.iter().find(|kit| kit.key == key) else {
            continue;
        };
        let name = format!("{key}/{number}");
        let mut random = copy.random(&name);
        let (created_at, minutes) = match ending {
            Running(_) => (copy.minutes_ago(9), 0),
            Pending => (copy.minutes_ago(2), 0),
            _ => (
                copy.minutes_ago(hours_ago * 60 + random.i64(0..40)),
                minutes,
            ),
        };
        let maker = Maker {
            copy,
            kit,
            name,
            created_at,
        };
        let ended_at = after(created_at, minutes * 60 + random.i64(0..60));
        for entry in maker.entries(world, ending, ended_at) {
            world.apply(entry.clone());
            all.push(entry);
        }
    }
    all
}

impl Maker<'_> {
    fn id(&self, prefix: &str) -> String {
        self.copy.id(prefix, &format!("dream/{}", self.name))
    }

    /// The agent's sessions before the dream, newest first.
    fn sessions(&self, world: &Model) -> Vec<String> {
        let agent_id = self.copy.id("agent_", self.kit.key);
        let all = world.sessions_by_agent.get(&agent_id).into_iter().flatten();
        let before = all.rev().filter(|(at, _)| *at < self.created_at);
        let mut ids: Vec<String> = before
            .take(SESSIONS_READ)
            .map(|(_, id)| id.clone())
            .collect();
        ids.sort();
        ids
    }

    fn entries(&self, world: &Model, ending: Ending, ended_at: Timestamp) -> Vec<Entry> {
        let session_ids = self.sessions(world);
        let read = u64::try_from(session_ids.len()).unwrap_or_default();
        let usage = Usage {
            input_tokens: 7_300 + 1_180 * read,
            output_tokens: 2_050 + 190 * read,
            cache_read_input_tokens: 41_000 + 11_900 * read,
            cache_creation_input_tokens: 9_800 + 2_010 * read,
        };
        let mut dream = Dream {
            id: self.id("drm_"),
            status: DreamStatus::Pending,
            input_store_id: self.copy.id("memstore_", self.kit.key),
            session_ids,
            output_store_id: None,
            update_existing: false,
            model_id: "claude-opus-5-5".to_owned(),
            instructions: Some(
                "Keep one current statement per fact. Name what keeps going wrong, with sessions."
                    .to_owned(),
            ),
            session_id: None,
            usage: Usage::default(),
            error: None,
            created_at: self.created_at,
            ended_at: None,
            archived_at: None,
            plan: None,
            report: None,
        };
        match ending {
            Pending => {
                dream.plan = Some(self.plan(usage, 20 * 60, 45 * 60, None));
                vec![Entry::Dream(Box::new(dream))]
            }
            Running(theme) => {
                let start = self
                    .created_at
                    .duration_since(self.copy.first_start)
                    .as_secs();
                dream.plan = Some(self.plan(usage, start + 20, 75, Some(theme)));
                dream.status = DreamStatus::Running;
                let mut entries = self.session(world, &mut dream, None, Vec::new());
                entries.push(Entry::Dream(Box::new(dream)));
                entries
            }
            Completed(theme) => {
                dream.usage = usage;
                self.completed(world, dream, theme, ended_at)
            }
            Failed(kind, message) => {
                dream.status = DreamStatus::Failed;
                dream.error = Some(DreamError {
                    kind: kind.to_owned(),
                    message: message.to_owned(),
                });
                dream.usage = usage.part(2, 5);
                self.ended(world, dream, ended_at)
            }
            Canceled => {
                dream.status = DreamStatus::Canceled;
                dream.usage = usage.part(1, 6);
                self.ended(world, dream, ended_at)
            }
        }
    }

    /// A plan in seconds from the first start; outputs are there 15 seconds after it, or after the start.
    fn plan(&self, usage: Usage, starts: i64, ends: i64, theme: Option<&str>) -> Plan {
        let first_start = self.copy.first_start;
        Plan {
            starts_at: after(first_start, starts),
            output_at: after(first_start, starts.max(0) + 15),
            ends_at: after(first_start, ends),
            usage,
            fails_with: None,
            theme: theme.map(str::to_owned),
        }
    }

    /// Makes the session that a dream runs in, with its log.
    fn session(
        &self,
        world: &Model,
        dream: &mut Dream,
        ended_at: Option<Timestamp>,
        rest: Vec<Value>,
    ) -> Vec<Entry> {
        let id = self.id("sesn_");
        dream.session_id = Some(id.clone());
        let started_at = after(self.created_at, 20);
        let mut log = dream_opening(world, dream);
        log.extend(rest);
        let last = ended_at.unwrap_or(self.copy.first_start);
        let gap =
            last.duration_since(started_at).as_secs() / i64::try_from(log.len() + 1).unwrap_or(1);
        let mut at = started_at;
        let mut tool_use_id = String::new();
        let events = log.into_iter().enumerate().map(|(number, mut event)| {
            at = after(at, gap.max(1));
            let event_id = self
                .copy
                .id("sevt_", &format!("dream/{}/{number}", self.name));
            if let Value::Object(fields) = &mut event {
                match fields.get("type").and_then(Value::as_str) {
                    Some("agent.tool_use") => tool_use_id.clone_from(&event_id),
                    Some("agent.tool_result") => {
                        fields.insert("tool_use_id".to_owned(), json!(tool_use_id));
                    }
                    _ => {}
                }
                fields.insert("id".to_owned(), json!(event_id));
                fields.insert("processed_at".to_owned(), json!(at));
            }
            event
        });
        let events = events.collect();
        let seconds = last.duration_since(started_at).as_secs_f64();
        let session = Session {
            id: id.clone(),
            title: Some(format!("Dream over {}", self.kit.store.0)),
            status: if ended_at.is_some() {
                SessionStatus::Terminated
            } else {
                SessionStatus::Running
            },
            environment_id: ENVIRONMENT.to_owned(),
            agent_id: crate::ids::derived("agent_", "dreamer"),
            agent_version: 1,
            snapshot: Some(dreamer(&dream.model_id)),
            resources: Vec::new(),
            vault_ids: Vec::new(),
            metadata: BTreeMap::new(),
            budget: None,
            active_seconds: seconds,
            duration_seconds: seconds,
            input_tokens: dream.usage.input_tokens,
            output_tokens: dream.usage.output_tokens,
            created_at: started_at,
            updated_at: last,
            archived_at: ended_at,
            dream_id: Some(dream.id.clone()),
            mistake: None,
        };
        vec![
            Entry::Session(Box::new(session)),
            Entry::Events {
                session_id: id,
                events,
            },
        ]
    }

    fn ended(&self, world: &Model, mut dream: Dream, ended_at: Timestamp) -> Vec<Entry> {
        dream.ended_at = Some(ended_at);
        let terminated = json!({"type": "session.status_terminated"});
        let mut entries = self.session(world, &mut dream, Some(ended_at), vec![terminated]);
        entries.push(Entry::Dream(Box::new(dream)));
        entries
    }

    fn completed(
        &self,
        world: &Model,
        mut dream: Dream,
        theme: &str,
        ended_at: Timestamp,
    ) -> Vec<Entry> {
        dream.status = DreamStatus::Completed;
        dream.ended_at = Some(ended_at);
        let outcome = outcome(world, &dream, Some(theme));
        let output = self.id("memstore_");
        let mut entries = self.session(world, &mut dream, Some(ended_at), outcome.log);
        let by = json!({"type": "session_actor", "session_id": dream.session_id});
        if let Some(input) = world.stores.get(&dream.input_store_id) {
            entries.extend(cloned(input, &output, after(self.created_at, 30), &by));
            for write in &outcome.writes {
                let old = input.memories.get(&write.path);
                let content = write.content(old);
                let name = format!("{output}{}", write.path);
                let version = self.copy.id("memver_", &format!("{name}/written"));
                let written = match old {
                    // The clone's ids are derived from its path, so this is the same memory.
                    Some(old) => {
                        let mut copy = old.clone();
                        copy.store_id.clone_from(&output);
                        modified(&copy, &write.path, &content, ended_at, &by)
                    }
                    None => created(&output, &write.path, &content, ended_at, &by),
                };
                let memory = crate::ids::derived("mem_", &name);
                entries.extend(written.with_ids(memory, version).entries());
            }
        }
        dream.output_store_id = Some(output);
        dream.report = outcome.report.map(|mut body| {
            if let Value::Object(fields) = &mut body {
                fields.insert("completed_at".to_owned(), json!(ended_at));
            }
            Report {
                delivery_id: self.id("whe_"),
                body,
                delivered_at: None,
            }
        });
        entries.push(Entry::Dream(Box::new(dream)));
        entries
    }
}
