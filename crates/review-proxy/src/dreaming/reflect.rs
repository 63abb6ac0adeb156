//! Reflection on dreams: one question to a model for each, and what its answer proposes.
//!
//! The row in `reflections` is claimed before the model is asked, so that of several proxies one asks. An answer
//! that is lost is not asked for again by itself, because each one costs; people may.

mod gather;
mod wanted;

pub(super) use wanted::{pass_over, want};

use super::limits::{Estimated, month_of, over_limits};
use crate::error::{Error, Result};
use crate::outgoing::announce;
use crate::platform::{Answer, Ask, ForcedTool, Platform, PlatformError, Turn};
use crate::store::reflections::{self, Kept, Outcome};
use crate::store::reports::{self, DERIVED, NewReport, NewSuggestion};
use crate::store::{Store, dream_runs, dreams, new_id, now, settings};
use gather::Gathered;
use jiff::{SignedDuration, Timestamp};
use review_api::{
    AuditAction, ChangeSize, DreamId, DreamStatus, ErrorCode, Prices, ReflectionState, Usage, User,
};
use review_core::prices::of_usage;
use review_core::reflection::{self, Reflected};
use serde_json::{Map, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wanted::record;

/// How often one looks for dreams to reflect on.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Looked at in one pass.
const BATCH: u32 = 20;
/// Most tokens of an answer: five adjustments with their reasons are far fewer.
const MOST_TOKENS: u32 = 8_000;
/// After so long no answer comes any more, whatever the deadline of the request was.
const PATIENCE: SignedDuration = SignedDuration::from_mins(20);
/// Actor of what the proxy does by itself.
const SYSTEM: &str = "system";

/// Reflects on dreams; clones share the work.
#[derive(Debug, Clone)]
pub struct Reflector {
    store: Store,
    platform: Platform,
    /// What tokens cost.
    prices: Arc<Prices>,
    wake: Arc<Notify>,
}

impl Reflector {
    /// Makes one that works for nobody yet.
    pub fn new(store: Store, platform: Platform, prices: Arc<Prices>) -> Self {
        Self {
            store,
            platform,
            prices,
            wake: Arc::default(),
        }
    }

    /// Reflects on dreams as they end, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            // A question that is on its way is waited for: its answer is paid for.
            if let Err(error) = self.work(now()).await {
                tracing::warn!(%error, "dreams could not be reflected on; it goes on in a moment");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.wake.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Reflects once on every dream that waits for it, and gives up what was lost.
    ///
    /// # Errors
    /// If the database fails; where the platform does not answer, the dream waits on.
    pub async fn work(&self, now: Timestamp) -> Result<()> {
        let mut read = self.store.read().await?;
        let before = now.checked_sub(PATIENCE).unwrap_or(now);
        let overdue = reflections::overdue(&mut read, before).await?;
        let waiting = reflections::waiting(&mut read, BATCH).await?;
        drop(read);
        for kept in overdue {
            let why = "The model was asked, and its answer never came. It may have cost something; it is not asked \
                again by itself.";
            let outcome = Outcome::without_answer(ReflectionState::Lost, why);
            self.settle(&kept, &outcome, None).await?;
        }
        for kept in waiting {
            self.reflect(&kept, now).await?;
        }
        Ok(())
    }

    /// Has a dream reflected on by hand, also where that failed or was passed over before.
    ///
    /// # Errors
    /// If there is no such dream, `user` may not, it has not completed, or it was reflected on.
    pub async fn ask_again(&self, user: &User, id: &DreamId) -> Result<()> {
        review_core::rules::may_dream(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        let dream = dreams::get(&mut write, id).await?;
        let dream = dream.ok_or_else(|| Error::not_found("dream", id.as_str()))?;
        if dream.status != DreamStatus::Completed {
            let message = "Only a dream that completed can be reflected on.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        let by = user.name.as_str();
        let is_new = reflections::want(&mut write, id, &dream.agent_id, by, now).await?;
        if !is_new && !reflections::want_again(&mut write, id, by, now).await? {
            let message = "This dream was reflected on already, or is being reflected on. Reload to see what came of it.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        if let Some(kept) = reflections::get(&mut write, id).await? {
            record(
                &mut write,
                &kept,
                by,
                AuditAction::ReflectionWanted,
                json!({}),
                now,
            )
            .await?;
        }
        write.commit().await?;
        self.wake.notify_one();
        Ok(())
    }

    async fn reflect(&self, kept: &Kept, now: Timestamp) -> Result<()> {
        let gathered = match self.gather(kept).await {
            Ok(Some(gathered)) => gathered,
            Ok(None) => {
                let why = "The agent has no feedback yet, so there is nothing to go by. Rate some of its interactions.";
                let outcome = Outcome::without_answer(ReflectionState::Skipped, why);
                return self.settle(kept, &outcome, None).await;
            }
            Err(super::SyncError::Platform(error)) => {
                tracing::info!(dream.id = %kept.dream_id, %error, "a dream waits to be reflected on until the platform answers");
                return Ok(());
            }
            Err(super::SyncError::Store(error)) => return Err(error.into()),
        };
        let Some(model) = gathered.model.clone() else {
            let why = "Which model reflects is not known. Name one in the agent's settings.";
            let outcome = Outcome::without_answer(ReflectionState::Skipped, why);
            return self.settle(kept, &outcome, None).await;
        };
        let mut seed = [0; 32];
        if let Err(error) = getrandom::fill(&mut seed) {
            tracing::error!(%error, "the machine gives no random numbers; a dream waits to be reflected on");
            return Ok(());
        }
        let request = reflection::request(&gathered.material, &seed);
        let estimate = request.estimated_tokens();
        if let Some(why) = self.over_limit(kept, &model, estimate, now).await? {
            let outcome = Outcome::without_answer(ReflectionState::Skipped, &why);
            return self.settle(kept, &outcome, None).await;
        }
        let mut write = self.store.write().await?;
        if !reflections::claim(&mut write, kept, &model, estimate, now).await? {
            return Ok(());
        }
        let detail = json!({
            "attempt": kept.attempt,
            "model": model,
            "estimated_tokens": estimate,
            "ratings": request.opinions,
            "interactions": request.transcripts,
        });
        record(
            &mut write,
            kept,
            SYSTEM,
            AuditAction::ReflectionAsked,
            detail,
            now,
        )
        .await?;
        write.commit().await?;
        let ask = Ask {
            model,
            system: Some(request.system),
            turns: vec![Turn::user(request.user)],
            tool: Some(ForcedTool {
                name: reflection::TOOL.to_owned(),
                description:
                    "Reports what keeps going wrong and which edits of the prompt would help."
                        .to_owned(),
                input_schema: reflection::schema(),
            }),
            max_tokens: MOST_TOKENS,
        };
        let answer = self.platform.ask(&ask).await;
        self.keep(kept, &gathered, answer).await
    }

    /// Keeps what the model answered.
    async fn keep(
        &self,
        kept: &Kept,
        gathered: &Gathered,
        answer: std::result::Result<Answer, PlatformError>,
    ) -> Result<()> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let state = if error.may_have_had_an_effect() {
                    ReflectionState::Lost
                } else {
                    ReflectionState::Failed
                };
                let why = error.sentence();
                return self
                    .settle(kept, &Outcome::without_answer(state, &why), None)
                    .await;
            }
        };
        let usage = Usage::from(answer.usage);
        let Some(input) = &answer.tool_input else {
            let why = if answer.is_cut() {
                "The model's answer was cut off before its end, so nothing of it is used."
            } else {
                "The model did not answer in the form that it was asked for."
            };
            let mut outcome = Outcome::without_answer(ReflectionState::Failed, why);
            outcome.usage = Some(usage);
            return self.settle(kept, &outcome, None).await;
        };
        let read = reflection::read(input, &gathered.material);
        let outcome = Outcome {
            state: ReflectionState::Done,
            reason: None,
            usage: Some(usage),
            patterns: read.patterns.len(),
            suggestions: read.adjustments.len(),
            left_out: read.left_out,
        };
        let report = report(kept, gathered, &answer.model, read);
        self.settle(kept, &outcome, Some(&report)).await
    }

    /// Notes what came of it with its report and its line in the audit, in one transaction.
    async fn settle(
        &self,
        kept: &Kept,
        outcome: &Outcome<'_>,
        report: Option<&NewReport>,
    ) -> Result<()> {
        let now = now();
        let mut write = self.store.write().await?;
        if !reflections::settle(&mut write, kept, outcome, now).await? {
            return Ok(());
        }
        if let Some(report) = report {
            reports::add_derived(&mut write, report).await?;
        }
        // The report is complete by now, with a reflection or without one.
        let delivery = if kept.attempt == 1 || report.is_some() {
            announce::report(&mut write, &kept.agent_id, &kept.dream_id, now).await?
        } else {
            None
        };
        let detail = json!({
            "attempt": kept.attempt,
            "state": outcome.state,
            "reason": outcome.reason,
            "usage": outcome.usage,
            "patterns": outcome.patterns,
            "suggestions": outcome.suggestions,
            "left_out": outcome.left_out,
            "delivery_id": delivery,
        });
        record(
            &mut write,
            kept,
            SYSTEM,
            AuditAction::ReflectionEnded,
            detail,
            now,
        )
        .await?;
        write.commit().await?;
        Ok(())
    }

    /// Says why the month's limit does not allow it; nothing where it does.
    async fn over_limit(
        &self,
        kept: &Kept,
        model: &str,
        estimate: u64,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let mut read = self.store.read().await?;
        let settings = settings::get(&mut read, &kept.agent_id).await?;
        let plan = &settings.dreaming.plan;
        if plan.monthly_tokens.is_none() && plan.monthly_cost.is_none() {
            return Ok(None);
        }
        let past = dream_runs::past(&mut read, &kept.agent_id, month_of(now)).await?;
        // What is sent, and the longest answer: which one comes is not known.
        let usage = Usage {
            input_tokens: estimate,
            output_tokens: u64::from(MOST_TOKENS),
            ..Usage::default()
        };
        let will_take = Estimated {
            model: Some(model),
            tokens: Some(estimate),
            micros: of_usage(&self.prices, model, usage),
        };
        Ok(over_limits(&self.prices, plan, &past, will_take))
    }
}

fn report(kept: &Kept, gathered: &Gathered, model: &str, read: Reflected) -> NewReport {
    let current = &gathered.material.prompt;
    let suggestions = read.adjustments.into_iter().map(|one| {
        let counts = prompt_diff::size(current, &one.proposed);
        NewSuggestion {
            id: new_id("sug").into(),
            title: one.title,
            rationale: one.why,
            pattern_keys: vec![one.pattern_key],
            size: ChangeSize {
                lines_added: counts.added,
                lines_removed: counts.removed,
            },
            proposed: one.proposed,
            memory: None,
            takes_back: false,
            proposed_by: Some(model.to_owned()),
            findings: one.findings,
        }
    });
    let suggestions = suggestions.collect();
    let patterns = read.patterns.into_iter().map(|mut pattern| {
        pattern.found_by = Some(model.to_owned());
        pattern
    });
    NewReport {
        dream_id: kept.dream_id.clone(),
        agent_id: kept.agent_id.clone(),
        agent_version: gathered.version,
        summary: None,
        reported_by: DERIVED.to_owned(),
        reported_at: now(),
        completed_at: None,
        delivery_id: None,
        extra: Map::new(),
        patterns: patterns.collect(),
        metrics: Vec::new(),
        suggestions,
    }
}
