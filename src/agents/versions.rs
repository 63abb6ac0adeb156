//! How each version of an agent's prompt did, drawn.

use super::regression::Told;
use crate::{
    browser::clock,
    routes::Route,
    ui::{Came, Share, ShareChart, SharePoint},
};
use leptos::prelude::*;
use review_api::{Outcomes, VersionOutcome};
use review_core::words;
use std::sync::Arc;

#[component]
pub(super) fn Versions(outcomes: Signal<Arc<Outcomes>>) -> impl IntoView {
    let points = move |share: fn(&VersionOutcome) -> Option<Share>| {
        Signal::derive(move || {
            let point = |version: &VersionOutcome| point(version, share(version));
            outcomes.with(|it| it.versions.iter().map(point).collect::<Arc<[SharePoint]>>())
        })
    };
    let drawn_of = move || {
        outcomes.with(|it| {
            let newest = if it.has_older_versions {
                "the newest "
            } else {
                ""
            };
            let count = it.versions.len();
            let noun = if count == 1 { "version" } else { "versions" };
            format!("{newest}{count} {noun}")
        })
    };
    let measured = move || {
        let known = outcomes.with(|it| {
            it.versions
                .iter()
                .filter(|it| it.accuracy.is_some())
                .count()
        });
        format!("n = {known} measured of {}, by staging tests", drawn_of())
    };
    let rated = move || {
        let rated = outcomes.with(|it| {
            let ratings = it.versions.iter().filter_map(|it| it.ratings);
            ratings.map(|share| u64::from(share.rated)).sum()
        });
        format!(
            "n = {} rated interactions of {}; each counts once, by its newest rating",
            words::grouped(rated),
            drawn_of()
        )
    };
    view! {
        <ShareChart
            title="Accuracy by version"
            about="accuracy"
            lede=Signal::derive(measured)
            counted="right"
            points=points(accuracy)
            nothing="Not measured. Accuracy comes from staging tests, which show on the page of their change."
        />
        <ShareChart
            title="Negative ratings by version"
            about="negative"
            lede=Signal::derive(rated)
            counted="negative"
            points=points(negative)
            nothing="No interaction was rated yet."
        />
        <Told outcomes />
    }
}

fn accuracy(version: &VersionOutcome) -> Option<Share> {
    let measured = version.accuracy.as_ref()?;
    let side = if measured.as_proposal {
        "as the proposal"
    } else {
        "as the base"
    };
    Some(Share {
        hits: measured.accuracy.right,
        cases: measured.accuracy.cases,
        low: measured.accuracy.low,
        high: measured.accuracy.high,
        measured_by: format!(
            "staging test of {} {side}, answered and judged by {}, {}",
            measured.change_id,
            measured.model,
            clock::moment(measured.measured_at)
        ),
    })
}

fn negative(version: &VersionOutcome) -> Option<Share> {
    let share = version.ratings?;
    Some(Share {
        hits: share.negative,
        cases: share.rated,
        low: share.low,
        high: share.high,
        measured_by: "ratings of its interactions".to_owned(),
    })
}

fn point(version: &VersionOutcome, share: Option<Share>) -> SharePoint {
    let (href, came) = match (&version.applied, version.made_at) {
        (Some(applied), _) => {
            let id = applied.change_id.clone();
            let came = format!(
                "Applied {} by {}: {}.",
                clock::moment(applied.at),
                applied.by,
                applied.title.trim_end_matches('.')
            );
            (Some(Route::Change { id }.href()), Came::Applied(came))
        }
        (None, Some(at)) => {
            let came = format!("Made past the console, {}.", clock::moment(at));
            (None, Came::Past(came))
        }
        (None, None) => {
            let came = "Made past the console; when is not known.".to_owned();
            (None, Came::Past(came))
        }
    };
    SharePoint {
        name: format!("v{}", version.version),
        href,
        came,
        share,
    }
}
