//! The syncer against a platform that shows exactly what each test puts in.

use super::*;
use crate::platform::Trouble;
use crate::platform::fake::{Fake, dream, session};
use crate::store::{Store, agents, dreams, interactions, sync};
use review_api::{AgentId, DreamStatus, LogEventKind, Timestamp};
use serde_json::json;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

struct Desk {
    fake: Fake,
    store: Store,
    syncer: Syncer,
    _dir: TempDir,
}

async fn desk() -> Desk {
    let fake = Fake::start().await;
    let dir = TempDir::new().unwrap();
    let store = Store::open(&dir.path().join("review.db")).await.unwrap();
    let syncer = Syncer::new(store.clone(), fake.platform(), Duration::from_hours(1));
    fake.set_agent("agent_1", 3, "One.\n");
    fake.set_agent("agent_2", 1, "Two.\n");
    fake.set_agent("agent_3", 1, "Three.\n");
    fake.held().sessions = vec![
        session("sesn_1", "agent_1", "2026-11-01T10:00:00Z"),
        session("sesn_2", "agent_1", "2026-11-02T10:00:00Z"),
        session("sesn_3", "agent_2", "2026-11-03T10:00:00Z"),
    ];
    fake.held().dreams = vec![
        dream(
            "drm_1",
            "completed",
            &["sesn_1", "sesn_2"],
            "2026-11-04T10:00:00Z",
        ),
        dream("drm_2", "running", &["sesn_3"], "2026-11-05T10:00:00Z"),
        dream("drm_3", "dozing", &["sesn_gone"], "2026-11-06T10:00:00Z"),
    ];
    Desk {
        fake,
        store,
        syncer,
        _dir: dir,
    }
}

impl Desk {
    async fn interactions(&self, agent: &str) -> Vec<String> {
        let mut read = self.store.read().await.unwrap();
        let filter = interactions::Filter::default();
        let list = interactions::list(&mut read, &agent.into(), &filter, 100)
            .await
            .unwrap();
        list.into_iter()
            .map(|interaction| interaction.id.0)
            .collect()
    }

    async fn dream(&self, id: &str) -> Option<(AgentId, DreamStatus)> {
        let mut read = self.store.read().await.unwrap();
        let dream = dreams::get(&mut read, &id.into()).await.unwrap();
        dream.map(|dream| (dream.agent_id, dream.status))
    }

    async fn version(&self, id: &str) -> Option<u32> {
        agents::version(&mut self.store.read().await.unwrap(), &id.into())
            .await
            .unwrap()
    }

    async fn freshness(&self) -> review_api::Freshness {
        sync::freshness(&mut self.store.read().await.unwrap())
            .await
            .unwrap()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.fake.held().asked)
    }
}

#[tokio::test]
async fn the_first_pass_copies_everything_over_all_pages() {
    let desk = desk().await;
    assert_eq!(desk.freshness().await.read_at, None);
    let report = desk.syncer.sync_now().await.unwrap();
    assert_eq!(
        (report.agents, report.interactions, report.dreams),
        (3, 3, 3)
    );
    assert_eq!(desk.interactions("agent_1").await, ["sesn_2", "sesn_1"]);
    assert_eq!(desk.version("agent_3").await, Some(1));
    assert_eq!(
        desk.dream("drm_1").await,
        Some(("agent_1".into(), DreamStatus::Completed))
    );
    assert_eq!(
        desk.dream("drm_2").await,
        Some(("agent_2".into(), DreamStatus::Running))
    );
    assert_eq!(desk.dream("drm_3").await, None, "nobody's");
    let freshness = desk.freshness().await;
    assert!(freshness.read_at.is_some() && freshness.problem.is_none());
}

#[tokio::test]
async fn later_passes_read_only_what_is_new() {
    let desk = desk().await;
    desk.syncer.sync_now().await.unwrap();
    desk.asked();
    desk.fake
        .held()
        .sessions
        .push(session("sesn_4", "agent_1", "2026-11-03T11:00:00Z"));
    desk.fake.held().dreams[1]["status"] = json!("completed");
    let report = desk.syncer.sync_now().await.unwrap();
    assert_eq!(
        (report.agents, report.interactions, report.dreams),
        (0, 2, 1),
        "the newest of before is read again"
    );
    assert_eq!(
        desk.interactions("agent_1").await,
        ["sesn_4", "sesn_2", "sesn_1"]
    );
    assert_eq!(desk.dream("drm_2").await.unwrap().1, DreamStatus::Completed);
    assert_eq!(
        desk.asked(),
        [
            "/v1/agents?page=",
            "/v1/agents?page=page_2",
            "/v1/sessions?page=",
            "/v1/dreams?page=",
            "/v1/dreams/drm_2",
        ]
    );
}

#[tokio::test]
async fn an_old_interaction_that_was_under_way_is_read_again() {
    let desk = desk().await;
    desk.fake.held().sessions[0]["status"] = json!("running");
    desk.syncer.sync_now().await.unwrap();
    let status = async || {
        let mut read = desk.store.read().await.unwrap();
        let interaction = interactions::get(&mut read, &"sesn_1".into())
            .await
            .unwrap();
        interaction.unwrap().status
    };
    assert_eq!(status().await, "running");
    desk.fake.held().sessions[0]["status"] = json!("idle");
    desk.syncer.sync_now().await.unwrap();
    assert_eq!(status().await, "idle");
}

#[tokio::test]
async fn a_pass_that_is_cut_short_leaves_no_hole() {
    let desk = desk().await;
    desk.fake.held().failing = vec![("/v1/sessions?page=page_2", 500, 3)];
    desk.syncer.sync_now().await.unwrap_err();
    assert_eq!(
        desk.interactions("agent_1").await,
        ["sesn_2"],
        "the first page is kept"
    );
    let freshness = desk.freshness().await;
    assert_eq!(freshness.read_at, None);
    assert!(freshness.problem.unwrap().contains("status 500"));
    desk.syncer.sync_now().await.unwrap();
    assert_eq!(desk.interactions("agent_1").await, ["sesn_2", "sesn_1"]);
    assert_eq!(desk.freshness().await.problem, None);
}

#[tokio::test]
async fn trouble_keeps_what_is_there_and_says_since_when_it_is_old() {
    let desk = desk().await;
    desk.syncer.sync_now().await.unwrap();
    let before = desk.freshness().await.read_at;
    desk.fake.held().failing = vec![("/v1/agents", 401, 1)];
    let error = desk.syncer.sync_now().await.unwrap_err();
    assert!(matches!(error, SyncError::Platform(error) if error.trouble == Trouble::KeyRefused));
    let freshness = desk.freshness().await;
    assert_eq!(freshness.read_at, before);
    assert!(freshness.problem.unwrap().contains("ANTHROPIC_API_KEY"));
    assert_eq!(desk.version("agent_1").await, Some(3));
}

#[tokio::test]
async fn a_platform_without_dreams_is_no_outage() {
    let desk = desk().await;
    desk.fake.held().failing = vec![("/v1/dreams", 404, 9)];
    let report = desk.syncer.sync_now().await.unwrap();
    assert!(report.dreams_off.unwrap().contains("Ask for access"));
    assert_eq!(desk.freshness().await.problem, None);
    assert_eq!(desk.interactions("agent_2").await, ["sesn_3"]);
}

#[tokio::test]
async fn a_dream_is_traced_by_asking_for_a_session_that_no_list_showed() {
    let desk = desk().await;
    let hidden = session("sesn_hidden", "agent_2", "2026-01-01T00:00:00Z");
    desk.syncer.sync_now().await.unwrap();
    desk.fake.held().sessions.push(hidden);
    desk.fake.held().dreams.push(dream(
        "drm_4",
        "pending",
        &["sesn_gone", "sesn_hidden"],
        "2026-11-07T10:00:00Z",
    ));
    desk.syncer.sync_now().await.unwrap();
    assert_eq!(
        desk.dream("drm_4").await,
        Some(("agent_2".into(), DreamStatus::Pending))
    );
    assert_eq!(
        desk.interactions("agent_2").await,
        ["sesn_3", "sesn_hidden"]
    );
}

#[tokio::test]
async fn a_dream_of_nobody_is_not_asked_about_again_and_again() {
    let desk = desk().await;
    desk.syncer.sync_now().await.unwrap();
    assert!(desk.asked().contains(&"/v1/sessions/sesn_gone".to_owned()));
    desk.syncer.sync_now().await.unwrap();
    assert!(!desk.asked().contains(&"/v1/sessions/sesn_gone".to_owned()));
}

#[tokio::test]
async fn a_new_version_is_copied_and_an_old_one_is_read_when_asked_for() {
    let desk = desk().await;
    desk.syncer.sync_now().await.unwrap();
    desk.fake.set_agent("agent_1", 4, "Four.\n");
    desk.fake.set_agent("agent_1", 5, "Five.\n");
    assert_eq!(desk.syncer.sync_now().await.unwrap().agents, 1);
    assert_eq!(desk.version("agent_1").await, Some(5));
    let id = AgentId::from("agent_1");
    let four = desk.syncer.prompt(&id, 4).await.unwrap().unwrap();
    assert_eq!(four.text, "Four.\n");
    assert_eq!(four.sha256, review_core::digest::sha256_hex("Four.\n"));
    assert_eq!(desk.syncer.prompt(&id, 9).await.unwrap(), None);
    desk.asked();
    desk.syncer.prompt(&id, 4).await.unwrap().unwrap();
    assert!(desk.asked().is_empty(), "it was kept");
}

#[tokio::test]
async fn all_versions_can_be_filled_in() {
    let desk = desk().await;
    desk.fake.set_agent("agent_2", 2, "2.\n");
    desk.fake.set_agent("agent_2", 3, "3.\n");
    let id = AgentId::from("agent_2");
    desk.syncer.fill_versions(&id).await.unwrap();
    desk.fake.held().versions.clear();
    for (version, text) in [(1, "Two.\n"), (2, "2.\n"), (3, "3.\n")] {
        let prompt = desk.syncer.prompt(&id, version).await.unwrap().unwrap();
        assert_eq!(prompt.text, text);
    }
}

#[tokio::test]
async fn the_background_task_reads_at_once_when_nudged_and_ends_when_told() {
    let desk = desk().await;
    let stop = CancellationToken::new();
    let task = tokio::spawn(desk.syncer.clone().run(stop.clone()));
    until(async || desk.version("agent_1").await == Some(3)).await;
    desk.fake.set_agent("agent_1", 4, "Four.\n");
    desk.syncer.nudge();
    until(async || desk.version("agent_1").await == Some(4)).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), task)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn before_there_is_anything_to_show_it_soon_tries_again() {
    let desk = desk().await;
    desk.fake.held().failing = vec![("/v1/agents", 401, 1)];
    let stop = CancellationToken::new();
    let task = tokio::spawn(desk.syncer.clone().run(stop.clone()));
    // The interval is an hour.
    until(async || desk.version("agent_1").await == Some(3)).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), task)
        .await
        .unwrap()
        .unwrap();
}

/// Looks again and again, with a deadline.
async fn until(condition: impl AsyncFn() -> bool) {
    let looking = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), looking)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_transcript_is_read_page_by_page() {
    let desk = desk().await;
    let event = |n: u32| {
        json!({"type":"user.message","id":format!("sevt_{n}"),"processed_at":"2026-11-18T14:00:00Z",
            "content":[{"type":"text","text":format!("line {n}")}]})
    };
    desk.fake.held().events = (1..=3).map(event).collect();
    let platform = desk.fake.platform();
    let first = transcript::page(&platform, "sesn_1", 2, None, None)
        .await
        .unwrap();
    let texts: Vec<&str> = first.items.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["line 1", "line 2"]);
    assert_eq!(first.items[0].kind, LogEventKind::UserMessage);
    assert_eq!(
        first.items[0].at,
        Some("2026-11-18T14:00:00Z".parse::<Timestamp>().unwrap())
    );
    let cursor = first.next_cursor.unwrap();
    let second = transcript::page(&platform, "sesn_1", 2, Some(&cursor), None)
        .await
        .unwrap();
    assert_eq!(second.items.len(), 1);
    assert_eq!(second.next_cursor, None);
    for (session, cursor) in [("sesn_2", cursor.as_str()), ("sesn_1", "nonsense")] {
        let error = transcript::page(&platform, session, 2, Some(cursor), None)
            .await
            .unwrap_err();
        assert!(matches!(error, LogError::BadCursor));
    }
    desk.fake.held().failing = vec![("/v1/events", 400, 1)];
    let error = transcript::page(&platform, "sesn_1", 2, Some(&cursor), None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, LogError::BadCursor),
        "the platform forgot it"
    );
}
