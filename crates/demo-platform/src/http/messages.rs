//! `POST /v1/messages`: one answer of a model, worked out by rule.

use super::Shared;
use super::body::Body;
use super::errors::ApiError;
use super::events::text_of;
use super::query::Query;
use crate::answer::answer;
use crate::ids;
use crate::judge::judgement;
use crate::reflecting;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What `POST /v1/messages` takes, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Create {
    model: String,
    max_tokens: u64,
    messages: Vec<Value>,
    #[serde(default)]
    system: Value,
    #[serde(default)]
    tools: Vec<Value>,
    #[serde(default)]
    tool_choice: Value,
    #[serde(default)]
    stream: bool,
    #[serde(flatten)]
    _others: Map<String, Value>,
}

fn tokens(text: &str) -> u64 {
    u64::try_from(text.len().div_ceil(4)).unwrap_or_default()
}

pub(super) async fn create(
    State(platform): State<Shared>,
    query: Query,
    Body(create): Body<Create>,
) -> Result<Json<Value>, ApiError> {
    query.only(&[])?;
    if create.stream {
        return Err(ApiError::invalid(
            "stream: this stand-in answers in one piece only",
        ));
    }
    if create.max_tokens == 0 {
        return Err(ApiError::invalid("max_tokens: must be at least 1"));
    }
    let mut said = Vec::new();
    for message in &create.messages {
        let is_user = match message.get("role").and_then(Value::as_str) {
            Some("user") => true,
            Some("assistant") => false,
            _ => {
                return Err(ApiError::invalid(
                    "messages: role must be user or assistant",
                ));
            }
        };
        said.push((is_user, text_of(message)));
    }
    if said.first().is_none_or(|(is_user, _)| !is_user) {
        return Err(ApiError::invalid(
            "messages: the first message must be the user's",
        ));
    }
    // A text, or a list of text blocks.
    let system = text_of(&json!({"content": create.system}));
    let whole = answer(&system, &said);
    let most = usize::try_from(create.max_tokens.saturating_mul(4)).unwrap_or(usize::MAX);
    let text: String = whole.chars().take(most).collect();
    let stop_reason = if text.len() < whole.len() {
        "max_tokens"
    } else {
        "end_turn"
    };
    let input = tokens(&system) + said.iter().map(|(_, text)| tokens(text)).sum::<u64>();
    let forced = create.tool_choice.get("name").and_then(Value::as_str);
    let tool = forced.filter(|name| {
        let mut tools = create.tools.iter();
        tools.any(|tool| tool.get("name").and_then(Value::as_str) == Some(name))
    });
    let (content, stop_reason) = match tool {
        Some(name) => {
            let called = create.tools.iter().find(|tool| tool["name"] == name);
            let schema = called.map_or(&Value::Null, |tool| &tool["input_schema"]);
            let asked = said.last().map_or("", |(_, text)| text.as_str());
            // A tool of no kind that is known here gets an empty input.
            let input = platform
                .scripted(name)
                .or_else(|| judgement(schema, asked))
                .or_else(|| reflecting::input(schema, asked))
                .unwrap_or_else(|| json!({}));
            let block = json!({"type": "tool_use", "id": ids::fresh("toolu_"), "name": name, "input": input});
            (json!([block]), "tool_use")
        }
        None => (json!([{"type": "text", "text": text}]), stop_reason),
    };
    Ok(Json(json!({
        "id": ids::fresh("msg_"),
        "type": "message",
        "role": "assistant",
        "model": create.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": {
            "input_tokens": input,
            "output_tokens": tokens(&text),
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
        },
    })))
}
