//! Times the raw log of a dream of 20,000 events in the built console: how long it takes to open, to load whole, to
//! find a word, and how it scrolls. Prints a table in Markdown.
//!
//! `cargo xtask bench` builds everything and calls this.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

use e2e::{Browser, Result, Setup, Stack};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const EVENTS: usize = 20_000;
/// Events handed to the platform's stand-in at once.
const BATCH: usize = 500;
const RUNS: usize = 5;
/// Longest that all pages may take.
const LOADED_WITHIN: Duration = Duration::from_mins(5);

/// Follows the link to the log; ends with the second frame after its first rows are there.
const OPEN: &str = "
    const tell = arguments[arguments.length - 1];
    const begun = performance.now();
    document.querySelector('[data-action=log]').click();
    const look = () => {
        if (!document.querySelector('.event')) return requestAnimationFrame(look);
        requestAnimationFrame(() => requestAnimationFrame(() => tell(performance.now() - begun)));
    };
    look();
";

/// Begins to load all pages, and notes when it is done.
const LOAD_ALL: &str = "
    const told = (window.loading = { tasks: [0], begun: performance.now() });
    new PerformanceObserver((list) => told.tasks.push(...list.getEntries().map((task) => task.duration)))
        .observe({ type: 'longtask' });
    document.querySelector('[data-action=load-all]').click();
    const look = () => {
        if (document.querySelector('[data-action=stop]') || document.querySelector('[data-action=load-all]')) {
            return setTimeout(look, 20);
        }
        told.ended = performance.now();
    };
    setTimeout(look, 100);
";

/// Tells the time that loading took, the longest task meanwhile and the elements on the page; nothing before.
const LOADED: &str = "
    const told = window.loading;
    return told.ended
        ? [told.ended - told.begun, Math.max(...told.tasks), document.querySelectorAll('main *').length]
        : null;
";

/// Scrolls two windows in each of sixty frames; tells how long they took.
const SCROLL: &str = "
    const tell = arguments[arguments.length - 1];
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    (async () => {
        const frames = [];
        await frame();
        let last = performance.now();
        for (let step = 0; step < 60; step += 1) {
            window.scrollBy(0, 1800);
            await frame();
            const now = performance.now();
            frames.push(now - last);
            last = now;
        }
        tell(frames);
    })();
";

/// Looks for a word that one event has; ends when only that one is left.
const FIND: &str = "
    const tell = arguments[arguments.length - 1];
    const field = document.querySelector('[name=find]');
    const begun = performance.now();
    field.value = 'needle';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    const look = () => {
        if (document.querySelectorAll('.event').length !== 1) return requestAnimationFrame(look);
        requestAnimationFrame(() => tell(performance.now() - begun));
    };
    look();
";

#[tokio::main]
async fn main() -> Result<()> {
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let dream = long_dream(&stack).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    let mut opened = Vec::new();
    for _ in 0..RUNS {
        browser.goto(&format!("/dreams/{dream}")).await?;
        browser.find("[data-action=log]").await?;
        opened.push(number(&browser.run_until_told(OPEN).await?));
    }
    browser.run(LOAD_ALL).await?;
    let loaded = timeout(LOADED_WITHIN, loaded(&browser)).await??;
    let [load_ms, longest_ms, elements] = *loaded.as_slice() else {
        return Err("the page told something else".into());
    };
    let frames = numbers(&browser.run_until_told(SCROLL).await?);
    let mut found = Vec::new();
    for _ in 0..RUNS {
        found.push(number(&browser.run_until_told(FIND).await?));
        browser
            .run(
                "const field = document.querySelector('[name=find]'); field.value = ''; \
                 field.dispatchEvent(new Event('input', { bubbles: true }));",
            )
            .await?;
        browser
            .until(
                "all events show again",
                "return document.querySelectorAll('.event').length > 1",
            )
            .await?;
    }
    browser.close().await?;
    println!("| a log of {EVENTS} events | |\n| --- | --- |");
    println!("| opened, ms, median of {RUNS} | {} |", spread(&mut opened));
    println!("| all loaded, ms | {load_ms:.0} |");
    println!("| longest task meanwhile, ms | {longest_ms:.0} |");
    println!("| elements on the page | {elements:.0} |");
    println!(
        "| frame while scrolling, ms, median of 60 | {} |",
        spread(&mut frames.clone())
    );
    println!(
        "| a word found, ms, median of {RUNS}, 120 of them a pause in typing | {} |",
        spread(&mut found)
    );
    Ok(())
}

/// Waits until all pages are loaded; asks seldom, so that little of it is measured.
async fn loaded(browser: &Browser) -> Result<Vec<f64>> {
    loop {
        sleep(Duration::from_millis(500)).await;
        let told = browser.run(LOADED).await?;
        if !told.is_null() {
            return Ok(numbers(&told));
        }
    }
}

/// Gives a seeded dream a long log.
async fn long_dream(stack: &Stack) -> Result<String> {
    let reports = stack.on_platform("/__control/reports").await?;
    let id = reports.pointer("/data/0/dream_id").and_then(Value::as_str);
    let id = id.ok_or("no seeded dream has ended")?.to_owned();
    let step = |number: usize| match number % 3 {
        0 => {
            json!({"type": "agent.message", "content": [{"type": "text", "text": format!("Step {number}: the case is like the one before.")}]})
        }
        1 => {
            json!({"type": "agent.tool_use", "name": "read", "input": {"file_path": format!("/mnt/memory/notes/{number}.md")}})
        }
        _ => {
            json!({"type": "agent.tool_result", "content": [{"type": "text", "text": "# Note\n\nWhat was learnt of this case.\n".repeat(8)}]})
        }
    };
    for first in (0..EVENTS).step_by(BATCH) {
        let mut events: Vec<Value> = (first..first + BATCH).map(step).collect();
        if first == EVENTS / 2
            && let Some(event) = events.first_mut()
        {
            *event = json!({"type": "agent.message", "content": [{"type": "text", "text": "The needle in the stack."}]});
        }
        let body = json!({ "events": events });
        stack.control(&format!("/dreams/{id}/log"), &body).await?;
    }
    Ok(id)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

fn spread(runs: &mut [f64]) -> String {
    runs.sort_by(f64::total_cmp);
    let at = |place: usize| runs.get(place).copied().unwrap_or(f64::NAN);
    format!(
        "{:.0} ({:.0}–{:.0})",
        at(runs.len() / 2),
        at(0),
        at(runs.len().saturating_sub(1))
    )
}
