//! Turns the platform's objects into the copies that the store keeps.

use crate::platform;
use crate::store::agents::AgentCopy;
use crate::store::dreams::DreamCopy;
use crate::store::interactions::InteractionCopy;
use crate::store::prompts::PromptVersion;
use review_api::{AgentId, DreamError, DreamStatus, Prompt, Usage};
use review_core::digest::sha256_hex;

/// Longest title of an interaction, in characters.
const LONGEST_TITLE: usize = 500;

/// Returns the copy of an agent.
pub fn agent(agent: &platform::Agent) -> AgentCopy {
    AgentCopy {
        id: agent.id.as_str().into(),
        name: shown(&agent.name),
        model: agent.model.clone(),
        description: agent.description.as_deref().map(shown),
        tools: agent.abilities(),
        prompt: prompt(agent),
        created_at: agent.created_at,
        updated_at: agent.updated_at,
        archived_at: agent.archived_at,
    }
}

/// Returns the prompt of an agent's version.
pub fn prompt(agent: &platform::Agent) -> Prompt {
    Prompt {
        version: agent.version,
        sha256: sha256_hex(agent.prompt()),
        text: agent.prompt().to_owned(),
    }
}

/// Returns one line of an agent's history of prompts.
pub fn prompt_version(agent: &platform::Agent) -> PromptVersion {
    PromptVersion {
        prompt: prompt(agent),
        created_at: agent.updated_at,
    }
}

/// Returns the copy of a session.
pub fn interaction(session: &platform::Session) -> InteractionCopy {
    let title = session.title.as_deref().unwrap_or_default().trim();
    let title = if title.is_empty() {
        "Untitled interaction".to_owned()
    } else {
        shown(&title.chars().take(LONGEST_TITLE).collect::<String>())
    };
    InteractionCopy {
        id: session.id.as_str().into(),
        agent_id: session.agent.id.as_str().into(),
        agent_version: session.agent.version,
        title,
        status: session.status.clone(),
        memory_store_id: session.memory_store().map(str::to_owned),
        usage: session.tokens(),
        created_at: session.created_at,
        moved_at: session.updated_at,
    }
}

/// Returns the copy of a dream, whose agent the caller has found out.
pub fn dream(dream: &platform::Dream, agent_id: Option<AgentId>) -> DreamCopy {
    DreamCopy {
        id: dream.id.as_str().into(),
        agent_id,
        status: status(&dream.status),
        model: Some(dream.model.clone()),
        instructions: dream.instructions.as_deref().map(shown),
        session_id: dream.session_id.clone(),
        input_store_id: dream.input_store().map(str::to_owned),
        output_store_id: dream.output_store().map(str::to_owned),
        interactions_read: u32::try_from(dream.session_ids().count()).unwrap_or(u32::MAX),
        usage: dream.usage.map(|usage| Usage {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cache_read_input_tokens: usage.cache_read_input_tokens,
            cache_creation_input_tokens: usage.cache_creation_input_tokens,
        }),
        error: dream.error.as_ref().map(|error| DreamError {
            kind: error.kind.clone(),
            message: shown(&error.message),
        }),
        created_at: dream.created_at,
        ended_at: dream.ended_at,
    }
}

/// Returns a text that is only shown as every database keeps it: PostgreSQL has no NUL.
///
/// Prompts are not touched, since their bytes count.
fn shown(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn status(word: &str) -> DreamStatus {
    serde_json::from_value(serde_json::Value::from(word)).unwrap_or(DreamStatus::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_tomorrow_is_unknown_and_not_an_error() {
        assert_eq!(status("canceled"), DreamStatus::Canceled);
        assert_eq!(status("dozing"), DreamStatus::Unknown);
    }
}
