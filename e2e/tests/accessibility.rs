//! Every screen is held against the rules of axe-core and must not be wider than its window, on a desk and on a phone,
//! in light and dark.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

use e2e::{Browser, Result, Setup, Stack, Theme, screens};
use serde_json::Value;

/// A width, a height and a theme.
type View = (u32, u32, Theme);

/// Each width and each theme once, since rules rarely depend on both.
const VIEWS: [View; 2] = [(1400, 900, Theme::Light), (390, 844, Theme::Dark)];

/// What the long form adds: the other pairs, and the width of a window of 1,280 pixels at 400 % zoom.
const MORE_VIEWS: [View; 4] = [
    (1400, 900, Theme::Dark),
    (390, 844, Theme::Light),
    (320, 640, Theme::Light),
    (320, 640, Theme::Dark),
];

/// Names what reaches beyond the window's sides, where it is cut off or has to be scrolled to (WCAG 2.2, 1.4.10); what
/// scrolls in a box of its own does not count.
const TOO_WIDE: &str = "
    const width = document.documentElement.clientWidth;
    const main = document.querySelector('main');
    const isBoxed = (element) => {
        for (let box = element; box && box !== main; box = box.parentElement) {
            if (getComputedStyle(box).overflowX !== 'visible') return true;
        }
        return false;
    };
    const found = document.scrollingElement.scrollWidth > width ? ['the page scrolls sideways'] : [];
    const note = (box, owner, name) => {
        const { left, right, height } = box;
        if (height > 0 && right > left && (left < -1 || right > width + 1) && !isBoxed(owner)) {
            found.push(`${name}: ${left} to ${right} of ${width} pixels`);
        }
    };
    for (const element of main.querySelectorAll('*')) {
        note(element.getBoundingClientRect(), element.parentElement, element.outerHTML.slice(0, 60));
    }
    // A text may be wider than its element.
    const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(text);
        note(range.getBoundingClientRect(), text.parentElement, text.data.slice(0, 60));
    }
    return found.slice(0, 5);";

fn views() -> Vec<View> {
    let is_long = std::env::var_os("DREAM_REVIEW_LONG").is_some();
    let more = MORE_VIEWS.into_iter().filter(|_| is_long);
    VIEWS.into_iter().chain(more).collect()
}

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
    let mut violations: Vec<String> = violations.iter().map(Value::to_string).collect();
    let too_wide = browser.run(TOO_WIDE).await?;
    let too_wide = too_wide.as_array().cloned().unwrap_or_default();
    violations.extend(too_wide.iter().map(|what| format!("too wide: {what}")));
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
    let views = views();
    for &(width, height, theme) in &views {
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
        views.len(),
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
async fn p47_a_page_that_is_wider_than_its_window_is_noticed() -> Result<()> {
    let (_stack, browser, axe) = start().await?;
    browser.goto("/agents").await?;
    browser.find("h1").await?;
    let broken = "const line = document.createElement('p');
        line.textContent = 'x'.repeat(2000);
        line.style.overflowWrap = 'normal';
        document.querySelector('main').append(line);";
    browser.run(broken).await?;
    let (_, violations) = checked(&browser, &axe).await?;
    assert!(
        violations.iter().any(|what| what.starts_with("too wide")),
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
