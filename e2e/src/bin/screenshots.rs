//! Takes pictures of every screen, in both themes and at two widths, into the folder given.
//!
//! `cargo xtask screenshots` builds everything and calls this.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack, Theme};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Widths and heights of a desk and of a phone, in CSS pixels.
const SIZES: [(u32, u32); 2] = [(1400, 900), (390, 844)];

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| "target/screenshots".into(), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let screens = screens(&stack).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    for (width, height) in SIZES {
        browser.resize(width, height).await?;
        for theme in [Theme::Light, Theme::Dark] {
            browser.set_theme(theme).await?;
            for (name, path) in &screens {
                take(&browser, &folder, name, path, width, theme).await?;
            }
        }
    }
    browser.close().await
}

/// Opens a screen, waits until nothing is loading, and saves the picture.
async fn take(
    browser: &Browser,
    folder: &Path,
    name: &str,
    path: &str,
    width: u32,
    theme: Theme,
) -> Result<()> {
    browser.goto(path).await?;
    let settled = "return document.querySelector('h1') !== null \
                   && document.querySelector('[aria-busy=true]') === null";
    browser.until(&format!("{name} is loaded"), settled).await?;
    let file = folder.join(format!("{name}-{width}-{}.png", theme.as_str()));
    browser.screenshot(&file).await
}

/// Returns the name and path of every screen, with things that the seeded data really has.
async fn screens(stack: &Stack) -> Result<Vec<(&'static str, String)>> {
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
    Ok(vec![
        ("inbox", "/".to_owned()),
        ("agents", "/agents".to_owned()),
        ("agent", format!("/agents/{agent}")),
        ("agent-new", "/agents/new".to_owned()),
        ("interactions", format!("/agents/{agent}/interactions")),
        ("interaction", format!("/interactions/{interaction}")),
        ("dream", format!("/dreams/{dream}")),
        ("dream-log", format!("/dreams/{dream}/log")),
        ("suggestion", format!("/suggestions/{next}")),
        ("changes", "/changes".to_owned()),
        ("change", format!("/changes/{change}")),
        ("audit", "/audit".to_owned()),
        ("settings", "/settings".to_owned()),
        ("missing", "/suggestions/sug_there_is_none".to_owned()),
    ])
}
