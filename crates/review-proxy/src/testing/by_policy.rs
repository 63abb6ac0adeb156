//! Tests that a policy begins by itself: once for each change, within what the agent's limits leave of the month.
//!
//! Tests that people begin have an estimate before their eyes and a budget; they count into no month.

use super::Tester;
use super::begin::{existing, record};
use crate::dreaming::limits::{Estimated, month_of, over_limits};
use crate::error::{Error, Result};
use crate::store::{Conn, automation, dream_runs, now, settings};
use jiff::Timestamp;
use review_api::{
    AgentId, AuditAction, AutomaticActKind, AutomationMode, Change, ChangeId, Cost, ErrorCode,
    POLICY_ACTOR, StartTest,
};
use review_core::automation::acts;
use serde_json::json;

impl Tester {
    /// Begins the staging test of a change that a policy staged, once; says `false` where that is settled already,
    /// somebody else tests it, or automation is paused or off. What stands against a test for good is noted.
    ///
    /// # Errors
    /// If the platform or the database does not answer: then it is tried again.
    pub async fn begin_by_policy(&self, id: &ChangeId) -> Result<bool> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, id).await?;
        let is_paused = automation::paused(&mut read).await?.is_some();
        drop(read);
        if !acts(&change.policy, is_paused) {
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
            || !acts(
                &again.policy,
                automation::paused(&mut write).await?.is_some(),
            )
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

    /// Returns how many tokens a test may take that needs as much as is estimated.
    ///
    /// # Errors
    /// If it would go beyond what is left of the month. That is for good, since a limit that is found used up again
    /// and again asks the platform again and again; people can begin the test all the same.
    pub(super) async fn left_of_month(
        &self,
        conn: &mut Conn,
        agent_id: &AgentId,
        needs: Estimated<'_>,
        now: Timestamp,
    ) -> Result<u64> {
        let settings = settings::get(conn, agent_id).await?;
        let plan = &settings.dreaming.plan;
        if plan.monthly_tokens.is_none() && plan.monthly_cost.is_none() {
            return Ok(u64::MAX);
        }
        let past = dream_runs::past(conn, agent_id, month_of(now)).await?;
        if let Some(why) = over_limits(&self.prices, plan, &past, needs) {
            return Err(Error::new(ErrorCode::Conflict, why));
        }
        let most = plan.monthly_tokens.unwrap_or(u64::MAX);
        Ok(most.saturating_sub(past.tokens_in_month))
    }
}

/// Notes that a policy began this test of a change; it is asked again, in the transaction that keeps the test.
///
/// # Errors
/// If automation is paused or off, or another process began one.
pub(super) async fn keep_as_policys(
    conn: &mut Conn,
    change: &Change,
    test_id: &str,
    now: Timestamp,
) -> Result<()> {
    let id = &change.summary.id;
    let is_paused = automation::paused(conn).await?.is_some();
    if !acts(&change.policy, is_paused) || !automation::set_test(conn, id, Ok(test_id)).await? {
        let message = "Automation is paused or off, or another process began this test.";
        return Err(Error::new(ErrorCode::Unavailable, message));
    }
    automation::act(conn, id, AutomaticActKind::TestBegun, &[], now).await?;
    Ok(())
}

/// Says whether trying again would be told the same, until somebody does something.
fn is_for_good(error: &Error) -> bool {
    matches!(
        error.code,
        ErrorCode::Conflict | ErrorCode::NotFound | ErrorCode::BadRequest | ErrorCode::TooLarge
    )
}

/// Puts what a test will take as the limits of a month weigh it.
pub(super) fn needs<'a>(model: &'a str, tokens: u64, cost: Option<&Cost>) -> Estimated<'a> {
    Estimated {
        model: Some(model),
        tokens: Some(tokens),
        micros: match cost {
            Some(Cost::Known { about, .. }) => Some(*about),
            _ => None,
        },
    }
}
