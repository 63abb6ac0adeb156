//! Staging: a change is made, on the prompt that the platform has at this moment.

use super::changes::{existing, stale};
use super::{Review, record, texts};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::Trouble;
use crate::store::agents::{self, AgentCopy};
use crate::store::{Conn, changes, new_id, now, settings, suggestions};
use jiff::Timestamp;
use review_api::{
    AgentId, AuditAction, Change, ChangeId, ChangeSize, ChangeState, ChangeSummary, ChangeTarget,
    ErrorCode, Hand, Part, Policy, StageChange, Suggestion, SuggestionStatus, User,
};
use review_core::digest::{self, sha256_hex};
use review_core::rules;
use serde_json::json;

/// Most suggestions of one change.
const MOST_SUGGESTIONS: usize = 20;

/// What someone asked to stage, checked against what is known.
struct Wanted {
    agent_id: AgentId,
    title: String,
    proposed: String,
    /// Whether the bytes are the person's own, not those of a suggestion.
    is_own_work: bool,
}

/// A new change of a prompt.
pub(super) struct Draft {
    /// What it would do, in a few words.
    pub(super) title: String,
    /// The prompt to propose.
    pub(super) proposed: String,
    /// Suggestions that it is made of.
    pub(super) suggestion_ids: Vec<review_api::SuggestionId>,
    /// How the one who stages it has a hand in it.
    pub(super) parts: &'static [Part],
    /// The applied change that it takes back.
    pub(super) rolls_back: Option<ChangeId>,
}

impl Review {
    /// Makes a change of suggestions, or of a person's own text, on the prompt that the platform has at
    /// this moment. Other changes that wait for the same prompt are in [`Change::overlaps`].
    ///
    /// # Errors
    /// If `user` may not, a suggestion is not open, the prompt is not the one that the person saw, or
    /// what is proposed is too long or no change.
    pub async fn stage(&self, user: &User, mut body: StageChange) -> Result<Change> {
        if let Some(manifest) = body.memory.take() {
            return self.stage_memory(user, body, manifest).await;
        }
        check_shape(&body)?;
        let mut read = self.store.read().await?;
        let wanted = wanted(&mut read, user, &body).await?;
        drop(read);
        let agent = self.agent_now(&wanted.agent_id).await?;
        let now = now();
        let mut write = self.store.write().await?;
        agents::keep(&mut write, &agent).await?;
        let current = &agent.prompt;
        if current.version != body.base_version {
            let current = current.version;
            // What was just read is worth keeping, whatever comes of the request.
            write.commit().await?;
            return Err(stale(body.base_version, current));
        }
        if wanted.proposed == current.text {
            return Err(nothing_to_change());
        }
        open_suggestions(&mut write, user, &body).await?;
        let draft = Draft {
            title: wanted.title,
            proposed: wanted.proposed,
            suggestion_ids: body.suggestion_ids,
            parts: if wanted.is_own_work {
                &[Part::Wrote, Part::Staged]
            } else {
                &[Part::Staged]
            },
            rolls_back: None,
        };
        let change = insert(&mut write, user, agent, draft, now).await?;
        write.commit().await?;
        Ok(change)
    }

    /// Reads an agent from the platform as it is now.
    pub(super) async fn agent_now(&self, id: &AgentId) -> Result<AgentCopy> {
        match self.platform.agent(id.as_str()).await {
            Ok(agent) => Ok(copy::agent(&agent)),
            Err(error) if error.trouble == Trouble::NotFound => {
                Err(Error::not_found("agent", id.as_str()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Keeps a new change of `agent`'s prompt as it is now, with its ledger row, and returns it.
pub(super) async fn insert(
    conn: &mut Conn,
    user: &User,
    agent: AgentCopy,
    draft: Draft,
    at: Timestamp,
) -> Result<Change> {
    let policy = settings::get(conn, &agent.id).await?.policy;
    let change = drafted(user, agent, draft, policy, at);
    let id = change.summary.id.clone();
    changes::insert(conn, &change).await?;
    suggestions::set_status_of_change(conn, &id, SuggestionStatus::Staged).await?;
    let detail = json!({
        "base_version": change.base.version,
        "base_sha256": change.base.sha256,
        "digest": change.digest,
        "proposed_sha256": sha256_hex(&change.proposed),
        "findings_sha256": change.findings_sha256,
        "suggestion_ids": change.suggestion_ids,
        "hands": change.hands,
        "rolls_back": change.summary.rolls_back,
        "policy_version": change.policy.version,
    });
    let action = AuditAction::ChangeStaged;
    record::change(conn, user.name.as_str(), action, &change, detail, at).await?;
    existing(conn, &id).await
}

fn drafted(user: &User, agent: AgentCopy, draft: Draft, policy: Policy, at: Timestamp) -> Change {
    let base = agent.prompt;
    let hand = |part: &Part| Hand {
        who: user.name.clone(),
        part: *part,
    };
    let mut change = Change {
        summary: ChangeSummary {
            id: new_id("chg").into(),
            agent_id: agent.id,
            agent_name: agent.name,
            title: draft.title,
            state: ChangeState::Staged,
            target: ChangeTarget::Prompt,
            rolls_back: draft.rolls_back,
            size: size(&base.text, &draft.proposed),
            base_version: base.version,
            staged_by: user.name.clone(),
            staged_at: at,
            updated_at: at,
            approvals: 0,
            approvals_needed: policy.approvals_needed,
        },
        digest: String::new(),
        memory: None,
        findings_sha256: prompt_diff::findings_fingerprint(&base.text, &draft.proposed),
        base,
        proposed: draft.proposed,
        policy,
        suggestion_ids: draft.suggestion_ids,
        hands: draft.parts.iter().map(hand).collect(),
        approvals: Vec::new(),
        overlaps: Vec::new(),
        moved_to: None,
        rolled_back_by: None,
        test: None,
        automatic: None,
        glass: None,
        outcome: None,
        trouble: None,
        history: Vec::new(),
        revision: 1,
    };
    change.digest = digest::of(&change);
    change
}

/// Returns how much a prompt changes.
pub(super) fn size(base: &str, proposed: &str) -> ChangeSize {
    let size = prompt_diff::size(base, proposed);
    ChangeSize {
        lines_added: size.added,
        lines_removed: size.removed,
    }
}

/// A proposal that is the prompt as it is.
pub(super) fn nothing_to_change() -> Error {
    let message =
        "This proposes the prompt that the agent has already: there is nothing to change.";
    Error::field("proposed", message)
}

fn check_shape(body: &StageChange) -> Result<()> {
    let ids = &body.suggestion_ids;
    if ids.is_empty() && body.agent_id.is_none() {
        let message =
            "Name the suggestions to stage, or the agent whose prompt you change yourself.";
        return Err(Error::field("suggestion_ids", message));
    }
    if ids.len() > MOST_SUGGESTIONS {
        let message = format!("Name at most {MOST_SUGGESTIONS} suggestions to stage.");
        return Err(Error::field("suggestion_ids", message));
    }
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    if unique.len() != ids.len() {
        return Err(Error::field(
            "suggestion_ids",
            "The same suggestion is named twice.",
        ));
    }
    if ids.len() != 1 && body.proposed.is_none() {
        let message = "Only a single suggestion brings its own prompt; send the prompt to propose as \
                       `proposed`.";
        return Err(Error::field("proposed", message));
    }
    if ids.is_empty() && body.title.is_none() {
        let message = "Say in a few words what the change would do.";
        return Err(Error::field("title", message));
    }
    Ok(())
}

/// Checks what is to be staged against the suggestions that it names.
async fn wanted(conn: &mut Conn, user: &User, body: &StageChange) -> Result<Wanted> {
    let chosen = open_suggestions(conn, user, body).await?;
    let first = chosen.first();
    let agent_id = match (first, &body.agent_id) {
        (Some(first), Some(named)) if first.agent_id != *named => {
            let message = "This suggestion is for another agent than the one named.";
            return Err(Error::field("agent_id", message));
        }
        (Some(first), _) => first.agent_id.clone(),
        (None, Some(named)) => named.clone(),
        (None, None) => return Err(Error::field("agent_id", "Name the agent to change.")),
    };
    let of_first = |text: fn(&Suggestion) -> &str| first.map(text).unwrap_or_default();
    let title = body.title.as_deref();
    let title = texts::title("title", title.unwrap_or_else(|| of_first(|one| &one.title)))?;
    let proposed = body.proposed.as_deref();
    let proposed = proposed.unwrap_or_else(|| of_first(|one| &one.proposed));
    texts::prompt("proposed", proposed)?;
    Ok(Wanted {
        agent_id,
        title,
        proposed: proposed.to_owned(),
        is_own_work: !chosen.iter().any(|one| one.proposed == proposed),
    })
}

/// Checks every suggestion to stage and returns them.
async fn open_suggestions(
    conn: &mut Conn,
    user: &User,
    body: &StageChange,
) -> Result<Vec<Suggestion>> {
    // Who may stage nothing learns that, not what there is.
    rules::may_stage(user, SuggestionStatus::Open)?;
    let mut chosen: Vec<Suggestion> = Vec::with_capacity(body.suggestion_ids.len());
    for id in &body.suggestion_ids {
        let found = suggestions::get(conn, id).await?;
        let suggestion = found.ok_or_else(|| Error::not_found("suggestion", id.as_str()))?;
        rules::may_stage(user, suggestion.status)?;
        if suggestion.target != ChangeTarget::Prompt {
            let message = "This suggestion is about memories, not about the prompt: send what you want of it as \
                           `memory`.";
            return Err(Error::field("memory", message));
        }
        if chosen
            .first()
            .is_some_and(|first| first.agent_id != suggestion.agent_id)
        {
            let message = "These suggestions are for different agents; stage them one by one.";
            return Err(Error::field("suggestion_ids", message));
        }
        chosen.push(suggestion);
    }
    Ok(chosen)
}

/// Says that the digest or the bytes that a person saw are not those that there are.
pub(super) fn mismatch(digest: &str) -> Error {
    let message = "What you saw is not what would be applied any more. Nothing was done; reload and \
                   look at it again.";
    Error::new(ErrorCode::DigestMismatch, message).with(json!({ "digest": digest }))
}
