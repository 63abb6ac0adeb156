//! How far dreams and changes have to come before screens have something to show.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use crate::{Result, Stack, complete_dream, rate_some, until_true};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// Pages of a dream that was asked for by hand, and of what it proposes.
pub(super) struct Dreamt {
    /// Its report.
    pub(super) report: String,
    /// A suggestion over memories.
    pub(super) memories: String,
    /// A suggestion that a model made of the dream.
    pub(super) adjustment: String,
    /// The report of a dream that wrote into the store that it read.
    pub(super) in_place: String,
    /// What takes that back.
    pub(super) back: String,
}

pub(super) async fn dreamt(stack: &Stack) -> Result<Dreamt> {
    let agents = stack.api("/api/agents?q=Sales").await?;
    let agent = agents["items"][0]["id"].as_str().unwrap_or_default();
    rate_some(stack, agent, 3).await?;
    let reflects = json!({ "plan": { "reflects": true } });
    stack.patch_agent(agent, &reflects).await?;
    let path = format!("/api/agents/{agent}/dreams");
    let run = stack.post_as("reviewer", &path, &json!({})).await?;
    let dream = run["dream_id"].as_str().unwrap_or_default();
    let written = [
        (
            "/facts/opening-hours.md",
            "Monday to Friday, nine to five.\n",
        ),
        (
            "/lessons/sources.md",
            "# Sources\n\nName the source and its date.\n",
        ),
    ];
    complete_dream(stack, dream, &written).await?;
    let path = format!("/api/dreams/{dream}");
    until_true("the reflection has ended", async || {
        let report = stack.api(&path).await?;
        Ok(report["reflection"]["ended_at"].is_string())
    })
    .await?;
    let report = stack.api(&path).await?;
    let page = |is_it: fn(&Value) -> bool| {
        let rows = report["suggestions"].as_array().into_iter().flatten();
        let mut rows = rows.filter(|row| is_it(row));
        let id = rows.next().and_then(|row| row["id"].as_str());
        id.map(|id| format!("/suggestions/{id}"))
            .ok_or_else(|| format!("the dream lacks a suggestion: {report}"))
    };
    let (in_place, back) = in_place(stack, dream).await?;
    let is_memory = |row: &Value| {
        let title = row["title"].as_str();
        title.is_some_and(|it| it.starts_with("Memories: "))
    };
    Ok(Dreamt {
        report: format!("/dreams/{dream}"),
        memories: page(is_memory)?,
        adjustment: page(|row| row["proposed_by"].is_string())?,
        in_place,
        back,
    })
}

/// Has somebody else start a dream like `dream` that writes into the store that it reads, and lets it end; returns the
/// page of its report and of what takes it back.
async fn in_place(stack: &Stack, dream: &str) -> Result<(String, String)> {
    let like = stack.on_platform(&format!("/v1/dreams/{dream}")).await?;
    let inputs = like["inputs"].as_array().into_iter().flatten();
    let store = inputs
        .map(|input| &input["memory_store_id"])
        .find(|id| id.is_string());
    let body = json!({
        "inputs": like["inputs"],
        "model": like["model"],
        "output_behavior": { "type": "update_existing", "memory_store_id": store },
    });
    let made = stack.post_on_platform("/v1/dreams", &body).await?;
    let dream = made["id"].as_str().unwrap_or_default();
    for _ in 0..2 {
        let advance = format!("/dreams/{dream}/advance");
        stack.control(&advance, &json!({})).await?;
    }
    let writes = json!({ "writes": [
        { "path": "/facts/prices.md", "content": "Prices are on the wall.\n" },
        { "path": "/lessons/short-answers.md", "content": "Answer in one sentence.\n" },
    ] });
    stack
        .control(&format!("/dreams/{dream}/writes"), &writes)
        .await?;
    stack
        .control(&format!("/dreams/{dream}/complete"), &json!({}))
        .await?;
    let path = format!("/api/dreams/{dream}");
    let mut back = None;
    until_true("what the dream wrote is known", async || {
        // The proxy learns of this dream when it looks next.
        let Ok(report) = stack.api(&path).await else {
            return Ok(false);
        };
        let rows = report["suggestions"].as_array().into_iter().flatten();
        let row = rows.into_iter().find(|row| row["takes_back"] == true);
        back = row.and_then(|row| Some(format!("/suggestions/{}", row["id"].as_str()?)));
        Ok(back.is_some())
    })
    .await?;
    Ok((
        format!("/dreams/{dream}"),
        back.ok_or("nothing takes the dream back")?,
    ))
}

/// Has a change tested, and waits for the end.
pub(super) async fn tested(stack: &Stack, change: &Value) -> Result<()> {
    let id = change["summary"]["id"].as_str().unwrap_or_default();
    let agent = change["summary"]["agent_id"].as_str().unwrap_or_default();
    rate_some(stack, agent, 6).await?;
    let path = format!("/api/changes/{id}/test");
    let revision = change["revision"].as_u64().unwrap_or_default();
    stack
        .post_on("reviewer", &path, revision, &json!({}))
        .await?;
    while stack.api(&path).await?["newest"]["state"] == "running" {
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Changes that went further than being staged.
pub(super) struct Further {
    /// One whose base moved on.
    pub(super) change: String,
    /// One with its approval.
    pub(super) approved: String,
    /// One that the agent has.
    pub(super) applied: String,
    /// The agent of the first.
    pub(super) agent: String,
}

/// Stages a change of each kind, of other agents than `taken` where there are any.
pub(super) async fn further(stack: &Stack, inbox: &Value, taken: &str) -> Result<Further> {
    let mut staged: Vec<Value> = Vec::new();
    for item in inbox["items"].as_array().into_iter().flatten() {
        let agent = &item["agent_id"];
        let is_taken =
            agent == taken || staged.iter().any(|it| it["summary"]["agent_id"] == *agent);
        if is_taken || item["subject"]["type"] != "suggestion" {
            continue;
        }
        let id = item["subject"]["id"].as_str().unwrap_or_default();
        let suggestion = stack.api(&format!("/api/suggestions/{id}")).await?;
        let body = json!({
            "suggestion_ids": [id],
            "base_version": suggestion["current"]["version"],
        });
        staged.push(stack.post_as("reviewer", "/api/changes", &body).await?);
    }
    // The one whose base will move has to lose a line, so that there is a conflict to show.
    if let Some(place) = staged.iter().position(|change| lost_line(change).is_some()) {
        staged.swap(0, place);
    }
    let [first, second, third, ..] = staged.as_slice() else {
        return Err("fewer than four agents have a suggestion".into());
    };
    let path = |change: &Value| {
        format!(
            "/changes/{}",
            change["summary"]["id"].as_str().unwrap_or_default()
        )
    };
    for change in [second, third] {
        approve(stack, change).await?;
    }
    let approved = stack.api(&format!("/api{}", path(third))).await?;
    let body = json!({ "digest": approved["digest"] });
    let revision = approved["revision"].as_u64().unwrap_or_default();
    let apply = format!("/api{}/apply", path(third));
    stack.post_on("approver", &apply, revision, &body).await?;

    let agent = first["summary"]["agent_id"].as_str().unwrap_or_default();
    let base = first["base"]["text"].as_str().unwrap_or_default();
    let line = lost_line(first).ok_or("no change loses a line")?;
    let version = first["base"]["version"].as_u64().unwrap_or_default();
    let moved = base.replacen(line, "Ask somebody who knows before you act.", 1);
    let update = json!({ "version": version, "system": moved });
    let on_platform = format!("/v1/agents/{agent}");
    stack.post_on_platform(&on_platform, &update).await?;
    let stale = format!("/api{}", path(first));
    while stack.api(&stale).await?["summary"]["state"] != "stale" {
        sleep(Duration::from_millis(200)).await;
    }
    // The first version that the proxy sees of an agent is where it begins: only the next one is drift for sure.
    let again = json!({ "version": version + 1, "system": format!("{moved}\nBe quick.\n") });
    stack.post_on_platform(&on_platform, &again).await?;
    stack.until_drift_is_noticed(agent, version + 2).await?;
    Ok(Further {
        change: path(first),
        approved: path(second),
        applied: path(third),
        agent: agent.to_owned(),
    })
}

/// Returns a line of the base that the proposal does not have.
fn lost_line(change: &Value) -> Option<&str> {
    let proposed = change["proposed"].as_str()?;
    let mut lines = change["base"]["text"].as_str()?.lines();
    lines.find(|line| line.len() > 20 && !proposed.contains(*line))
}

async fn approve(stack: &Stack, change: &Value) -> Result<()> {
    let id = change["summary"]["id"].as_str().unwrap_or_default();
    let body = json!({ "digest": change["digest"], "findings_read": change["findings_sha256"] });
    let revision = change["revision"].as_u64().unwrap_or_default();
    let path = format!("/api/changes/{id}/approve");
    stack.post_on("approver", &path, revision, &body).await?;
    Ok(())
}
