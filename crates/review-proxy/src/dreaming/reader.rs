//! The reader of transcripts: counts their errors, notes the memories they use, and takes in the ratings that agents
//! log by a rule.

use super::transcript::{self, LogError};
use crate::error::Result;
use crate::platform::{Platform, Trouble};
use crate::store::audit::{self, NewEntry};
use crate::store::transcripts::{self, Unread};
use crate::store::{self, Store, feedback, new_id, now};
use review_api::{
    AuditAction, Feedback, FeedbackId, FeedbackSource, LogEvent, LogEventKind, SubjectKind,
};
use review_core::memory_uses::{self, MemoryUsed};
use review_core::rule_log;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Transcripts read in one go.
const AT_ONCE: u32 = 50;
/// Most pages of one transcript: 5,000 events.
const MOST_PAGES: usize = 50;
/// Events of a page.
const PAGE_EVENTS: u32 = 100;
/// Transcripts that may fail before a go ends.
const MOST_FAILURES: usize = 3;
/// Who gave what an agent logged.
const AUTHOR: &str = "rule";

/// What one go found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readings {
    /// Transcripts read.
    pub transcripts: usize,
    /// Ratings that were not known before.
    pub ratings: usize,
    /// Transcripts that could not be read; they are tried again.
    pub failures: usize,
}

/// What a transcript says.
struct Found {
    events: Vec<LogEvent>,
    memories: Vec<MemoryUsed>,
}

/// Reads transcripts that are at rest; clones share the work.
#[derive(Debug, Clone)]
pub struct Reader {
    store: Store,
    platform: Platform,
}

impl Reader {
    /// Makes a reader.
    pub fn new(store: Store, platform: Platform) -> Self {
        Self { store, platform }
    }

    /// Makes a reader that reads now and then, as one of `tasks`, until it is to stop.
    pub(crate) fn begin(
        store: &Store,
        platform: &Platform,
        every: Duration,
        (tasks, stop): (&TaskTracker, &CancellationToken),
    ) -> Self {
        let reader = Self::new(store.clone(), platform.clone());
        tasks.spawn(reader.clone().run(every, stop.clone()));
        reader
    }

    async fn run(self, every: Duration, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = stop.cancelled() => return,
            }
            let outcome = tokio::select! {
                outcome = self.read_now() => outcome,
                () = stop.cancelled() => return,
            };
            if let Err(error) = outcome {
                tracing::warn!(%error, "the transcripts could not be read");
            }
        }
    }

    /// Reads what is there and was not read yet, newest first, as much as one go may take.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn read_now(&self) -> Result<Readings> {
        let mut read = self.store.read().await?;
        let unread = transcripts::unread(&mut read, AT_ONCE).await?;
        drop(read);
        let mut readings = Readings::default();
        for one in &unread {
            match self.transcript(one).await {
                Ok(Some(found)) => {
                    readings.ratings += self.keep(one, &found).await?;
                    readings.transcripts += 1;
                }
                Ok(None) => {
                    let mut write = self.store.write().await?;
                    transcripts::keep_read(&mut write, one, None).await?;
                    write.commit().await?;
                }
                Err(error) => {
                    tracing::warn!(%error, interaction = %one.id, "a transcript could not be read");
                    readings.failures += 1;
                    if readings.failures >= MOST_FAILURES {
                        break;
                    }
                }
            }
        }
        Ok(readings)
    }

    /// Returns a transcript and the memories it uses; nothing where the interaction is gone.
    async fn transcript(&self, one: &Unread) -> std::result::Result<Option<Found>, LogError> {
        let Some(events) = self.events(one).await? else {
            return Ok(None);
        };
        if !events.iter().any(memory_uses::may_name_a_memory) {
            let memories = Vec::new();
            return Ok(Some(Found { events, memories }));
        }
        let mounts = match self.platform.session(one.id.as_str()).await {
            Ok(session) => session.mounts(),
            Err(error) if error.trouble == Trouble::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let memories = memory_uses::find(&events, &mounts);
        Ok(Some(Found { events, memories }))
    }

    /// Returns the events of a transcript; nothing where the interaction is gone.
    async fn events(&self, one: &Unread) -> std::result::Result<Option<Vec<LogEvent>>, LogError> {
        let mut events = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let id = one.id.as_str();
            let page =
                transcript::page(&self.platform, id, PAGE_EVENTS, cursor.as_deref(), None).await;
            let page = match page {
                Ok(page) => page,
                Err(LogError::Platform(error)) if error.trouble == Trouble::NotFound => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            events.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(Some(events))
    }

    /// Keeps what a transcript says, all of it or nothing; returns how many ratings were new.
    ///
    /// Each line is taken by its place in its event, so that it counts once however often and by however many
    /// proxies it is read. What people rated is not looked at: theirs stand beside it.
    async fn keep(&self, one: &Unread, found: &Found) -> Result<usize> {
        let events = &found.events;
        let is_error =
            |event: &&LogEvent| matches!(event.kind, LogEventKind::ToolError | LogEventKind::Error);
        let errors = events.iter().filter(is_error).count() as u64;
        let now = now();
        let mut new = 0;
        let mut write = self.store.write().await?;
        let mut before: Option<String> = None;
        let mut nth = 0;
        for logged in rule_log::read(events) {
            nth = if before.as_ref() == Some(&logged.event_id) {
                nth + 1
            } else {
                1
            };
            let line = match nth {
                1 => logged.event_id.clone(),
                nth => format!("{}#{nth}", logged.event_id),
            };
            before = Some(logged.event_id.clone());
            let id: FeedbackId = new_id("fbk").into();
            if !transcripts::take(&mut write, &one.id, &line, &id, now).await? {
                continue;
            }
            let rating = Feedback {
                id,
                agent_id: one.agent_id.clone(),
                interaction_id: one.id.clone(),
                rating: logged.rating,
                // PostgreSQL has no NUL.
                comment: logged.comment.map(|text| text.replace('\0', "\u{fffd}")),
                expected: None,
                check: None,
                author: AUTHOR.into(),
                source: FeedbackSource::Rule,
                event_id: Some(logged.event_id.clone()),
                created_at: now,
                edited_at: None,
                revision: 1,
            };
            feedback::insert(&mut write, &rating).await?;
            let entry = NewEntry {
                at: now,
                actor: AUTHOR,
                action: AuditAction::FeedbackLogged,
                subject_kind: SubjectKind::Interaction,
                subject_id: one.id.as_str(),
                subject_title: &one.title,
                agent_id: Some(&one.agent_id),
                detail: json!({
                    "feedback_id": rating.id,
                    "rating": rating.rating,
                    "event_id": logged.event_id,
                }),
            };
            audit::append(&mut write, entry).await?;
            new += 1;
        }
        store::memory_uses::keep(&mut write, &one.id, &found.memories).await?;
        transcripts::keep_read(&mut write, one, Some(errors)).await?;
        write.commit().await?;
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dreaming::Syncer;
    use crate::platform::fake::{Fake, session};
    use crate::store::interactions::{self, Filter};
    use review_api::{InteractionId, MemoryUseKind, Rating};
    use serde_json::Value;
    use std::collections::BTreeSet;
    use tempfile::TempDir;

    struct Desk {
        fake: Fake,
        store: Store,
        syncer: Syncer,
        _dir: TempDir,
    }

    fn message(id: &str, kind: &str, text: &str) -> Value {
        json!({
            "id": id,
            "type": kind,
            "processed_at": "2026-11-01T10:00:00Z",
            "content": [{ "type": "text", "text": text }],
        })
    }

    async fn desk() -> Desk {
        let fake = Fake::start().await;
        let dir = TempDir::new().unwrap();
        let store = Store::open(&dir.path().join("review.db")).await.unwrap();
        let syncer = Syncer::new(store.clone(), fake.platform(), Duration::from_hours(1));
        fake.set_agent("agent_1", 3, "One.\n");
        fake.held().sessions = vec![session("sesn_1", "agent_1", "2026-11-01T10:00:00Z")];
        fake.held().events = vec![
            message(
                "sevt_1",
                "user.message",
                "[feedback] negative: The user says so.",
            ),
            json!({
                "id": "sevt_2",
                "type": "agent.tool_result",
                "is_error": true,
                "content": [{ "type": "text", "text": "[feedback] negative: A tool says so." }],
            }),
            message(
                "sevt_3",
                "agent.message",
                "Sorry.\n> [feedback] negative: You wrote so.\n[feedback] negative: It is 30 days.\n\
                 [feedback] positive: The tone.",
            ),
        ];
        syncer.sync_now().await.unwrap();
        Desk {
            fake,
            store,
            syncer,
            _dir: dir,
        }
    }

    impl Desk {
        fn reader(&self) -> Reader {
            Reader::new(self.store.clone(), self.fake.platform())
        }

        async fn ratings(&self) -> Vec<Feedback> {
            let mut read = self.store.read().await.unwrap();
            let id: InteractionId = "sesn_1".into();
            let mut given = feedback::of_interaction(&mut read, &id).await.unwrap();
            given.reverse();
            given
        }

        async fn with_errors(&self, has_error: bool) -> usize {
            let mut read = self.store.read().await.unwrap();
            let filter = Filter {
                has_error: Some(has_error),
                ..Filter::default()
            };
            let found = interactions::list(&mut read, &"agent_1".into(), &filter, 10).await;
            found.unwrap().len()
        }

        async fn moved(&self, at: &str) {
            let mut moved = session("sesn_1", "agent_1", "2026-11-01T10:00:00Z");
            moved["updated_at"] = json!(at);
            self.fake.held().sessions = vec![moved];
            self.syncer.sync_now().await.unwrap();
        }
    }

    #[tokio::test]
    async fn only_the_agents_own_lines_count_and_each_of_them_once() {
        let desk = desk().await;
        assert_eq!(
            (desk.with_errors(true).await, desk.with_errors(false).await),
            (0, 0)
        );
        // Two proxies at the same time, and one that was started again.
        let (one, two) = (desk.reader(), desk.reader());
        let (one, two) = tokio::join!(one.read_now(), two.read_now());
        assert_eq!(one.unwrap().ratings + two.unwrap().ratings, 2);
        assert_eq!(desk.reader().read_now().await.unwrap(), Readings::default());
        let given = desk.ratings().await;
        let said: Vec<_> = given
            .iter()
            .map(|one| (one.rating, one.comment.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            said,
            [
                (Rating::Negative, "It is 30 days."),
                (Rating::Positive, "The tone.")
            ]
        );
        for one in &given {
            assert_eq!(one.source, FeedbackSource::Rule);
            assert_eq!(one.author.as_str(), "rule");
            assert_eq!(one.event_id.as_deref(), Some("sevt_3"));
        }
        assert_eq!(
            (desk.with_errors(true).await, desk.with_errors(false).await),
            (1, 0)
        );
        let mut read = desk.store.read().await.unwrap();
        let ledger = audit::list(&mut read, &audit::Filter::default(), 10)
            .await
            .unwrap();
        assert_eq!(ledger.len(), 2);
        assert_eq!(ledger[0].action, AuditAction::FeedbackLogged);
    }

    #[tokio::test]
    async fn what_comes_later_is_read_and_what_was_withdrawn_stays_so() {
        let desk = desk().await;
        desk.reader().read_now().await.unwrap();
        let gone = desk.ratings().await.remove(0);
        let mut write = desk.store.write().await.unwrap();
        feedback::remove(&mut write, &gone.id).await.unwrap();
        write.commit().await.unwrap();
        let more = message("sevt_4", "agent.message", "[feedback] negative: Again.");
        desk.fake.held().events.push(more);
        desk.moved("2026-11-01T11:00:00Z").await;
        let readings = desk.reader().read_now().await.unwrap();
        assert_eq!((readings.transcripts, readings.ratings), (1, 1));
        let said: Vec<_> = desk
            .ratings()
            .await
            .into_iter()
            .filter_map(|one| one.comment)
            .collect();
        assert_eq!(said, ["The tone.", "Again."]);
    }

    fn reading(id: &str, file: &str) -> Value {
        json!({
            "id": id,
            "type": "agent.tool_use",
            "name": "read",
            "input": { "file_path": file },
            "processed_at": "2026-11-01T10:00:00Z",
        })
    }

    async fn used(desk: &Desk, path: &str) -> Vec<(String, MemoryUseKind, u32)> {
        let mut read = desk.store.read().await.unwrap();
        let paths = BTreeSet::from([path]);
        let found = store::memory_uses::of(&mut read, &"memstore_1".into(), &paths).await;
        let drawn = found.unwrap().into_iter().map(|uses| {
            let last = &uses.latest[0];
            (last.event_id.clone(), last.kind, uses.count)
        });
        drawn.collect()
    }

    #[tokio::test]
    async fn memories_that_a_transcript_names_are_noted_and_a_later_reading_takes_their_place() {
        let desk = desk().await;
        let mount = json!([{
            "type": "memory_store",
            "memory_store_id": "memstore_1",
            "mount_path": "/mnt/memory/notes/",
        }]);
        desk.fake.held().sessions[0]["resources"] = mount.clone();
        let events = [
            reading("sevt_8", "/mnt/memory/notes/refunds.md"),
            reading("sevt_9", "/mnt/memory/others/refunds.md"),
        ];
        desk.fake.held().events.extend(events);
        desk.reader().read_now().await.unwrap();
        let once = [("sevt_8".to_owned(), MemoryUseKind::Read, 1)];
        assert_eq!(used(&desk, "/refunds.md").await, once);
        assert!(used(&desk, "/others/refunds.md").await.is_empty());

        let events = [reading("sevt_7", "/mnt/memory/notes/tone.md")];
        desk.fake.held().events = events.into();
        let mut moved = session("sesn_1", "agent_1", "2026-11-01T10:00:00Z");
        moved["updated_at"] = json!("2026-11-01T11:00:00Z");
        moved["resources"] = mount;
        desk.fake.held().sessions = vec![moved];
        desk.syncer.sync_now().await.unwrap();
        desk.reader().read_now().await.unwrap();
        assert!(used(&desk, "/refunds.md").await.is_empty());
        assert_eq!(used(&desk, "/tone.md").await.len(), 1);
    }

    #[tokio::test]
    async fn a_transcript_that_fails_is_read_later() {
        let desk = desk().await;
        desk.fake.held().failing = vec![("/v1/events", 500, 9)];
        let readings = desk.reader().read_now().await.unwrap();
        assert_eq!((readings.failures, readings.transcripts), (1, 0));
        assert!(desk.ratings().await.is_empty());
        desk.fake.held().failing.clear();
        assert_eq!(desk.reader().read_now().await.unwrap().ratings, 2);
    }
}
