//! Ratings by the dozen, in a real browser with real servers: a queue with one key for each, and files.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack, shop_agent, talk, until_true};
use serde_json::{Value, json};
use std::path::Path;

/// The interaction that shows with its transcript; empty while it is being loaded.
const SHOWN: &str = "return document.querySelector('.labelling-case h2') \
     ? document.querySelector('.labelling-case').dataset.case : ''";

/// A button that can be pressed now.
fn ready(action: &str) -> String {
    format!("[data-action={action}]:not(:disabled):not([aria-disabled=true])")
}

/// Opens the console for an agent that had `count` interactions.
async fn open(count: usize) -> Result<(Stack, Browser, String, Vec<String>)> {
    let setup = Setup::from_env()?;
    let stack = Stack::start(&setup).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    let agent = shop_agent(&stack, "Shop", "Be kind.\n").await?;
    let said: Vec<String> = (1..=count)
        .map(|n| format!("Where is parcel {n}"))
        .collect();
    let interactions = talk(&stack, &agent, &said).await?;
    Ok((stack, browser, agent, interactions))
}

/// Returns the ratings that the proxy has of an agent, as interaction and rating.
async fn ratings(stack: &Stack, agent: &str) -> Result<Vec<(String, String)>> {
    let page = stack
        .api(&format!("/api/agents/{agent}/feedback?limit=100"))
        .await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = page["items"].as_array().into_iter().flatten();
    Ok(rows
        .map(|row| (text(&row["interaction_id"]), text(&row["rating"])))
        .collect())
}

async fn assert_quiet(browser: &Browser) -> Result<()> {
    let errors = browser.console_errors().await?;
    assert!(
        errors.is_empty(),
        "the browser's console has errors: {errors:#?}"
    );
    Ok(())
}

/// Waits until another interaction than `before` shows with its transcript; returns it.
async fn next_one(browser: &Browser, before: &str) -> Result<String> {
    let mut shown = String::new();
    until_true("the next interaction shows", async || {
        let now = browser.run(SHOWN).await?;
        now.as_str().unwrap_or_default().clone_into(&mut shown);
        Ok(!shown.is_empty() && shown != before)
    })
    .await?;
    Ok(shown)
}

async fn progress_says(browser: &Browser, words: &str) -> Result<()> {
    let says = format!(
        "return document.querySelector('[data-about=labelling-progress]')?.innerText.startsWith('{words}') ?? false"
    );
    browser.until(words, &says).await
}

#[tokio::test]
async fn a_queue_is_rated_by_keys_and_nothing_is_lost_when_the_proxy_is() -> Result<()> {
    let (mut stack, browser, agent, interactions) = open(6).await?;
    browser.goto(&format!("/agents/{agent}/labelling")).await?;
    let first = next_one(&browser, "").await?;
    assert!(interactions.contains(&first), "{first}");
    progress_says(&browser, "0 of 6 interactions rated").await?;

    // A key rates, and the next one shows.
    browser.press_key('1').await?;
    let second = next_one(&browser, &first).await?;
    progress_says(
        &browser,
        "1 of 6 interactions rated, with 1 positive and 0 negative",
    )
    .await?;
    until_true("the rating is kept", async || {
        let kept = ratings(&stack, &agent).await?;
        Ok(kept == [(first.clone(), "positive".to_owned())])
    })
    .await?;

    // Another key takes that back, and shows it again.
    browser.press_key('z').await?;
    assert_eq!(next_one(&browser, &second).await?, first);
    progress_says(&browser, "0 of 6 interactions rated").await?;
    assert!(ratings(&stack, &agent).await?.is_empty());
    browser.press_key('2').await?;
    next_one(&browser, &first).await?;
    progress_says(
        &browser,
        "1 of 6 interactions rated, with 0 positive and 1 negative",
    )
    .await?;

    // What comes next is here already: it shows although the proxy is gone, and the rating waits in the browser.
    let here = "return performance.getEntriesByType('resource') \
                .filter((one) => one.name.includes('/api/interactions/') && one.responseEnd > 0).length >= 4";
    browser.until("the next ones are loaded", here).await?;
    assert_quiet(&browser).await?;
    stack.kill_proxy().await?;
    browser.press_key('1').await?;
    next_one(&browser, &second).await?;
    browser.find(&format!("[data-unsaved='{second}']")).await?;
    browser
        .find_text("*", "It is kept in this browser until it is.")
        .await?;

    // The page that is opened once the proxy is back sends it.
    stack.start_proxy_again().await?;
    let kept = ratings(&stack, &agent).await?;
    assert_eq!(
        kept,
        [(first.clone(), "negative".to_owned())],
        "not sent yet"
    );
    let errors = browser.console_errors().await?;
    let is_outage = |error: &&String| error.contains("net::ERR_");
    assert_eq!(
        errors.iter().filter(is_outage).count(),
        errors.len(),
        "{errors:#?}"
    );
    browser.goto(&format!("/agents/{agent}/labelling")).await?;
    until_true("the rating that waited is kept", async || {
        let kept = ratings(&stack, &agent).await?;
        Ok(kept.contains(&(second.clone(), "positive".to_owned())))
    })
    .await?;
    let gone = "return document.querySelector('[data-unsaved]') === null";
    browser.until("nothing waits any more", gone).await?;
    assert_quiet(&browser).await?;
    browser.close().await
}

/// Chooses a file of ratings on the page of files.
async fn bring(browser: &Browser, text: &str) -> Result<()> {
    browser.find("input[name=file]").await?;
    let text = json!(text);
    let script = format!(
        "const field = document.querySelector('input[name=file]'); \
         const brought = new DataTransfer(); \
         brought.items.add(new File([{text}], 'ratings.csv', {{ type: 'text/csv' }})); \
         field.files = brought.files; field.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    browser.run(&script).await?;
    Ok(())
}

/// Waits until the summary of the file says `words`.
async fn summary_says(browser: &Browser, words: &str) -> Result<()> {
    browser
        .find_text("p[@data-about='import-summary']", words)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_file_with_a_wrong_line_keeps_nothing_and_mended_it_goes_in_and_comes_out_again()
-> Result<()> {
    let (stack, browser, agent, ids) = open(3).await?;
    let file = |last: &str| {
        format!(
            "interaction_id,rating,comment\n{},positive,Right\n{},negative,\"=1+1, and late\"\n{},{last},\n",
            ids[0], ids[1], ids[2]
        )
    };
    browser.goto(&format!("/agents/{agent}/feedback")).await?;
    browser.choose("select[name=acting-as]", "reviewer").await?;
    bring(&browser, &file("perhaps")).await?;
    summary_says(&browser, "1 wrong.").await?;
    let wrong = "[data-about=import-errors] li";
    browser.find(wrong).await?;
    let said = browser.text(wrong).await?;
    assert!(said.starts_with("Line 4, rating:"), "{said}");
    browser
        .find("[data-action=import]:is(:disabled, [aria-disabled=true])")
        .await?;
    assert!(
        ratings(&stack, &agent).await?.is_empty(),
        "nothing of it is kept"
    );

    bring(&browser, &file("negative")).await?;
    summary_says(
        &browser,
        "3 new (1 positive, 2 negative), 0 there already, 0 wrong.",
    )
    .await?;
    browser.press_css(&ready("import")).await?;
    summary_says(&browser, "Imported.").await?;
    let mut kept = ratings(&stack, &agent).await?;
    kept.sort();
    let mut expected: Vec<_> = ids
        .iter()
        .cloned()
        .zip(["positive", "negative", "negative"].map(str::to_owned))
        .collect();
    expected.sort();
    assert_eq!(kept, expected);

    // Out again, with what a spreadsheet would run made harmless; brought once more, all of it is there already.
    let folder = tempfile::tempdir()?;
    browser.keep_downloads_in(folder.path()).await?;
    browser.press_css(&ready("export-csv")).await?;
    let exported = file_in(&folder.path().join(format!("feedback-{agent}.csv"))).await?;
    assert!(exported.contains("'=1+1, and late"), "{exported}");
    bring(&browser, &exported).await?;
    summary_says(
        &browser,
        "0 new (0 positive, 0 negative), 3 there already, 0 wrong.",
    )
    .await?;
    assert_quiet(&browser).await?;
    browser.close().await
}

/// Waits for a file that the browser writes, which is there once it is whole.
async fn file_in(path: &Path) -> Result<String> {
    until_true("the browser has written the file", async || {
        Ok(path.exists())
    })
    .await?;
    Ok(std::fs::read_to_string(path)?)
}
