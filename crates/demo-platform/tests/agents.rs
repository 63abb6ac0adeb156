//! `/v1/agents`: versions, the version precondition, the no-op rule.

mod support;

use serde_json::{Value, json};
use support::{Rig, text};

#[tokio::test]
async fn five_agents_are_seeded_each_with_its_versions() {
    let rig = Rig::start().await;
    let agents = rig.all("/v1/agents").await;
    assert_eq!(agents.len(), 5);
    for agent in agents {
        let id = text(&agent["id"]);
        let versions = rig.all(&format!("/v1/agents/{id}/versions")).await;
        let current = agent["version"].as_u64().unwrap();
        assert_eq!(u64::try_from(versions.len()).unwrap(), current);
        assert_eq!(versions[0], agent, "newest first");
        let first = rig.get(&format!("/v1/agents/{id}?version=1")).await.good();
        assert_eq!(first, versions[versions.len() - 1]);
        assert_ne!(first["system"], agent["system"]);
        assert!(agent["model"]["effort"]["type"].is_string());
    }
}

#[tokio::test]
async fn pages_of_one_are_read_to_the_end() {
    let rig = Rig::start().await;
    let mut seen = Vec::new();
    let mut path = "/v1/agents?limit=1".to_owned();
    loop {
        let page = rig.get(&path).await.good();
        seen.push(text(&page["data"][0]["id"]));
        assert!(page.get("prev_page").is_none(), "on sessions only");
        assert!(page.as_object().unwrap().contains_key("next_page"));
        match page["next_page"].as_str() {
            Some(next) => path = format!("/v1/agents?limit=1&page={next}"),
            None => break,
        }
    }
    let all: Vec<_> = rig
        .all("/v1/agents")
        .await
        .iter()
        .map(|agent| text(&agent["id"]))
        .collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn the_version_is_checked_before_the_no_op_rule() {
    let rig = Rig::start().await;
    let agent = rig.agent("SupportBot").await;
    let version = agent["version"].as_u64().unwrap();
    let path = format!("/v1/agents/{}", text(&agent["id"]));
    // Nothing would change, and still it is refused.
    let same = json!({"version": version + 1, "system": agent["system"]});
    let error = rig.post(&path, same).await.bad(409, "conflict_error");
    assert!(text(&error["message"]).contains("version mismatch"));
    // Nothing changes, so no version is made.
    let same = json!({"version": version, "system": agent["system"]});
    assert_eq!(rig.post(&path, same).await.good(), agent);
    assert_eq!(rig.get(&path).await.good(), agent);
}

#[tokio::test]
async fn an_update_makes_one_version_and_leaves_the_old_one_readable() {
    let rig = Rig::start().await;
    let agent = rig.agent("Sales Research").await;
    let version = agent["version"].as_u64().unwrap();
    let path = format!("/v1/agents/{}", text(&agent["id"]));
    let updated = rig
        .post(&path, json!({"version": version, "system": "New."}))
        .await
        .good();
    assert_eq!(updated["version"], version + 1);
    assert_eq!(updated["system"], "New.");
    assert_eq!(updated["created_at"], agent["created_at"]);
    let old = rig.get(&format!("{path}?version={version}")).await.good();
    assert_eq!(old, agent);
    rig.get(&format!("{path}?version=99"))
        .await
        .bad(404, "not_found_error");
    // The same base a second time: somebody else was faster.
    rig.post(&path, json!({"version": version, "system": "Other."}))
        .await
        .bad(409, "conflict_error");
    // Without a version the last write wins, as on the real platform.
    let forced = rig.post(&path, json!({"system": "Forced."})).await.good();
    assert_eq!(forced["version"], version + 2);
    let events = rig.get("/__control/events").await.good();
    let noted = events["data"].as_array().unwrap();
    assert_eq!(
        noted
            .iter()
            .filter(|event| event["data"]["type"] == "agent.updated")
            .count(),
        2
    );
}

#[tokio::test]
async fn metadata_is_patched_and_texts_are_cleared() {
    let rig = Rig::start().await;
    let agent = rig.agent("Legal Intake").await;
    let path = format!("/v1/agents/{}", text(&agent["id"]));
    let edit =
        json!({"metadata": {"adopted_from_dream": "drm_1", "team": null}, "description": null});
    let updated = rig.post(&path, edit).await.good();
    assert_eq!(updated["metadata"], json!({"adopted_from_dream": "drm_1"}));
    assert_eq!(updated["description"], Value::Null);
    let effort = json!({"model": {"id": agent["model"]["id"]}});
    let unchanged = rig.post(&path, effort).await.good();
    assert_eq!(
        unchanged["version"], updated["version"],
        "effort is kept for the same model"
    );
}

#[tokio::test]
async fn limits_are_those_of_the_platform() {
    let rig = Rig::start().await;
    let path = format!("/v1/agents/{}", text(&rig.agent("SupportBot").await["id"]));
    // 100,000 characters, not bytes.
    let longest = "é".repeat(100_000);
    rig.post(&path, json!({"system": longest})).await.good();
    let error = rig
        .post(&path, json!({"system": format!("{longest}x")}))
        .await;
    error.bad(400, "invalid_request_error");
    let many: serde_json::Map<_, _> = (0..17).map(|n| (n.to_string(), json!("x"))).collect();
    rig.post(&path, json!({"metadata": many}))
        .await
        .bad(400, "invalid_request_error");
    rig.post(&path, json!({"version": 0}))
        .await
        .bad(400, "invalid_request_error");
}

#[tokio::test]
async fn created_agents_begin_at_version_one_and_archived_ones_are_hidden_and_closed() {
    let rig = Rig::start().await;
    let created = rig
        .post(
            "/v1/agents",
            json!({"name": "New", "model": "claude-sonnet-5", "system": "Hi."}),
        )
        .await
        .good();
    assert_eq!(created["version"], 1);
    assert_eq!(
        created["execution_identity"],
        json!({"type": "service_account"})
    );
    let path = format!("/v1/agents/{}", text(&created["id"]));
    assert!(rig.act(&format!("{path}/archive")).await.good()["archived_at"].is_string());
    assert_eq!(rig.all("/v1/agents").await.len(), 5);
    assert_eq!(rig.all("/v1/agents?include_archived=true").await.len(), 6);
    assert!(rig.get(&path).await.good()["archived_at"].is_string());
    rig.post(&path, json!({"system": "x"}))
        .await
        .bad(400, "invalid_request_error");
    rig.get("/v1/agents/agent_nobody")
        .await
        .bad(404, "not_found_error");
}

#[tokio::test]
async fn a_prompt_changed_behind_the_back_moves_the_base() {
    let rig = Rig::start().await;
    let agent = rig.agent("On-call Runbooks").await;
    let path = format!("/__control/agents/{}/edit", text(&agent["id"]));
    let edited = rig
        .post(&path, json!({"append": "- Be brief."}))
        .await
        .good();
    assert_eq!(edited["version"], agent["version"].as_u64().unwrap() + 1);
    assert!(text(&edited["system"]).ends_with("\n- Be brief.\n"));
    rig.post(&path, json!({}))
        .await
        .bad(400, "invalid_request_error");
}
