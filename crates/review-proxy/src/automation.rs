//! What policies do by themselves, again and again: suggestions taken up, tests begun, changes applied.
//!
//! All state is in the database, so that it makes no difference which of several proxies does the next act, or
//! which one went away. Each act is one transaction that only one of them can make.

use crate::error::{Error, Result};
use crate::review::{Looked, Review};
use crate::store::Store;
use crate::store::automation;
use crate::testing::Tester;
use review_api::ErrorCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Suggestions taken up, and tests begun, in one pass; the next pass goes on with the others.
const AT_ONCE: u32 = 50;
/// Changes looked at in one pass.
const MOST_LOOKS: usize = 100;

/// Acts as the policies of all agents; clones share the work.
#[derive(Debug, Clone)]
pub struct Automator {
    store: Store,
    review: Review,
    tester: Tester,
    /// Where the next pass over waiting changes begins.
    turn: Arc<AtomicUsize>,
}

impl Automator {
    /// Makes one that stages and applies with `review` and tests with `tester`.
    pub fn new(store: Store, review: Review, tester: Tester) -> Self {
        Self {
            store,
            review,
            tester,
            turn: Arc::default(),
        }
    }

    /// Looks every `interval`, until `stop`.
    pub async fn run(self, interval: Duration, stop: CancellationToken) {
        loop {
            // Each act is one transaction, or goes to its end by itself: it may be left between any two.
            let ticked = tokio::select! {
                ticked = self.tick() => ticked,
                () = stop.cancelled() => return,
            };
            if let Err(error) = ticked {
                tracing::warn!(%error, "the policies' own acts could not be looked after; that goes on in a moment");
            }
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Does whatever policies have to do as of now.
    ///
    /// While automation is paused nothing is staged, tested or applied; that a change waits for that is noted.
    ///
    /// # Errors
    /// If the database fails; what the platform does not say is tried again the next time.
    pub async fn tick(&self) -> Result<()> {
        let mut read = self.store.read().await?;
        let is_paused = automation::paused(&mut read).await?.is_some();
        let untaken = automation::untaken(&mut read, AT_ONCE).await?;
        drop(read);
        if !is_paused {
            for id in untaken {
                if let Err(error) = self.review.stage_by_policy(&id).await {
                    tracing::warn!(suggestion.id = %id, %error, "a policy could not take up a suggestion");
                    if is_down(&error) {
                        break;
                    }
                }
            }
            let untested = automation::untested(&mut *self.store.read().await?, AT_ONCE).await?;
            for id in untested {
                if let Err(error) = self.tester.begin_by_policy(&id).await {
                    tracing::warn!(change.id = %id, %error, "a policy could not begin a staging test");
                    if is_down(&error) {
                        break;
                    }
                }
            }
        }
        let mut waiting = automation::waiting(&mut *self.store.read().await?).await?;
        // Where there are more than one pass takes, each gets its turn.
        if waiting.len() > MOST_LOOKS {
            let turn = self.turn.fetch_add(MOST_LOOKS, Ordering::Relaxed) % waiting.len();
            waiting.rotate_left(turn);
            waiting.truncate(MOST_LOOKS);
        }
        for id in waiting {
            let looked = match self.review.look_by_policy(&id).await {
                Ok(looked) => looked,
                Err(error) => {
                    tracing::warn!(change.id = %id, %error, "a policy could not look at a change");
                    continue;
                }
            };
            if let Looked::Free { digest, losses } = looked
                && let Err(error) = self.review.apply_by_policy(&id, digest, losses).await
            {
                // What came of it stands in the change; nobody waits for an answer.
                tracing::warn!(change.id = %id, %error, "a policy did not apply a change");
            }
        }
        Ok(())
    }
}

/// Says whether the platform would answer the others no better at the moment.
fn is_down(error: &Error) -> bool {
    matches!(
        error.code,
        ErrorCode::PlatformUnavailable | ErrorCode::RateLimited
    )
}
