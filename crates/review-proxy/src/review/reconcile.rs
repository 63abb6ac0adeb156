//! Finds out what became of attempts whose answer was lost, and which changes are out of date.

use super::changes::existing;
use super::outcome::{Doubt, Ending};
use super::staleness::{mark_outdated, take_lapsed_back};
use super::{Review, record};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::Trouble;
use crate::store::attempts::{self, Attempt};
use crate::store::{changes, now};
use jiff::Timestamp;
use review_api::{ChangeState, ErrorCode};
use review_core::digest::sha256_hex;
use tokio_util::sync::CancellationToken;

impl Review {
    /// Looks at once and then again and again, as its pace says, until `stop`.
    pub async fn reconcile_until(&self, stop: CancellationToken) {
        loop {
            failpoint!("reconcile.pass");
            if let Err(error) = self.reconcile(now()).await {
                tracing::warn!(%error, "looking after open attempts failed; it goes on in a moment");
            }
            tokio::select! {
                () = tokio::time::sleep(self.pace.reconcile_every) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Looks once, as of `now`.
    ///
    /// # Errors
    /// If the database fails; what the platform does not say is looked at again the next time.
    pub async fn reconcile(&self, now: Timestamp) -> Result<()> {
        #[cfg(feature = "failpoints")]
        if crate::failpoint::is_broken("reconcile") {
            return Ok(());
        }
        let mut read = self.store.read().await?;
        let open = attempts::open(&mut read).await?;
        let is_outdated = !changes::outdated(&mut read).await?.is_empty();
        let may_lapse = !changes::lapsing(&mut read).await?.is_empty();
        drop(read);
        for attempt in open {
            if self.lock_at_work().contains(&attempt.id) || self.is_anothers(&attempt, now) {
                continue;
            }
            failpoint!("reconcile.before");
            if self.find_out_memory(&attempt, now).await {
                continue;
            }
            if let Some(ending) = self.find_out(&attempt, now).await? {
                failpoint!("reconcile.after_read");
                // The one who applied was told that it is being found out; nobody waits for an answer.
                if let Err(error) = self.end(&attempt, record::SYSTEM, ending).await? {
                    tracing::warn!(attempt.id, %error, "an attempt did not succeed");
                }
            }
        }
        if is_outdated {
            let mut write = self.store.write().await?;
            mark_outdated(&mut write, now).await?;
            write.commit().await?;
        }
        if may_lapse {
            let mut write = self.store.write().await?;
            if take_lapsed_back(&mut write, now).await? > 0 {
                write.commit().await?;
            }
        }
        Ok(())
    }

    /// Says whether another process is at work on an attempt, as far as its lease tells.
    fn is_anothers(&self, attempt: &Attempt, now: Timestamp) -> bool {
        let is_ours = attempt.holder.as_deref() == Some(&*self.instance);
        !is_ours && attempt.lease_until.is_some_and(|until| until > now)
    }

    async fn find_out(&self, attempt: &Attempt, now: Timestamp) -> Result<Option<Ending>> {
        let agent = match self.platform.agent(attempt.agent_id.as_str()).await {
            Ok(agent) => copy::agent(&agent),
            Err(error) if error.trouble == Trouble::NotFound => {
                let why = Error::new(
                    ErrorCode::NotFound,
                    "The agent is not on the platform any more, so it does not have this change.",
                );
                return Ok(Some(Ending::Refused { why }));
            }
            Err(error) => return self.still_unknown(attempt, error.sentence()).await,
        };
        let version = agent.prompt.version;
        if version == attempt.expected_version {
            let grace = self.platform.deadline() + self.pace.grace;
            let passed = now.duration_since(attempt.started_at);
            if passed.unsigned_abs() < grace {
                let why = "The platform does not have it so far; the request may still arrive.";
                return self.still_unknown(attempt, why.to_owned()).await;
            }
            let why = Error::new(
                ErrorCode::PlatformUnavailable,
                "The request did not reach the platform: the agent is as it was. Apply it again.",
            );
            return Ok(Some(Ending::Refused { why }));
        }
        // It moved on. Ours can have made one version only, which may be the present one or an earlier one.
        let next = attempt.expected_version + 1;
        let sha256 = if version == next {
            agent.prompt.sha256.clone()
        } else {
            match self
                .platform
                .agent_version(attempt.agent_id.as_str(), next)
                .await
            {
                Ok(made) => sha256_hex(made.prompt()),
                Err(error) => return self.still_unknown(attempt, error.sentence()).await,
            }
        };
        let (made, doubt) = if sha256 == attempt.target_sha256 {
            (next, Doubt::ByWhomUnknown)
        } else if agent.prompt.sha256 == attempt.target_sha256 {
            (version, Doubt::BySomeoneElse)
        } else {
            return Ok(Some(Ending::Stale {
                version: Some(version),
            }));
        };
        Ok(Some(Ending::Applied {
            agent: Box::new(agent),
            version: made,
            doubt: Some(doubt),
        }))
    }

    /// Shows that an attempt needs a look, unless it says so already.
    async fn still_unknown(&self, attempt: &Attempt, why: String) -> Result<Option<Ending>> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, &attempt.change_id).await?;
        Ok((change.summary.state == ChangeState::Applying).then_some(Ending::Unknown { why }))
    }
}
