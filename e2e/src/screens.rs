//! Every screen of the console, with things on it that the seeded data really has.
#![expect(
    clippy::indexing_slicing,
    reason = "indexing JSON gives null where there is nothing"
)]

mod reached;

use crate::{
    Browser, Result, Stack,
    lived::{Lived, lived},
};
use reached::{Dreamt, dreamt, further, tested};
use serde_json::{Value, json};

/// A page, who looks at it, and what they press before the picture is taken.
#[derive(Debug)]
pub struct Screen {
    /// What it is called: letters and hyphens.
    pub name: &'static str,
    path: String,
    user: &'static str,
    presses: &'static [&'static str],
    script: &'static str,
    shows: Option<&'static str>,
}

impl Screen {
    fn new(name: &'static str, path: impl Into<String>) -> Self {
        Self {
            name,
            path: path.into(),
            user: "reviewer",
            presses: &[],
            script: "",
            shows: None,
        }
    }

    /// Waits for what matches `css` before it counts as open: what the screen is there for.
    fn showing(self, css: &'static str) -> Self {
        Self {
            shows: Some(css),
            ..self
        }
    }

    /// Runs a script after the presses.
    fn scripted(self, script: &'static str) -> Self {
        Self { script, ..self }
    }

    fn pressed(self, user: &'static str, presses: &'static [&'static str]) -> Self {
        Self {
            user,
            presses,
            ..self
        }
    }

    /// Opens it, and waits until nothing is loading or moving.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(&self, browser: &Browser) -> Result<()> {
        let opened = self.come_up(browser).await;
        opened.map_err(|error| format!("{} did not come up: {error}", self.name).into())
    }

    async fn come_up(&self, browser: &Browser) -> Result<()> {
        let name = self.name;
        browser.goto(&self.path).await?;
        browser.choose("select[name=acting-as]", self.user).await?;
        browser.until(&format!("{name} is loaded"), SETTLED).await?;
        for css in self.presses {
            browser.press_css(css).await?;
        }
        browser.run(self.script).await?;
        if let Some(css) = self.shows {
            browser.find(css).await?;
        }
        browser.until(&format!("{name} is settled"), SETTLED).await
    }
}

/// Chooses in the policy's form that it applies by itself.
const CHOOSE_APPLY: &str = "const field = document.querySelector('select[name=automation]'); \
     field.value = 'apply'; field.dispatchEvent(new Event('change', { bubbles: true }));";

/// Opens the palette by its key, for a phone has no button for it.
const OPEN_PALETTE: &str = "window.dispatchEvent(new KeyboardEvent('keydown', \
     { key: 'k', ctrlKey: true, bubbles: true, cancelable: true }));";

/// Brings a file of ratings of which no line is right.
const BRING_FILE: &str = "const field = document.querySelector('input[name=file]'); \
     const brought = new DataTransfer(); \
     const text = 'interaction_id,rating,comment\\nsesn_none,bad,Too early\\nsesn_none,perhaps,\\n'; \
     brought.items.add(new File([text], 'ratings.csv', { type: 'text/csv' })); \
     field.files = brought.files; field.dispatchEvent(new Event('change', { bubbles: true }));";

/// Says whether a page has its heading and nothing on it is loading or moving.
const SETTLED: &str = "return document.querySelector('h1') !== null \
     && document.querySelector('[aria-busy=true]') === null \
     && document.getAnimations().every((one) => one.playState !== 'running')";

/// Returns every screen, with things that the seeded data really has.
///
/// # Errors
/// If the data has too little, or a step on the way to a screen fails.
pub async fn screens(stack: &Stack) -> Result<Vec<Screen>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let inbox = stack.api("/api/inbox?limit=100").await?;
    let suggestion = inbox["items"]
        .as_array()
        .and_then(|items| {
            items
                .iter()
                .find(|item| item["subject"]["type"] == "suggestion")
        })
        .map(|item| text(&item["subject"]["id"]))
        .ok_or("the inbox has no suggestion")?;
    let suggestion = stack.api(&format!("/api/suggestions/{suggestion}")).await?;
    let agent = text(&suggestion["agent_id"]);
    let dream = text(&suggestion["dream_id"]);
    let staged = json!({
        "suggestion_ids": [suggestion["id"]],
        "base_version": suggestion["current"]["version"],
    });
    let interactions = stack
        .api(&format!("/api/agents/{agent}/interactions"))
        .await?;
    let interaction = text(&interactions["items"][0]["id"]);
    let change = stack.post_as("reviewer", "/api/changes", &staged).await?;
    tested(stack, &change).await?;
    let change = text(&change["summary"]["id"]);
    let next = inbox["items"]
        .as_array()
        .and_then(|items| {
            items
                .iter()
                .map(|item| text(&item["subject"]["id"]))
                .find(|id| suggestion["id"] != id.as_str())
        })
        .ok_or("the inbox has no second suggestion")?;
    let change = format!("/changes/{change}");
    let dreamt = dreamt(stack).await?;
    let moved = further(stack, &inbox, &agent).await?;
    let lived = lived(stack).await?;
    let mut screens = vec![
        Screen::new("inbox", "/"),
        Screen::new("agents", "/agents"),
        Screen::new("agent", format!("/agents/{agent}")),
        Screen::new("agent-policy", format!("/agents/{agent}"))
            .pressed("admin", &["[data-action=edit-policy]"]),
        Screen::new("agent-settings", format!("/agents/{agent}"))
            .pressed("admin", &["[data-action=edit-settings]"]),
        Screen::new("agent-new", "/agents/new"),
        Screen::new("agent-webhook", format!("/agents/{agent}/webhook")),
        Screen::new("agent-trends", format!("/agents/{agent}/trends")),
        Screen::new("interactions", format!("/agents/{agent}/interactions")),
        Screen::new("interaction", format!("/interactions/{interaction}")),
        Screen::new("dream", format!("/dreams/{dream}")),
        Screen::new("dream-log", format!("/dreams/{dream}/log")),
        Screen::new("suggestion", format!("/suggestions/{next}")),
        Screen::new("suggestion-transcript", format!("/suggestions/{next}"))
            .pressed("reviewer", &[".pattern-links a"]),
        Screen::new("suggestion-comment", format!("/suggestions/{next}"))
            .pressed("reviewer", &["[data-action=comment-hunk]"]),
        Screen::new("suggestion-memories", &*dreamt.memories),
        Screen::new("suggestion-inline", format!("/suggestions/{next}"))
            .pressed("reviewer", &["[data-tab=inline]"]),
        Screen::new("suggestion-reading", format!("/suggestions/{next}"))
            .pressed("reviewer", &["[data-tab=reading]"]),
        Screen::new("changes", "/changes"),
        Screen::new("change", &*change),
        Screen::new("change-test", &*change).pressed(
            "reviewer",
            &[".testing-case:first-child .testing-case-head"],
        ),
        Screen::new("change-approver", &*change).pressed("approver", &[]),
        Screen::new("change-edit", format!("{change}?view=edit")),
        Screen::new("change-stale", &*moved.change),
        Screen::new("change-moved", format!("{}?view=moved", moved.change)),
        Screen::new("change-restage", format!("{}?view=restage", moved.change))
            .pressed("reviewer", &["[data-action=take-both]"]),
        Screen::new("change-apply", &*moved.approved).pressed("approver", &["[data-action=apply]"]),
        Screen::new("change-applied", &*moved.applied),
        Screen::new("change-rollback", &*moved.applied)
            .pressed("reviewer", &["[data-action=roll-back]"]),
        Screen::new("agent-drift", format!("/agents/{}", moved.agent))
            .pressed("reviewer", &["[data-action=show-drift]"]),
        Screen::new("audit", "/audit").pressed("approver", &["[data-action=verify]"]),
        Screen::new("settings", "/settings"),
        Screen::new("missing", "/suggestions/sug_there_is_none"),
    ];
    screens.extend(of_ratings(&agent, &interaction));
    screens.extend(of_dreams(&dreamt));
    screens.extend(of_automation(&lived));
    Ok(screens)
}

/// Where ratings are given, brought and taken away.
fn of_ratings(agent: &str, interaction: &str) -> Vec<Screen> {
    vec![
        Screen::new("labelling", format!("/agents/{agent}/labelling"))
            .showing(".labelling-case h2"),
        Screen::new(
            "labelling-nothing",
            format!("/agents/{agent}/labelling?q=nothing+like+it"),
        )
        .showing("[data-face=empty]"),
        Screen::new("interaction-rating", format!("/interactions/{interaction}"))
            .pressed("reviewer", &["[data-rating=negative]"])
            .showing("textarea[name=expected]"),
        Screen::new("ratings-files", format!("/agents/{agent}/feedback")),
        Screen::new("ratings-import", format!("/agents/{agent}/feedback"))
            .scripted(BRING_FILE)
            .showing("[data-about=import-errors]"),
    ]
}

/// What a model made of a dream.
fn of_dreams(dreamt: &Dreamt) -> Vec<Screen> {
    vec![
        Screen::new("dream-reflected", &*dreamt.report).showing("[data-about=reflection-cost]"),
        Screen::new("suggestion-reflected", &*dreamt.adjustment).showing("ins"),
        Screen::new("suggestion-reject", &*dreamt.adjustment)
            .pressed("reviewer", &["[data-action=reject]"])
            .showing("dialog[open]"),
        Screen::new("dream-in-place", &*dreamt.in_place).showing("[data-about=in-place]"),
        Screen::new("suggestion-take-back", &*dreamt.back).showing(".memory-tree"),
    ]
}

/// What policies did by themselves, and what came of it.
fn of_automation(lived: &Lived) -> Vec<Screen> {
    let agent = format!("/agents/{}", lived.agent);
    vec![
        Screen::new("inbox-automation", "/").showing("[data-automatic]"),
        Screen::new("agent-regression", &*agent).showing("[data-about=regression]"),
        Screen::new("agent-keep-version", &*agent)
            .pressed("approver", &["[data-action=keep-version]"])
            .showing("dialog[open]"),
        Screen::new("agent-automation", &*agent)
            .pressed("admin", &["[data-action=edit-policy]"])
            .scripted(CHOOSE_APPLY)
            .showing("[name=automation_without_approvals]"),
        Screen::new("agent-outcomes", format!("{agent}/trends"))
            .showing("[data-chart=accuracy] .chart-share"),
        Screen::new("webhook-deliveries", format!("{agent}/webhook"))
            .pressed("admin", &[])
            .showing("[data-about=endpoint]"),
        Screen::new("webhook-secret", format!("{agent}/webhook"))
            .pressed("admin", &["[data-action=show-secret]"])
            .showing("[data-about=secret]"),
        Screen::new("change-by-policy", format!("/changes/{}", lived.applied))
            .showing("[data-fact=cost]"),
        Screen::new("change-left", format!("/changes/{}", lived.left))
            .showing("[data-obstacle=paused]"),
        Screen::new("settings-automation", "/settings")
            .pressed("admin", &["[data-action=switch-automation]"])
            .showing("dialog[open]"),
        Screen::new("palette", "/")
            .scripted(OPEN_PALETTE)
            .showing("dialog[open]"),
    ]
}
