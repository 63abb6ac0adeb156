//! How an agent did over time, as charts are drawn of it.

use super::support::TestApp;
use crate::databases::{Database, on_each_database};
use review_api::{Cost, DreamReport, ErrorCode, InteractionSummary, Page, Timestamp, Trends};
use serde_json::json;

on_each_database!(
    ratings_are_counted_by_day_and_suggestions_by_what_became_of_them,
    as_much_of_the_past_is_shown_as_was_asked_for,
);

async fn ratings_are_counted_by_day_and_suggestions_by_what_became_of_them(database: Database) {
    let app = TestApp::start_on(&database).await;
    let agent = app.agent("SupportBot").await;
    let id = &agent.summary.id;
    let path = format!("/api/agents/{id}/trends");
    let before: Trends = app.get(&path).await.ok();
    let interactions: Page<InteractionSummary> = app
        .get(&format!("/api/agents/{id}/interactions?limit=3"))
        .await
        .ok();
    for (interaction, rating) in interactions
        .items
        .iter()
        .zip(["positive", "negative", "negative"])
    {
        let body = json!({ "agent_id": id, "interaction_id": interaction.id, "rating": rating });
        app.post("reviewer", "/api/feedback", &body)
            .await
            .ok::<serde_json::Value>();
    }
    let open = app.suggest(id, &["Be kind.", "Be brief."]).await;
    let reject = format!("/api/suggestions/{}/reject", open[0]);
    app.post("reviewer", &reject, &json!({ "reason": "No." }))
        .await
        .ok::<serde_json::Value>();
    let after: Trends = app.get(&path).await.ok();

    let (was, now) = (
        before.feedback.last().unwrap(),
        after.feedback.last().unwrap(),
    );
    assert_eq!(after.feedback.len(), 90);
    assert_eq!(
        (now.positive - was.positive, now.negative - was.negative),
        (1, 2)
    );
    let day = now.day.duration_since(after.feedback[88].day);
    assert_eq!(day.as_hours(), 24);
    assert!(now.day <= Timestamp::now());

    assert_eq!(after.dreams.len(), before.dreams.len() + 1);
    let newest = after.dreams.last().unwrap();
    assert_eq!(
        (newest.open, newest.rejected, newest.staged, newest.applied),
        (1, 1, 0, 0)
    );
    // A report without a dream on the platform: nobody knows what it took.
    assert_eq!(newest.tokens, None);
    assert!(before.dreams.iter().any(|dream| dream.tokens.is_some()));
    assert!(after.dreams.is_sorted_by_key(|dream| dream.ended_at));
}

async fn as_much_of_the_past_is_shown_as_was_asked_for(database: Database) {
    let app = TestApp::start_on(&database).await;
    let id = app.agent("SupportBot").await.summary.id;
    let path = format!("/api/agents/{id}/trends");
    let all: Trends = app.get(&path).await.ok();
    let few: Trends = app.get(&format!("{path}?days=1&dreams=1")).await.ok();
    assert_eq!((few.feedback.len(), few.dreams.len()), (1, 1));
    assert_eq!(few.dreams.last(), all.dreams.last());
    assert_eq!(few.has_older_dreams, all.dreams.len() > 1);
    let most: Trends = app.get(&format!("{path}?days=400&dreams=400")).await.ok();
    assert_eq!(most.feedback.len(), 400);
    for odd in ["days=0", "days=401", "dreams=0", "dreams=9999", "years=1"] {
        let answer = app.get(&format!("{path}?{odd}")).await;
        answer.error(400, ErrorCode::BadRequest);
    }
}

#[tokio::test]
async fn dreams_cost_what_their_tokens_cost_at_the_prices_that_are_set() {
    let lines = ["claude-opus-5-5=3/15/0.30/3.75".to_owned()];
    let prices = review_core::prices::read(Some("EUR"), &lines).unwrap();
    let app = TestApp::start_with(|config| config.prices = prices.clone()).await;
    let id = app.agent("SupportBot").await.summary.id;
    let trends: Trends = app.get(&format!("/api/agents/{id}/trends")).await.ok();
    assert_eq!(trends.currency.as_deref(), Some("EUR"));
    let mut with_cost = 0;
    for trend in &trends.dreams {
        let path = format!("/api/dreams/{}", trend.dream_id);
        let report: DreamReport = app.get(&path).await.ok();
        let known = match report.cost {
            Some(Cost::Known { about, .. }) => Some(about),
            _ => None,
        };
        assert_eq!(
            trend.cost, known,
            "the chart says what the dream's page says"
        );
        with_cost += usize::from(known.is_some());
    }
    assert!(with_cost > 0, "{:?}", trends.dreams);
    let app = TestApp::start().await;
    let trends: Trends = app.get(&format!("/api/agents/{id}/trends")).await.ok();
    assert_eq!(trends.currency, None);
    assert!(trends.dreams.iter().all(|trend| trend.cost.is_none()));
}
