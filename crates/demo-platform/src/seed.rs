//! The seeded world: agents, prompts, sessions, memories and dreams, the same for the same start.

mod dreams;
mod edits;
mod kits;
mod memories;
mod script;
mod sessions;
mod themes;
mod words;

pub(crate) use themes::{dream_opening, outcome};

use crate::ids;
use crate::state::{Agent, AgentModel, Entry, Model, default_identity};
use jiff::{SignedDuration, Timestamp};
use kits::{KITS, Kit};
use review_core::rule_log;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One copy of the seeded world; the first has the plain names and ids.
#[derive(Debug, Clone, Copy)]
struct Copy {
    number: u32,
    first_start: Timestamp,
}

impl Copy {
    /// The id of something in this copy.
    fn id(self, prefix: &str, name: &str) -> String {
        match self.number {
            0 => ids::derived(prefix, name),
            number => ids::derived(prefix, &format!("{name}/{number}")),
        }
    }

    /// A time so many minutes before the first start.
    fn minutes_ago(self, minutes: i64) -> Timestamp {
        let ago = SignedDuration::from_mins(minutes);
        self.first_start
            .checked_sub(ago)
            .unwrap_or(self.first_start)
    }

    /// A generator of its own for each name.
    fn random(self, name: &str) -> fastrand::Rng {
        let seed = name.bytes().fold(u64::from(self.number) + 1, |seed, byte| {
            seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        fastrand::Rng::with_seed(seed)
    }
}

/// Returns the entries that make the seeded world.
pub(crate) fn entries(first_start: Timestamp, scale: u32) -> Vec<Entry> {
    let mut all = vec![Entry::Origin { first_start, scale }];
    for number in 0..scale {
        let copy = Copy {
            number,
            first_start,
        };
        // What comes later is derived from what came before, as it would be on the platform.
        let mut world = Model::default();
        for kit in &KITS {
            let mut add = |entries: Vec<Entry>| {
                for entry in &entries {
                    world.apply(entry.clone());
                }
                all.extend(entries);
            };
            add(versions(copy, kit));
            add(memories::store(copy, kit));
            add(sessions::sessions(copy, kit));
        }
        all.extend(dreams::dreams(copy, &mut world));
    }
    all
}

/// The prompt of each version of a kit's agent, oldest first, with its age in days.
fn prompts(kit: &Kit) -> Vec<(String, i64)> {
    let first = if kit.logs_ratings {
        rule_log::with_rule(kit.prompt)
    } else {
        kit.prompt.to_owned()
    };
    let mut prompts = vec![(first, kit.made_days_ago)];
    for version in edits::versions(kit.edits) {
        let last = prompts.last().map(|(text, _)| text.clone());
        let text = edits::applied(&last.unwrap_or_default(), &version.edits);
        prompts.extend(text.map(|text| (text, version.days_ago)));
    }
    prompts
}

fn versions(copy: Copy, kit: &Kit) -> Vec<Entry> {
    let created_at = copy.minutes_ago(kit.made_days_ago * 1_440 + 217);
    let name = match copy.number {
        0 => kit.name.to_owned(),
        number => format!("{} {}", kit.name, number + 1),
    };
    let versions = prompts(kit).into_iter().zip(1_u32..);
    let agents = versions.map(|((prompt, days_ago), version)| Agent {
        kind: "agent".to_owned(),
        id: copy.id("agent_", kit.key),
        version,
        name: name.clone(),
        description: Some(kit.description.to_owned()),
        model: AgentModel::plain(kit.model),
        system: Some(prompt),
        tools: tools(kit),
        mcp_servers: Vec::new(),
        skills: Vec::new(),
        multiagent: None,
        execution_identity: default_identity(),
        metadata: BTreeMap::from([("team".to_owned(), kit.team.to_owned())]),
        created_at,
        updated_at: copy.minutes_ago(days_ago * 1_440 + 217),
        archived_at: None,
    });
    agents.map(|agent| Entry::Agent(Box::new(agent))).collect()
}

fn tools(kit: &Kit) -> Vec<Value> {
    let mut tools = vec![json!({
        "type": "agent_toolset_20260401",
        "default_config": {"enabled": true, "permission_policy": {"type": "always_allow"}},
        "configs": [],
    })];
    tools.extend(kit.tools.iter().map(|(name, description)| {
        json!({
            "type": "custom",
            "name": name,
            "description": description,
            "input_schema": {"type": "object"},
        })
    }));
    tools
}

/// The agent that runs dreams, as their sessions show it; it is in no list.
pub(crate) fn dreamer(model_id: &str) -> Value {
    json!({
        "type": "agent",
        "id": ids::derived("agent_", "dreamer"),
        "version": 1,
        "name": "Dream",
        "description": "Runs dreams.",
        "model": AgentModel::plain(model_id),
        "system": null,
        "tools": [],
        "mcp_servers": [],
        "skills": [],
        "multiagent": null,
        "execution_identity": default_identity(),
    })
}

#[cfg(test)]
mod tests;
