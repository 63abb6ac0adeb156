//! The running platform: the model behind a lock, with its journal, faults, recorder and bells.

use crate::faults::Faults;
use crate::http::errors::ApiError;
use crate::recorder::Recorder;
use crate::state::{Entry, Journal, Model, now};
use crate::{Pace, ReportTarget};
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, broadcast};

/// Events that a slow listener may lag behind before it misses some.
const EVENTS_KEPT: usize = 1024;

/// Takes a lock; a panic in another request must not end this one.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Kept {
    model: Model,
    journal: Journal,
}

/// A session's new event, for those who listen.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) session_id: String,
    pub(crate) event: Value,
}

/// The running platform.
pub(crate) struct Platform {
    kept: Mutex<Kept>,
    /// What goes wrong on demand.
    pub(crate) faults: Mutex<Faults>,
    /// What was asked.
    pub(crate) recorder: Mutex<Recorder>,
    /// Platform events (`memory_store.created`, …), oldest first.
    pub(crate) events: Mutex<Vec<Value>>,
    /// What the model gives a tool the next time, the oldest first.
    pub(crate) answers: Mutex<Vec<(String, Value)>>,
    /// Rings with each new event of a session.
    pub(crate) heard: broadcast::Sender<Heard>,
    /// Wakes the task that moves dreams on.
    pub(crate) dreams_changed: Notify,
    /// Wakes the task that delivers reports.
    pub(crate) reports_changed: Notify,
    pub(crate) report: Option<ReportTarget>,
    pub(crate) pace: Pace,
}

/// A change being made: reads see what was put before.
pub(crate) struct Change<'a> {
    model: &'a mut Model,
    entries: Vec<Entry>,
}

impl Change<'_> {
    /// The model as it is by now.
    pub(crate) fn model(&self) -> &Model {
        self.model
    }

    /// Makes one change. Refusals come before the first one.
    pub(crate) fn put(&mut self, entry: Entry) {
        self.model.apply(entry.clone());
        self.entries.push(entry);
    }
}

impl Platform {
    /// Puts a platform together.
    pub(crate) fn new(
        model: Model,
        journal: Journal,
        report: Option<ReportTarget>,
        pace: Pace,
    ) -> Self {
        Self {
            kept: Mutex::new(Kept { model, journal }),
            faults: Mutex::default(),
            recorder: Mutex::default(),
            events: Mutex::default(),
            answers: Mutex::default(),
            heard: broadcast::Sender::new(EVENTS_KEPT),
            dreams_changed: Notify::new(),
            reports_changed: Notify::new(),
            report,
            pace,
        }
    }

    /// Reads.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&Model) -> R) -> R {
        look(&lock(&self.kept).model)
    }

    /// Changes, and writes the change down before it is answered.
    pub(crate) fn change<R>(
        &self,
        make: impl FnOnce(&mut Change<'_>) -> Result<R, ApiError>,
    ) -> Result<R, ApiError> {
        let mut kept = lock(&self.kept);
        let Kept { model, journal } = &mut *kept;
        let mut change = Change {
            model,
            entries: Vec::new(),
        };
        let result = make(&mut change);
        let entries = change.entries;
        if !entries.is_empty() {
            journal.append(&entries).map_err(|error| {
                tracing::error!(%error, "the journal cannot be written");
                ApiError::internal("The state could not be stored.")
            })?;
        }
        drop(kept);
        self.ring(&entries);
        result
    }

    fn ring(&self, entries: &[Entry]) {
        for entry in entries {
            match entry {
                Entry::Events { session_id, events } => {
                    for event in events {
                        // Nobody listens most of the time.
                        let _listeners = self.heard.send(Heard {
                            session_id: session_id.clone(),
                            event: event.clone(),
                        });
                    }
                }
                Entry::Dream(_) => {
                    self.dreams_changed.notify_one();
                    self.reports_changed.notify_one();
                }
                _ => {}
            }
        }
    }

    /// Returns what the model was told to give `tool`, if it was.
    pub(crate) fn scripted(&self, tool: &str) -> Option<Value> {
        let mut answers = lock(&self.answers);
        let at = answers.iter().position(|(name, _)| name == tool)?;
        Some(answers.remove(at).1)
    }

    /// Notes that something happened which the real platform would post to a workspace's webhook.
    pub(crate) fn announce(&self, kind: &str, id: &str) {
        lock(&self.events).push(json!({
            "type": "event",
            "id": crate::ids::fresh("whe_"),
            "created_at": now(),
            "data": {
                "type": kind,
                "id": id,
                "organization_id": ORGANIZATION,
                "workspace_id": WORKSPACE,
            },
        }));
    }
}

/// The organization that every key belongs to.
pub(crate) const ORGANIZATION: &str = "org_01DemoOrganization00000000";
/// The workspace that every key belongs to.
pub(crate) const WORKSPACE: &str = "wrkspc_01DemoWorkspace0000000";
/// The environment that seeded sessions ran in.
pub(crate) const ENVIRONMENT: &str = "env_01DemoEnvironment0000000";
