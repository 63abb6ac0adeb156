//! Staging: a change of memories is made, on the store as it is at this moment.

use crate::error::{Error, Result};
use crate::review::changes::existing;
use crate::review::{Review, record, texts};
use crate::store::{Conn, changes, new_id, now, settings, suggestions};
use jiff::Timestamp;
use prompt_diff::NamedText;
use review_api::{
    Agent, AgentId, AuditAction, Change, ChangeId, ChangeState, ChangeSummary, ChangeTarget, Hand,
    MemoryChange, MemoryManifest, MemoryOperation, Part, Policy, Prompt, StageChange, SuggestionId,
    SuggestionStatus, User,
};
use review_core::digest::{self, sha256_hex};
use review_core::{manifest, rules};
use serde_json::{Value, json};

/// A new change of memories.
pub(super) struct Draft {
    /// What it would do, in a few words.
    pub(super) title: String,
    /// What it does to a store.
    pub(super) memory: MemoryChange,
    /// Suggestions that it is made of.
    pub(super) suggestion_ids: Vec<SuggestionId>,
    /// How the one who stages it has a hand in it.
    pub(super) parts: &'static [Part],
    /// The applied change that it takes back.
    pub(super) rolls_back: Option<ChangeId>,
}

impl Review {
    /// Makes a change of a memory store, as it is at this moment.
    ///
    /// The platform does not say which store belongs to which agent, so any store is taken; the change
    /// carries the store's name for people to see.
    ///
    /// # Errors
    /// If `user` may not, there is no such agent or store, a suggestion is not open, or the manifest is none
    /// or does not fit the store.
    pub(in crate::review) async fn stage_memory(
        &self,
        user: &User,
        body: StageChange,
        manifest: MemoryManifest,
    ) -> Result<Change> {
        rules::may_stage(user, SuggestionStatus::Open)?;
        if body.base_version != 0 || body.proposed.is_some() {
            let message =
                "A change of memories has no prompt: leave base_version and proposed out.";
            return Err(Error::field("memory", message));
        }
        let mut read = self.store.read().await?;
        let suggested = suggested(&mut read, user, &body).await?;
        drop(read);
        let is_own_work = !manifest
            .operations
            .iter()
            .all(|operation| suggested.iter().any(|it| it.proposes(operation)));
        let (agent_id, suggested_title) = match (suggested.into_iter().next(), &body.agent_id) {
            (Some(first), Some(named)) if first.agent_id != *named => {
                let message = "This suggestion is for another agent than the one named.";
                return Err(Error::field("agent_id", message));
            }
            (Some(first), _) => (first.agent_id, Some(first.title)),
            (None, Some(named)) => (named.clone(), None),
            (None, None) => {
                let message = "Name the agent whose memories these are.";
                return Err(Error::field("agent_id", message));
            }
        };
        let agent = self.agent(&agent_id).await?;
        let memory = self.prepare(manifest).await?;
        let title = body.title.as_deref().or(suggested_title.as_deref());
        let title = match title {
            Some(title) => texts::title("title", title)?,
            None => usual_title(&memory),
        };
        let now = now();
        let mut write = self.store.write().await?;
        self::suggested(&mut write, user, &body).await?;
        let draft = Draft {
            title,
            memory,
            suggestion_ids: body.suggestion_ids,
            parts: if is_own_work {
                &[Part::Wrote, Part::Staged]
            } else {
                &[Part::Staged]
            },
            rolls_back: None,
        };
        let change = insert(&mut write, user, &agent, draft, now).await?;
        write.commit().await?;
        Ok(change)
    }
}

/// Keeps a new change of memories, with its ledger row, and returns it.
pub(super) async fn insert(
    conn: &mut Conn,
    user: &User,
    agent: &Agent,
    draft: Draft,
    at: Timestamp,
) -> Result<Change> {
    let policy = settings::get(conn, &agent.summary.id).await?.policy;
    let change = drafted(user, agent, draft, policy, at);
    let id = change.summary.id.clone();
    changes::insert(conn, &change).await?;
    suggestions::set_status_of_change(conn, &id, SuggestionStatus::Staged).await?;
    let mut detail = facts(&change);
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("suggestion_ids".to_owned(), json!(change.suggestion_ids));
        detail.insert("hands".to_owned(), json!(change.hands));
        detail.insert("rolls_back".to_owned(), json!(change.summary.rolls_back));
    }
    let action = AuditAction::ChangeStaged;
    record::change(conn, user.name.as_str(), action, &change, detail, at).await?;
    existing(conn, &id).await
}

/// Returns what a ledger row says of a manifest: digests, not texts.
pub(super) fn facts(change: &Change) -> Value {
    let Some(memory) = &change.memory else {
        return json!({});
    };
    json!({
        "store_id": memory.manifest.store_id,
        "store_name": memory.store_name,
        "operations": memory.manifest.operations.len(),
        "memory_digest": manifest::digest(&memory.manifest),
        "findings_sha256": change.findings_sha256,
        "digest": change.digest,
    })
}

/// Names the findings in everything that a change of memories writes.
pub(super) fn findings(memory: &MemoryChange) -> Option<String> {
    let written = manifest::steps::written(memory);
    prompt_diff::findings_fingerprint_of_many(written.iter().map(|text| NamedText {
        name: &text.name,
        base: text.base,
        proposed: text.proposed,
    }))
}

fn usual_title(memory: &MemoryChange) -> String {
    let count = memory.manifest.operations.len();
    let memories = if count == 1 { "memory" } else { "memories" };
    let name: String = memory.store_name.chars().take(120).collect();
    format!("Change {count} {memories} of {name}")
}

fn drafted(user: &User, agent: &Agent, draft: Draft, policy: Policy, at: Timestamp) -> Change {
    let hand = |part: &Part| Hand {
        who: user.name.clone(),
        part: *part,
    };
    let mut change = Change {
        summary: ChangeSummary {
            id: new_id("chg").into(),
            agent_id: agent.summary.id.clone(),
            agent_name: agent.summary.name.clone(),
            title: draft.title,
            state: ChangeState::Staged,
            target: ChangeTarget::Memory,
            rolls_back: draft.rolls_back,
            size: manifest::steps::size(&draft.memory.manifest),
            base_version: 0,
            staged_by: user.name.clone(),
            staged_at: at,
            updated_at: at,
            approvals: 0,
            approvals_needed: policy.approvals_needed,
        },
        base: Prompt {
            version: 0,
            sha256: sha256_hex(""),
            text: String::new(),
        },
        proposed: String::new(),
        findings_sha256: findings(&draft.memory),
        memory: Some(draft.memory),
        digest: String::new(),
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

/// What is known of a suggestion that is staged.
struct Suggested {
    agent_id: AgentId,
    title: String,
    operations: Vec<MemoryOperation>,
}

impl Suggested {
    /// Says whether the suggestion has this very operation.
    fn proposes(&self, operation: &MemoryOperation) -> bool {
        self.operations.contains(operation)
    }
}

/// Checks the suggestions that are named, and returns them.
async fn suggested(conn: &mut Conn, user: &User, body: &StageChange) -> Result<Vec<Suggested>> {
    const MOST: usize = 20;
    if body.suggestion_ids.len() > MOST {
        let message = format!("Name at most {MOST} suggestions to stage.");
        return Err(Error::field("suggestion_ids", message));
    }
    let mut all: Vec<Suggested> = Vec::with_capacity(body.suggestion_ids.len());
    for (place, id) in body.suggestion_ids.iter().enumerate() {
        if body.suggestion_ids.iter().take(place).any(|it| it == id) {
            let message = "The same suggestion is named twice.";
            return Err(Error::field("suggestion_ids", message));
        }
        let found = suggestions::get(conn, id).await?;
        let suggestion = found.ok_or_else(|| Error::not_found("suggestion", id.as_str()))?;
        rules::may_stage(user, suggestion.status)?;
        let is_another = |first: &Suggested| first.agent_id != suggestion.agent_id;
        if all.first().is_some_and(is_another) {
            let message = "These suggestions are for different agents; stage them one by one.";
            return Err(Error::field("suggestion_ids", message));
        }
        let memory = suggestion.memory.map(|memory| memory.manifest.operations);
        all.push(Suggested {
            agent_id: suggestion.agent_id,
            title: suggestion.title,
            operations: memory.unwrap_or_default(),
        });
    }
    Ok(all)
}
