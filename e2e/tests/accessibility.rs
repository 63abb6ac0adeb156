//! Every screen is held against the rules of axe-core, on a desk and on a phone, in light and dark.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack, Theme, screens};
use serde_json::Value;

/// Widths, heights and themes: each width and each theme once, since rules rarely depend on both.
const VIEWS: [(u32, u32, Theme); 2] = [(1400, 900, Theme::Light), (390, 844, Theme::Dark)];

/// Rules of WCAG 2.2 at level AA, and what axe-core holds to be good practice.
///
/// A target that a bar lies over until one scrolls is no small target: it is looked at again in the middle of the
/// window.
const CHECK: &str = "
    const told = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const all = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] };
    const sizes = { runOnly: { type: 'rule', values: ['target-size'] }, resultTypes: ['violations'] };
    const name = (node) => node.target.join(' ');
    const isFreeOnceShown = async (node) => {
        const element = document.querySelector(node.target[0]);
        if (!element) return false;
        element.scrollIntoView({ block: 'center' });
        const again = await axe.run(document, sizes);
        return !again.violations.some((rule) => rule.nodes.some((other) => name(other) === name(node)));
    };
    const check = async () => {
        const found = await axe.run(document, all);
        const violations = [];
        for (const rule of found.violations) {
            for (const node of rule.nodes) {
                if (rule.id === 'target-size' && await isFreeOnceShown(node)) continue;
                violations.push(`${rule.id}: ${name(node)}: ${node.failureSummary}`);
            }
        }
        return { checked: found.passes.length, violations };
    };
    check().then(told, (error) => told({ checked: 0, violations: [String(error)] }));";

/// Returns how many rules held on what is open, and what broke one.
async fn checked(browser: &Browser, axe: &str) -> Result<(u64, Vec<String>)> {
    browser.run(axe).await?;
    let found = browser.run_until_told(CHECK).await?;
    let violations = found["violations"].as_array().cloned().unwrap_or_default();
    let violations = violations.iter().map(Value::to_string).collect();
    Ok((found["checked"].as_u64().unwrap_or_default(), violations))
}

async fn start() -> Result<(Stack, Browser, String)> {
    let setup = Setup::from_env()?;
    let axe = setup
        .axe
        .clone()
        .ok_or("AXE does not name axe-core's script")?;
    let axe = std::fs::read_to_string(axe)?;
    let stack = Stack::start(&setup).await?;
    let browser = Browser::open(&setup, &stack.console).await?;
    Ok((stack, browser, axe))
}

#[tokio::test]
async fn p47_axe_finds_nothing_on_any_screen() -> Result<()> {
    let (stack, browser, axe) = start().await?;
    let screens = screens(&stack).await?;
    let mut found = Vec::new();
    let mut rules = 0;
    for (width, height, theme) in VIEWS {
        browser.resize(width, height).await?;
        browser.set_theme(theme).await?;
        for screen in &screens {
            screen.open(&browser).await?;
            let (checked, violations) = checked(&browser, &axe).await?;
            assert!(checked > 0, "no rule was tried on {}", screen.name);
            rules += checked;
            let at = format!("{} at {width} px, {}", screen.name, theme.as_str());
            found.extend(violations.into_iter().map(|what| format!("{at}: {what}")));
        }
    }
    println!(
        "promise-figure p47 axe screens={} views={} rules-passed={rules} violations={}",
        screens.len(),
        VIEWS.len(),
        found.len()
    );
    assert!(found.is_empty(), "axe-core found:\n{}", found.join("\n"));
    browser.close().await
}

#[tokio::test]
async fn p47_axe_notices_targets_that_are_small_wherever_one_scrolls() -> Result<()> {
    let (_stack, browser, axe) = start().await?;
    browser.goto("/agents").await?;
    browser.find("h1").await?;
    let broken = "for (const name of ['One', 'Other']) {
        const button = document.createElement('button');
        button.ariaLabel = name;
        Object.assign(button.style, { width: '10px', minWidth: '0', height: '10px', minHeight: '0', padding: '0' });
        document.querySelector('main').append(button);
    }";
    browser.run(broken).await?;
    let (_, violations) = checked(&browser, &axe).await?;
    assert!(
        violations.iter().any(|what| what.contains("target-size")),
        "{violations:?}"
    );
    browser.close().await
}

#[tokio::test]
async fn p47_axe_notices_a_button_without_a_name() -> Result<()> {
    let (_stack, browser, axe) = start().await?;
    browser.goto("/agents").await?;
    browser.find("h1").await?;
    let broken = "document.querySelector('main').append(document.createElement('button'))";
    browser.run(broken).await?;
    let (_, violations) = checked(&browser, &axe).await?;
    assert!(
        violations.iter().any(|what| what.contains("button-name")),
        "{violations:?}"
    );
    browser.close().await
}
