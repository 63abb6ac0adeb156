//! The work on a staging test: a few cases at once, every answer kept as it comes.

use super::Tester;
use super::begin::{existing, record};
use super::figures::ending;
use super::scratch::Stores;
use crate::error::Result;
use crate::store::now;
use crate::store::staging_tests::{self, KeptCase, KeptTest, Settled};
use jiff::Timestamp;
use review_api::{AuditAction, Change, TestState};
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Cases at work at once.
const AT_ONCE: usize = 4;
/// Parts of a lease after which it is renewed.
const PARTS: u32 = 4;
/// Actor of what the proxy does by itself.
const SYSTEM: &str = "system";

/// Why a test stops before its end.
pub(super) enum Stop {
    /// It has ended, or is another's, or the proxy stops: nothing is noted.
    Quiet,
    /// The platform would refuse all that follows as well.
    Refused(String),
}

impl From<crate::error::Error> for Stop {
    fn from(error: crate::error::Error) -> Self {
        // Not noted: the database would not take it. The lease ends, and the test is taken up again.
        tracing::warn!(%error, "a staging test waits for the database");
        Self::Quiet
    }
}

impl From<crate::store::StoreError> for Stop {
    fn from(error: crate::store::StoreError) -> Self {
        crate::error::Error::from(error).into()
    }
}

/// A case at work on a test.
#[derive(Clone)]
pub(super) struct Work {
    pub(super) tester: Tester,
    pub(super) test: Arc<KeptTest>,
    pub(super) change: Arc<Change>,
    /// What sessions attach, in a test of a memory change.
    pub(super) stores: Option<Arc<Stores>>,
}

impl Tester {
    /// Takes up every test whose process was not heard of for the length of a lease.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_up(&self, now: Timestamp) -> Result<()> {
        loop {
            let mut write = self.store.write().await?;
            let until = now + self.pace.lease;
            let test = staging_tests::take(&mut write, &self.instance, now, until).await?;
            write.commit().await?;
            match test {
                Some(test) => self.work_on(test),
                None => return Ok(()),
            }
        }
    }

    /// Goes to work on a test that this process holds.
    pub(super) fn work_on(&self, test: KeptTest) {
        if !self.lock_at_work().insert(test.id.clone()) {
            return;
        }
        let this = self.clone();
        self.tasks.spawn(async move {
            let id = test.id.clone();
            let renewing = async {
                loop {
                    tokio::time::sleep(this.pace.lease / PARTS).await;
                    // One that has ended stops by itself, once what was asked for is kept.
                    if !this.holds(&id).await && this.is_anothers(&id).await {
                        return;
                    }
                }
            };
            let stopping = async {
                this.stop.cancelled().await;
                // What was asked for is paid for, so it may still come for a while.
                tokio::time::sleep(this.pace.lease).await;
            };
            tokio::select! {
                () = this.work(test) => {}
                () = renewing => {}
                () = stopping => {}
            }
            this.lock_at_work().remove(&id);
        });
    }

    /// Renews the lease; says `false` where the test has ended or is another's.
    async fn holds(&self, id: &str) -> bool {
        let renewed = async {
            let mut write = self.store.write().await?;
            let until = now() + self.pace.lease;
            let held = staging_tests::renew(&mut write, id, &self.instance, until).await?;
            write.commit().await?;
            Ok::<bool, crate::store::StoreError>(held)
        };
        // Not renewed, it only comes to the others sooner.
        renewed.await.unwrap_or(true)
    }

    /// Says whether a test that this process does not hold is at work.
    async fn is_anothers(&self, id: &str) -> bool {
        let kept = async {
            let mut read = self.store.read().await?;
            staging_tests::get(&mut read, id).await
        };
        matches!(kept.await, Ok(Some(kept)) if kept.state == TestState::Running)
    }

    async fn work(&self, test: KeptTest) {
        let id = test.id.clone();
        let ended = match self.cases(test).await {
            Ok(ended) => ended,
            Err(Stop::Quiet) => {
                self.tidied().await;
                return;
            }
            Err(Stop::Refused(why)) => Some((TestState::Failed, Some(why))),
        };
        if let Some((state, reason)) = ended
            && let Err(error) = self.end(&id, state, reason).await
        {
            tracing::warn!(test.id = id, %error, "the end of a staging test could not be noted");
        }
        self.tidied().await;
    }

    /// Removes at once what a test made, where it has ended; else that is done in a moment.
    async fn tidied(&self) {
        if let Err(error) = self.tidy(now()).await {
            tracing::warn!(%error, "what a staging test left behind could not be looked for");
        }
    }

    /// Runs the cases that wait; returns how the test ends.
    async fn cases(
        &self,
        test: KeptTest,
    ) -> std::result::Result<Option<(TestState, Option<String>)>, Stop> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, &test.change_id).await?;
        let mut waiting = staging_tests::waiting_cases(&mut read, &test.id)
            .await?
            .into_iter();
        let all = staging_tests::tally(&mut read, &test.id).await?.cases();
        drop(read);
        let mut work = Work {
            tester: self.clone(),
            test: Arc::new(test),
            change: Arc::new(change),
            stores: None,
        };
        // Before anything is made for it.
        if let Some(ended) = work.stands(0, all).await? {
            return Ok(Some(ended));
        }
        work.stores = work.stores().await?.map(Arc::new);
        let mut at_work = JoinSet::new();
        loop {
            while at_work.len() < work.room().await? {
                if let Some(ended) = work.stands(at_work.len(), all).await? {
                    // What was begun is paid for, so it is kept.
                    while let Some(done) = at_work.join_next().await {
                        done.unwrap_or(Ok(()))?;
                    }
                    return Ok(Some(ended));
                }
                let Some(case) = waiting.next() else {
                    break;
                };
                let work = work.clone();
                at_work.spawn(async move { work.case(case).await });
            }
            match at_work.join_next().await {
                Some(done) => done.unwrap_or(Ok(()))?,
                None => return Ok(Some((TestState::Completed, None))),
            }
        }
    }

    async fn end(&self, id: &str, state: TestState, reason: Option<String>) -> Result<()> {
        let now = now();
        let mut write = self.store.write().await?;
        let tally = staging_tests::tally(&mut write, id).await?;
        let ending = ending(&tally, state, reason);
        if !staging_tests::end(&mut write, id, &ending, now).await? {
            return Ok(());
        }
        let test = super::test(&mut write, id, &self.prices).await?;
        let change = existing(&mut write, &test.change_id).await?;
        let detail = json!({
            "test_id": id, "digest": test.digest, "state": state, "reason": ending.reason,
            "outcome": ending.outcome, "sentence": ending.sentence, "worse": tally.worse,
            "better": tally.better, "both_right": tally.both_right, "both_wrong": tally.both_wrong,
            "failed": tally.failed, "left_out": tally.left_out, "tokens": tally.tokens,
            "cost": test.cost,
        });
        record(
            &mut write,
            &change,
            SYSTEM,
            AuditAction::TestEnded,
            detail,
            now,
        )
        .await?;
        write.commit().await?;
        Ok(())
    }
}

impl Work {
    /// Says how many cases may be at work at once: the first goes alone, because what it takes tells better than
    /// any estimate whether others fit into the budget.
    async fn room(&self) -> std::result::Result<usize, Stop> {
        let mut read = self.tester.store.read().await?;
        let tally = staging_tests::tally(&mut read, &self.test.id).await?;
        let is_first = tally.with_result() + tally.failed == 0;
        Ok(if is_first { 1 } else { AT_ONCE })
    }

    /// Says how the test ends before its next case, if it does.
    async fn stands(
        &self,
        at_work: usize,
        all: u32,
    ) -> std::result::Result<Option<(TestState, Option<String>)>, Stop> {
        if self.tester.stop.is_cancelled() {
            return Err(Stop::Quiet);
        }
        let test = &self.test;
        let mut read = self.tester.store.read().await?;
        let kept = staging_tests::get(&mut read, &test.id).await?;
        if kept.is_none_or(|kept| kept.state != TestState::Running) {
            return Err(Stop::Quiet);
        }
        let change = existing(&mut read, &test.change_id).await?;
        if change.digest != test.digest || review_core::rules::still_waits(&change).is_err() {
            let why = "The change is not the one any more that was tested: it was edited, restaged, decided, or its base moved.";
            return Ok(Some((TestState::Canceled, Some(why.to_owned()))));
        }
        let tally = staging_tests::tally(&mut read, &test.id).await?;
        if tally.waiting == 0 {
            return Ok(None);
        }
        // What the next case, and those at work, will take: as those before did, or as was estimated.
        let run = u64::from(tally.with_result() + tally.failed);
        let each = match tally.tokens.checked_div(run) {
            Some(each) => each,
            None => test.estimated_tokens / u64::from(all.max(1)),
        };
        let begun = u64::try_from(at_work).unwrap_or(u64::MAX).saturating_add(1);
        let needed = tally.tokens.saturating_add(each.saturating_mul(begun));
        if needed > test.budget_tokens {
            let why = format!(
                "The next case would have gone over the budget of {} tokens; {} were used.",
                test.budget_tokens, tally.tokens
            );
            return Ok(Some((TestState::OverBudget, Some(why))));
        }
        Ok(None)
    }

    /// Runs one case to its result.
    async fn case(&self, kept: KeptCase) -> std::result::Result<(), Stop> {
        let settled = match self.read(&kept).await? {
            Ok(case) => self.compare(kept.place, &case).await?,
            Err((state, reason)) => Settled {
                state,
                reason: Some(reason),
                question: String::new(),
                expectation: String::new(),
            },
        };
        let mut write = self.tester.store.write().await?;
        staging_tests::settle_case(&mut write, &self.test.id, kept.place, &settled).await?;
        write.commit().await?;
        Ok(())
    }
}
