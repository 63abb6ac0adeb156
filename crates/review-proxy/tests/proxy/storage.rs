//! The proxy when its database is in trouble: full, cut off, killed.

use super::program::{Process, at_work};
use super::support::{SECRET, TestApp, client, until};
use crate::databases::{Database, is_long, on_each_database, say};
use jiff::Timestamp;
use review_api::{ErrorCode, Page};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use review_proxy::store::{Location, Store, ledger};
use serde_json::json;
use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

on_each_database!(
    p22_a_database_with_no_connection_left_is_said_and_comes_back,
    p20_text_that_no_database_keeps_is_refused_before_it,
);

/// A small disk, gone with the test.
struct Disk(tempfile::TempDir);

impl Disk {
    /// Returns a disk of 8 MB, or nothing where disks may not be mounted.
    fn small() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder.path())
            .output();
        let why = match mounted {
            Ok(output) if output.status.success() => return Some(Self(folder)),
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        say(&format!(
            "skipped: p21_a_full_disk: a small disk cannot be mounted: {}",
            why.trim()
        ));
        None
    }

    /// Leaves no room on it.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.path().join("filler")).unwrap();
        let block = [b'x'; 4_096];
        while file.write_all(&block).is_ok() {}
        // And none within the last block either.
        while file.write_all(b"x").is_ok() {}
    }

    fn clear(&self) {
        std::fs::remove_file(self.0.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _left = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn p21_a_full_disk_refuses_writes_sends_nothing_and_recovers_by_itself() {
    let Some(disk) = Disk::small() else {
        return;
    };
    let app = TestApp::start_with(|config| {
        config.database_url = None;
        config.data = disk.0.path().join("proxy");
    })
    .await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app.approved(&agent, "Be kind.").await;
    let page: Page<review_api::InteractionSummary> = app
        .get(&format!("/api/agents/{agent}/interactions?limit=1"))
        .await
        .ok();
    let comment = "c".repeat(2_000);
    let body = json!({ "agent_id": agent, "interaction_id": page.items[0].id,
        "rating": "negative", "comment": comment });
    let rate = async || app.post("reviewer", "/api/feedback", &body).await;
    let mut kept = 0;
    assert_eq!(rate().await.status, 201);
    kept += 1;
    disk.fill();
    // What room the database had taken already may still serve some.
    let refused = loop {
        let answer = rate().await;
        if !answer.status.is_success() {
            break answer;
        }
        kept += 1;
        assert!(
            kept < 5_000,
            "the disk is full and every write goes through"
        );
    };
    assert_eq!(refused.header("retry-after"), "5");
    refused.error(503, ErrorCode::Unavailable);
    let refused = app.decide("approver", &change, "apply").await;
    refused.error(503, ErrorCode::Unavailable);
    assert!(
        app.updates_upstream(&agent).await.is_empty(),
        "nothing is sent"
    );
    assert_eq!(
        app.change(&change.summary.id).await,
        change,
        "reads work, nothing was done"
    );
    assert_eq!(
        feedback(&app).await,
        kept,
        "no part of a refused one is there"
    );
    disk.clear();
    until("writes go through again", async || {
        rate().await.status.is_success().then_some(())
    })
    .await;
    assert_eq!(feedback(&app).await, kept + 1);
    let applied: review_api::Change = app.decide("approver", &change, "apply").await.ok();
    assert_eq!(applied.summary.state, review_api::ChangeState::Applied);
    let checked: review_api::AuditVerification =
        app.get_as("admin", "/api/audit/verify").await.ok();
    assert_eq!(checked.bad, None);
}

async fn feedback(app: &TestApp) -> i64 {
    let mut read = app.proxy().app.store.read().await.unwrap();
    let (rows,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM feedback")
        .fetch_one(&mut *read)
        .await
        .unwrap();
    rows
}

async fn p22_a_database_with_no_connection_left_is_said_and_comes_back(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app.approved(&agent, "Be kind.").await;
    let store = &app.proxy().app.store;
    let mut taken = Vec::new();
    for _ in 0..8 {
        taken.push(store.read().await.unwrap());
    }
    let writer = store.write().await.unwrap();
    // Both at once, since each waits for its turn before it gives up.
    let (read, applied) = tokio::join!(
        app.get("/api/agents"),
        app.decide("approver", &change, "apply")
    );
    for answer in [read, applied] {
        assert_eq!(answer.header("retry-after"), "5");
        answer.error(503, ErrorCode::Unavailable);
    }
    assert!(app.updates_upstream(&agent).await.is_empty());
    drop((taken, writer));
    let applied: review_api::Change = app.decide("approver", &change, "apply").await.ok();
    assert_eq!(applied.summary.state, review_api::ChangeState::Applied);
}

async fn p20_text_that_no_database_keeps_is_refused_before_it(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = app.agent("SupportBot").await.summary.id;
    let page: Page<review_api::InteractionSummary> = app
        .get(&format!("/api/agents/{agent}/interactions?limit=1"))
        .await
        .ok();
    let body = json!({ "agent_id": agent, "interaction_id": page.items[0].id,
        "rating": "negative", "comment": "a\u{0}b" });
    let refused = app.post("reviewer", "/api/feedback", &body).await;
    refused.error(400, ErrorCode::BadRequest);
    for path in [
        "/api/audit?actor=a%00b",
        "/api/agents?q=a%00b",
        "/api/audit/export?format=csv&actor=%00",
    ] {
        app.get(path).await.error(400, ErrorCode::BadRequest);
    }
    // A path names nothing that there is.
    let nowhere = app.get("/api/changes/chg%00").await;
    assert!(
        nowhere.status == 404 || nowhere.status == 400,
        "{}",
        nowhere.text
    );
    let report = json!({ "type": "dreaming_report", "agent_id": agent, "summary": "a\u{0}b",
        "suggestions": [] });
    let answer = app.deliver("msg_nul", &report.to_string()).await;
    assert!(answer.status.is_client_error(), "{}", answer.text);
}

/// Sends reports until the connection breaks, and returns the ids of those that were acknowledged.
async fn deliver_until_it_breaks(
    client: reqwest::Client,
    url: String,
    prefix: String,
    arrived: Arc<AtomicUsize>,
) -> Vec<String> {
    let secret = Secret::parse(SECRET).unwrap();
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let id = format!("{prefix}-{number}");
        let body = json!({ "type": "dreaming_report", "agent_id": "agent_1", "suggestions": [] });
        let (body, now) = (body.to_string(), Timestamp::now().as_second());
        let request = client
            .post(format!("{url}/api/hooks/dreaming-report"))
            .header("content-type", "application/json")
            .header(ID_HEADER, &id)
            .header(TIMESTAMP_HEADER, now)
            .header(SIGNATURE_HEADER, secret.sign(&id, now, body.as_bytes()))
            .body(body);
        match request.send().await {
            Ok(answer) if answer.status() == 202 => {
                acknowledged.push(id);
                arrived.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p17_what_was_acknowledged_survives_a_kill_at_any_moment() {
    const WRITERS: usize = 8;
    let kills = if is_long() { 500 } else { 20 };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let client = client();
    let mut acknowledged = Vec::new();
    for kill in 0..kills {
        let mut command = at_work(folder.path());
        command.args(["--webhook-secret", SECRET]);
        let (process, url) = Process::start(&mut command);
        let arrived = Arc::new(AtomicUsize::new(0));
        let writers = (0..WRITERS).map(|writer| {
            let prefix = format!("{kill}-{writer}");
            let (client, url, arrived) = (client.clone(), url.clone(), Arc::clone(&arrived));
            tokio::spawn(deliver_until_it_breaks(client, url, prefix, arrived))
        });
        let writers: Vec<_> = writers.collect();
        // In the middle of the work, after another number of reports each time.
        let enough = fastrand::usize(1..100);
        until("reports are acknowledged", async || {
            (arrived.load(Ordering::Relaxed) >= enough).then_some(())
        })
        .await;
        process.kill();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    let (kept, head) = kept(&data).await;
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|id| !kept.contains(*id))
        .collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(!acknowledged.is_empty());
    say(&format!(
        "promise-figure p17 kills kills={kills} acknowledged={} lost=0 audit-rows={head}",
        acknowledged.len()
    ));
}

/// Returns the deliveries in a database that is sound and whose audit is.
async fn kept(data: &Path) -> (HashSet<String>, u64) {
    let at = Location::File(data.join("review.sqlite"));
    let store = Store::look(&at).await.unwrap();
    assert_eq!(store.damage().await.unwrap(), None);
    let start = review_core::chain::Link::START;
    let verified = review_proxy::ledger::verify(&store, start, &[], u64::MAX)
        .await
        .unwrap();
    assert_eq!(verified.finding, None);
    let mut read = store.read().await.unwrap();
    let head = ledger::head(&mut read).await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM deliveries")
        .fetch_all(&mut *read)
        .await
        .unwrap();
    (rows.into_iter().map(|(id,)| id).collect(), head.seq)
}
