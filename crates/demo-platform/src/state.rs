//! Everything the platform knows: changed only by entries, each of which is also a line of the journal.

mod agent;
mod dream;
mod journal;
mod memory;
mod session;

pub(crate) use agent::*;
pub(crate) use dream::*;
pub(crate) use journal::Journal;
pub(crate) use memory::*;
pub(crate) use session::*;

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Returns the time, in milliseconds as the platform writes it.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}

/// One change of the model, and one line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// When the seed was made, and how large.
    Origin {
        first_start: Timestamp,
        scale: u32,
    },
    Agent(Box<Agent>),
    Session(Box<Session>),
    SessionGone(String),
    Events {
        session_id: String,
        events: Vec<Value>,
    },
    Dream(Box<Dream>),
    Store(Box<MemoryStore>),
    StoreGone(String),
    Memory(Box<Memory>),
    MemoryGone {
        store_id: String,
        id: String,
    },
    Version(Box<MemoryVersion>),
}

/// When something was made, then its id: the order of most lists.
pub(crate) type MadeAt = (Timestamp, String);

/// Everything the platform knows.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) origin: Option<(Timestamp, u32)>,
    pub(crate) agents: HashMap<String, AgentRecord>,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) sessions_by_time: BTreeSet<MadeAt>,
    pub(crate) sessions_by_agent: HashMap<String, BTreeSet<MadeAt>>,
    pub(crate) events: HashMap<String, Vec<Value>>,
    pub(crate) dreams: BTreeMap<String, Dream>,
    pub(crate) stores: HashMap<String, StoreRecord>,
}

impl Model {
    /// Makes one change.
    pub(crate) fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Origin { first_start, scale } => self.origin = Some((first_start, scale)),
            Entry::Agent(agent) => self.agents.entry(agent.id.clone()).or_default().put(*agent),
            Entry::Session(session) => {
                let key = (session.created_at, session.id.clone());
                if session.dream_id.is_none() {
                    self.sessions_by_time.insert(key.clone());
                    self.sessions_by_agent
                        .entry(session.agent_id.clone())
                        .or_default()
                        .insert(key);
                }
                self.sessions.insert(session.id.clone(), *session);
            }
            Entry::SessionGone(id) => {
                self.events.remove(&id);
                if let Some(session) = self.sessions.remove(&id) {
                    let key = (session.created_at, id);
                    self.sessions_by_time.remove(&key);
                    if let Some(of_agent) = self.sessions_by_agent.get_mut(&session.agent_id) {
                        of_agent.remove(&key);
                    }
                }
            }
            Entry::Events { session_id, events } => {
                self.events.entry(session_id).or_default().extend(events);
            }
            Entry::Dream(dream) => drop(self.dreams.insert(dream.id.clone(), *dream)),
            Entry::Store(store) => match self.stores.get_mut(&store.id) {
                Some(record) => record.store = *store,
                None => drop(
                    self.stores
                        .insert(store.id.clone(), StoreRecord::new(*store)),
                ),
            },
            Entry::StoreGone(id) => drop(self.stores.remove(&id)),
            Entry::Memory(memory) => {
                if let Some(record) = self.stores.get_mut(&memory.store_id) {
                    record.put(*memory);
                }
            }
            Entry::MemoryGone { store_id, id } => {
                if let Some(record) = self.stores.get_mut(&store_id) {
                    record.remove(&id);
                }
            }
            Entry::Version(version) => {
                if let Some(record) = self.stores.get_mut(&version.store_id) {
                    record.put_version(*version);
                }
            }
        }
    }

    /// Returns the entries that make this model from nothing.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if let Some((first_start, scale)) = self.origin {
            entries.push(Entry::Origin { first_start, scale });
        }
        let versions = self.agents.values().flat_map(AgentRecord::versions);
        entries.extend(versions.map(|agent| Entry::Agent(Box::new(agent.clone()))));
        for record in self.stores.values() {
            entries.push(Entry::Store(Box::new(record.store.clone())));
            let memories = record.memories.values();
            entries.extend(memories.map(|memory| Entry::Memory(Box::new(memory.clone()))));
            let versions = record.versions.iter();
            entries.extend(versions.map(|version| Entry::Version(Box::new(version.clone()))));
        }
        let sessions = self.sessions.values();
        entries.extend(sessions.map(|session| Entry::Session(Box::new(session.clone()))));
        for (session_id, events) in &self.events {
            entries.push(Entry::Events {
                session_id: session_id.clone(),
                events: events.clone(),
            });
        }
        let dreams = self.dreams.values();
        entries.extend(dreams.map(|dream| Entry::Dream(Box::new(dream.clone()))));
        entries
    }

    /// The agent's current version.
    pub(crate) fn agent(&self, id: &str) -> Option<&Agent> {
        self.agents.get(id)?.current()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_rebuilt_from_its_entries() {
        let entries = crate::seed::entries(Timestamp::UNIX_EPOCH, 1);
        let mut model = Model::default();
        for entry in entries {
            model.apply(entry);
        }
        let mut again = Model::default();
        for entry in model.entries() {
            let line = serde_json::to_string(&entry).unwrap();
            again.apply(serde_json::from_str(&line).unwrap());
        }
        let sorted = |model: &Model| {
            let mut lines: Vec<String> = model
                .entries()
                .iter()
                .map(|entry| serde_json::to_string(entry).unwrap())
                .collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&model), sorted(&again));
        assert_eq!(model.sessions_by_time, again.sessions_by_time);
    }
}
