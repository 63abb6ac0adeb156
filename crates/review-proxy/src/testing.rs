//! Staging tests: the labelled cases of an agent, run with the base of a change and with its proposal.
//!
//! A test at work is a row with a lease: of several proxies one works on it, and where that one goes away
//! another goes on with it. Every answer is kept as it comes and never asked for again. Whatever ends a test
//! before all its cases have their result (a person, the budget, the platform, an edit) leaves what is done to
//! be read, and is no pass.

mod answering;
mod begin;
mod by_policy;
mod comparing;
mod estimating;
mod figures;
mod judging;
mod scratch;
mod working;

pub use figures::{ending, test};

use crate::pace::Pace;
use crate::platform::Platform;
use crate::store::{Store, new_id, now};
use review_api::Prices;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often tests whose process went away are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Runs staging tests; clones share the work.
#[derive(Debug, Clone)]
pub struct Tester {
    store: Store,
    platform: Platform,
    pace: Pace,
    /// What tokens cost.
    prices: Arc<Prices>,
    /// Names this process among those that share the database.
    instance: Arc<str>,
    /// Tests at work, which stop between two answers when the proxy does.
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Tests that this process works on: a lease that lapsed because it was held up does not double the work.
    at_work: Arc<Mutex<HashSet<String>>>,
}

impl Tester {
    /// Makes a tester that stops with `stop`.
    pub fn new(
        store: Store,
        platform: Platform,
        pace: Pace,
        prices: Arc<Prices>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            store,
            platform,
            pace,
            prices,
            instance: new_id("prx").into(),
            tasks: TaskTracker::new(),
            stop,
            at_work: Arc::default(),
        }
    }

    fn lock_at_work(&self) -> MutexGuard<'_, HashSet<String>> {
        // A panic while it was held cannot have left a set half changed.
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the answers that were asked for are kept.
    pub async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Takes up tests whose process went away, until the proxy stops.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.take_up(now()).await {
                tracing::warn!(%error, "staging tests could not be looked for; that is tried again in a moment");
            }
            if let Err(error) = self.tidy(now()).await {
                tracing::warn!(%error, "what staging tests left behind could not be looked for; that is tried again in a moment");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }
}
