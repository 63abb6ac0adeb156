//! One answer of a model: `POST /v1/messages`.
//!
//! A write like any other here: sent once, never again by itself, because each answer costs.

use super::Platform;
use super::error::{PlatformError, Trouble};
use super::transport::Area;
use review_api::Usage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The model's id.
    pub model: String,
    /// Its system prompt; nothing, and an empty one, mean none.
    pub system: Option<String>,
    /// What was said so far: the user's turn first, and last.
    pub turns: Vec<Turn>,
    /// The tool that it must answer with, in place of text.
    pub tool: Option<ForcedTool>,
    /// Most tokens of its answer, at least 1.
    pub max_tokens: u32,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The user.
    User,
    /// The model.
    Assistant,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who said it.
    pub role: Speaker,
    /// What, not empty.
    #[serde(rename = "content")]
    pub text: String,
}

impl Turn {
    /// Makes a turn of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self {
            role: Speaker::User,
            text: text.into(),
        }
    }
}

/// A tool that a model must call: the way to an answer of a given shape.
#[derive(Debug, Clone, PartialEq)]
pub struct ForcedTool {
    /// Its name, 1 to 64 letters, digits, `_` and `-`.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// JSON schema of its input, an object. The platform does not promise that the input fits it.
    pub input_schema: Value,
}

/// Tokens of one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerUsage {
    /// Tokens read, those of no cache.
    #[serde(default)]
    pub input_tokens: u64,
    /// Tokens written.
    #[serde(default)]
    pub output_tokens: u64,
    /// Tokens read from a cache.
    #[serde(default, deserialize_with = "or_zero")]
    pub cache_read_input_tokens: u64,
    /// Tokens written into a cache.
    #[serde(default, deserialize_with = "or_zero")]
    pub cache_creation_input_tokens: u64,
}

fn or_zero<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl From<AnswerUsage> for Usage {
    fn from(usage: AnswerUsage) -> Self {
        Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cache_read_input_tokens: usage.cache_read_input_tokens,
            cache_creation_input_tokens: usage.cache_creation_input_tokens,
        }
    }
}

impl AnswerUsage {
    /// Returns all tokens, read and written.
    pub fn total(self) -> u64 {
        [
            self.input_tokens,
            self.output_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The platform's id of the answer (`msg_…`).
    pub id: String,
    /// The model that answered, which may be a dated name of the one asked.
    pub model: String,
    /// Its text; empty where it answered with the tool only.
    pub text: String,
    /// The input of the forced tool. Nothing where none came, and nothing where the answer was cut: half an
    /// input is none.
    pub tool_input: Option<Value>,
    /// The platform's word for why it stopped: `end_turn`, `tool_use`, `max_tokens`, `refusal` and others.
    pub stop_reason: Option<String>,
    /// What it took.
    pub usage: AnswerUsage,
}

impl Answer {
    /// Says whether the answer ends because there was no room for more of it.
    pub fn is_cut(&self) -> bool {
        matches!(
            self.stop_reason.as_deref(),
            Some("max_tokens" | "model_context_window_exceeded")
        )
    }
}

/// The answer as the platform sends it.
#[derive(Debug, Deserialize)]
struct Message {
    id: String,
    model: String,
    content: Vec<Value>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: AnswerUsage,
}

impl Message {
    fn into_answer(self, tool: Option<&ForcedTool>) -> Answer {
        let texts = self.content.iter().filter(|block| block["type"] == "text");
        let text = texts.filter_map(|block| block["text"].as_str()).collect();
        let called = tool.and_then(|tool| {
            let mut blocks = self.content.iter();
            blocks.find(|block| block["type"] == "tool_use" && block["name"] == tool.name.as_str())
        });
        let mut answer = Answer {
            tool_input: called.map(|block| block["input"].clone()),
            text,
            id: self.id,
            model: self.model,
            stop_reason: self.stop_reason,
            usage: self.usage,
        };
        if answer.is_cut() {
            answer.tool_input = None;
        }
        answer
    }
}

impl Platform {
    /// Asks a model for one answer. Never tried twice; [`PlatformError::may_have_had_an_effect`] says whether
    /// a failed one may have cost something.
    ///
    /// # Errors
    /// As [`PlatformError`] says. An answer without the forced tool is no error: its text says why.
    pub async fn ask(&self, ask: &Ask) -> Result<Answer, PlatformError> {
        const DOING: &str = "ask the model";
        if ask.turns.is_empty() {
            return Err(PlatformError::bare(Trouble::Refused, DOING));
        }
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(ask.model));
        body.insert("max_tokens".to_owned(), json!(ask.max_tokens));
        body.insert("messages".to_owned(), json!(ask.turns));
        if let Some(system) = ask.system.as_deref().filter(|text| !text.is_empty()) {
            body.insert("system".to_owned(), json!(system));
        }
        if let Some(tool) = &ask.tool {
            let tools = json!([{
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.input_schema,
            }]);
            body.insert("tools".to_owned(), tools);
            let choice = json!({ "type": "tool", "name": tool.name });
            body.insert("tool_choice".to_owned(), choice);
        }
        let request = self.list(Area::Messages, DOING);
        let message: Message = self.post(request, &body.into()).await?;
        Ok(message.into_answer(ask.tool.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade() -> ForcedTool {
        ForcedTool {
            name: "grade".to_owned(),
            description: String::new(),
            input_schema: json!({"type": "object"}),
        }
    }

    fn read(body: Value, tool: Option<&ForcedTool>) -> Answer {
        let message: Message = serde_json::from_value(body).unwrap();
        message.into_answer(tool)
    }

    #[test]
    fn texts_are_joined_and_other_blocks_passed_over() {
        let answer = read(
            json!({"id": "msg_1", "model": "m", "stop_reason": "end_turn", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "text", "text": "One, "}, {"type": "novel"}, {"type": "text", "text": "two."}],
                "usage": {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": null, "new": 1}}),
            None,
        );
        assert_eq!(
            (answer.text.as_str(), answer.usage.total()),
            ("One, two.", 7)
        );
        assert_eq!(answer.tool_input, None);
    }

    #[test]
    fn only_the_whole_input_of_the_forced_tool_counts() {
        let body = |name: &str, stop: &str| {
            json!({"id": "msg_1", "model": "m", "stop_reason": stop,
                "content": [{"type": "tool_use", "id": "toolu_1", "name": name, "input": {"right": true}}]})
        };
        let tool = grade();
        let input = read(body("grade", "tool_use"), Some(&tool)).tool_input;
        assert_eq!(input, Some(json!({"right": true})));
        assert_eq!(
            read(body("other", "tool_use"), Some(&tool)).tool_input,
            None
        );
        assert_eq!(read(body("grade", "tool_use"), None).tool_input, None);
        let cut = read(body("grade", "max_tokens"), Some(&tool));
        assert_eq!((cut.tool_input.clone(), cut.is_cut()), (None, true));
    }
}
