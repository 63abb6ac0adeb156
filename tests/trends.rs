//! Charts of how an agent did over time, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a missing element fails the test")]

mod support;

use dream_review::{agents::AgentTrendsPage, session::Session};
use leptos::{prelude::*, tachys::view::Mountable};
use review_api::{DreamTrend, FeedbackDay, Outcomes, Role, Trends, VersionOutcome};
use support::{
    Mounted, ScriptedServer, at,
    fixtures::{agent, at_hour, outcome, session},
    mounted, press, until,
};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn shown(trends: &Trends) -> Mounted<impl Mountable + use<>> {
    shown_with(trends, &Outcomes::default())
}

fn shown_with(trends: &Trends, outcomes: &Outcomes) -> Mounted<impl Mountable + use<>> {
    let server = ScriptedServer::default()
        .getting("/agents/agent_support", &agent("agent_support", "Support"))
        .getting("/agents/agent_support/trends", trends)
        .getting("/agents/agent_support/outcomes", outcomes);
    let client = server.client();
    at("/");
    mounted(move || {
        client.clone().provide();
        Session::provide(client, session(Role::Viewer));
        view! { <AgentTrendsPage id="agent_support".into() /> }
    })
}

fn day(number: i64, positive: u64, negative: u64) -> FeedbackDay {
    FeedbackDay {
        day: at_hour(24 * number),
        positive,
        negative,
    }
}

fn dream(number: i64, tokens: Option<u64>) -> DreamTrend {
    DreamTrend {
        dream_id: format!("drm_{number}").into(),
        ended_at: at_hour(24 * number),
        open: 1,
        staged: 0,
        applied: 2,
        rejected: 1,
        tokens,
        cost: None,
    }
}

fn height(page: &Mounted<impl Mountable>, selector: &str) -> f64 {
    let value = page
        .find(selector)
        .unwrap()
        .get_attribute("height")
        .unwrap();
    value.trim_end_matches('%').parse().unwrap()
}

#[wasm_bindgen_test]
async fn bars_begin_at_zero_and_twice_as_much_is_twice_as_high() {
    let page = shown(&Trends {
        feedback: vec![day(1, 4, 2), day(2, 0, 0)],
        dreams: vec![dream(1, Some(120_000)), dream(2, None)],
        has_older_dreams: false,
        currency: None,
    });
    until("the charts show", || page.shows("Feedback by day")).await;
    let bars = "[data-chart=feedback] .chart-bars";
    let positive = height(&page, &format!("{bars} .series-1"));
    let negative = height(&page, &format!("{bars} .series-2"));
    assert!(
        (positive - 2.0 * negative).abs() < 0.01,
        "{positive} {negative}"
    );
    let zero = page.find(&format!("{bars} .chart-zero")).unwrap();
    assert_eq!(zero.get_attribute("y1").unwrap(), "100.000%");
    assert!(
        page.text("[data-chart=feedback] .chart-axis")
            .starts_with('0')
    );
    // n stands beside each, and what is not known is not drawn as nothing.
    assert!(page.shows("n = 6 in 2 days, in UTC"));
    assert!(page.shows("n = 8 of 2 dreams that have ended"));
    assert!(page.shows("120,000 tokens of 2 dreams that have ended; n = 1 whose tokens are known"));
    assert_eq!(page.count("[data-chart=tokens] .chart-bars .series-1"), 1);
    // Below the chart stands the day; the whole time is in the readout.
    let ends = page.text("[data-chart=tokens] .chart-ends");
    assert!(!ends.contains(':') && ends.contains('/'), "{ends}");
    until("what is not measured is said to be so", || {
        page.shows("Not measured.") && page.shows("No interaction was rated yet.")
    })
    .await;
}

fn attribute(page: &Mounted<impl Mountable>, selector: &str, name: &str) -> f64 {
    let value = page.find(selector).unwrap().get_attribute(name).unwrap();
    value.trim_end_matches('%').parse().unwrap()
}

#[wasm_bindgen_test]
async fn what_dreams_cost_is_drawn_in_money_where_prices_are_set() {
    let priced = |number, cost| DreamTrend {
        cost,
        ..dream(number, Some(120_000))
    };
    let page = shown(&Trends {
        dreams: vec![
            priced(1, Some(1_250_000)),
            priced(2, None),
            priced(3, Some(2_500_000)),
        ],
        currency: Some("EUR".to_owned()),
        ..Trends::default()
    });
    until("the chart shows", || page.shows("Cost by dream")).await;
    assert!(page.shows("3.75 EUR for 3 dreams that have ended; n = 2 whose cost is known"));
    assert_eq!(page.count("[data-chart=cost] .chart-bars .series-1"), 2);
    let axis = page.text("[data-chart=cost] .chart-axis");
    assert!(
        axis.contains("0.00") && axis.contains("2.00") && !axis.contains("EUR"),
        "{axis}"
    );
    page.find("[data-chart=cost] .chart-points")
        .unwrap()
        .focus()
        .unwrap();
    let said = || page.text("[data-chart=cost] [data-about=said]");
    until("the newest is said", || {
        said().ends_with("2.50 EUR for the dream")
    })
    .await;
    press("ArrowLeft");
    until("what is not known is said to be so", || {
        said().ends_with("not known for the dream")
    })
    .await;
}

#[wasm_bindgen_test]
async fn versions_are_drawn_with_interval_n_and_the_change_that_made_them() {
    let versions = vec![
        VersionOutcome {
            applied: None,
            accuracy: None,
            ..outcome(11, 0, 4)
        },
        outcome(12, 9, 60),
        outcome(13, 18, 40),
    ];
    let outcomes = Outcomes {
        versions,
        has_older_versions: true,
        now: 13,
        kept: None,
    };
    let page = shown_with(&Trends::default(), &outcomes);
    until("the charts show", || {
        page.shows("Negative ratings by version")
    })
    .await;
    let chart = "[data-chart=negative] .chart-bars";
    assert_eq!(page.count(&format!("{chart} .chart-share")), 3);
    assert_eq!(page.count(&format!("{chart} .chart-applied")), 2);
    assert_eq!(page.count(&format!("{chart} .chart-past")), 1);
    // Nothing negative lies on the zero line, with an interval above it.
    let zero = attribute(&page, &format!("{chart} .chart-zero"), "y1");
    let none = attribute(&page, &format!("{chart} .chart-share"), "cy");
    assert!((zero - 100.0).abs() < 0.01 && (none - 100.0).abs() < 0.01);
    let [low, high] =
        ["y2", "y1"].map(|end| attribute(&page, &format!("{chart} .chart-whisker"), end));
    assert!(
        (low - 100.0).abs() < 0.01 && (45.0..60.0).contains(&high),
        "{low} {high}"
    );
    let drawn = page.text(chart);
    for part in ["v11", "4", "v12", "60", "v13", "40"] {
        assert!(drawn.contains(part), "{part} in {drawn}");
    }
    assert!(page.shows("n = 104 rated interactions of the newest 3 versions"));
    // Accuracy was measured of two of them; the third has its place and no point.
    assert_eq!(
        page.count("[data-chart=accuracy] .chart-bars .chart-share"),
        2
    );
    assert!(page.shows("n = 2 measured of the newest 3 versions"));

    page.find("[data-chart=negative] .chart-points")
        .unwrap()
        .focus()
        .unwrap();
    let said = || page.text("[data-chart=negative] [data-about=said]");
    until("the newest is said", || {
        said().starts_with("v13: 18 of 40 negative, 45 %, 95 % interval 31 to 60 %")
    })
    .await;
    assert!(
        said().contains("Applied ") && said().contains("by ann: Change 13."),
        "{}",
        said()
    );
    press("Home");
    until("the oldest is said", || {
        said().starts_with("v11: 0 of 4 negative") && said().contains("Made past the console")
    })
    .await;
    page.click("[data-chart=accuracy] summary");
    until("the table shows", || {
        page.find("[data-chart=accuracy] table").is_some()
    })
    .await;
    let table = page.text("[data-chart=accuracy] tbody");
    assert!(
        table.contains("not measured") && table.contains("staging test of chg_13"),
        "{table}"
    );
    let link = page.find("[data-chart=accuracy] tbody a").unwrap();
    assert_eq!(link.get_attribute("href").unwrap(), "/changes/chg_13");
    // What they tell stands below them in words.
    assert!(
        page.text("[data-about=told]")
            .contains("v13 gets more negative ratings than v12")
    );
}

#[wasm_bindgen_test]
async fn every_value_is_read_by_the_arrow_keys_and_in_a_table() {
    let page = shown(&Trends {
        feedback: vec![day(1, 4, 2), day(2, 1, 7)],
        dreams: vec![dream(1, None)],
        has_older_dreams: true,
        currency: None,
    });
    until("the charts show", || page.shows("Feedback by day")).await;
    let points = "[data-chart=feedback] .chart-points";
    page.find(points).unwrap().focus().unwrap();
    let said = || page.text("[data-chart=feedback] [data-about=said]");
    until("the newest is said", || {
        said().ends_with("1 positive, 7 negative")
    })
    .await;
    press("ArrowLeft");
    until("the one before is said", || {
        said().ends_with("4 positive, 2 negative")
    })
    .await;
    let read_out = page
        .find(points)
        .unwrap()
        .get_attribute("aria-valuetext")
        .unwrap();
    assert_eq!(read_out, said());
    assert_eq!(page.count("[data-chart=feedback] .chart-mark"), 1);
    press("End");
    until("the newest is said again", || {
        said().ends_with("7 negative")
    })
    .await;

    assert!(page.find("[data-chart=tokens] table").is_none());
    page.click("[data-chart=tokens] summary");
    until("the table shows", || {
        page.find("[data-chart=tokens] table").is_some()
    })
    .await;
    assert!(page.text("[data-chart=tokens] tbody").contains("not known"));
    let link = page.find("[data-chart=tokens] tbody a").unwrap();
    assert_eq!(link.get_attribute("href").unwrap(), "/dreams/drm_1");
    assert!(page.shows("the newest 1 dreams"));
}

#[wasm_bindgen_test]
async fn nothing_one_and_four_hundred_are_all_drawn() {
    let empty = shown(&Trends {
        feedback: (0..90).map(|number| day(number, 0, 0)).collect(),
        ..Trends::default()
    });
    until("what is missing is said", || {
        empty.shows("Nothing was rated in this time.")
    })
    .await;
    assert!(empty.shows("No dream has ended yet."));
    assert!(empty.find(".chart-bars").is_none());
    drop(empty);
    let many = shown(&Trends {
        feedback: (0..400).map(|number| day(number, 1, 1)).collect(),
        dreams: (0..400)
            .map(|number| dream(number, Some(u64::MAX)))
            .collect(),
        has_older_dreams: true,
        currency: None,
    });
    until("the charts show", || {
        many.count("[data-chart=feedback] .chart-bars .series-1") == 400
    })
    .await;
    assert_eq!(
        many.count("[data-chart=suggestions] .chart-bars .series-4"),
        400
    );
    assert_eq!(
        many.count("[tabindex=\"0\"]"),
        3,
        "one stop of the keyboard for each chart with something in it"
    );
}
