//! State survives a restart; scale multiplies it.

mod support;

use serde_json::json;
use support::{Rig, text};

#[tokio::test]
async fn everything_is_as_it_was_after_a_restart() {
    let mut rig = Rig::start().await;
    let agent = rig.agent("SupportBot").await;
    let path = format!("/v1/agents/{}", text(&agent["id"]));
    rig.post(&path, json!({"system": "After."})).await.good();
    let store = format!("/v1/memory_stores/{}", rig.store_of(&agent).await);
    let body = json!({"path": "/new.md", "content": "new"});
    let memory = rig.post(&format!("{store}/memories"), body).await.good();
    let dream = rig.dream("SupportBot").await;
    let complete = format!("/__control/dreams/{}/complete", text(&dream["id"]));
    rig.act(&complete).await.good();
    let session = rig.all("/v1/sessions").await.remove(0);
    let events = format!("/v1/sessions/{}/events", text(&session["id"]));
    let message = json!({"events": [
        {"type": "user.message", "content": [{"type": "text", "text": "Still there?"}]},
    ]});
    rig.post(&events, message).await.good();
    let gone = rig.all("/v1/sessions").await.remove(7);
    rig.delete(&format!("/v1/sessions/{}", text(&gone["id"])))
        .await
        .good();

    let paths = [
        "/v1/agents".to_owned(),
        format!("{path}/versions"),
        "/v1/sessions?include_archived=true".to_owned(),
        events.clone(),
        "/v1/dreams?statuses[]=completed&statuses[]=failed&statuses[]=canceled".to_owned(),
        "/v1/memory_stores".to_owned(),
        format!("{store}/memories"),
        format!("{store}/memory_versions"),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(rig.all(path).await);
    }
    rig.restart(|_| {}).await;
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(rig.all(path).await, before, "{path}");
    }
    let memory = format!("{store}/memories/{}", text(&memory["id"]));
    assert_eq!(rig.get(&memory).await.good()["content"], "new");
}

#[tokio::test]
async fn scale_multiplies_agents_sessions_and_dreams() {
    let rig = Rig::with(|config| config.scale = 2).await;
    let agents = rig.all("/v1/agents").await;
    let mut names: Vec<_> = agents.iter().map(|agent| text(&agent["name"])).collect();
    names.sort();
    assert_eq!(names.len(), 10);
    assert!(names.contains(&"SupportBot 2".to_owned()), "{names:?}");
    assert_eq!(rig.all("/v1/sessions").await.len(), 800);
    assert_eq!(rig.all("/v1/dreams").await.len(), 64);
    let dream = rig.dream("SupportBot 2").await;
    let complete = format!("/__control/dreams/{}/complete", text(&dream["id"]));
    assert_eq!(rig.act(&complete).await.good()["status"], "completed");
}
