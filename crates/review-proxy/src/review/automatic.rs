//! What policies do by themselves: suggestions staged, changes applied or left to people; and the switch that
//! pauses all of it.
//!
//! Each act asks again, in the transaction that does it, whether automation is paused and what the policy says:
//! a switch that was thrown a moment ago holds already.

use super::apply::By;
use super::changes::existing;
use super::seen::{and_revision, changed};
use super::stage::{Draft, insert};
use super::{Review, record, texts};
use crate::error::{Error, Result};
use crate::store::audit::{self, NewEntry};
use crate::store::automation::{self, Taking};
use crate::store::{Conn, agents, changes, now, settings, staging_tests, suggestions};
use jiff::Timestamp;
use review_api::{
    ApplyChange, AuditAction, AutomaticActKind, AutomationMode, AutomationSwitch, Change, ChangeId,
    ChangeTarget, ErrorCode, POLICY_ACTOR, Part, Paused, SubjectKind, Suggestion, SuggestionId,
    SuggestionStatus, SwitchAutomation, TestState, User,
};
use review_core::automation::{Losses, Obstacle, acts, obstacles, policy_user};
use review_core::rules;
use serde_json::{Value, json};

/// Names the switch in ledger rows.
const SWITCH: &str = "automation";

/// What came of looking at a change that a policy staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Its test has not ended, or nothing is new about it.
    Nothing,
    /// Something stands against applying it; that is noted.
    Refused,
    /// Nothing stands against applying it.
    Free {
        /// The digest that this holds for.
        digest: String,
        /// What its text takes away.
        losses: Losses,
    },
}

impl Review {
    /// Returns the switch.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn automation(&self) -> Result<AutomationSwitch> {
        Ok(automation::switch(&mut *self.store.read().await?).await?)
    }

    /// Pauses the automation of all agents, or lets it go on.
    ///
    /// # Errors
    /// If `user` may not, no reason is given, it is so already, or the switch was used since `seen`.
    pub async fn switch_automation(
        &self,
        user: &User,
        is_pause: bool,
        body: SwitchAutomation,
        seen: u64,
    ) -> Result<AutomationSwitch> {
        let now = now();
        let mut write = self.store.write().await?;
        let before = automation::switch(&mut write).await?;
        let verdict = if is_pause {
            review_core::automation::may_pause(user, before.paused.as_ref())
        } else {
            review_core::automation::may_resume(user, before.paused.as_ref())
        };
        if let Err(refusal) = &verdict
            && refusal.code == ErrorCode::Forbidden
        {
            return Err(refusal.clone().into());
        }
        if seen != before.revision {
            let history = audit::of_subject(&mut write, SubjectKind::Automation, SWITCH).await?;
            let details = json!({ "paused": before.paused });
            return Err(changed(seen, before.revision, &history, details));
        }
        let reason = texts::comment("reason", Some(body.reason))?
            .ok_or_else(|| Error::field("reason", "Say why; others will read it."))?;
        verdict?;
        let paused = is_pause.then(|| Paused {
            by: user.name.clone(),
            at: now,
            reason: reason.clone(),
        });
        automation::set_switch(&mut write, paused.as_ref()).await?;
        let after = automation::switch(&mut write).await?;
        let entry = NewEntry {
            at: now,
            actor: user.name.as_str(),
            action: if is_pause {
                AuditAction::AutomationPaused
            } else {
                AuditAction::AutomationResumed
            },
            subject_kind: SubjectKind::Automation,
            subject_id: SWITCH,
            subject_title: "the automation of all agents",
            agent_id: None,
            detail: and_revision(
                json!({ "reason": reason, "paused_before": before.paused }),
                after.revision,
            ),
        };
        audit::append(&mut write, entry).await?;
        write.commit().await?;
        Ok(after)
    }

    /// Takes up a suggestion as its agent's policy: stages it as a change, or leaves it to people and says why.
    /// Says `false` where it is not the policy's any more, or automation is paused.
    ///
    /// # Errors
    /// If the platform does not say what the prompt is now, or the database fails.
    pub async fn stage_by_policy(&self, id: &SuggestionId) -> Result<bool> {
        let mut read = self.store.read().await?;
        let Some(suggestion) = suggestions::get(&mut read, id).await? else {
            return Ok(false);
        };
        drop(read);
        let agent = match self.agent_now(&suggestion.agent_id).await {
            Ok(agent) => Some(agent),
            Err(error) if error.code == ErrorCode::NotFound => None,
            Err(error) => return Err(error),
        };
        let now = now();
        let mut write = self.store.write().await?;
        let settings = settings::get(&mut write, &suggestion.agent_id).await?;
        let is_paused = automation::paused(&mut write).await?.is_some();
        if !acts(&settings.policy, is_paused) {
            return Ok(false);
        }
        // Read again now that nobody else writes.
        let Some(suggestion) = suggestions::get(&mut write, id).await? else {
            return Ok(false);
        };
        if suggestion.status != SuggestionStatus::Open {
            return Ok(false);
        }
        if let Some(agent) = &agent {
            agents::keep(&mut write, agent).await?;
        }
        let taking = Taking {
            suggestion_id: id,
            agent_id: &suggestion.agent_id,
            change_id: None,
            policy_version: settings.policy.version,
            words: &[],
        };
        let current = agent
            .ok_or_else(|| "The agent is not on the platform any more.".to_owned())
            .and_then(|agent| match why_left(&suggestion, &agent.prompt) {
                Some(why) => Err(why),
                None => Ok(agent),
            });
        let agent = match current {
            Ok(agent) => agent,
            Err(why) => {
                let words = [why];
                let taking = Taking {
                    words: &words,
                    ..taking
                };
                if !take(&mut write, &taking, now).await? {
                    return Ok(false);
                }
                let detail = json!({
                    "reason": words, "policy_version": settings.policy.version,
                    "mode": settings.policy.automation.mode,
                });
                record_left(&mut write, &suggestion, detail, now).await?;
                write.commit().await?;
                return Ok(true);
            }
        };
        let draft = Draft {
            title: texts::title("title", &suggestion.title)
                .unwrap_or_else(|_| format!("Suggestion {id}")),
            proposed: suggestion.proposed.clone(),
            suggestion_ids: vec![id.clone()],
            parts: &[Part::Staged],
            rolls_back: None,
        };
        let change = insert(&mut write, &policy_user(), agent, draft, now).await?;
        let taking = Taking {
            change_id: Some(&change.summary.id),
            ..taking
        };
        // Another proxy may have been first: then all of this never was.
        if !take(&mut write, &taking, now).await? {
            return Ok(false);
        }
        failpoint!("automation.staged");
        write.commit().await?;
        Ok(true)
    }

    /// Looks at a change that its policy staged and whose test was begun: notes that the test has ended, and what
    /// stands against applying it, each once.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn look_by_policy(&self, id: &ChangeId) -> Result<Looked> {
        let now = now();
        let mut read = self.store.read().await?;
        let change = existing(&mut read, id).await?;
        let Some(kept) = automation::kept(&mut read, id).await? else {
            return Ok(Looked::Nothing);
        };
        let begun = match &kept.test_id {
            Some(test) => staging_tests::get(&mut read, test).await?,
            None => None,
        };
        drop(read);
        let runs = |state| state == TestState::Running;
        if begun.as_ref().is_some_and(|test| runs(test.state))
            || change.test.as_ref().is_some_and(|test| runs(test.state))
        {
            return Ok(Looked::Nothing);
        }
        if kept.kind == AutomaticActKind::TestBegun
            && let Some(test) = begun
        {
            let words: Vec<String> = test.sentence.into_iter().collect();
            let mut write = self.store.write().await?;
            automation::act(&mut write, id, AutomaticActKind::Tested, &words, now).await?;
            write.commit().await?;
        }
        if change.policy.automation.mode != AutomationMode::Apply {
            return Ok(Looked::Nothing);
        }
        // What a text loses follows from its bytes: with all else as it was, it need not be worked out again.
        let known = obstacles(&change, &Losses::default(), now);
        let found_of = format!("{} {}", change.digest, words_of(&known).join(" "));
        if !known.is_empty() && kept.refused_of.as_deref() == Some(&found_of) {
            return Ok(Looked::Nothing);
        }
        let losses = losses(&change).await?;
        let found = obstacles(&change, &losses, now);
        if found.is_empty() {
            return Ok(Looked::Free {
                digest: change.digest,
                losses,
            });
        }
        let mut write = self.store.write().await?;
        let again = existing(&mut write, id).await?;
        let kept = automation::kept(&mut write, id).await?;
        // Something happened meanwhile, or another proxy was first; then the next look tells.
        if again != change || kept.is_none_or(|kept| kept.refused_of.as_deref() == Some(&*found_of))
        {
            return Ok(Looked::Nothing);
        }
        let sentences = words_of(&found);
        automation::refuse(&mut write, id, &found_of, &sentences, now).await?;
        let codes: Vec<&str> = found.iter().map(Obstacle::code).collect();
        let detail = json!({
            "reasons": codes, "sentences": sentences, "digest": change.digest,
            "policy_version": change.policy.version,
        });
        let action = AuditAction::AutomationRefused;
        record::change(&mut write, POLICY_ACTOR, action, &change, detail, now).await?;
        write.commit().await?;
        Ok(Looked::Refused)
    }

    /// Applies a change of this digest, whose text takes `losses` away, as its policy: by the same steps as a
    /// person's. Everything is asked again in the transaction that writes the intent.
    ///
    /// # Errors
    /// As [`Review::apply`], and with everything that stands against it.
    pub async fn apply_by_policy(
        &self,
        id: &ChangeId,
        digest: String,
        losses: Losses,
    ) -> Result<Change> {
        let mut read = self.store.read().await?;
        let seen = changes::revision(&mut read, id).await?;
        drop(read);
        let body = ApplyChange {
            digest,
            break_glass: None,
        };
        failpoint!("automation.before_apply");
        self.apply_as(By::Policy(losses), id, &body, seen).await
    }
}

/// Works out what a change takes away; texts may be long, and others wait for the database alone.
async fn losses(change: &Change) -> Result<Losses> {
    let change = change.clone();
    let losses = tokio::task::spawn_blocking(move || Losses::of(&change)).await;
    losses.map_err(|error| {
        tracing::error!(%error, "what a change takes away could not be worked out");
        Error::new(
            ErrorCode::Internal,
            "What the change takes away could not be worked out.",
        )
    })
}

fn words_of(found: &[Obstacle]) -> Vec<String> {
    found.iter().map(Obstacle::sentence).collect()
}

/// Says why a suggestion is not staged by itself; nothing where it can be.
fn why_left(suggestion: &Suggestion, now: &review_api::Prompt) -> Option<String> {
    if suggestion.target != ChangeTarget::Prompt || suggestion.takes_back {
        return Some(
            "What changes memories or takes back what a dream did is left to people.".to_owned(),
        );
    }
    if suggestion.made_on_version != now.version {
        return Some(format!(
            "It was made on version {} of the prompt, and the agent has version {}: staged by itself, it might undo \
             what came between.",
            suggestion.made_on_version, now.version
        ));
    }
    if suggestion.proposed == now.text {
        return Some("It proposes the prompt that the agent has already.".to_owned());
    }
    if let Err(error) = texts::prompt("proposed", &suggestion.proposed) {
        return Some(error.message);
    }
    rules::may_stage(&policy_user(), suggestion.status)
        .err()
        .map(|refusal| refusal.sentence)
}

/// Takes a suggestion up; says `false` where another was first.
async fn take(conn: &mut Conn, taking: &Taking<'_>, at: Timestamp) -> Result<bool> {
    match automation::take(conn, taking, at).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_taken() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn record_left(
    conn: &mut Conn,
    suggestion: &Suggestion,
    detail: Value,
    at: Timestamp,
) -> Result<()> {
    let entry = NewEntry {
        at,
        actor: POLICY_ACTOR,
        action: AuditAction::AutomationLeft,
        subject_kind: SubjectKind::Suggestion,
        subject_id: suggestion.id.as_str(),
        subject_title: &suggestion.title,
        agent_id: Some(&suggestion.agent_id),
        detail,
    };
    audit::append(conn, entry).await?;
    Ok(())
}
