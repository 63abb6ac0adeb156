//! An agent whose policy acted by itself, and whose users liked what came of it less than what was before.

use crate::{Result, Stack, rate, report, shop_agent, talk, until_true};
use serde_json::{Value, json};

const BASE: &str = "Be kind.\nNever promise what the shop does not say.\n";
const ASKS: &str = "- Ask for the order number before any refund.\n";
/// Interactions of each kind: as many as it takes to tell two versions apart.
const EACH: usize = 20;

/// What there is of it.
pub(crate) struct Lived {
    /// The agent, which has the second version of its prompt.
    pub(crate) agent: String,
    /// The change that its policy applied.
    pub(crate) applied: String,
    /// The change that its policy staged and left to people.
    pub(crate) left: String,
}

/// Has it live through that; automation is paused at the end, so that screens say so.
///
/// # Errors
/// If a step fails, or something does not come about in time.
pub(crate) async fn lived(stack: &Stack) -> Result<Lived> {
    let agent = shop_agent(stack, "Shop", BASE).await?;
    // An address that takes no reports, so that each delivery has failed so far.
    let webhook = format!("{}/healthz", stack.console);
    let settings = json!({
        "feedback_webhook": webhook,
        "automation": { "mode": "apply", "without_approvals": true },
    });
    stack.patch_agent(&agent, &settings).await?;
    let refunds = said("I want a refund for my kettle");
    for id in talk(stack, &agent, &refunds).await? {
        rate(stack, &agent, &id, "negative", "order number").await?;
    }
    for id in talk(stack, &agent, &said("Where is my invoice")).await? {
        rate(stack, &agent, &id, "positive", "invoice").await?;
    }
    report(stack, &agent, &format!("{BASE}{ASKS}")).await?;
    let applied = change(stack, &agent, "applied").await?;
    for id in talk(stack, &agent, &refunds).await? {
        rate(stack, &agent, &id, "negative", "kettle").await?;
    }
    // It takes an instruction away, so the policy stages it and leaves it at that.
    report(stack, &agent, &format!("Be kind.\n{ASKS}")).await?;
    let left = change(stack, &agent, "staged").await?;
    let looked_at = format!("/api/changes/{left}");
    until_true("the policy says why it left it", async || {
        let change = stack.api(&looked_at).await?;
        let refused = change.pointer("/automatic/refused_at");
        Ok(refused.is_some_and(Value::is_string))
    })
    .await?;
    let switch = stack.api("/api/automation").await?;
    let seen = switch.get("revision").and_then(Value::as_u64);
    let why = json!({ "reason": "Refunds go wrong since Monday." });
    stack
        .post_on(
            "admin",
            "/api/automation/pause",
            seen.unwrap_or_default(),
            &why,
        )
        .await?;
    Ok(Lived {
        agent,
        applied,
        left,
    })
}

fn said(what: &str) -> Vec<String> {
    (1..=EACH).map(|n| format!("{what}, case {n}")).collect()
}

/// Waits until an agent has a change in `state`; returns its id.
async fn change(stack: &Stack, agent: &str, state: &str) -> Result<String> {
    let path = format!("/api/changes?agent_id={agent}&limit=100");
    let mut found = None;
    until_true("the policy did its part", async || {
        let page = stack.api(&path).await?;
        let rows = page.get("items").and_then(Value::as_array);
        let mut rows = rows.into_iter().flatten();
        let row = rows.find(|row| row.get("state").is_some_and(|it| it == state));
        found = row.and_then(|row| Some(row.get("id")?.as_str()?.to_owned()));
        Ok(found.is_some())
    })
    .await?;
    Ok(found.ok_or("there is no such change")?)
}
