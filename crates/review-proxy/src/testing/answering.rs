//! How an agent would answer a case with a prompt: by its model alone, or in a session with its tools.

use super::Tester;
use super::judging::kept;
use crate::platform::{
    Ask, EventOrder, PageQuery, PlatformError, SessionEvent, Speaker, Trial, Trouble, Turn,
};
use crate::store::staging_tests::KeptTest;
use review_api::Usage;
use review_core::cases::Case;
use std::time::{Duration, Instant};

/// Most tokens of an answer.
const MAX_TOKENS: u32 = 4_096;
/// Longest answer that is kept, in characters.
const LONGEST_ANSWER: usize = 64 * 1024;
/// Longest time that a session may take for one turn.
const LONGEST_TURN: Duration = Duration::from_mins(10);
/// Events looked through for the end of a turn.
const MOST_EVENTS: u32 = 100;

/// One side of a change: what the agent has when it answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    /// The agent's version.
    pub version: u32,
    /// The prompt in place of that version's; nothing where memories are tested.
    pub prompt: Option<&'a str>,
    /// The memory store that it may read.
    pub memory_store_id: Option<&'a str>,
}

/// An answer, or what there is in place of one.
#[derive(Debug)]
pub(super) struct Given {
    /// The answer; a sentence about what went wrong where there is none.
    pub answer: Result<String, String>,
    /// What it took; nothing where the platform does not say.
    pub usage: Option<Usage>,
}

impl Tester {
    /// Asks for the answer to a case with one side of a change.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub(super) async fn answer(
        &self,
        test: &KeptTest,
        side: &Side<'_>,
        case: &Case,
    ) -> Result<Given, PlatformError> {
        match &test.environment_id {
            None => {
                let prompt = side.prompt.unwrap_or_default();
                self.by_message(test, prompt, case).await
            }
            Some(environment) => {
                let trial = Trial {
                    agent_id: test.agent_id.to_string(),
                    version: side.version,
                    prompt: side.prompt.map(str::to_owned),
                    environment_id: environment.clone(),
                    memory_store_id: side.memory_store_id.map(str::to_owned),
                    test_id: test.id.clone(),
                };
                self.in_a_session(&trial, case).await
            }
        }
    }

    async fn by_message(
        &self,
        test: &KeptTest,
        prompt: &str,
        case: &Case,
    ) -> Result<Given, PlatformError> {
        let turns = case.turns.iter().map(|said| Turn {
            role: if said.by_user {
                Speaker::User
            } else {
                Speaker::Assistant
            },
            text: said.text.clone(),
        });
        let ask = Ask {
            model: test.model.clone(),
            system: Some(prompt.to_owned()),
            turns: turns.collect(),
            tool: None,
            max_tokens: MAX_TOKENS,
        };
        let answer = self.platform.ask(&ask).await?;
        // A refusal or an answer that was cut is an answer too: a user would have got it.
        Ok(Given {
            answer: Ok(kept(&answer.text, LONGEST_ANSWER)),
            usage: Some(answer.usage.into()),
        })
    }

    /// Plays the user's turns in a session of its own. What the agent said then is not played: it answers anew.
    async fn in_a_session(&self, trial: &Trial, case: &Case) -> Result<Given, PlatformError> {
        let session = self.platform.begin_trial(trial).await?;
        let played = self.play(&session.id, case).await;
        let usage = match self.platform.session(&session.id).await {
            Ok(session) => session.tokens(),
            Err(error) => {
                tracing::warn!(session.id, %error, "what a session of a staging test took is not known");
                None
            }
        };
        if let Err(error) = self.platform.archive_session(&session.id).await {
            tracing::warn!(session.id, %error, "a session of a staging test was not put away");
        }
        Ok(Given {
            answer: played?.map(|text| kept(&text, LONGEST_ANSWER)),
            usage,
        })
    }

    async fn play(
        &self,
        session: &str,
        case: &Case,
    ) -> Result<Result<String, String>, PlatformError> {
        let mut answer = String::new();
        for said in case.turns.iter().filter(|said| said.by_user) {
            let event = self.platform.say(session, &said.text).await?;
            let event =
                event.ok_or_else(|| PlatformError::bare(Trouble::Garbled, "ask the agent"))?;
            match self.turn(session, &event).await? {
                Ok(text) => answer = text,
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(answer))
    }

    /// Waits until the agent has said all that it says to an event.
    async fn turn(
        &self,
        session: &str,
        event: &str,
    ) -> Result<Result<String, String>, PlatformError> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(100);
        loop {
            let page = PageQuery::first(MOST_EVENTS);
            let events = self
                .platform
                .session_events(session, EventOrder::NewestFirst, &page)
                .await?;
            let since: Vec<&SessionEvent> =
                events.data.iter().take_while(|it| it.id != event).collect();
            if let Some(ended) = ended(&since) {
                return Ok(ended);
            }
            if begun.elapsed() > LONGEST_TURN {
                return Ok(Err(
                    "The agent did not end its turn in ten minutes.".to_owned()
                ));
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => return Err(PlatformError::bare(Trouble::Unreachable, "ask the agent")),
            }
            pause = (pause * 2).min(Duration::from_secs(3));
        }
    }
}

/// Says what a turn came to, from its events, newest first; nothing while it goes on.
fn ended(since: &[&SessionEvent]) -> Option<Result<String, String>> {
    let end = since.iter().find(|event| {
        matches!(
            event.kind.as_str(),
            "session.status_idle" | "session.status_terminated"
        )
    })?;
    let reason = end
        .rest
        .get("stop_reason")
        .and_then(|reason| reason.get("type"))
        .and_then(serde_json::Value::as_str);
    if reason == Some("requires_action") {
        let why =
            "The agent asked for a tool that only your own program can run, so there is no answer.";
        return Some(Err(why.to_owned()));
    }
    let texts = since
        .iter()
        .rev()
        .filter(|event| event.kind == "agent.message");
    let texts: Vec<String> = texts
        .map(|event| crate::dreaming::message_text(event))
        .collect();
    if texts.is_empty() && reason != Some("refusal") {
        return Some(Err("The session ended without an answer.".to_owned()));
    }
    Some(Ok(texts.join("\n")))
}
