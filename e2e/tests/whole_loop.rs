//! The whole loop in one run, in a real browser with real servers: an agent's schedule fires, it dreams, people
//! decide on what it proposes, the change is tested, approved, applied, watched, and rolled back.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack, complete_dream, rate, shop_agent, talk, until_true};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The prompt as it is, four parts of which the model wants otherwise.
const OLD: &str = "You answer for a small shop.\n\n\
    # Tone\nBe kind and brief.\n\n\
    # Delivery\n- Delivery takes five days.\n\n\
    # Money\n- Never promise a refund before a person has looked at it.\n\n\
    # Ending\nThank them for writing.\n";

/// The four edits, of which the last is refused.
const EDITS: [(&str, &str); 4] = [
    ("Be kind and brief.", "Be kind, and say why."),
    (
        "- Delivery takes five days.",
        "- Delivery takes as long as it takes.",
    ),
    (
        "a person has looked at it.",
        "a person has looked at it.\n- Ask for the order number before any refund.",
    ),
    ("Thank them for writing.", "Ask them for five stars."),
];

const WANTED: (&str, &str) = ("/lessons/refunds.md", "Ask for the order number first.\n");
const UNWANTED: (&str, &str) = ("/lessons/promises.md", "Promise whatever calms people.\n");
const KNOWN: (&str, &str) = ("/facts/hours.md", "Monday to Friday, nine to five.\n");

const HOUR: Duration = Duration::from_hours(1);

/// The question that the new prompt answers worse.
const DELIVERY: &str = "How long does delivery take";

/// Returns the prompt with the first `count` edits.
fn edited(count: usize) -> String {
    let edits = EDITS.iter().take(count);
    edits.fold(OLD.to_owned(), |text, (find, replace)| {
        text.replacen(find, replace, 1)
    })
}

/// A button that can be pressed now.
fn ready(action: &str) -> String {
    format!("[data-action={action}]:not(:disabled):not([aria-disabled=true])")
}

async fn act_as(browser: &Browser, user: &str) -> Result<()> {
    browser.choose("select[name=acting-as]", user).await
}

#[tokio::test]
async fn from_the_schedule_to_the_rollback() -> Result<()> {
    let setup = Setup::from_env()?;
    let stack = Stack::start_with_clock(&setup).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    let shop = Shop::open(&stack).await?;
    let hour = switch_dreams_on(&browser, &shop).await?;
    let dream = the_schedule_fires(&stack, &browser, &shop, hour).await?;
    the_dream_ends(&stack, &shop, &dream).await?;
    let prompt = review_the_prompt(&browser, &dream).await?;
    let memories = review_the_memories(&browser, &dream).await?;
    test_it(&browser, &prompt).await?;
    apply(&browser, &prompt).await?;
    apply(&browser, &memories).await?;
    let agent = format!("/v1/agents/{}", shop.agent);
    let now = stack.on_platform(&agent).await?;
    assert_eq!(now["system"].as_str(), Some(&*edited(3)), "as was chosen");
    assert_eq!(now["version"], 2);
    people_like_it_less(&stack, &browser, &shop).await?;
    roll_back_by_key(&browser, &shop).await?;

    // On the platform itself: the prompt is the old one, the memories are those that were chosen.
    let now = stack.on_platform(&agent).await?;
    assert_eq!(now["system"].as_str(), Some(OLD), "byte for byte");
    assert_eq!(now["version"], 3);
    let expected = json!([[KNOWN.0, KNOWN.1], [WANTED.0, WANTED.1]]);
    assert_eq!(shop.memories(&stack).await?, expected);

    browser.goto("/audit").await?;
    browser.press_css(&ready("verify")).await?;
    browser.find("[data-about=good]").await?;
    let errors = browser.console_errors().await?;
    assert!(
        errors.is_empty(),
        "the browser's console has errors: {errors:#?}"
    );
    browser.close().await
}

/// An agent with a memory store and rated interactions, and another one whose schedule runs every hour.
struct Shop {
    agent: String,
    store: String,
    /// Interactions that people complained about.
    complaints: Vec<String>,
    /// Shows that the scheduler looked at the clock: its slot is passed over, for it has nothing to dream of.
    witness: String,
}

impl Shop {
    async fn open(stack: &Stack) -> Result<Self> {
        let agent = shop_agent(stack, "Shop", OLD).await?;
        let store = json!({ "name": "Shop", "description": "What the shop knows." });
        let store = stack.post_on_platform("/v1/memory_stores", &store).await?;
        let store = store["id"].as_str().unwrap_or_default().to_owned();
        let memories = format!("/v1/memory_stores/{store}/memories");
        let known = json!({ "path": KNOWN.0, "content": KNOWN.1 });
        stack.post_on_platform(&memories, &known).await?;
        let plan = json!({ "plan": { "memory_store_id": store } });
        stack.patch_agent(&agent, &plan).await?;

        let said = |what: &str, count: usize| -> Vec<String> {
            (1..=count).map(|n| format!("{what}, case {n}")).collect()
        };
        let complaints = talk(stack, &agent, &said("I want a refund for my kettle", 8)).await?;
        for id in &complaints {
            rate(stack, &agent, id, "negative", "order number").await?;
        }
        // Neither the oldest nor the newest, so that it is not first by its age.
        for id in talk(stack, &agent, &said(DELIVERY, 1)).await? {
            rate(stack, &agent, &id, "positive", "five days").await?;
        }
        for id in talk(stack, &agent, &said("Where is my invoice", 12)).await? {
            rate(stack, &agent, &id, "positive", "invoice").await?;
        }
        let witness = shop_agent(stack, "Witness", "Be kind.\n").await?;
        let hourly = json!({ "dreaming_enabled": true, "dreaming_frequency": "hourly" });
        stack.patch_agent(&witness, &hourly).await?;
        Ok(Self {
            agent,
            store,
            complaints,
            witness,
        })
    }

    /// Returns what became of the slots of one of the agents, newest first.
    async fn runs(stack: &Stack, agent: &str) -> Result<Vec<Value>> {
        let path = format!("/api/agents/{agent}/dream-runs");
        let page = stack.api(&path).await?;
        Ok(page["items"].as_array().cloned().unwrap_or_default())
    }

    /// Returns paths and texts of the store on the platform, by path.
    async fn memories(&self, stack: &Stack) -> Result<Value> {
        let path = format!(
            "/v1/memory_stores/{}/memories?view=full&limit=20",
            self.store
        );
        let page = stack.on_platform(&path).await?;
        let mut found: Vec<[String; 2]> = page["data"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|memory| {
                ["path", "content"].map(|it| memory[it].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        found.sort();
        Ok(json!(found))
    }
}

/// Has the agent dream every day in three hours, with reflection, in the console; returns the hour (UTC).
async fn switch_dreams_on(browser: &Browser, shop: &Shop) -> Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let hour = (now.as_secs() / HOUR.as_secs() + 3) % 24;
    browser.goto(&format!("/agents/{}", shop.agent)).await?;
    act_as(browser, "admin").await?;
    browser.press_css(&ready("edit-settings")).await?;
    browser.press_css("input[name=dreaming_enabled]").await?;
    browser
        .choose("select[name=dreaming_frequency]", "daily")
        .await?;
    browser
        .choose("select[name=hour]", &hour.to_string())
        .await?;
    browser.press_css("input[name=reflects]").await?;
    browser.press_css(&ready("save-settings")).await?;
    browser
        .until(
            "the settings are saved",
            "return !document.querySelector('[data-form=settings]') \
             && document.querySelector('[data-fact=dreams]').innerText.includes('daily')",
        )
        .await?;
    Ok(hour)
}

/// Moves the clock to the slot and no further than that before; returns the dream that begins.
async fn the_schedule_fires(
    stack: &Stack,
    browser: &Browser,
    shop: &Shop,
    hour: u64,
) -> Result<String> {
    // An hour on, the scheduler has looked at the moved clock, and this agent's slot has not come.
    stack.set_clock_ahead(HOUR)?;
    until_true("the slot of the other agent is passed over", async || {
        let runs = Shop::runs(stack, &shop.witness).await?;
        let Some(slot) = runs.first().and_then(|run| run["slot"].as_str()) else {
            return Ok(false);
        };
        // A slot that the machine's own clock has not reached: it was the moved one that counted.
        let is_ahead = format!("return Date.parse('{slot}') > Date.now()");
        Ok(browser.run(&is_ahead).await? == json!(true))
    })
    .await?;
    assert!(
        Shop::runs(stack, &shop.agent).await?.is_empty(),
        "its slot has not come"
    );

    stack.set_clock_ahead(3 * HOUR)?;
    let mut runs = Vec::new();
    until_true("the schedule fires", async || {
        runs = Shop::runs(stack, &shop.agent).await?;
        Ok(runs.iter().any(|run| run["dream_id"].is_string()))
    })
    .await?;
    let [run] = runs.as_slice() else {
        return Err(format!("one slot, one run, not {runs:?}").into());
    };
    let slot = run["slot"].as_str().unwrap_or_default();
    assert!(slot.ends_with(&format!("T{hour:02}:00:00Z")), "{slot}");
    assert_eq!(
        (&run["state"], &run["interactions"]),
        (&json!("started"), &json!(21))
    );
    // The page says so, and calls it the schedule's.
    browser.goto(&format!("/agents/{}", shop.agent)).await?;
    browser.find("[data-action=open-running]").await?;
    browser.find_text("*", "by the schedule").await?;
    Ok(run["dream_id"].as_str().unwrap_or_default().to_owned())
}

/// Lets the dream write two memories and end, and the model propose its edits; waits until all of it is derived.
async fn the_dream_ends(stack: &Stack, shop: &Shop, dream: &str) -> Result<()> {
    let body = |text: &str| {
        let (_, body) = text.split_once("# Tone\n").unwrap_or_default();
        body.trim_end().to_owned()
    };
    let input = json!({
        "patterns": [{
            "title": "Refunds without an order number",
            "detail": "The agent refunds before it knows the order.",
            "interaction_ids": shop.complaints,
        }],
        "adjustments": [{
            "title": "Ask for the order number",
            "find": body(OLD),
            "replace": body(&edited(EDITS.len())),
            "why": "Refunds went out twice.",
            "pattern": 1,
        }],
    });
    let answer = json!({ "tool": "report_reflection", "input": input });
    stack.control("/answers", &answer).await?;
    complete_dream(stack, dream, &[WANTED, UNWANTED]).await?;
    let path = format!("/api/dreams/{dream}");
    until_true("the reflection has ended", async || {
        let report = stack.api(&path).await?;
        Ok(report["reflection"]["state"] == "done")
    })
    .await
}

/// Leaves the last edit out, and stages the others as the reviewer; returns the change's path.
async fn review_the_prompt(browser: &Browser, dream: &str) -> Result<String> {
    browser.goto(&format!("/dreams/{dream}")).await?;
    act_as(browser, "reviewer").await?;
    browser.find_text("h2", "Patterns").await?;
    browser.find("[data-about=reflection-cost]").await?;
    browser.press("Ask for the order number").await?;
    let last = format!("[data-hunk='{}']", EDITS.len() - 1);
    browser
        .press_css(&format!("{last} [data-action=leave-hunk]"))
        .await?;
    browser
        .find(&format!("{last} [data-pick='left out']"))
        .await?;
    browser.find_text("button", "Stage 3 of 4 hunks").await?;
    staged(browser).await
}

/// Leaves one memory out, and stages the other as the reviewer; returns the change's path.
async fn review_the_memories(browser: &Browser, dream: &str) -> Result<String> {
    browser.goto(&format!("/dreams/{dream}")).await?;
    browser.press("Memories: ").await?;
    let leave = format!("[data-path='{}'] [data-action=leave-file]", UNWANTED.0);
    browser.press_css(&leave).await?;
    browser.find_text("*", "1 memory stays as it is.").await?;
    let change = staged(browser).await?;
    browser.find("[data-about=memory]").await?;
    Ok(change)
}

async fn staged(browser: &Browser) -> Result<String> {
    browser.press_css(&ready("stage")).await?;
    browser.find("[data-action=approve]").await?;
    let path = browser.path().await?;
    assert!(path.starts_with("/changes/"), "{path}");
    Ok(path)
}

/// Runs the staging test and finds the one case that gets worse before all others.
async fn test_it(browser: &Browser, change: &str) -> Result<()> {
    browser.goto(change).await?;
    browser.press_css(&ready("begin-test")).await?;
    browser
        .until(
            "the test has come to its end",
            "return /passed|failed|inconclusive/.test(document.querySelector('[data-about=verdict]')?.innerText ?? '')",
        )
        .await?;
    browser.find("[data-case='got better']").await?;
    let first = ".testing-case:first-child[data-case='got worse']";
    browser.find(first).await?;
    let said = browser.text(first).await?;
    for part in [
        DELIVERY,
        "Contains \u{201c}five days\u{201d}",
        "Now: right",
        "Proposal: wrong",
    ] {
        assert!(said.contains(part), "{part:?} is missing:\n{said}");
    }
    let facts = "return ['worse', 'better', 'before', 'after', 'cost'] \
                 .map((it) => document.querySelector(`[data-fact=${it}]`).innerText)";
    let facts = browser.run(facts).await?;
    assert_eq!(
        (&facts[0], &facts[1]),
        (&json!("1"), &json!("8")),
        "{facts}"
    );
    let said = |at: usize| facts[at].as_str().unwrap_or_default();
    assert!(
        said(2).contains("13 of 21") && said(3).contains("20 of 21"),
        "{facts}"
    );
    assert!(said(4).contains("EUR"), "{facts}");
    Ok(())
}

/// Approves and applies a change as somebody who had no hand in it.
async fn apply(browser: &Browser, change: &str) -> Result<()> {
    browser.goto(change).await?;
    act_as(browser, "approver").await?;
    browser.press_css(&ready("approve")).await?;
    browser.press_css(&ready("apply")).await?;
    browser.press_css(&ready("confirm-apply")).await?;
    browser.find("[data-about=outcome]").await?;
    Ok(())
}

/// Has people rate what the new version says; both versions are drawn, and in a table.
async fn people_like_it_less(stack: &Stack, browser: &Browser, shop: &Shop) -> Result<()> {
    let said: Vec<String> = (2..22).map(|n| format!("{DELIVERY}, case {n}")).collect();
    for id in talk(stack, &shop.agent, &said).await? {
        rate(stack, &shop.agent, &id, "negative", "five days").await?;
    }
    browser
        .goto(&format!("/agents/{}/trends", shop.agent))
        .await?;
    let drawn = "return document.querySelectorAll('[data-chart=accuracy] svg.chart-bars .chart-share').length === 2";
    browser.until("both versions are drawn", drawn).await?;
    browser
        .press_css("[data-chart=accuracy] .chart-table summary")
        .await?;
    browser.find("[data-chart=accuracy] tbody tr").await?;
    let rows = "return [...document.querySelectorAll('[data-chart=accuracy] tbody tr')] \
                .map((row) => [...row.children].slice(0, 3).map((cell) => cell.innerText))";
    let expected = json!([["v2", "20", "21"], ["v1", "13", "21"]]);
    assert_eq!(browser.run(rows).await?, expected);
    Ok(())
}

/// Follows the key that the agent's page offers, and has the rollback approved and applied.
async fn roll_back_by_key(browser: &Browser, shop: &Shop) -> Result<()> {
    act_as(browser, "reviewer").await?;
    // Afresh, or the focus would stay where the user was chosen, and take the key.
    browser.goto(&format!("/agents/{}", shop.agent)).await?;
    browser.find("[data-about=regression]").await?;
    browser.find_text("a", "Roll back to v1").await?;
    browser.press_key('R').await?;
    browser.press_css(&ready("confirm-roll-back")).await?;
    browser.find("[data-about=takes-back]").await?;
    let rollback = browser.path().await?;
    apply(browser, &rollback).await
}
