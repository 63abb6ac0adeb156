//! The two memory stores of a test of a memory change: one as the store is, one as the change would leave it.
//!
//! The platform copies no store, so each is made empty and filled. It is noted before it is made and until it is
//! gone, by which whoever takes a test over, or finds it ended, can remove what was left behind. A copy that was
//! not finished is never gone on with: between then and now the store may have moved on.

use super::Tester;
use super::working::{Stop, Work};
use crate::error::Result;
use crate::platform::{Memory, MemoryOutcome, MemoryStore, Platform, PlatformError, Trouble};
use crate::store::scratch_stores::{self, ScratchStore};
use crate::store::staging_tests;
use crate::store::{new_id, now};
use futures_util::future::{join_all, try_join_all};
use jiff::{SignedDuration, Timestamp};
use review_api::{MemoryManifest, TestState};
use review_core::digest::sha256_hex;
use review_core::manifest::{self, Held, Whole};
use std::collections::BTreeMap;
use std::time::Duration;

/// Most memories of a store that is copied.
const MOST_MEMORIES: usize = 1_000;
/// Most bytes of all of them.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Memories read or written at once.
const AT_ONCE: usize = 8;
/// Pauses before a memory that was not taken is written again.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
];
/// Longest pause that the platform may ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How far the platform's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(2);
/// How long after the request's deadline one that was delayed may still land.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// Stores removed in one pass.
const BATCH: u32 = 20;

/// What the sessions of a test attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stores {
    /// The store as it is.
    pub(super) base: String,
    /// The store as the change would leave it.
    pub(super) proposal: String,
}

/// Says why a store is too large to be copied; nothing where it is not.
pub(super) fn too_large(memories: &[Memory]) -> Option<String> {
    let bytes: u64 = memories.iter().map(|it| it.content_size_bytes).sum();
    (memories.len() > MOST_MEMORIES || bytes > MOST_BYTES).then(|| {
        format!(
            "A test of a memory change copies the store, and this one has {} memories of {bytes} bytes; the most is \
             {MOST_MEMORIES} memories of {MOST_BYTES} bytes.",
            memories.len()
        )
    })
}

impl Work {
    /// Returns the stores to attach, which are made where they are not there yet; nothing for a change of a prompt.
    pub(super) async fn stores(&self) -> std::result::Result<Option<Stores>, Stop> {
        let Some(memory) = &self.change.memory else {
            return Ok(None);
        };
        let mut read = self.tester.store.read().await?;
        let known = scratch_stores::of_test(&mut read, &self.test.id).await?;
        drop(read);
        if let [base, proposal] = &known[..]
            && base.is_filled
            && proposal.is_filled
            && let (Some(base_id), Some(proposal_id)) = (&base.store_id, &proposal.store_id)
        {
            return Ok(Some(Stores {
                base: base_id.clone(),
                proposal: proposal_id.clone(),
            }));
        }
        if !known.is_empty() {
            let mut write = self.tester.store.write().await?;
            scratch_stores::leave(&mut write, &self.test.id).await?;
            write.commit().await?;
        }
        let platform = &self.tester.platform;
        let manifest = &memory.manifest;
        let (like, whole) = self.whole(platform, manifest).await?;
        let as_it_is = whole
            .iter()
            .map(|it| (it.path.clone(), it.content.clone()))
            .collect();
        let base = self.copy(&like, false, &as_it_is).await?;
        let as_proposed = manifest::after(manifest, &whole);
        let proposal = self.copy(&like, true, &as_proposed).await?;
        Ok(Some(Stores { base, proposal }))
    }

    /// Reads the store with all texts; it must still be as the change expects it.
    async fn whole(
        &self,
        platform: &Platform,
        manifest: &MemoryManifest,
    ) -> std::result::Result<(MemoryStore, Vec<Whole>), Stop> {
        let id = manifest.store_id.as_str();
        let refused = |error: PlatformError| Stop::Refused(error.sentence());
        let like = platform.memory_store(id).await.map_err(refused)?;
        let listed = platform.all_memories(id).await.map_err(refused)?;
        if let Some(why) = too_large(&listed) {
            return Err(Stop::Refused(why));
        }
        let mut whole = Vec::with_capacity(listed.len());
        let mut held = Vec::with_capacity(listed.len());
        for some in listed.chunks(AT_ONCE) {
            self.goes_on().await?;
            let asked = some.iter().map(|it| platform.memory(id, &it.id));
            for memory in try_join_all(asked).await.map_err(refused)? {
                let content = memory.content.unwrap_or_default();
                held.push(Held {
                    memory_id: memory.id.as_str().into(),
                    path: memory.path.clone(),
                    sha256: sha256_hex(&content),
                });
                whole.push(Whole {
                    memory_id: memory.id.into(),
                    path: memory.path,
                    content,
                });
            }
        }
        if manifest::check_against(manifest, &held).is_empty() {
            Ok((like, whole))
        } else {
            let why = "Memories that the change touches are not as it expects them any more, so there is nothing to \
                       test. Withdraw it and stage it again on what is there now.";
            Err(Stop::Refused(why.to_owned()))
        }
    }

    /// Makes a store with these texts, and returns the platform's id of it.
    async fn copy(
        &self,
        like: &MemoryStore,
        is_proposal: bool,
        texts: &BTreeMap<String, String>,
    ) -> std::result::Result<String, Stop> {
        let tester = &self.tester;
        let mark = new_id("scr");
        let mut write = tester.store.write().await?;
        scratch_stores::want(&mut write, &mark, &self.test.id, is_proposal, now()).await?;
        write.commit().await?;
        // Sent once: if its answer is lost, the store is found by its mark and removed.
        let made = tester.platform.make_scratch_store(like, &mark).await;
        let made = made.map_err(|error| Stop::Refused(error.sentence()))?;
        let mut write = tester.store.write().await?;
        scratch_stores::made(&mut write, &mark, &made.id).await?;
        write.commit().await?;
        let texts: Vec<(&String, &String)> = texts.iter().collect();
        for some in texts.chunks(AT_ONCE) {
            self.goes_on().await?;
            let written = some
                .iter()
                .map(|(path, content)| self.write(&made.id, path, content));
            join_all(written)
                .await
                .into_iter()
                .collect::<std::result::Result<(), Stop>>()?;
        }
        // What is not exactly the same would test something else.
        let listed = tester.platform.all_memories(&made.id).await;
        let listed = listed.map_err(|error| Stop::Refused(error.sentence()))?;
        let there: BTreeMap<&str, &str> = listed
            .iter()
            .map(|it| (&*it.path, &*it.content_sha256))
            .collect();
        let is_same = there.len() == texts.len()
            && texts
                .iter()
                .all(|(path, text)| there.get(path.as_str()) == Some(&&*sha256_hex(text)));
        if !is_same {
            let why = "The platform did not keep the copy of the memory store as it was written.";
            return Err(Stop::Refused(why.to_owned()));
        }
        let mut write = tester.store.write().await?;
        let is_kept = scratch_stores::filled(&mut write, &mark).await?;
        write.commit().await?;
        if is_kept {
            Ok(made.id)
        } else {
            Err(Stop::Quiet)
        }
    }

    /// Writes a memory into a store of ours. Nobody else writes there, so one that may have been written is written
    /// again, and one that is there is ours.
    async fn write(&self, store: &str, path: &str, content: &str) -> std::result::Result<(), Stop> {
        let mut pauses = PAUSES.into_iter();
        let mut is_again = false;
        loop {
            let platform = &self.tester.platform;
            let error = match platform.create_memory(store, path, content).await {
                MemoryOutcome::Done { .. } => return Ok(()),
                MemoryOutcome::PathTaken(_) if is_again => return Ok(()),
                MemoryOutcome::PathTaken(error)
                | MemoryOutcome::PreconditionFailed(error)
                | MemoryOutcome::Gone(error)
                | MemoryOutcome::Refused(error)
                | MemoryOutcome::NotSent(error)
                | MemoryOutcome::Unknown(error) => error,
            };
            let may_pass = matches!(
                error.trouble,
                Trouble::RateLimited | Trouble::Overloaded | Trouble::Unreachable
            ) || error.may_have_had_an_effect();
            let Some(pause) = pauses.next().filter(|_| may_pass) else {
                return Err(Stop::Refused(error.sentence()));
            };
            is_again = true;
            let pause = error.retry_after.unwrap_or(pause).min(LONGEST_PAUSE);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.tester.stop.cancelled() => return Err(Stop::Quiet),
            }
        }
    }

    /// Stops quietly where the test has ended, or the proxy stops.
    async fn goes_on(&self) -> std::result::Result<(), Stop> {
        let mut read = self.tester.store.read().await?;
        let kept = staging_tests::get(&mut read, &self.test.id).await?;
        let is_running = kept.is_some_and(|kept| kept.state == TestState::Running);
        if is_running && !self.tester.stop.is_cancelled() {
            Ok(())
        } else {
            Err(Stop::Quiet)
        }
    }
}

impl Tester {
    /// Removes stores that nobody needs any more.
    ///
    /// # Errors
    /// If the database fails; what the platform does not remove is tried again the next time.
    pub async fn tidy(&self, now: Timestamp) -> Result<()> {
        let mut read = self.store.read().await?;
        let useless = scratch_stores::useless(&mut read, BATCH).await?;
        drop(read);
        for store in useless {
            match self.remove(&store, now).await {
                Ok(true) => {
                    let mut write = self.store.write().await?;
                    scratch_stores::gone(&mut write, &store.id, now).await?;
                    write.commit().await?;
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(store.id, %error, "a memory store of a staging test was not removed; that is tried again");
                }
            }
        }
        Ok(())
    }

    /// Removes one; says whether it is known to be gone.
    async fn remove(
        &self,
        store: &ScratchStore,
        now: Timestamp,
    ) -> std::result::Result<bool, PlatformError> {
        if let Some(id) = &store.store_id {
            self.platform.remove_scratch_store(id, &store.id).await?;
            return Ok(true);
        }
        let since = store.wanted_at.checked_sub(SKEW).unwrap_or(store.wanted_at);
        let found = self.platform.scratch_stores(&store.id, since).await?;
        for made in &found {
            self.platform
                .remove_scratch_store(&made.id, &store.id)
                .await?;
        }
        // None yet: the request may still land.
        let deadline = SignedDuration::try_from(self.platform.deadline());
        let patience = deadline
            .unwrap_or(SignedDuration::MAX)
            .saturating_add(GRACE);
        Ok(!found.is_empty() || now.duration_since(store.wanted_at) > patience)
    }
}
