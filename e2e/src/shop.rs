//! An agent that answers for a shop, what was said to it, and what people thought of its answers.

use crate::{Result, Stack, until_true};
use serde_json::{Value, json};

/// Makes an agent without tools that has this prompt; returns its id.
///
/// # Errors
/// If it is not made.
pub async fn shop_agent(stack: &Stack, name: &str, prompt: &str) -> Result<String> {
    let new = json!({ "name": name, "model": "claude-sonnet-5", "system_prompt": prompt });
    let agent = stack.post_as("admin", "/api/agents", &new).await?;
    let id = agent.pointer("/summary/id").and_then(Value::as_str);
    Ok(id.ok_or("the agent has no id")?.to_owned())
}

/// Has users say each of `said` to an agent as it is now; returns the interactions once all are listed.
///
/// # Errors
/// If one does not come to be, or to the proxy's list in time.
pub async fn talk(stack: &Stack, agent: &str, said: &[String]) -> Result<Vec<String>> {
    let mut ids = Vec::with_capacity(said.len());
    for text in said {
        let session = json!({
            "agent": agent, "environment_id": "env_01", "title": text,
            "initial_events": [{"type": "user.message", "content": [{"type": "text", "text": text}]}],
        });
        let made = stack.post_on_platform("/v1/sessions", &session).await?;
        let id = made.get("id").and_then(Value::as_str);
        ids.push(id.ok_or("the session has no id")?.to_owned());
    }
    let path = format!("/api/agents/{agent}/interactions?limit=100");
    until_true("the interactions are listed", async || {
        let listed = stack.api(&path).await?.to_string();
        Ok(ids.iter().all(|id| listed.contains(id.as_str())))
    })
    .await?;
    Ok(ids)
}

/// Rates an interaction; a right answer to it `contains` something.
///
/// # Errors
/// If it is not taken.
pub async fn rate(
    stack: &Stack,
    agent: &str,
    interaction: &str,
    rating: &str,
    contains: &str,
) -> Result<()> {
    let body = json!({
        "agent_id": agent, "interaction_id": interaction, "rating": rating,
        "check": { "kind": "contains", "text": contains },
    });
    stack.post_as("reviewer", "/api/feedback", &body).await?;
    Ok(())
}
