//! A reviewer goes the whole way, in a real browser, with real servers.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack};
use serde_json::Value;

/// Opens the console for a new stack.
async fn open() -> Result<(Stack, Browser)> {
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    Ok((stack, browser))
}

/// Fails if the page logged an error or broke the content security policy.
async fn assert_quiet(browser: &Browser) -> Result<()> {
    let errors = browser.console_errors().await?;
    assert!(
        errors.is_empty(),
        "the browser's console has errors: {errors:#?}"
    );
    Ok(())
}

/// Returns the first suggestion of the inbox whose report names interactions and whose agent has not
/// moved on since.
async fn a_suggestion(stack: &Stack) -> Result<Value> {
    let inbox = stack.api("/api/inbox?limit=100").await?;
    let items = inbox["items"].as_array().cloned().unwrap_or_default();
    for item in items
        .iter()
        .filter(|item| item["subject"]["type"] == "suggestion")
    {
        let id = item["subject"]["id"].as_str().unwrap_or_default();
        let suggestion = stack.api(&format!("/api/suggestions/{id}")).await?;
        let shown_by = suggestion["patterns"][0]["interaction_ids"]
            .as_array()
            .map_or(0, Vec::len);
        if shown_by > 0 && suggestion["made_on_version"] == suggestion["current"]["version"] {
            return Ok(suggestion);
        }
    }
    Err("the inbox has no suggestion with interactions behind it".into())
}

#[tokio::test]
async fn from_a_dream_to_an_applied_prompt() -> Result<()> {
    let (stack, browser) = open().await?;
    let suggestion = a_suggestion(&stack).await?;
    let id = suggestion["id"].as_str().unwrap_or_default();
    let dream = suggestion["dream_id"].as_str().unwrap_or_default();
    let agent = suggestion["agent_id"].as_str().unwrap_or_default();
    let proposed = suggestion["proposed"].as_str().unwrap_or_default();
    let version = suggestion["current"]["version"]
        .as_u64()
        .unwrap_or_default();
    let interaction = suggestion["patterns"][0]["interaction_ids"][0]
        .as_str()
        .unwrap_or_default();

    // Inbox → dream report → suggestion.
    browser.goto("/").await?;
    browser.find(&format!("[data-row-of='{id}']")).await?;
    browser
        .press_css(&format!("[data-row-of='{id}'] a"))
        .await?;
    browser.find("[data-action=stage]").await?;
    browser
        .press_css(&format!("a[href='/dreams/{dream}']"))
        .await?;
    browser.find_text("h2", "Patterns").await?;
    browser
        .press_css(&format!("main a[data-row='{id}']"))
        .await?;
    browser.find("ins").await?;
    browser.find("[data-action=stage]").await?;

    // Feedback on an interaction behind it, as the reviewer.
    browser
        .goto(&format!("/interactions/{interaction}"))
        .await?;
    browser.press_css("[data-rating=negative]").await?;
    browser
        .type_into("textarea[name=comment]", "It did not ask first.")
        .await?;
    browser
        .type_into("textarea[name=expected]", "Which order is it about?")
        .await?;
    browser.press_css("[data-action=save-feedback]").await?;
    browser
        .find_text("li[contains(@class,'given')]", "It did not ask first.")
        .await?;

    // Stage; the stager cannot approve.
    browser.goto(&format!("/suggestions/{id}")).await?;
    browser
        .press_css("[data-action=stage]:not(:disabled):not([aria-disabled=true])")
        .await?;
    browser.find("[data-action=approve]").await?;
    let change_path = browser.path().await?;
    assert!(
        change_path.starts_with("/changes/"),
        "staging leads to the change, not to {change_path}"
    );
    browser
        .find_text("*", "to approve or apply a change takes an approver")
        .await?;

    // Approve as another user, then apply.
    browser.choose("select[name=acting-as]", "approver").await?;
    browser
        .press_css("[data-action=approve]:not(:disabled):not([aria-disabled=true])")
        .await?;
    browser
        .press_css("[data-action=apply]:not(:disabled):not([aria-disabled=true])")
        .await?;
    browser.press_css("[data-action=confirm-apply]").await?;
    browser.find("[data-action=to-agent]").await?;

    // The platform itself has it, past the proxy.
    let on_platform = stack.on_platform(&format!("/v1/agents/{agent}")).await?;
    assert_eq!(
        on_platform["version"].as_u64(),
        Some(version + 1),
        "one new version"
    );
    assert_eq!(
        on_platform["system"].as_str(),
        Some(proposed),
        "exactly the bytes reviewed"
    );

    // The agent shows the new version, and the audit shows all of it.
    browser.press_css("[data-action=to-agent]").await?;
    browser.find_text("*", &format!("v{}", version + 1)).await?;
    browser.goto("/audit").await?;
    browser.find("[data-seq]").await?;
    let audit = browser.text("main").await?;
    for act in [
        "reviewer rated",
        "reviewer staged",
        "approver approved",
        "approver applied",
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
async fn a_rejected_suggestion_leaves_the_inbox() -> Result<()> {
    let (stack, browser) = open().await?;
    let suggestion = a_suggestion(&stack).await?;
    let id = suggestion["id"].as_str().unwrap_or_default();
    let reason = "It drops the rule about refunds above $200.";

    browser.goto(&format!("/suggestions/{id}")).await?;
    browser.press_css("[data-action=reject]").await?;
    browser.type_into("textarea[name=reason]", reason).await?;
    browser
        .press_css("[data-action=confirm-reject]:not(:disabled):not([aria-disabled=true])")
        .await?;
    browser.find_text("*", reason).await?;

    browser.goto("/").await?;
    browser.find("[data-row-of]").await?;
    let gone = format!("return document.querySelector(\"[data-row-of='{id}']\") === null");
    browser.until("it left the inbox", &gone).await?;
    let kept = stack.api(&format!("/api/suggestions/{id}")).await?;
    assert_eq!(kept["rejection"]["reason"], reason);
    assert_quiet(&browser).await?;
    browser.close().await
}
