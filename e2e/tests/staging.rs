//! A change is tested before anybody approves it: begun in the console, run on the platform, read in the console.

use e2e::{Browser, Result, Setup, Stack, rate_some};
use serde_json::json;

#[tokio::test]
async fn the_rated_interactions_are_run_with_base_and_proposal_and_the_answers_are_read()
-> Result<()> {
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    let inbox = stack.api("/api/inbox?limit=100").await?;
    let items = inbox["items"].as_array().cloned().unwrap_or_default();
    let item = items
        .iter()
        .find(|item| item["subject"]["type"] == "suggestion")
        .ok_or("the inbox has no suggestion")?;
    let id = item["subject"]["id"].as_str().unwrap_or_default();
    let suggestion = stack.api(&format!("/api/suggestions/{id}")).await?;
    let agent = suggestion["agent_id"].as_str().unwrap_or_default();
    let rated = rate_some(&stack, agent, 6).await?;
    let staged = json!({
        "suggestion_ids": [id],
        "base_version": suggestion["current"]["version"],
    });
    let change = stack.post_as("reviewer", "/api/changes", &staged).await?;
    let change = change["summary"]["id"].as_str().unwrap_or_default();

    browser.goto(&format!("/changes/{change}")).await?;
    browser.choose("select[name=acting-as]", "reviewer").await?;
    browser
        .until(
            "what a test takes is said",
            "return document.querySelector('[data-about=estimate]')?.innerText.includes('rated interactions') ?? false",
        )
        .await?;
    let warned = "return document.querySelector('[data-about=test-tools]')?.innerText.includes('really run') ?? false";
    browser
        .until("it is said that tools really run", warned)
        .await?;
    browser.press_css("[data-about=tried] a").await?;
    browser
        .until(
            "the link leads to the test, below the diff",
            "const at = document.querySelector('#staging-test').getBoundingClientRect(); return at.top >= 0 && at.top < innerHeight;",
        )
        .await?;
    // The bar where one decides stays over the end of the window.
    browser
        .run("document.querySelector('[data-action=begin-test]').scrollIntoView({ block: 'center' });")
        .await?;
    browser.press_css("[data-action=begin-test]").await?;
    browser
        .until(
            "the test has come to its end",
            "return /passed|failed|inconclusive|stopped at its budget|could not go on/.test(document.querySelector('[data-about=verdict]')?.innerText ?? '')",
        )
        .await?;
    browser
        .until(
            "cases are told",
            "return document.querySelector('.testing-case') !== null",
        )
        .await?;
    let report = stack.api(&format!("/api/changes/{change}/test")).await?;
    let test = &report["newest"];
    assert_eq!(report["is_current"], true, "{report}");
    browser
        .until(
            "the evidence says what it came to",
            "return /passed|failed|inconclusive/.test(document.querySelector('[data-about=tried-state]')?.innerText ?? '')",
        )
        .await?;
    // Its estimate goes by what these interactions took, so a first test comes to its end as well.
    assert_eq!(test["state"], "completed", "{test}");
    let verdicts = ["passed", "failed", "inconclusive"].map(|it| json!(it));
    assert!(verdicts.contains(&test["outcome"]), "{test}");
    assert_eq!(
        (&test["waiting"], &test["failed"]),
        (&json!(0), &json!(0)),
        "{test}"
    );
    assert!(
        test["tokens"].as_u64() <= test["estimated_most"].as_u64(),
        "{test}"
    );
    assert!(
        test["cases"].as_u64() <= u64::try_from(rated).ok(),
        "{test}"
    );
    assert!(test["tokens"].as_u64().unwrap_or_default() > 0, "{test}");
    let errors = browser.console_errors().await?;
    assert!(
        errors.is_empty(),
        "the browser's console has errors: {errors:#?}"
    );
    Ok(())
}
