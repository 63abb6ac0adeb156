//! How an agent did over time, where one would rather look than read.

use super::{state::Trending, versions::Versions};
use crate::{
    api::ApiClient,
    browser::clock,
    routes::Route,
    ui::{Bar, BarChart, Crumb, Faces, PageTitle, SkeletonText},
};
use leptos::prelude::*;
use review_api::{AgentId, DreamTrend, FeedbackDay, Trends};
use review_core::{prices, words};
use std::sync::Arc;

/// The whole page.
#[component]
pub fn AgentTrendsPage(
    /// Whose.
    id: AgentId,
) -> impl IntoView {
    let trending = Trending::new(&ApiClient::use_context(), &id);
    let crumbs = Memo::new(move |_| {
        let agent = trending.agent.value();
        let name = agent.map_or("Agent".to_owned(), |agent| agent.summary.name.clone());
        vec![
            Crumb::new("Agents", Route::Agents),
            Crumb::new(name, Route::Agent { id: id.clone() }),
        ]
    });
    view! {
        <div class="page trends">
            <PageTitle title="Trends" crumbs />
            <Faces
                query=trending.trends
                what="the trends"
                skeleton=|| view! { <SkeletonText lines=12 /> }
                let:trends
            >
                <Charts trends />
            </Faces>
            <Faces
                query=trending.outcomes
                what="how the versions did"
                skeleton=|| view! { <SkeletonText lines=6 /> }
                let:outcomes
            >
                <Versions outcomes />
            </Faces>
        </div>
    }
}

#[component]
fn Charts(trends: Signal<Arc<Trends>>) -> impl IntoView {
    let feedback = Signal::derive(move || trends.with(|trends| days(&trends.feedback)));
    let fates = Signal::derive(move || trends.with(|trends| of_dreams(trends, fate)));
    let tokens = Signal::derive(move || trends.with(|trends| of_dreams(trends, tokens)));
    let rated = move || {
        let ratings = |day: &FeedbackDay| day.positive + day.negative;
        trends.with(|trends| {
            let total = trends.feedback.iter().map(ratings).sum();
            let days = trends.feedback.len();
            format!("n = {} in {days} days, in UTC", words::grouped(total))
        })
    };
    let currency = Memo::new(move |_| trends.with(|trends| trends.currency.clone()));
    let suggested = move || {
        let (total, dreams, _) = sum(&trends.get(), |dream| fate(dream).into_iter().sum());
        format!("n = {} of {dreams}", words::grouped(total))
    };
    let spent = move || {
        let (total, dreams, known) = sum(&trends.get(), |dream| dream.tokens);
        let total = words::grouped(total);
        format!("{total} tokens of {dreams}; n = {known} whose tokens are known")
    };
    view! {
        <BarChart
            title="Feedback by day"
            about="feedback"
            lede=Signal::derive(rated)
            series=&["positive", "negative"]
            bars=feedback
            nothing="Nothing was rated in this time."
        />
        <BarChart
            title="Suggestions by what became of them"
            about="suggestions"
            lede=Signal::derive(suggested)
            series=&["applied", "staged", "open", "rejected"]
            bars=fates
            nothing="No dream has ended yet."
        />
        <BarChart
            title="Tokens by dream"
            about="tokens"
            lede=Signal::derive(spent)
            series=&["tokens"]
            bars=tokens
            nothing="No dream has ended yet."
        />
        {move || currency.get().map(|currency| view! { <Costs trends currency /> })}
    }
}

/// What the dreams cost, where the proxy was given prices.
#[component]
fn Costs(trends: Signal<Arc<Trends>>, currency: String) -> impl IntoView {
    let costs =
        Signal::derive(move || trends.with(|trends| of_dreams(trends, |dream| vec![dream.cost])));
    let spent = {
        let currency = currency.clone();
        move || {
            let (total, dreams, known) = sum(&trends.get(), |dream| dream.cost);
            let total = prices::money(total, &currency);
            format!("{total} for {dreams}; n = {known} whose cost is known, at the prices of now")
        }
    };
    view! {
        <BarChart
            title="Cost by dream"
            about="cost"
            lede=Signal::derive(spent)
            series=&["for the dream"]
            bars=costs
            nothing="No dream has ended yet."
            write=Arc::new(move |micros| prices::money(micros, &currency))
            on_scale=prices::on_scale
        />
    }
}

/// Adds up what is known of the dreams; also says which dreams, and of how many it is known.
fn sum(trends: &Trends, value: fn(&DreamTrend) -> Option<u64>) -> (u64, String, usize) {
    let known: Vec<u64> = trends.dreams.iter().filter_map(value).collect();
    let total = known
        .iter()
        .fold(0_u64, |sum, one| sum.saturating_add(*one));
    let which = if trends.has_older_dreams {
        "the newest "
    } else {
        ""
    };
    let dreams = format!("{which}{} dreams that have ended", trends.dreams.len());
    (total, dreams, known.len())
}

/// The days with their ratings; none where nothing was rated at all.
fn days(days: &[FeedbackDay]) -> Arc<[Bar]> {
    if days.iter().all(|day| day.positive + day.negative == 0) {
        return Arc::default();
    }
    let bar = |day: &FeedbackDay| Bar {
        // The day is one of UTC, whatever the clock here says.
        name: clock::utc_day(day.day),
        short: clock::utc_day(day.day),
        href: None,
        values: vec![Some(day.positive), Some(day.negative)],
    };
    days.iter().map(bar).collect()
}

fn of_dreams(trends: &Trends, values: fn(&DreamTrend) -> Vec<Option<u64>>) -> Arc<[Bar]> {
    let bar = |dream: &DreamTrend| Bar {
        name: clock::moment(dream.ended_at),
        short: clock::day(dream.ended_at),
        href: Some(
            Route::Dream {
                id: dream.dream_id.clone(),
            }
            .href(),
        ),
        values: values(dream),
    };
    trends.dreams.iter().map(bar).collect()
}

fn fate(dream: &DreamTrend) -> Vec<Option<u64>> {
    [dream.applied, dream.staged, dream.open, dream.rejected]
        .map(Some)
        .to_vec()
}

fn tokens(dream: &DreamTrend) -> Vec<Option<u64>> {
    vec![dream.tokens]
}
