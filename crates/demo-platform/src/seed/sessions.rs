//! Seeded sessions: scenes with gaps, each played with other words.

use super::kits::Kit;
use super::script::{Section, sections};
use super::words::{Chosen, Words};
use super::{Copy, prompts};
use crate::http::mount_path;
use crate::platform::ENVIRONMENT;
use crate::state::{Entry, Session, SessionStatus, tokens_read};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Days over which sessions are spread.
const DAYS: i64 = 28;

/// Of so many sessions, one in which something went wrong has it logged, where the agent's prompt has the rule.
const LOGGED_OF: usize = 5;

/// A turn of a scene.
#[derive(Debug)]
enum Turn {
    User(String),
    Agent(String),
    Tool(String, Value),
    Result(String),
    ToolError(String),
    SessionError(String, String),
}

/// Splits a scene's text into turns: a letter and a colon begin one, other lines go on with it.
fn turns(text: &str) -> Vec<Turn> {
    let mut raw: Vec<(char, String)> = Vec::new();
    for line in text.lines() {
        let letter = line
            .chars()
            .next()
            .filter(|letter| "UATREX".contains(*letter));
        match (letter, line.get(1..3), raw.last_mut()) {
            (Some(letter), Some(": "), _) => {
                raw.push((letter, line.get(3..).unwrap_or_default().to_owned()));
            }
            (_, _, Some((_, text))) => {
                text.push('\n');
                text.push_str(line);
            }
            _ => {}
        }
    }
    raw.into_iter()
        .map(|(letter, text)| {
            let text = text.trim_end().to_owned();
            match letter {
                'U' => Turn::User(text),
                'A' => Turn::Agent(text),
                'R' => Turn::Result(text),
                'E' => Turn::ToolError(text),
                'X' => {
                    let (kind, message) = text.split_once(" | ").unwrap_or(("unknown", &text));
                    Turn::SessionError(kind.to_owned(), message.to_owned())
                }
                _ => {
                    let (name, input) = text.split_once(' ').unwrap_or((&text, "{}"));
                    // A test sees to it that every input is an object.
                    let input = serde_json::from_str(input).unwrap_or(Value::Null);
                    Turn::Tool(name.to_owned(), input)
                }
            }
        })
        .collect()
}

/// Writes a session's log as it goes.
struct Log<'a> {
    copy: Copy,
    session: &'a str,
    at: Timestamp,
    events: Vec<Value>,
    tool_use_id: String,
}

impl Log<'_> {
    fn wait(&mut self, millis: i64) {
        let wait = SignedDuration::from_millis(millis);
        self.at = self.at.checked_add(wait).unwrap_or(self.at);
    }

    fn add(&mut self, mut event: Value) -> String {
        let name = format!("{}/{}", self.session, self.events.len());
        let id = self.copy.id("sevt_", &name);
        if let Value::Object(fields) = &mut event {
            fields.insert("id".to_owned(), json!(id));
            fields.insert("processed_at".to_owned(), json!(self.at));
        }
        self.events.push(event);
        id
    }

    fn play(&mut self, turn: Turn, random: &mut Rng) {
        let text = |text: String| json!([{"type": "text", "text": text}]);
        match turn {
            Turn::User(said) => {
                self.wait(random.i64(8_000..95_000));
                self.add(json!({"type": "user.message", "content": text(said)}));
                self.wait(random.i64(200..900));
                self.add(json!({"type": "session.status_running"}));
            }
            Turn::Agent(said) => {
                self.wait(random.i64(1_500..9_000));
                self.add(json!({"type": "agent.message", "content": text(said)}));
            }
            Turn::Tool(name, input) => {
                self.wait(random.i64(700..4_000));
                self.tool_use_id = self.add(json!({
                    "type": "agent.tool_use",
                    "name": name,
                    "input": input,
                    "evaluated_permission": "allow",
                    "evaluation": {"type": "always_allow"},
                    "session_thread_id": null,
                }));
            }
            Turn::Result(result) => self.result(text(result), false, random),
            Turn::ToolError(result) => self.result(text(result), true, random),
            Turn::SessionError(kind, message) => {
                self.wait(random.i64(5_000..30_000));
                let retry = json!({"type": "exhausted"});
                let error = json!({"type": kind, "message": message, "retry_status": retry});
                self.add(json!({"type": "session.error", "error": error}));
            }
        }
    }

    fn result(&mut self, content: Value, is_error: bool, random: &mut Rng) {
        self.wait(random.i64(90..2_500));
        self.add(json!({
            "type": "agent.tool_result",
            "tool_use_id": self.tool_use_id,
            "content": content,
            "is_error": is_error,
        }));
    }
}

/// The scenes of a kit: sections `title | weight | mistake or -`.
pub(super) fn scenes(kit: &Kit) -> Vec<Section> {
    sections(kit.sessions)
}

/// Chooses scenes by their weight so that every one comes up.
fn cast(scenes: &[Section], count: usize, random: &mut Rng) -> Vec<usize> {
    let weights = scenes.iter().enumerate().flat_map(|(at, scene)| {
        let weight: usize = scene.part(1).parse().unwrap_or(1);
        std::iter::repeat_n(at, weight)
    });
    let deck: Vec<usize> = weights.collect();
    let mut cast: Vec<usize> = deck.iter().copied().cycle().take(count).collect();
    random.shuffle(&mut cast);
    cast
}

/// The sessions of a kit.
pub(super) fn sessions(copy: Copy, kit: &Kit) -> Vec<Entry> {
    let scenes = scenes(kit);
    let words = Words::parse(kit.words);
    let mut random = copy.random(&format!("sessions/{}", kit.key));
    let versions = prompts(kit);
    let mut entries = Vec::new();
    for (number, at) in cast(&scenes, kit.session_count, &mut random)
        .into_iter()
        .enumerate()
    {
        let Some(scene) = scenes.get(at) else {
            continue;
        };
        // Even over the weeks, uneven over the day.
        let slot = DAYS * 1_440 * i64::try_from(number).unwrap_or_default()
            / i64::try_from(kit.session_count.max(1)).unwrap_or(1);
        let minutes = slot + random.i64(25..400);
        let version = versions
            .iter()
            .filter(|(_, days_ago)| days_ago * 1_440 + 217 >= minutes)
            .count();
        let prompt = versions.get(version.saturating_sub(1));
        let prompt = prompt.map_or("", |(prompt, _)| prompt.as_str());
        let mut chosen = words.choose(&mut random);
        let seconds = SignedDuration::from_secs(random.i64(0..60));
        let created_at = copy.minutes_ago(minutes) + seconds;
        chosen.set_times(created_at);
        let name = format!("{}/{number}", kit.key);
        let played = Played {
            logs: kit.logs_ratings && number % LOGGED_OF == 0,
            id: copy.id("sesn_", &name),
            name,
            version: u32::try_from(version.max(1)).unwrap_or(1),
            created_at,
        };
        entries.extend(played.entries(copy, kit, scene, &chosen, prompt, &mut random));
    }
    entries
}

/// Has the agent end its last answer with the line that its rule asks for.
fn log_rating(turns: &mut [Turn]) {
    let last = turns.iter_mut().rev().find_map(|turn| match turn {
        Turn::Agent(said) => Some(said),
        _ => None,
    });
    if let Some(said) = last {
        said.push_str("\n\n[feedback] negative: The user had to correct this answer.");
    }
}

/// One session to be played.
struct Played {
    logs: bool,
    id: String,
    name: String,
    version: u32,
    created_at: Timestamp,
}

impl Played {
    fn entries(
        self,
        copy: Copy,
        kit: &Kit,
        scene: &Section,
        chosen: &Chosen,
        prompt: &str,
        random: &mut Rng,
    ) -> [Entry; 2] {
        let text = chosen.fill(scene.body, random);
        let mut log = Log {
            copy,
            session: &self.name,
            at: self.created_at,
            events: Vec::new(),
            tool_use_id: String::new(),
        };
        let mut ended_in_error = false;
        let mistake = Some(scene.part(2)).filter(|mistake| !matches!(*mistake, "" | "-"));
        let mut turns = turns(&text);
        if self.logs && mistake.is_some() {
            log_rating(&mut turns);
        }
        let mut asked = 0;
        for turn in turns {
            asked += u64::from(matches!(turn, Turn::User(_)));
            ended_in_error = matches!(turn, Turn::SessionError(..));
            log.play(turn, random);
        }
        log.wait(400);
        let reason = if ended_in_error {
            "retries_exhausted"
        } else {
            "end_turn"
        };
        log.add(json!({
            "type": "session.status_idle",
            "stop_reason": {"type": reason},
            "stop_details": null,
        }));
        let (events, ended_at) = (log.events, log.at);
        let seconds = ended_at.duration_since(self.created_at).as_secs_f64();
        let chars = u64::try_from(text.len()).unwrap_or_default();
        let (store, description) = kit.store;
        let session = Session {
            id: self.id.clone(),
            title: Some(chosen.fill(scene.part(0), random)),
            status: SessionStatus::Idle,
            environment_id: ENVIRONMENT.to_owned(),
            agent_id: copy.id("agent_", kit.key),
            agent_version: self.version,
            snapshot: None,
            resources: vec![json!({
                "type": "memory_store",
                "memory_store_id": copy.id("memstore_", kit.key),
                "name": store,
                "description": description,
                "access": "read_write",
                "instructions": null,
                "mount_path": mount_path(store),
            })],
            vault_ids: Vec::new(),
            metadata: BTreeMap::new(),
            budget: None,
            active_seconds: (seconds * 2.0).round() / 10.0,
            duration_seconds: (seconds * 10.0).round() / 10.0,
            input_tokens: asked * tokens_read(prompt) + chars / 3,
            output_tokens: 90 + chars / 9,
            created_at: self.created_at,
            updated_at: ended_at,
            archived_at: None,
            dream_id: None,
            mistake: mistake.map(str::to_owned),
        };
        [
            Entry::Session(Box::new(session)),
            Entry::Events {
                session_id: self.id,
                events,
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::kits::KITS;
    use super::*;

    #[test]
    fn every_scene_begins_with_the_user_and_every_tool_gets_an_object() {
        for kit in &KITS {
            for scene in scenes(kit) {
                let mut random = Rng::with_seed(7);
                let chosen = Words::parse(kit.words).choose(&mut random);
                let text = chosen.fill(scene.body, &mut random);
                let turns = turns(&text);
                let title = scene.part(0);
                assert!(
                    matches!(turns.first(), Some(Turn::User(_))),
                    "{}: {title}",
                    kit.key
                );
                for turn in turns {
                    if let Turn::Tool(name, input) = turn {
                        assert!(input.is_object(), "{}: {title}: {name}", kit.key);
                    }
                }
                assert!(
                    scene.part(1).parse::<usize>().is_ok(),
                    "{}: {title}",
                    kit.key
                );
            }
        }
    }
}
