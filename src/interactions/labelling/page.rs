//! The page of the workbench.

use super::{
    case::Case,
    filters::{Address, Filters},
    queue::progress_words,
    state::{Labelling, Step},
    unsaved::UnsavedRatings,
};
use crate::{
    api::InteractionFilter,
    browser::focus,
    keyboard::{Command, Keyboard},
    routes::Route,
    ui::{
        Button, ButtonKind, Crumb, DecisionBar, Empty, Faces, Notice, PageTitle, ShowMore,
        SkeletonText, Tone,
    },
};
use leptos::prelude::*;
use review_api::{AgentId, LabellingProgress, Rating};
use review_core::{advice::Baseline, dreaming::BASELINE_RATINGS};
use std::sync::Arc;

/// The keys: positive, negative, skip, back, undo.
const KEYS: [&str; 5] = ["1", "2", "j", "k", "z"];

/// The whole page.
#[component]
pub fn LabellingPage(
    /// Whose interactions.
    id: AgentId,
) -> impl IntoView {
    let address = Address::read();
    let labelling = Labelling::open(id.clone(), address.filter());
    let name = Memo::new(move |_| {
        let progress = labelling.progress.value();
        progress.map_or("Agent".to_owned(), |progress| progress.agent_name.clone())
    });
    let crumbs = {
        let id = id.clone();
        Memo::new(move |_| {
            let id = id.clone();
            vec![
                Crumb::new("Agents", Route::Agents),
                Crumb::new(name.get(), Route::Agent { id: id.clone() }),
                Crumb::new("Interactions", Route::AgentInteractions { id }),
            ]
        })
    };
    offer_keys(labelling);
    view! {
        <div class="page labelling interaction">
            <PageTitle title="Label interactions" crumbs />
            <Faces
                query=labelling.progress
                what="how far the labelling is"
                skeleton=|| view! { <SkeletonText lines=2 /> }
                let:progress
            >
                <Progress progress />
            </Faces>
            <Filters labelling address />
            <UnsavedRatings labelling />
            <UndoFailure labelling />
            <Faces
                query=labelling.listing.first()
                what="the interactions that wait"
                skeleton=|| view! { <SkeletonText lines=12 /> }
                let:_first
            >
                <Current labelling id=id.clone() />
            </Faces>
            <Bar labelling />
        </div>
    }
}

#[component]
fn Progress(progress: Signal<Arc<LabellingProgress>>) -> impl IntoView {
    let unread = Memo::new(move |_| progress.with(|progress| progress.unread));
    let filled = move || {
        let total = progress.with(|progress| progress.feedback.total());
        total.min(BASELINE_RATINGS).to_string()
    };
    let baseline =
        Memo::new(move |_| progress.with(|progress| Baseline::of(progress.feedback).sentence()));
    view! {
        <div class="labelling-progress">
            <p role="status" data-about="labelling-progress">
                {move || progress.with(|progress| progress_words(progress))}
            </p>
            <meter
                class="baseline-meter"
                min="0"
                max=BASELINE_RATINGS.to_string()
                value=filled
                aria-label="Ratings, of those that a first dream should have"
            >
                {move || baseline.get()}
            </meter>
            <p class="section-note" data-about="baseline">"For a first dream: " {move || baseline.get()}</p>
            <Show when=move || { unread.get() > 0 }>
                <p class="section-note" data-about="unread">
                    {move || {
                        format!(
                            "The transcripts of {} are not read yet: whether they have errors is not known.",
                            review_core::words::grouped(unread.get()),
                        )
                    }}
                </p>
            </Show>
        </div>
    }
}

#[component]
fn UndoFailure(labelling: Labelling) -> impl IntoView {
    let failure = labelling.undo_failure;
    view! {
        <Show when=move || failure.with(Option::is_some)>
            <Notice tone=Tone::Bad about="undo-failure">
                <p>{move || failure.get().map(|error| error.to_string())}</p>
                <p>"The rating still counts."</p>
                <Button
                    action="undo-again"
                    on_press=Callback::new(move |()| labelling.undo())
                >
                    "Undo again"
                </Button>
            </Notice>
        </Show>
    }
}

#[component]
fn Current(labelling: Labelling, id: AgentId) -> impl IntoView {
    let step = Memo::new(move |_| labelling.step());
    let again = Callback::new(move |()| labelling.take_up_skipped());
    let interactions = StoredValue::new(Route::AgentInteractions { id }.href());
    move || match step.get() {
        Step::Case(id) => view! { <Case labelling id /> }.into_any(),
        Step::Coming => view! { <SkeletonText lines=12 /> }.into_any(),
        Step::Stuck => view! { <ShowMore listing=labelling.listing /> }.into_any(),
        Step::Through(skipped) => {
            let is_plain = labelling.filter()
                == InteractionFilter {
                    rated: Some(false),
                    ..InteractionFilter::default()
                };
            view! {
                <Empty title="Nothing waits here">
                    {match (skipped, is_plain) {
                        (0, true) => {
                            "Every interaction that the agent has had so far is rated. New ones show here within a minute or so."
                                .to_owned()
                        }
                        (0, false) => {
                            "No unrated interaction fits. Look for other words, another time, or with and without errors."
                                .to_owned()
                        }
                        (1, _) => "You left 1 for later.".to_owned(),
                        (count, _) => format!("You left {count} for later."),
                    }}
                </Empty>
                <p class="given-acts">
                    {(skipped > 0)
                        .then(|| {
                            view! {
                                <Button kind=ButtonKind::Primary action="take-up-skipped" on_press=again>
                                    "Take up those left for later"
                                </Button>
                            }
                        })}
                    <a href=interactions.get_value()>"All interactions"</a>
                </p>
            }
            .into_any()
        }
    }
}

#[component]
fn Bar(labelling: Labelling) -> impl IntoView {
    let refusal = Memo::new(move |_| labelling.refusal());
    let nothing = Memo::new(move |_| labelling.current().is_none());
    let reason = crate::ui::unique_id("reason");
    let [positive, negative, skip, back, undo] = KEYS;
    let rate = move |rating: Rating| Callback::new(move |()| labelling.rate(rating));
    let off = Signal::derive(move || refusal.get().or_else(|| nothing.get().then(String::new)));
    let none = Signal::derive(move || nothing.get().then(String::new));
    view! {
        // The reason is said once, at the left of the bar.
        <DecisionBar note=refusal note_id=reason.clone()>
            <Button
                action="label-back"
                keys=back
                refusal=Signal::derive(move || labelling.cannot_go_back().map(|_| String::new()))
                on_press=Callback::new(move |()| labelling.back())
            >
                "Back"
            </Button>
            <Button
                action="label-undo"
                keys=undo
                refusal=Signal::derive(move || labelling.cannot_undo().map(|_| String::new()))
                on_press=Callback::new(move |()| labelling.undo())
            >
                "Undo"
            </Button>
            <Button
                action="label-skip"
                keys=skip
                refusal=none
                on_press=Callback::new(move |()| labelling.skip())
            >
                "Skip"
            </Button>
            <Button
                action="label-negative"
                keys=negative
                refusal=off
                reason_at=reason.clone()
                on_press=rate(Rating::Negative)
            >
                <span data-rating="negative"><span class="rating-sign" aria-hidden="true"></span></span>
                "Negative"
            </Button>
            <Button
                action="label-positive"
                keys=positive
                refusal=off
                reason_at=reason
                on_press=rate(Rating::Positive)
            >
                <span data-rating="positive"><span class="rating-sign" aria-hidden="true"></span></span>
                "Positive"
            </Button>
        </DecisionBar>
    }
}

fn offer_keys(labelling: Labelling) {
    let keyboard = Keyboard::use_context();
    let [positive, negative, skip, back, undo] = KEYS;
    let refusal = Signal::derive(move || labelling.refusal());
    for (rating, key, label) in [
        (Rating::Positive, positive, "Rate as positive, and go on"),
        (Rating::Negative, negative, "Rate as negative, and go on"),
    ] {
        keyboard
            .add(Command::new(label, Some(key), move || labelling.rate(rating)).unless(refusal));
    }
    keyboard.add(Command::new("Leave for later", Some(skip), move || {
        labelling.skip();
    }));
    keyboard.add(
        Command::new("Go back to the one before", Some(back), move || {
            labelling.back();
        })
        .unless(Signal::derive(move || labelling.cannot_go_back())),
    );
    keyboard.add(
        Command::new("Undo the last rating", Some(undo), move || {
            labelling.undo();
        })
        .unless(Signal::derive(move || labelling.cannot_undo())),
    );
    keyboard.add(Command::new(
        "Write a comment (Escape ends it)",
        Some("c"),
        || {
            focus::first(".labelling-case [name=comment]");
        },
    ));
}
