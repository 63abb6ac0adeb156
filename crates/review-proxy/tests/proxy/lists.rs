//! Lists: paged by cursor, filtered, in their order.

use super::support::TestApp;
use review_api::{
    AgentSummary, AgentVersion, AuditEntry, ChangeSummary, DreamReport, ErrorCode, Feedback, Inbox,
    InteractionSummary, LogEvent, Page,
};
use serde::de::DeserializeOwned;
use serde_json::json;

/// Reads every page of a list.
async fn all<T: DeserializeOwned>(app: &TestApp, path: &str, limit: usize) -> Vec<T> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page: Page<T> = app
            .get(&format!("{path}{joint}limit={limit}{cursor}"))
            .await
            .ok();
        assert!(page.items.len() <= limit);
        items.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

#[tokio::test]
async fn every_page_together_is_the_whole_list() {
    let app = TestApp::start().await;
    let agents: Vec<AgentSummary> = all(&app, "/api/agents", 2).await;
    let names: Vec<String> = agents
        .iter()
        .map(|agent| agent.name.to_lowercase())
        .collect();
    assert!(names.is_sorted() && names.len() >= 5, "{names:?}");
    let whole: Vec<AgentSummary> = all(&app, "/api/agents", 100).await;
    assert_eq!(agents, whole);

    let id = &app.agent("SupportBot").await.summary.id;
    let path = format!("/api/agents/{id}/interactions");
    let interactions: Vec<InteractionSummary> = all(&app, &path, 7).await;
    assert!(interactions.is_sorted_by(|one, next| one.created_at >= next.created_at));
    let whole: Vec<InteractionSummary> = all(&app, &path, 100).await;
    assert_eq!(interactions, whole);

    let path = format!("/api/agents/{id}/dreams");
    let dreams: Vec<DreamReport> = all(&app, &path, 1).await;
    assert!(dreams.len() > 1);
    assert!(dreams.is_sorted_by(|one, next| one.created_at >= next.created_at));
    assert_eq!(dreams, all::<DreamReport>(&app, &path, 100).await);
    let one: DreamReport = app.get(&format!("/api/dreams/{}", dreams[0].id)).await.ok();
    assert_eq!(one, dreams[0]);

    let path = format!("/api/agents/{id}/versions");
    let versions: Vec<AgentVersion> = all(&app, &path, 2).await;
    let numbers: Vec<u32> = versions.iter().map(|version| version.version).collect();
    assert_eq!(numbers, (1..=versions[0].version).rev().collect::<Vec<_>>());
    let first: review_api::Prompt = app
        .get(&format!("/api/agents/{id}/prompt?version=1"))
        .await
        .ok();
    assert_eq!(first.version, 1);
    assert_eq!(
        first.text.chars().count() as u64,
        versions.last().unwrap().prompt_chars
    );

    let path = format!("/api/interactions/{}/transcript", interactions[0].id);
    let events: Vec<LogEvent> = all(&app, &path, 2).await;
    assert!(events.len() > 2);
    // Ids only: a tool's name comes with its use, which may lie on the page before its result.
    let ids = |events: Vec<LogEvent>| events.into_iter().map(|event| event.id).collect::<Vec<_>>();
    let whole = all::<LogEvent>(&app, &path, 100).await;
    assert_eq!(ids(events), ids(whole));

    let with_log = dreams.iter().find(|dream| dream.has_log).unwrap();
    let log: Vec<LogEvent> = all(&app, &format!("/api/dreams/{}/log", with_log.id), 100).await;
    assert!(!log.is_empty());
}

#[tokio::test]
async fn agents_are_found_by_name_or_id_whatever_the_case() {
    let app = TestApp::start().await;
    let find = async |q: &str| {
        let page: Page<AgentSummary> = app.get(&format!("/api/agents?q={q}")).await.ok();
        page.items
            .into_iter()
            .map(|agent| agent.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(find("SUPPORTbot").await, ["SupportBot"]);
    let id = app.agent("SupportBot").await.summary.id;
    assert_eq!(find(&id.as_str().to_lowercase()).await, ["SupportBot"]);
    for literal in ["%25", "_____________x", "%5C", "'"] {
        assert!(find(literal).await.is_empty(), "{literal}");
    }
    assert!(find("%20%20").await.len() > 1, "blanks search for nothing");
}

#[tokio::test]
async fn interactions_are_filtered_by_rating_and_text() {
    let app = TestApp::start().await;
    let id = app.agent("SupportBot").await.summary.id;
    let path = format!("/api/agents/{id}/interactions");
    let before: Vec<InteractionSummary> = all(&app, &path, 100).await;
    let chosen = &before[3];
    for rating in ["positive", "negative"] {
        let body = json!({ "agent_id": id, "interaction_id": chosen.id, "rating": rating });
        app.post("reviewer", "/api/feedback", &body)
            .await
            .ok::<Feedback>();
    }
    let rated: Vec<InteractionSummary> = all(&app, &format!("{path}?rated=yes"), 100).await;
    let ids: Vec<_> = rated
        .iter()
        .map(|interaction| interaction.id.clone())
        .collect();
    assert_eq!(ids, std::slice::from_ref(&chosen.id));
    assert_eq!(
        (rated[0].feedback.positive, rated[0].feedback.negative),
        (1, 1)
    );
    let unrated: Vec<InteractionSummary> = all(&app, &format!("{path}?rated=no"), 50).await;
    assert_eq!(unrated.len(), before.len() - 1);
    let by_id: Vec<InteractionSummary> = all(&app, &format!("{path}?q={}", chosen.id), 100).await;
    assert_eq!(by_id.len(), 1);
    let given: Vec<Feedback> = all(&app, &format!("/api/agents/{id}/feedback"), 1).await;
    assert_eq!(given.len(), 2);
    let agent = app.agent("SupportBot").await;
    assert_eq!(agent.summary.feedback.total(), 2);
}

#[tokio::test]
async fn the_inbox_has_the_longest_waiting_first_page_by_page() {
    let app = TestApp::start().await;
    let id = app.agent("SupportBot").await.summary.id;
    app.suggest(&id, &["One.", "Two.", "Three."]).await;
    app.staged(&id, "Four.").await;
    app.suggest(&id, &["Five."]).await;
    let whole: Inbox = app.get_as("approver", "/api/inbox?limit=100").await.ok();
    assert_eq!((whole.total, whole.items.len()), (5, 5));
    assert!(
        whole
            .items
            .is_sorted_by(|one, next| one.since <= next.since)
    );
    assert!(!whole.health.is_empty());
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Inbox = app
            .get_as("approver", &format!("/api/inbox?limit=2{cursor}"))
            .await
            .ok();
        assert_eq!(page.total, 5);
        paged.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole.items);
    let viewer: Inbox = app.get_as("viewer", "/api/inbox").await.ok();
    assert_eq!(
        (viewer.total, viewer.items.len()),
        (0, 0),
        "nothing waits for who may do nothing"
    );
}

#[tokio::test]
async fn changes_and_the_ledger_are_filtered() {
    let app = TestApp::start().await;
    let support = app.agent("SupportBot").await.summary.id;
    let legal = app.agent("Legal").await.summary.id;
    let given_up = app.staged(&support, "One.").await;
    app.staged(&support, "Two.").await;
    app.staged(&legal, "Three.").await;
    let path = format!("/api/changes/{}/withdraw", given_up.summary.id);
    app.post("reviewer", &path, &json!({}))
        .await
        .ok::<review_api::Change>();
    let count = async |query: &str| {
        all::<ChangeSummary>(&app, &format!("/api/changes{query}"), 1)
            .await
            .len()
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count("?state=all").await, 3);
    assert_eq!(count("?state=open").await, 2);
    assert_eq!(count(&format!("?agent_id={support}")).await, 2);
    assert_eq!(count(&format!("?state=open&agent_id={support}")).await, 1);

    let lines = async |query: &str| all::<AuditEntry>(&app, &format!("/api/audit{query}"), 2).await;
    let whole = lines("").await;
    assert!(whole.is_sorted_by(|one, next| one.seq == next.seq + 1));
    assert_eq!(lines("?actor=reviewer").await.len(), 4);
    assert_eq!(lines("?action=change_staged").await.len(), 3);
    assert_eq!(lines(&format!("?agent_id={legal}")).await.len(), 2);
    assert_eq!(
        lines("?actor=reviewer&action=change_withdrawn").await.len(),
        1
    );
    assert!(lines("?actor=nobody").await.is_empty());
}

#[tokio::test]
async fn a_cursor_that_is_old_or_of_another_list_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let id = app.agent("SupportBot").await.summary.id;
    let agents: Page<AgentSummary> = app.get("/api/agents?limit=1").await.ok();
    let cursor = agents.next_cursor.unwrap();
    let interactions = format!("/api/agents/{id}/interactions");
    let page: Page<InteractionSummary> = app.get(&format!("{interactions}?limit=1")).await.ok();
    let other = page.next_cursor.unwrap();
    for path in [
        format!("/api/agents?q=x&cursor={cursor}"),
        format!("/api/agents?cursor={other}"),
        "/api/agents?cursor=".to_owned(),
        "/api/agents?cursor=junk".to_owned(),
        format!("/api/audit?cursor={cursor}"),
        format!("/api/changes?cursor={cursor}"),
        format!("{interactions}?rated=yes&cursor={other}"),
        format!(
            "/api/interactions/{}/transcript?cursor={other}",
            page.items[0].id
        ),
        format!("/api/inbox?cursor={cursor}"),
    ] {
        let error = app.get(&path).await.error(400, ErrorCode::BadCursor);
        assert!(
            error.error.message.contains("first page"),
            "{path}: {}",
            error.error.message
        );
    }
}
