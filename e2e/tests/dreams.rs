//! From a dream asked for by hand to the memories that it proposed, in a real browser with real servers.

use e2e::{Browser, Result, Setup, Stack, complete_dream};

/// A button that can be pressed now.
fn ready(action: &str) -> String {
    format!("[data-action={action}]:not(:disabled):not([aria-disabled=true])")
}

#[tokio::test]
async fn from_a_dream_asked_for_by_hand_to_the_memories_that_were_picked() -> Result<()> {
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    let agents = stack.api("/api/agents?q=Sales").await?;
    let agent = agents["items"][0]["id"].as_str().unwrap_or_default();

    // It dreams now, and the page says so.
    browser.goto(&format!("/agents/{agent}")).await?;
    browser.press_css(&ready("dream-now")).await?;
    browser.find("[data-action=cancel-dream]").await?;
    let runs = stack
        .api(&format!("/api/agents/{agent}/dream-runs"))
        .await?;
    let run = &runs["items"][0];
    let dream = run["dream_id"].as_str().unwrap_or_default();
    let store = run["memory_store_id"].as_str().unwrap_or_default();

    // Whatever the dream itself writes, there is a memory that is wanted and one that is not.
    let memories = [
        ("/wanted.md", "Ask first."),
        ("/unwanted.md", "Promise it."),
    ];
    complete_dream(&stack, dream, &memories).await?;

    // Its page shows what it did to the memories among its suggestions.
    browser.goto(&format!("/dreams/{dream}")).await?;
    browser.press("Memories: ").await?;
    browser.find("[data-path='/unwanted.md']").await?;
    browser
        .press_css("[data-path='/unwanted.md'] [data-action=leave-file]")
        .await?;
    browser.find_text("*", "1 memory stays as it is.").await?;
    browser.press_css(&ready("stage")).await?;

    // Somebody else approves and applies it.
    browser.find("[data-about=memory]").await?;
    let change = browser.path().await?;
    browser.choose("select[name=acting-as]", "approver").await?;
    browser.press_css(&ready("approve")).await?;
    browser.press_css(&ready("apply")).await?;
    browser.press_css(&ready("confirm-apply")).await?;
    browser.find("[data-about=outcome]").await?;
    let applied = stack.api(&format!("/api{change}")).await?;
    assert_eq!(applied["summary"]["state"], "applied", "{applied}");
    let memories = stack
        .api(&format!("/api/memory-stores/{store}/memories?limit=100"))
        .await?;
    let memories = memories.to_string();
    assert!(memories.contains("/wanted.md"), "{memories}");
    assert!(!memories.contains("/unwanted.md"), "left out");

    let errors = browser.console_errors().await?;
    assert!(
        errors.is_empty(),
        "the browser's console has errors: {errors:#?}"
    );
    browser.close().await
}
