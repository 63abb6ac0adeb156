//! Every screen of the console, with things on it that the seeded data really has.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use crate::{Browser, Result, Stack, complete_dream, rate_some};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// A page, who looks at it, and what they press before the picture is taken.
#[derive(Debug)]
pub struct Screen {
    /// What it is called: letters and hyphens.
    pub name: &'static str,
    path: String,
    user: &'static str,
    presses: &'static [&'static str],
}

impl Screen {
    fn new(name: &'static str, path: impl Into<String>) -> Self {
        Self {
            name,
            path: path.into(),
            user: "reviewer",
            presses: &[],
        }
    }

    fn pressed(self, user: &'static str, presses: &'static [&'static str]) -> Self {
        Self {
            user,
            presses,
            ..self
        }
    }

    /// Opens it, and waits until nothing is loading or moving.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(&self, browser: &Browser) -> Result<()> {
        let name = self.name;
        browser.goto(&self.path).await?;
        browser.choose("select[name=acting-as]", self.user).await?;
        browser.until(&format!("{name} is loaded"), SETTLED).await?;
        for css in self.presses {
            browser.press_css(css).await?;
        }
        browser.until(&format!("{name} is settled"), SETTLED).await
    }
}

/// Says whether a page has its heading and nothing on it is loading or moving.
const SETTLED: &str = "return document.querySelector('h1') !== null \
     && document.querySelector('[aria-busy=true]') === null \
     && document.getAnimations().every((one) => one.playState !== 'running')";

/// Returns every screen, with things that the seeded data really has.
///
/// # Errors
/// If the data has too little, or a step on the way to a screen fails.
pub async fn screens(stack: &Stack) -> Result<Vec<Screen>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let inbox = stack.api("/api/inbox?limit=100").await?;
    let suggestion = inbox["items"]
        .as_array()
        .and_then(|items| {
            items
                .iter()
                .find(|item| item["subject"]["type"] == "suggestion")
        })
        .map(|item| text(&item["subject"]["id"]))
        .ok_or("the inbox has no suggestion")?;
    let suggestion = stack.api(&format!("/api/suggestions/{suggestion}")).await?;
    let agent = text(&suggestion["agent_id"]);
    let dream = text(&suggestion["dream_id"]);
    let staged = json!({
        "suggestion_ids": [suggestion["id"]],
        "base_version": suggestion["current"]["version"],
    });
    let interactions = stack
        .api(&format!("/api/agents/{agent}/interactions"))
        .await?;
    let interaction = text(&interactions["items"][0]["id"]);
    let change = stack.post_as("reviewer", "/api/changes", &staged).await?;
    tested(stack, &change).await?;
    let change = text(&change["summary"]["id"]);
    let next = inbox["items"]
        .as_array()
        .and_then(|items| {
            items
                .iter()
                .map(|item| text(&item["subject"]["id"]))
                .find(|id| suggestion["id"] != id.as_str())
        })
        .ok_or("the inbox has no second suggestion")?;
    let change = format!("/changes/{change}");
    let memories = memory_suggestion(stack).await?;
    let moved = further(stack, &inbox, &agent).await?;
    Ok(vec![
        Screen::new("inbox", "/"),
        Screen::new("agents", "/agents"),
        Screen::new("agent", format!("/agents/{agent}")),
        Screen::new("agent-policy", format!("/agents/{agent}"))
            .pressed("admin", &["[data-action=edit-policy]"]),
        Screen::new("agent-settings", format!("/agents/{agent}"))
            .pressed("admin", &["[data-action=edit-settings]"]),
        Screen::new("agent-new", "/agents/new"),
        Screen::new("agent-webhook", format!("/agents/{agent}/webhook")),
        Screen::new("agent-trends", format!("/agents/{agent}/trends")),
        Screen::new("interactions", format!("/agents/{agent}/interactions")),
        Screen::new("interaction", format!("/interactions/{interaction}")),
        Screen::new("dream", format!("/dreams/{dream}")),
        Screen::new("dream-log", format!("/dreams/{dream}/log")),
        Screen::new("suggestion", format!("/suggestions/{next}")),
        Screen::new("suggestion-transcript", format!("/suggestions/{next}"))
            .pressed("reviewer", &[".pattern-links a"]),
        Screen::new("suggestion-comment", format!("/suggestions/{next}"))
            .pressed("reviewer", &["[data-action=comment-hunk]"]),
        Screen::new("suggestion-memories", memories),
        Screen::new("suggestion-inline", format!("/suggestions/{next}"))
            .pressed("reviewer", &["[data-tab=inline]"]),
        Screen::new("suggestion-reading", format!("/suggestions/{next}"))
            .pressed("reviewer", &["[data-tab=reading]"]),
        Screen::new("changes", "/changes"),
        Screen::new("change", &*change),
        Screen::new("change-test", &*change).pressed(
            "reviewer",
            &[".testing-case:first-child .testing-case-head"],
        ),
        Screen::new("change-approver", &*change).pressed("approver", &[]),
        Screen::new("change-edit", format!("{change}?view=edit")),
        Screen::new("change-stale", &*moved.change),
        Screen::new("change-moved", format!("{}?view=moved", moved.change)),
        Screen::new("change-restage", format!("{}?view=restage", moved.change))
            .pressed("reviewer", &["[data-action=take-both]"]),
        Screen::new("change-apply", &*moved.approved).pressed("approver", &["[data-action=apply]"]),
        Screen::new("change-applied", &*moved.applied),
        Screen::new("change-rollback", &*moved.applied)
            .pressed("reviewer", &["[data-action=roll-back]"]),
        Screen::new("agent-drift", format!("/agents/{}", moved.agent))
            .pressed("reviewer", &["[data-action=show-drift]"]),
        Screen::new("audit", "/audit").pressed("approver", &["[data-action=verify]"]),
        Screen::new("settings", "/settings"),
        Screen::new("missing", "/suggestions/sug_there_is_none"),
    ])
}

/// Returns the page of a suggestion over memories, of a dream that was asked for by hand.
async fn memory_suggestion(stack: &Stack) -> Result<String> {
    let agents = stack.api("/api/agents?q=Sales").await?;
    let agent = agents["items"][0]["id"].as_str().unwrap_or_default();
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
    let report = complete_dream(stack, dream, &written).await?;
    let rows = report["suggestions"].as_array().into_iter().flatten();
    let mut ids = rows
        .filter(|row| {
            row["title"]
                .as_str()
                .is_some_and(|it| it.starts_with("Memories: "))
        })
        .filter_map(|row| row["id"].as_str());
    let id = ids.next().ok_or("the dream has no memory suggestion")?;
    Ok(format!("/suggestions/{id}"))
}

/// Has a change tested, and waits for the end.
async fn tested(stack: &Stack, change: &Value) -> Result<()> {
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
struct Further {
    /// One whose base moved on.
    change: String,
    /// One with its approval.
    approved: String,
    /// One that the agent has.
    applied: String,
    /// The agent of the first.
    agent: String,
}

/// Stages a change of each kind, of other agents than `taken` where there are any.
async fn further(stack: &Stack, inbox: &Value, taken: &str) -> Result<Further> {
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
