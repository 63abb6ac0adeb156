//! A staging test is asked for, estimated, and called off.

use super::Tester;
use super::figures::ending;
use crate::error::{Error, Result};
use crate::platform::{Agent, Trouble};
use crate::store::audit::{self, NewEntry};
use crate::store::staging_tests::{self, Candidate, KeptTest};
use crate::store::{Conn, automation, changes, dream_runs, new_id, now};
use jiff::Timestamp;
use review_api::{
    AuditAction, AutomaticActKind, AutomationMode, Change, ChangeId, ErrorCode, MAX_TEST_CASES,
    POLICY_ACTOR, StagingTest, StartTest, SubjectKind, TestEstimate, TestReport, TestState,
    TestWay, User,
};
use review_core::rules;
use serde_json::{Value, json};

/// Tokens that a question and the judgement of its answer take beside the prompt, where none was measured.
const GUESSED_TOKENS: u64 = 1_200;
/// Bytes of English text in a token, roughly.
const BYTES_PER_TOKEN: u64 = 4;
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
        super::test(&mut read, &kept).await
    }

    /// Begins the staging test of a change that a policy staged, once; says `false` where that is settled already,
    /// somebody else tests it, or automation is paused. What stands against a test for good is noted.
    ///
    /// # Errors
    /// If the platform or the database does not answer: then it is tried again.
    pub async fn begin_by_policy(&self, id: &ChangeId) -> Result<bool> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, id).await?;
        let is_paused = automation::paused(&mut read).await?.is_some();
        drop(read);
        if is_paused {
            return Ok(false);
        }
        let user = review_core::automation::policy_user();
        let body = StartTest::default();
        let begun = match &change.test {
            // A person was first, and one test of these bytes is enough.
            Some(_) => Ok(String::new()),
            None => self.begin_as(&user, id, &body, change.revision, true).await,
        };
        match begun {
            Ok(_) if change.test.is_none() => Ok(true),
            Ok(_) => {
                let test = change.test.as_ref().map_or("", |test| &test.id);
                let mut write = self.store.write().await?;
                automation::set_test(&mut write, id, Ok(test)).await?;
                let kind = AutomaticActKind::TestBegun;
                automation::act(&mut write, id, kind, &[], now()).await?;
                write.commit().await?;
                Ok(false)
            }
            Err(error) if is_for_good(&error) => {
                self.refuse_by_policy(&change, &error.message).await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes why a policy begins no test.
    async fn refuse_by_policy(&self, change: &Change, why: &str) -> Result<()> {
        let now = now();
        let mut write = self.store.write().await?;
        let id = &change.summary.id;
        let again = existing(&mut write, id).await?;
        // What was said of another revision, or while automation was paused meanwhile, is not for good.
        if again.revision != change.revision
            || automation::paused(&mut write).await?.is_some()
            || !automation::set_test(&mut write, id, Err(why)).await?
        {
            return Ok(());
        }
        let words = [why.to_owned()];
        automation::act(&mut write, id, AutomaticActKind::Refused, &words, now).await?;
        if change.policy.automation.mode == AutomationMode::Apply {
            // It stands among all that is against applying the change, which is looked at next.
            write.commit().await?;
            return Ok(());
        }
        let detail = json!({
            "reasons": ["not_tested"], "sentences": words, "digest": change.digest,
            "policy_version": change.policy.version,
        });
        let action = AuditAction::AutomationRefused;
        record(&mut write, change, POLICY_ACTOR, action, detail, now).await?;
        write.commit().await?;
        Ok(())
    }

    /// Begins a staging test and returns its id. A policy is asked again in the transaction that keeps it: nothing
    /// is begun while automation is paused, and no second one.
    async fn begin_as(
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
        let repeats = body.repeats.unwrap_or(1);
        if ![1, 3, 5].contains(&repeats) {
            let message = "Run each case 1, 3 or 5 times: an odd number, so that most of them are of one kind.";
            return Err(Error::field("repeats", message));
        }
        if let Some(budget) = body.budget_tokens
            && !(1..=LARGEST_BUDGET).contains(&budget)
        {
            let message = format!("Give a budget from 1 to {LARGEST_BUDGET} tokens.");
            return Err(Error::field("budget_tokens", message));
        }
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
        let estimate = estimate(&mut write, &change, &cases).await?;
        let estimated_tokens = estimate.tokens.saturating_mul(u64::from(repeats));
        let kept = KeptTest {
            id: new_id("tst"),
            change_id: id.clone(),
            agent_id: agent_id.clone(),
            digest: change.digest.clone(),
            state: TestState::Running,
            reason: None,
            way: if room.is_some() {
                TestWay::Sessions
            } else {
                TestWay::Messages
            },
            model: agent.model,
            memory_store_id: room.as_ref().and_then(|room| room.memory_store_id.clone()),
            environment_id: room.map(|room| room.environment_id),
            repeats,
            budget_tokens: body
                .budget_tokens
                .unwrap_or(estimated_tokens.saturating_mul(2)),
            estimated_tokens,
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
            let is_paused = automation::paused(&mut write).await?.is_some();
            if is_paused || !automation::set_test(&mut write, id, Ok(&kept.id)).await? {
                let message = "Automation is paused, or another process began this test.";
                return Err(Error::new(ErrorCode::Unavailable, message));
            }
            automation::act(&mut write, id, AutomaticActKind::TestBegun, &[], now).await?;
        }
        let detail = json!({
            "test_id": kept.id, "digest": kept.digest, "policy_version": change.policy.version, "cases": cases.len(), "repeats": repeats,
            "way": kept.way, "model": kept.model, "budget_tokens": kept.budget_tokens,
            "estimated_tokens": kept.estimated_tokens,
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
        super::test(&mut read, &test.id).await
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
            Some(kept) => Some(super::test(&mut read, &kept.id).await?),
            None => None,
        };
        Ok(TestReport {
            estimate: estimate(&mut read, &change, &cases).await?,
            is_current: newest.as_ref().is_some_and(|it| it.digest == change.digest),
            newest,
        })
    }

    /// Returns where sessions of an agent with tools run; nothing for one without.
    async fn room(&self, change: &Change, agent: &Agent) -> Result<Option<Room>> {
        if !agent.has_tools() {
            return Ok(None);
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
        Ok(Some(Room {
            memory_store_id: session.memory_store().map(str::to_owned),
            environment_id: session.environment_id.ok_or_else(missing)?,
        }))
    }
}

/// Says whether trying again would be told the same, until somebody does something.
fn is_for_good(error: &Error) -> bool {
    matches!(
        error.code,
        ErrorCode::Conflict | ErrorCode::NotFound | ErrorCode::BadRequest | ErrorCode::TooLarge
    )
}

/// Where sessions run, and what they may read.
struct Room {
    environment_id: String,
    memory_store_id: Option<String>,
}

/// Works out what running each case once would take.
async fn estimate(conn: &mut Conn, change: &Change, cases: &[Candidate]) -> Result<TestEstimate> {
    let (tokens, answers) = staging_tests::spent(conn, &change.summary.agent_id).await?;
    let count = u64::try_from(cases.len()).unwrap_or(u64::MAX);
    let bytes = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX);
    let guessed =
        (bytes(&change.base.text) + bytes(&change.proposed)) / BYTES_PER_TOKEN + 2 * GUESSED_TOKENS;
    let measured = tokens.saturating_mul(2).checked_div(answers);
    let pair = measured.unwrap_or(guessed);
    Ok(TestEstimate {
        cases: u32::try_from(cases.len()).unwrap_or(u32::MAX),
        tokens: pair.saturating_mul(count),
        is_measured: answers > 0,
    })
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
