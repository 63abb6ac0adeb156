//! The interaction that shows: its transcript, and what may be written beside the rating.

use super::{queue::Fate, state::Labelling};
use crate::{
    browser::focus,
    feedback::{GivenFeedback, Typed, WordFields},
    interactions::{page::Transcript, state::OpenInteraction},
    routes::{QueryParam, Route},
    ui::{Button, LoadFailed, Notice, SkeletonText, Time, Tone},
};
use leptos::prelude::*;
use review_api::{Interaction, InteractionId};
use std::sync::Arc;

/// One interaction, whether it is here yet or not.
#[component]
pub(super) fn Case(labelling: Labelling, id: InteractionId) -> impl IntoView {
    let loading = labelling.load(&id);
    let name = id.0.clone();
    let again = {
        let loading = loading.clone();
        Callback::new(move |()| labelling.ask(id.clone(), loading.clone()))
    };
    // The top of what comes next is what one reads first.
    focus::show_soon(".labelling-case");
    view! {
        <div class="labelling-case" data-case=name>
            {move || match loading.get() {
                None => {
                    view! {
                        <div data-face="loading" aria-busy="true">
                            <p class="loading-words" role="status">
                                "Loading the interaction"
                            </p>
                            <SkeletonText lines=12 />
                        </div>
                    }
                        .into_any()
                }
                Some(Err(error)) => {
                    view! {
                        <LoadFailed
                            what="the interaction"
                            error=Signal::stored(Some(error))
                            on_retry=again
                        />
                    }
                        .into_any()
                }
                Some(Ok(interaction)) => view! { <Loaded labelling interaction /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Loaded(labelling: Labelling, interaction: Arc<Interaction>) -> impl IntoView {
    let summary = interaction.summary.clone();
    let id = summary.id.clone();
    let open = OpenInteraction::loaded(interaction.as_ref().clone());
    let place = Route::Interaction { id: id.clone() };
    let title = if summary.title.trim().is_empty() {
        id.0.clone()
    } else {
        summary.title
    };
    let draft = {
        let id = id.clone();
        Memo::new(move |_| labelling.draft(&id))
    };
    let on_type = Callback::new(move |typed: Typed| labelling.take(&id, typed));
    let leave_field = |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape"
            && let Some(field) = focus::active()
        {
            // Out of the field, where the keys rate again.
            drop(field.blur());
        }
    };
    view! {
        <div class="case-head">
            <h2>
                <a href=place.href()>{title}</a>
            </h2>
            <p class="section-note">
                {format!("at version {}, began ", summary.agent_version)} <Time at=summary.created_at />
                {format!(", {} now", summary.status)}
            </p>
        </div>
        <RatedNotice labelling />
        <div class="columns">
            <Transcript interaction=open named=QueryParam::new("event") place />
            <aside class="aside feedback-panel" aria-label="With the rating" on:keydown=leave_field>
                <div class="feedback-fields">
                    <WordFields draft on_type />
                </div>
                <GivenFeedback ratings=open.ratings() />
            </aside>
        </div>
    }
}

/// Says what the person did with it, or what somebody else did meanwhile.
#[component]
fn RatedNotice(labelling: Labelling) -> impl IntoView {
    let as_well = Callback::new(move |()| labelling.want_as_well());
    move || {
        match (labelling.fate(), labelling.rated_before()) {
        (Some(Fate::Rated(rating)), _) => view! {
            <Notice tone=Tone::Accent about="rated-by-me">
                {format!("You rated this one {}.", rating.as_str())}
            </Notice>
        }
        .into_any(),
        (_, Some(other)) => view! {
            <Notice tone=Tone::Finding about="rated-by-other">
                <p>
                    {format!("{} rated this one {} meanwhile, ", other.author, other.rating.as_str())}
                    <Time at=other.created_at /> ". Skip it, or rate it as well."
                </p>
                <Button action="rate-as-well" on_press=as_well>
                    "Rate it as well"
                </Button>
            </Notice>
        }
        .into_any(),
        _ => ().into_any(),
    }
    }
}
