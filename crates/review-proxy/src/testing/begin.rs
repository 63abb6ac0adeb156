//! A staging test is asked for, estimated, and called off.

use super::Tester;
use super::by_policy::{keep_as_policys, needs};
use super::figures::ending;
use super::scratch::too_large;
use crate::error::{Error, Result};
use crate::platform::{Agent, Trouble};
use crate::store::audit::{self, NewEntry};
use crate::store::staging_tests::{self, KeptTest};
use crate::store::{Conn, agents, changes, dream_runs, new_id, now};
use jiff::Timestamp;
use review_api::{
    AuditAction, Change, ChangeId, ErrorCode, MAX_TEST_CASES, StagingTest, StartTest, SubjectKind,
    TestReport, TestState, TestWay, User,
};
use review_core::prices::times;
use review_core::rules;
use serde_json::{Value, json};

/// Why a change of memories is not tested with an agent that only answers.
const NO_MEMORY: &str = "The agent has no tools, so it reads no memory, and its answers cannot tell what a change of memories does.";
/// Most tokens that one test may take.
const LARGEST_BUDGET: u64 = 1_000_000_000;

impl Tester {
    /// Begins a staging test of a change as `user` saw it, and returns it; the work goes on by itself.
    ///
    /// # Errors
    /// If there is no such change, it changed since, `user` may not, one is at work already, there is nothing to
    /// test with, or the platform does not say how the agent is made.
    pub async fn begin(
        &self,
        user: &User,
        id: &ChangeId,
        body: &StartTest,
        seen: u64,
    ) -> Result<StagingTest> {
        let kept = self.begin_as(user, id, body, seen, false).await?;
        let mut read = self.store.read().await?;
        super::test(&mut read, &kept, &self.prices).await
    }

    /// Begins a staging test and returns its id. A policy is asked again in the transaction that keeps it: nothing
    /// is begun while automation is paused, and no second one.
    pub(super) async fn begin_as(
        &self,
        user: &User,
        id: &ChangeId,
        body: &StartTest,
        seen: u64,
        by_policy: bool,
    ) -> Result<String> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, id).await?;
        drop(read);
        crate::review::decided_on(&change, seen, rules::may_test(user, &change))?;
        let repeats = repeats_of(body)?;
        let agent = self
            .platform
            .agent(change.summary.agent_id.as_str())
            .await?;
        let room = self.room(&change, &agent).await?;

        let now = now();
        let mut write = self.store.write().await?;
        // Read again now that nobody else writes.
        let change = existing(&mut write, id).await?;
        crate::review::decided_on(&change, seen, rules::may_test(user, &change))?;
        let agent_id = &change.summary.agent_id;
        let cases = staging_tests::candidates(&mut write, agent_id, MAX_TEST_CASES).await?;
        if cases.is_empty() {
            let message = "The agent has no rated interaction, so there is nothing to test with. Rate some first.";
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        let way = if room.is_some() {
            TestWay::Sessions
        } else {
            TestWay::Messages
        };
        let estimate = self
            .estimate(&mut write, &change, &cases, Some(way), Some(&agent.model))
            .await?;
        let tokens = estimate.tokens.times(u64::from(repeats));
        let estimated_cost = estimate.cost.map(|cost| times(cost, u64::from(repeats)));
        let usual = body.budget_tokens.unwrap_or(tokens.high.saturating_mul(2));
        let budget_tokens = if by_policy {
            let needs = needs(&agent.model, tokens.about, estimated_cost.as_ref());
            let left = self.left_of_month(&mut write, agent_id, needs, now).await?;
            usual.min(left)
        } else {
            usual
        };
        let kept = KeptTest {
            id: new_id("tst"),
            change_id: id.clone(),
            agent_id: agent_id.clone(),
            digest: change.digest.clone(),
            state: TestState::Running,
            reason: None,
            way,
            model: agent.model,
            agent_version: Some(match change.memory {
                Some(_) => agent.version,
                None => change.base.version,
            }),
            memory_store_id: room.as_ref().and_then(|room| room.memory_store_id.clone()),
            environment_id: room.map(|room| room.environment_id),
            repeats,
            budget_tokens,
            estimated_tokens: tokens.about,
            estimated_most: Some(tokens.high),
            estimated_cost,
            outcome: None,
            is_decisive: false,
            sentence: None,
            asked_by: user.name.clone(),
            asked_at: now,
            ended_at: None,
        };
        let until = now + self.pace.lease;
        match staging_tests::insert(&mut write, &kept, &self.instance, until).await {
            Err(error) if error.is_taken() => {
                let message = "A staging test of this change is at work already. Wait for it, or call it off.";
                return Err(Error::new(ErrorCode::Conflict, message));
            }
            other => other?,
        }
        staging_tests::insert_cases(&mut write, &kept.id, &cases).await?;
        if by_policy {
            keep_as_policys(&mut write, &change, &kept.id, now).await?;
        }
        let detail = json!({
            "test_id": kept.id, "digest": kept.digest, "policy_version": change.policy.version, "cases": cases.len(), "repeats": repeats,
            "way": kept.way, "model": kept.model, "budget_tokens": kept.budget_tokens,
            "estimated_tokens": tokens, "estimate_rests_on": estimate.basis, "measured": estimate.measured, "estimated_cost": kept.estimated_cost,
        });
        record(
            &mut write,
            &change,
            user.name.as_str(),
            AuditAction::TestStarted,
            detail,
            now,
        )
        .await?;
        failpoint!("automation.test_kept");
        write.commit().await?;
        let id = kept.id.clone();
        self.work_on(kept);
        Ok(id)
    }

    /// Calls the staging test of a change off; what is done is kept.
    ///
    /// # Errors
    /// If there is no such change, `user` may not, or none is at work.
    pub async fn cancel(&self, user: &User, id: &ChangeId) -> Result<StagingTest> {
        rules::may_cancel_test(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        let test = staging_tests::newest(&mut write, id).await?;
        let Some(test) = test.filter(|test| test.state == TestState::Running) else {
            let message =
                "No staging test of this change is at work, so there is nothing to call off.";
            return Err(Error::new(ErrorCode::Conflict, message));
        };
        let reason = format!("{} called it off.", user.name);
        let tally = staging_tests::tally(&mut write, &test.id).await?;
        let ending = ending(&tally, TestState::Canceled, Some(reason));
        staging_tests::end(&mut write, &test.id, &ending, now).await?;
        let detail = json!({ "test_id": test.id, "digest": test.digest, "tokens": tally.tokens });
        record(
            &mut write,
            &change,
            user.name.as_str(),
            AuditAction::TestCanceled,
            detail,
            now,
        )
        .await?;
        write.commit().await?;
        let mut read = self.store.read().await?;
        super::test(&mut read, &test.id, &self.prices).await
    }

    /// Returns what a test of a change would take, and its newest one.
    ///
    /// # Errors
    /// If there is no such change, or the database cannot be read.
    pub async fn report(&self, id: &ChangeId) -> Result<TestReport> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, id).await?;
        let cases =
            staging_tests::candidates(&mut read, &change.summary.agent_id, MAX_TEST_CASES).await?;
        let newest = match staging_tests::newest(&mut read, id).await? {
            Some(kept) => Some(super::test(&mut read, &kept.id, &self.prices).await?),
            None => None,
        };
        let model = agents::model(&mut read, &change.summary.agent_id).await?;
        let tools = agents::tools(&mut read, &change.summary.agent_id).await?;
        let way = tools.as_ref().map(|tools| {
            if tools.is_empty() {
                TestWay::Messages
            } else {
                TestWay::Sessions
            }
        });
        Ok(TestReport {
            estimate: self
                .estimate(&mut read, &change, &cases, way, model.as_deref())
                .await?,
            tools: tools.unwrap_or_default(),
            is_current: newest.as_ref().is_some_and(|it| it.digest == change.digest),
            newest,
        })
    }

    /// Returns where sessions of an agent with tools run; nothing for one without.
    async fn room(&self, change: &Change, agent: &Agent) -> Result<Option<Room>> {
        if agent.abilities().is_empty() {
            if change.memory.is_some() {
                return Err(Error::new(ErrorCode::Conflict, NO_MEMORY));
            }
            return Ok(None);
        }
        if let Some(memory) = &change.memory {
            let store = memory.manifest.store_id.as_str();
            let memories = self.platform.all_memories(store).await?;
            if let Some(why) = too_large(&memories) {
                return Err(Error::new(ErrorCode::Conflict, why));
            }
        }
        let missing = || {
            let message = "The agent has tools, so it is tested in a session, and a session needs an environment. It \
                           has had no interaction yet whose environment could be used.";
            Error::new(ErrorCode::Conflict, message)
        };
        let mut read = self.store.read().await?;
        let newest = dream_runs::candidates(&mut read, &change.summary.agent_id, None, 1).await?;
        drop(read);
        let (id, _) = newest.into_iter().next().ok_or_else(missing)?;
        let session = match self.platform.session(id.as_str()).await {
            Ok(session) => session,
            Err(error) if error.trouble == Trouble::NotFound => return Err(missing()),
            Err(error) => return Err(error.into()),
        };
        let changed = change.memory.as_ref();
        let changed = changed.map(|memory| memory.manifest.store_id.to_string());
        Ok(Some(Room {
            memory_store_id: changed.or_else(|| session.memory_store().map(str::to_owned)),
            environment_id: session.environment_id.ok_or_else(missing)?,
        }))
    }
}

/// Where sessions run, and what they may read.
struct Room {
    environment_id: String,
    memory_store_id: Option<String>,
}

pub(super) async fn existing(conn: &mut Conn, id: &ChangeId) -> Result<Change> {
    let change = changes::get(conn, id).await?;
    change.ok_or_else(|| Error::not_found("change", id.as_str()))
}

/// Records what happened to the test of a change; its revision stays.
pub(super) async fn record(
    conn: &mut Conn,
    change: &Change,
    actor: &str,
    action: AuditAction,
    detail: Value,
    at: Timestamp,
) -> Result<()> {
    let entry = NewEntry {
        at,
        actor,
        action,
        subject_kind: SubjectKind::Change,
        subject_id: change.summary.id.as_str(),
        subject_title: &change.summary.title,
        agent_id: Some(&change.summary.agent_id),
        detail,
    };
    audit::append(conn, entry).await?;
    Ok(())
}

/// Returns how often each case is to run, where what was asked for can be done.
fn repeats_of(body: &StartTest) -> Result<u32> {
    let repeats = body.repeats.unwrap_or(1);
    if ![1, 3, 5].contains(&repeats) {
        let message =
            "Run each case 1, 3 or 5 times: an odd number, so that most of them are of one kind.";
        return Err(Error::field("repeats", message));
    }
    if let Some(budget) = body.budget_tokens
        && !(1..=LARGEST_BUDGET).contains(&budget)
    {
        let message = format!("Give a budget from 1 to {LARGEST_BUDGET} tokens.");
        return Err(Error::field("budget_tokens", message));
    }
    Ok(repeats)
}
