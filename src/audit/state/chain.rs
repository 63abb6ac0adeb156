//! Whether the ledger is what was written: its head, what this browser saw of it, and what verifying finds.

use crate::{
    api::{ApiClient, ApiError},
    browser::storage,
    query::Query,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{AuditHead, BadLine, Timestamp};
use serde::{Deserialize, Serialize};

/// Where this browser keeps the last head that it found in order.
const SEEN_HEAD: &str = "dream-review:audit-head";

/// Handle to the chain; `Copy`, lives as long as the page.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) struct Chain {
    api: StoredValue<ApiClient>,
    head: Query<AuditHead>,
    seen: RwSignal<Option<SeenHead>>,
    verdict: RwSignal<Verdict>,
}

/// The last line of the ledger as this browser saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::audit) struct SeenHead {
    /// Its number.
    pub(in crate::audit) seq: u64,
    /// Its hash.
    pub(in crate::audit) hash: String,
    /// When it was read.
    pub(in crate::audit) at: Timestamp,
}

/// What the ledger lost since this browser saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::audit) enum Loss {
    /// It ends before the line that this browser saw.
    CutOff {
        /// What this browser saw.
        seen: SeenHead,
        /// Number of its last line now.
        now: u64,
    },
    /// That line is another one.
    Rewritten {
        /// What this browser saw.
        seen: SeenHead,
    },
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::audit) enum Verdict {
    /// Nobody asked.
    NotAsked,
    /// It goes on; so many lines are good so far.
    Running {
        /// Number of the last line found good.
        good_to: u64,
    },
    /// Every line is as it was written.
    Good {
        /// Number of the last line.
        good_to: u64,
        /// Signed checkpoints that the ledger was held against.
        checkpoints: u64,
    },
    /// A line is not as it was written.
    Bad {
        /// Number of the last line found good.
        good_to: u64,
        /// The first bad line.
        bad: BadLine,
    },
    /// It could not be found out.
    Failed(ApiError),
}

impl Chain {
    /// Reads the head, and remembers it where this browser has seen none before.
    pub(super) fn open(api: &ApiClient) -> Self {
        let head = {
            let api = api.clone();
            Query::new(move || {
                let api = api.clone();
                async move { api.audit_head().await }
            })
        };
        let seen = storage::kept_value(SEEN_HEAD);
        let seen = seen.and_then(|kept| serde_json::from_str(&kept).ok());
        let chain = Self {
            api: StoredValue::new(api.clone()),
            head,
            seen: RwSignal::new(seen),
            verdict: RwSignal::new(Verdict::NotAsked),
        };
        Effect::new(move |_| {
            if head.value().is_some() && chain.seen.with_untracked(Option::is_none) {
                chain.remember();
            }
        });
        chain
    }

    /// Returns the last line as the proxy says it is.
    pub(in crate::audit) fn head(self) -> Query<AuditHead> {
        self.head
    }

    /// Returns the last line that this browser found in order.
    pub(in crate::audit) fn seen(self) -> Option<SeenHead> {
        self.seen.get()
    }

    /// Says what the ledger lost since this browser saw it, as far as its head tells.
    pub(in crate::audit) fn loss(self) -> Option<Loss> {
        lost(&self.seen.get()?, &*self.head.value()?)
    }

    /// Returns what verifying found.
    pub(in crate::audit) fn verdict(self) -> Verdict {
        self.verdict.get()
    }

    /// Remembers the head as it is now.
    pub(in crate::audit) fn remember(self) {
        let Some(head) = self.head.value_untracked() else {
            return;
        };
        let seen = SeenHead {
            seq: head.seq,
            hash: head.hash.clone(),
            at: head.read_at,
        };
        if let Ok(kept) = serde_json::to_string(&seen) {
            storage::set_kept_value(SEEN_HEAD, &kept);
        }
        self.seen.try_set(Some(seen));
    }

    /// Verifies the whole ledger, part by part, and holds it against what this browser saw.
    pub(in crate::audit) fn verify(self) {
        if matches!(self.verdict.get_untracked(), Verdict::Running { .. }) {
            return;
        }
        self.verdict.set(Verdict::Running { good_to: 0 });
        let (api, seen) = (self.api.get_value(), self.seen.get_untracked());
        let seen = seen.filter(|seen| seen.seq > 0);
        spawn_local(async move {
            let verdict = self.verified(&api, seen).await;
            let is_good = matches!(verdict, Verdict::Good { .. });
            if self.verdict.try_set(verdict).is_some() {
                return;
            }
            if is_good {
                self.adopt(&api).await;
            }
        });
    }

    async fn verified(self, api: &ApiClient, seen: Option<SeenHead>) -> Verdict {
        let seen = seen.map(|seen| (seen.seq, seen.hash, seen.at));
        let mut cursor = None;
        loop {
            let part = match api.verify_audit(seen.as_ref(), cursor).await {
                Ok(part) => part,
                Err(error) => return Verdict::Failed(error),
            };
            let good_to = part.good_to;
            if let Some(bad) = part.bad {
                return Verdict::Bad { good_to, bad };
            }
            cursor = part.next_cursor;
            if cursor.is_none() {
                let checkpoints = part.checkpoints;
                return Verdict::Good {
                    good_to,
                    checkpoints,
                };
            }
            if self.verdict.try_set(Verdict::Running { good_to }).is_some() {
                // The page is gone.
                return Verdict::NotAsked;
            }
        }
    }

    /// Reads the head anew, now that everything up to it is good, and remembers it.
    async fn adopt(self, api: &ApiClient) {
        let Ok(head) = api.audit_head().await else {
            return;
        };
        self.head.set(head);
        if self.loss().is_none() {
            self.remember();
        }
    }
}

/// Compares what was seen with what the proxy says now; pure.
fn lost(seen: &SeenHead, now: &AuditHead) -> Option<Loss> {
    if now.seq < seen.seq {
        return Some(Loss::CutOff {
            seen: seen.clone(),
            now: now.seq,
        });
    }
    (now.seq == seen.seq && now.hash != seen.hash).then(|| Loss::Rewritten { seen: seen.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64, hash: &str) -> AuditHead {
        AuditHead {
            seq,
            hash: hash.to_owned(),
            read_at: Timestamp::UNIX_EPOCH,
            public_key: String::new(),
        }
    }

    #[test]
    fn p23_a_head_that_does_not_follow_what_was_seen_is_a_loss() {
        let seen = SeenHead {
            seq: 7,
            hash: "a".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(lost(&seen, &head(7, "a")), None);
        assert_eq!(lost(&seen, &head(9, "b")), None);
        assert!(matches!(
            lost(&seen, &head(6, "a")),
            Some(Loss::CutOff { now: 6, .. })
        ));
        assert!(matches!(
            lost(&seen, &head(7, "b")),
            Some(Loss::Rewritten { .. })
        ));
    }
}
