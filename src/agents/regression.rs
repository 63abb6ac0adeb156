//! That the version which an agent has does worse than the one before it, and the way back.

use super::{
    keeping::{KeepButton, Kept},
    state::Keeping,
};
use crate::{
    keyboard::{Command, Keyboard},
    query::Query,
    routes::{ASK_ROLL_BACK, Route},
    ui::{Faces, KeyHint, Notice, SkeletonText, Tone},
};
use leptos::{html, prelude::*};
use review_api::{AgentId, KeptVersion, Outcomes};
use review_core::regression::{Comparison, RegressionRule, compare, kept};
use std::sync::Arc;

fn compared(outcomes: &Outcomes) -> Option<Comparison> {
    compare(outcomes, RegressionRule::default())
}

/// Returns what is found, and who keeps the version all the same; nothing where it does no worse.
fn finding(outcomes: &Outcomes) -> Option<(Comparison, Option<KeptVersion>)> {
    let found = compared(outcomes).filter(Comparison::is_regression)?;
    let kept = kept(&found, outcomes, RegressionRule::default()).cloned();
    Some((found, kept))
}

/// Says that the version does worse, with the numbers, the way back and the yes to it; or that somebody keeps it.
/// Nothing where it does no worse.
#[component]
pub(super) fn RegressionNotice(keeping: Keeping) -> impl IntoView {
    let found = Memo::new(move |_| {
        let outcomes = keeping.outcomes.value()?;
        finding(&outcomes)
    });
    move || {
        found.get().map(|(found, kept)| match kept {
            Some(kept) => view! { <Kept found kept /> }.into_any(),
            None => view! { <Regressed found keeping /> }.into_any(),
        })
    }
}

#[component]
fn Regressed(found: Comparison, keeping: Keeping) -> impl IntoView {
    let reasons = found
        .reasons()
        .map(|reason| view! { <p>{reason.to_owned()}</p> });
    let reasons = reasons.collect_view();
    let title = found.headline();
    let action = if let Some(applied) = found.applied {
        let (href, label) = match applied.rolled_back_by {
            Some(id) => (Route::Change { id }.href(), "Open the rollback".to_owned()),
            None => (
                Route::Change {
                    id: applied.change_id,
                }
                .href_with("ask", ASK_ROLL_BACK),
                format!("Roll back to v{}…", found.before),
            ),
        };
        view! { <WayBack href label /> }.into_any()
    } else {
        let sentence = format!(
            "v{} was made past the console, so there is no change to roll back. To have the prompt of v{} again, \
             stage a change with it.",
            found.now, found.before
        );
        view! { <p>{sentence}</p> }.into_any()
    };
    view! {
        <Notice tone=Tone::Bad about="regression">
            <div>
                <p class="notice-title">{title}</p>
                {reasons}
            </div>
            <div class="notice-actions">{action} <KeepButton keeping /></div>
        </Notice>
    }
}

/// Leads to the change, where the way back is asked about.
#[component]
fn WayBack(href: String, label: String) -> impl IntoView {
    const KEYS: &str = "R";
    let link = NodeRef::<html::A>::new();
    Keyboard::use_context().add(Command::new(label.clone(), Some(KEYS), move || {
        if let Some(link) = link.get_untracked() {
            link.click();
        }
    }));
    view! {
        <a class="button" href=href node_ref=link data-action="regression-way-back">
            {label}
            <KeyHint keys=KEYS />
        </a>
    }
}

/// What ratings and tests tell of the version that the agent has, in the column beside its page.
#[component]
pub(super) fn VersionStanding(
    outcomes: Query<Outcomes>,
    id: StoredValue<AgentId>,
) -> impl IntoView {
    let trends = Route::AgentTrends { id: id.get_value() }.href();
    view! {
        <section class="page-section" aria-labelledby="standing-title" data-about="standing">
            <div class="section-head">
                <h2 id="standing-title">"Since the last version"</h2>
            </div>
            <Faces
                query=outcomes
                what="how the versions did"
                skeleton=|| view! { <SkeletonText lines=3 /> }
                let:outcomes
            >
                <Told outcomes />
            </Faces>
            <p>
                <a href=trends data-action="open-versions">
                    "Every version, drawn"
                </a>
            </p>
        </section>
    }
}

/// What is told of the version that the agent has against the one before it.
#[component]
pub(super) fn Told(outcomes: Signal<Arc<Outcomes>>) -> impl IntoView {
    let told = move || {
        let found = outcomes.with(|outcomes| compared(outcomes));
        let sentences = match found {
            Some(found) => vec![found.ratings.sentence, found.accuracy.sentence],
            None => vec!["There is no version right before it to compare it with.".to_owned()],
        };
        let line = |sentence: String| view! { <p class="section-note">{sentence}</p> };
        sentences.into_iter().map(line).collect_view()
    };
    view! { <div data-about="told">{told}</div> }
}
