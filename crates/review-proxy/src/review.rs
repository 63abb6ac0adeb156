//! The review: what people decide, by the rules of `review_core`, in one transaction with its ledger row.

mod agents;
mod apply;
mod automatic;
mod changes;
mod comments;
mod dreaming;
mod drift;
mod feedback;
mod import;
mod inbox;
mod memory;
mod outcome;
mod policy;
mod reconcile;
mod record;
mod regression;
mod restage;
mod rollback;
pub(crate) mod seen;
mod stage;
mod staleness;
mod suggestions;
mod texts;
mod watch;

pub use automatic::Looked;
pub(crate) use seen::decided_on;

use crate::error::{Error, Result};
use crate::pace::Pace;
use crate::platform::Platform;
use crate::store::{Store, new_id};
use review_api::{ErrorCode, Prices};
use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use tokio_util::task::TaskTracker;

/// The review's rules at work on a store and a platform; clones share them.
#[derive(Debug, Clone)]
pub struct Review {
    store: Store,
    platform: Platform,
    pace: Pace,
    /// What tokens cost.
    prices: Arc<Prices>,
    /// Writes to the platform that must come to their end, whoever hangs up meanwhile.
    tasks: TaskTracker,
    /// Names this process among those that share the database.
    instance: Arc<str>,
    /// Where the next pass over watched agents begins.
    turn: Arc<AtomicUsize>,
    /// Attempts that this process is at work on, which the reconciler leaves alone.
    at_work: Arc<Mutex<HashSet<String>>>,
    /// How far the memory stores of waiting changes were looked at.
    watched: Arc<memory::Watched>,
}

impl Review {
    /// Makes the review of what `store` holds and `platform` has.
    pub fn new(store: Store, platform: Platform, pace: Pace, prices: Arc<Prices>) -> Self {
        Self {
            store,
            platform,
            pace,
            prices,
            tasks: TaskTracker::new(),
            instance: new_id("prx").into(),
            turn: Arc::default(),
            at_work: Arc::default(),
            watched: Arc::default(),
        }
    }

    /// Waits for writes to the platform that are on their way.
    pub async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Runs `work` to its end, even if the one who asked hangs up.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        match self.tasks.spawn(work).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(%error, "a write to the platform ended by a defect");
                Err(Error::new(
                    ErrorCode::OutcomeUnknown,
                    "The proxy failed while it was writing to the platform. What came of it is \
                     being found out; reload in a moment.",
                ))
            }
        }
    }
}
