//! What became of requests whose answer was lost.

use super::Scheduler;
use crate::dreaming::SyncError;
use crate::error::Result;
use crate::platform::{Dream, NewDream, PageQuery};
use crate::store::dream_runs;
use jiff::{SignedDuration, Timestamp};
use review_api::DreamRun;

/// How long after the request's deadline a delayed request may still land.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// How far the platform's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(2);
/// Most pages of dreams read to find one whose answer was lost.
const MOST_PAGES: usize = 5;

impl Scheduler {
    /// Finds out what became of requests whose answer was lost, from the list of dreams.
    pub(super) async fn find_out(&self, now: Timestamp) -> Result<()> {
        let asked = dream_runs::asked(&mut *self.store.read().await?).await?;
        for kept in asked {
            if self.lock_at_work().contains(&kept.run.id) {
                continue;
            }
            let Some(request) = kept.request() else {
                continue;
            };
            match self.find(&request, &kept.run).await {
                Ok(Some(dream)) => self.started(&kept, &dream).await?,
                Ok(None) => {
                    let deadline = SignedDuration::try_from(self.platform.deadline());
                    let patience = deadline
                        .unwrap_or(SignedDuration::MAX)
                        .saturating_add(GRACE);
                    if now.duration_since(kept.run.asked_at) > patience {
                        let why = "The request did not reach the platform: it has no such dream.";
                        self.failed(&kept, why).await?;
                    }
                }
                Err(SyncError::Platform(error)) => {
                    tracing::info!(run.id = kept.run.id, %error, "whether a dream was begun is not known yet");
                }
                Err(SyncError::Store(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Returns the dream that `run` asked for, if the platform has one.
    async fn find(
        &self,
        request: &NewDream,
        run: &DreamRun,
    ) -> std::result::Result<Option<Dream>, SyncError> {
        let from = run.asked_at.checked_sub(SKEW).unwrap_or(run.asked_at);
        let mut page = PageQuery::first(100);
        for _ in 0..MOST_PAGES {
            let answer = self.platform.list_dreams(Some(from), &page).await?;
            let mut read = self.store.read().await?;
            for dream in answer.data {
                // An equal one that was asked for just before, and called off, belongs to another run.
                let id = dream.id.as_str().into();
                if request.is(&dream) && !dream_runs::is_anyones(&mut read, &id).await? {
                    return Ok(Some(dream));
                }
            }
            let Some(next) = answer.next_page else {
                break;
            };
            page = PageQuery::after(100, Some(next));
        }
        Ok(None)
    }
}
