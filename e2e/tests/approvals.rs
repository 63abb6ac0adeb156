//! Approvals that can be trusted, in a real browser with real servers: edits, rollbacks, merges, the ledger.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack};
use serde_json::{Value, json};

/// A button that can be pressed now.
fn ready(action: &str) -> String {
    format!("[data-action={action}]:not(:disabled):not([aria-disabled=true])")
}

async fn open() -> Result<(Stack, Browser)> {
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    Ok((stack, browser))
}

async fn assert_quiet(browser: &Browser) -> Result<()> {
    let errors = browser.console_errors().await?;
    assert!(
        errors.is_empty(),
        "the browser's console has errors: {errors:#?}"
    );
    Ok(())
}

async fn act_as(browser: &Browser, user: &str) -> Result<()> {
    browser.choose("select[name=acting-as]", user).await
}

/// Returns an open suggestion on the prompt as it is now that rewrites or removes a line, and that line.
async fn a_suggestion(stack: &Stack) -> Result<(Value, String)> {
    let inbox = stack.api("/api/inbox?limit=100").await?;
    let items = inbox["items"].as_array().cloned().unwrap_or_default();
    for item in &items {
        let Some(id) = item["subject"]["id"].as_str() else {
            continue;
        };
        if item["subject"]["type"] != "suggestion" {
            continue;
        }
        let suggestion = stack.api(&format!("/api/suggestions/{id}")).await?;
        if suggestion["made_on_version"] != suggestion["current"]["version"] {
            continue;
        }
        let lines = |text: &Value| -> Vec<String> {
            let text = text.as_str().unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        };
        let proposed = lines(&suggestion["proposed"]);
        let current = lines(&suggestion["current"]["text"]);
        let lost = current
            .into_iter()
            .find(|line| line.len() > 20 && !proposed.contains(line));
        if let Some(line) = lost {
            return Ok((suggestion, line));
        }
    }
    Err("the inbox has no suggestion that changes a line".into())
}

/// Stages a suggestion as the reviewer and returns the change's path and its agent.
async fn staged(stack: &Stack, suggestion: &Value) -> Result<(String, String)> {
    let body = json!({
        "suggestion_ids": [suggestion["id"]],
        "base_version": suggestion["current"]["version"],
    });
    let change = stack.post_as("reviewer", "/api/changes", &body).await?;
    let id = change["summary"]["id"].as_str().unwrap_or_default();
    let agent = suggestion["agent_id"].as_str().unwrap_or_default();
    Ok((format!("/changes/{id}"), agent.to_owned()))
}

#[tokio::test]
async fn an_edit_voids_an_approval_and_what_was_applied_is_rolled_back_in_a_hurry() -> Result<()> {
    let (stack, browser) = open().await?;
    let (suggestion, _) = a_suggestion(&stack).await?;
    let before = suggestion["current"]["text"].as_str().unwrap_or_default();
    let proposed = suggestion["proposed"].as_str().unwrap_or_default();
    let version = suggestion["current"]["version"]
        .as_u64()
        .unwrap_or_default();
    let (path, agent) = staged(&stack, &suggestion).await?;
    let on_platform = format!("/v1/agents/{agent}");

    // Approved, then edited by somebody else: the approval is void, visibly.
    browser.goto(&path).await?;
    act_as(&browser, "approver").await?;
    browser.press_css(&ready("approve")).await?;
    browser
        .find_text("*", "You approved exactly this already.")
        .await?;
    act_as(&browser, "admin").await?;
    browser.press_css(&ready("edit")).await?;
    browser
        .find_text("*", "makes the approval of approver void")
        .await?;
    let end = "const field = document.querySelector('textarea[name=proposed]'); \
               field.setSelectionRange(field.value.length, field.value.length)";
    browser.find("textarea[name=proposed]").await?;
    browser.run(end).await?;
    browser
        .type_into("textarea[name=proposed]", "\nSay what you did.\n")
        .await?;
    browser.find_text("ins", "Say what you did.").await?;
    browser.press_css(&ready("save-edit")).await?;
    browser.find("[data-void]").await?;
    browser
        .find_text(
            "*",
            "You edited this change, so someone else has to approve it.",
        )
        .await?;

    // Approved anew and applied: exactly the bytes that the question showed.
    act_as(&browser, "approver").await?;
    browser.press_css(&ready("approve")).await?;
    browser.press_css(&ready("apply")).await?;
    browser.find("dialog[open] [data-fact=sha256]").await?;
    browser.press_css(&ready("confirm-apply")).await?;
    browser.find("[data-about=outcome]").await?;
    let now = stack.on_platform(&on_platform).await?;
    assert_eq!(now["version"].as_u64(), Some(version + 1));
    assert_eq!(
        now["system"].as_str(),
        Some(&*format!("{proposed}\nSay what you did.\n"))
    );

    // Back to where it was, without approvals, with a reason that everybody reads.
    browser.press_css(&ready("roll-back")).await?;
    browser.press_css(&ready("confirm-roll-back")).await?;
    browser.find("[data-about=takes-back]").await?;
    browser.press_css(&ready("break-glass")).await?;
    browser
        .type_into(
            "textarea[name=break-glass-reason]",
            "It answers in riddles.",
        )
        .await?;
    browser.press_css(&ready("confirm-break-glass")).await?;
    browser.find("[data-about=glass-open]").await?;
    let now = stack.on_platform(&on_platform).await?;
    assert_eq!(now["version"].as_u64(), Some(version + 2));
    assert_eq!(now["system"].as_str(), Some(before), "the old bytes");

    // Another approver finds it in the inbox and reviews it.
    let rollback = browser.path().await?;
    act_as(&browser, "admin").await?;
    browser.goto("/").await?;
    browser
        .press_css(&format!("[data-row-of] a[href='{rollback}']"))
        .await?;
    browser.press_css(&ready("review-glass")).await?;
    browser
        .type_into("textarea[name=glass-comment]", "It was right to.")
        .await?;
    browser.press_css(&ready("confirm-review-glass")).await?;
    browser.find("[data-about=glass-reviewed]").await?;

    // All of it stands in the ledger, and the ledger is what was written.
    browser.goto("/audit").await?;
    browser.press_css(&ready("verify")).await?;
    browser.find("[data-about=good]").await?;
    let audit = browser.text("main").await?;
    for act in [
        "admin edited",
        "approver applied without approvals",
        "admin reviewed",
    ] {
        assert!(
            audit.contains(act),
            "the audit does not say {act:?}:\n{audit}"
        );
    }
    assert_quiet(&browser).await?;
    browser.close().await
}

#[tokio::test]
async fn a_prompt_that_moved_is_seen_and_merged_by_hand() -> Result<()> {
    let (stack, browser) = open().await?;
    let (suggestion, line) = a_suggestion(&stack).await?;
    let (path, agent) = staged(&stack, &suggestion).await?;
    let before = suggestion["current"]["text"].as_str().unwrap_or_default();
    let moved = before.replacen(&line, "Ask somebody who knows.", 1);
    let update = json!({ "version": suggestion["current"]["version"], "system": moved });
    stack
        .post_on_platform(&format!("/v1/agents/{agent}"), &update)
        .await?;

    // The change is out of date; what moved is a press away.
    browser.goto(&path).await?;
    browser.press_css(&ready("show-moved")).await?;
    browser.find_text("ins", "Ask somebody who knows.").await?;

    // The conflict is resolved, the result is read, and the change waits for its approvals anew.
    browser.press_css(&ready("restage")).await?;
    browser.press_css("[data-action=take-current]").await?;
    browser
        .find_text("*[@data-about='progress']", "resolved")
        .await?;
    browser.press_css("[data-action=take-both]").await?;
    browser.press_css(&ready("send-restage")).await?;
    browser.find("[data-action=approve]").await?;
    let change = stack.api(&format!("/api{path}")).await?;
    let version = suggestion["current"]["version"]
        .as_u64()
        .unwrap_or_default();
    assert_eq!(change["base"]["version"].as_u64(), Some(version + 1));
    let proposed = change["proposed"].as_str().unwrap_or_default();
    assert!(proposed.contains("Ask somebody who knows."), "{proposed}");

    // The agent's page says that somebody went past the console. The first version that the proxy saw of the
    // agent may be the one above, where it begins; the next one is drift for sure.
    let again = json!({ "version": version + 1, "system": format!("{moved}\nBe quick.\n") });
    stack
        .post_on_platform(&format!("/v1/agents/{agent}"), &again)
        .await?;
    stack.until_drift_is_noticed(&agent, version + 2).await?;
    browser.goto(&format!("/agents/{agent}")).await?;
    browser.press_css(&ready("show-drift")).await?;
    browser.find_text("ins", "Be quick.").await?;
    browser.press_css(&ready("drift-seen")).await?;
    let gone = "return document.querySelector('[data-about=drift]') === null";
    browser.until("the drift is looked at", gone).await?;
    assert_quiet(&browser).await?;
    browser.close().await
}
