//! What a policy does by itself, in a real browser with real servers: staged, tested, applied, and refused.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack, rate, report, shop_agent, talk, until_true};
use serde_json::Value;

const BASE: &str = "Be kind.\n";
const GOOD: &str = "Be kind.\n- Ask for the order number before any refund.\n";

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

/// Makes an agent and labels interactions that it should have answered otherwise.
async fn agent(stack: &Stack) -> Result<String> {
    let agent = shop_agent(stack, "Refunds", BASE).await?;
    let said: Vec<String> = (0..20)
        .map(|n| format!("I want a refund for my kettle, case {n}"))
        .collect();
    for interaction in talk(stack, &agent, &said).await? {
        rate(stack, &agent, &interaction, "negative", "order number").await?;
    }
    Ok(agent)
}

/// Chooses what the policy does by itself, in the console, and saves it.
async fn choose(browser: &Browser, agent: &str, mode: &str) -> Result<()> {
    browser.goto(&format!("/agents/{agent}")).await?;
    browser.choose("select[name=acting-as]", "admin").await?;
    browser.press_css("[data-action=edit-policy]").await?;
    browser.choose("select[name=automation]", mode).await?;
    if mode == "apply" {
        browser
            .press_css("input[name=automation_without_approvals]")
            .await?;
    }
    browser.press_css("[data-action=save-policy]").await?;
    browser
        .until(
            "the policy is saved",
            "return !document.querySelector('[data-form=policy]') \
             && document.querySelector('[data-fact=automation]').innerText.startsWith('stages')",
        )
        .await
}

async fn change_of(stack: &Stack, agent: &str) -> Result<Value> {
    let path = format!("/api/changes?agent_id={agent}&limit=1");
    let mut found = Value::Null;
    until_true("the policy has staged a change", async || {
        let page = stack.api(&path).await?;
        found = page["items"][0].clone();
        Ok(found["id"].is_string())
    })
    .await?;
    Ok(found)
}

#[tokio::test]
async fn a_good_suggestion_is_staged_tested_and_applied_by_itself_and_announced() -> Result<()> {
    let (stack, browser) = open().await?;
    let agent = agent(&stack).await?;
    choose(&browser, &agent, "apply").await?;
    report(&stack, &agent, GOOD).await?;
    let change = change_of(&stack, &agent).await?;
    let id = change["id"].as_str().unwrap_or_default();
    browser.goto(&format!("/changes/{id}")).await?;
    browser
        .find_text("*", "Staged by the policy itself")
        .await?;
    until_true("the policy has applied it", async || {
        let change = stack.api(&format!("/api/changes/{id}")).await?;
        Ok(change["summary"]["state"] == "applied")
    })
    .await?;
    let upstream = stack.on_platform(&format!("/v1/agents/{agent}")).await?;
    assert_eq!(upstream["system"], GOOD);
    browser.goto("/").await?;
    browser
        .until(
            "it is announced",
            "return document.querySelector('[data-automatic]')?.innerText.includes('applied by itself') ?? false",
        )
        .await?;
    browser.press_css("[data-automatic] a").await?;
    browser.find_text("*", "has v2 now").await?;
    assert_quiet(&browser).await
}

#[tokio::test]
async fn what_stands_against_it_is_told_and_the_switch_stops_everything_until_it_is_resumed()
-> Result<()> {
    let (stack, browser) = open().await?;
    let strict = "Be kind.\nNever promise a refund before the order was checked.\n";
    let agent = shop_agent(&stack, "Refunds", strict).await?;
    choose(&browser, &agent, "apply").await?;
    report(&stack, &agent, "Be kind.\n").await?;
    let change = change_of(&stack, &agent).await?;
    let path = format!("/changes/{}", change["id"].as_str().unwrap_or_default());
    until_true("the policy has looked at it", async || {
        let change = stack.api(&format!("/api{path}")).await?;
        Ok(change["automatic"]["refused_at"].is_string())
    })
    .await?;
    browser.goto(&path).await?;
    browser
        .until(
            "every reason is told",
            "return ['not_tested', 'instructions_removed'] \
             .every((code) => document.querySelector(`[data-obstacle=${code}]`))",
        )
        .await?;

    browser.goto("/settings").await?;
    browser.press_css("[data-action=switch-automation]").await?;
    let why = "textarea[name=automation-reason]";
    browser.type_into(why, "Refunds go wrong.").await?;
    browser
        .press_css("[data-action=confirm-automation]")
        .await?;
    browser.find("[data-about=automation-paused]").await?;
    browser.goto(&path).await?;
    browser.find("[data-obstacle=paused]").await?;
    let kinder = "Be kinder.\nNever promise a refund before the order was checked.\n";
    report(&stack, &agent, kinder).await?;
    browser.goto("/").await?;
    browser.find("[data-about=automation-paused]").await?;
    let of_agent = format!("/api/changes?agent_id={agent}");
    assert_eq!(
        count(&stack.api(&of_agent).await?),
        1,
        "nothing more is staged"
    );

    browser.goto("/settings").await?;
    browser.press_css("[data-action=switch-automation]").await?;
    browser.type_into(why, "Mended.").await?;
    browser
        .press_css("[data-action=confirm-automation]")
        .await?;
    until_true("what waited is staged", async || {
        Ok(count(&stack.api(&of_agent).await?) == 2)
    })
    .await?;
    assert_quiet(&browser).await
}

fn count(page: &Value) -> usize {
    page["items"].as_array().map_or(0, Vec::len)
}
