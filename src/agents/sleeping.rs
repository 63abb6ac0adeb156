//! When an agent dreams next, dreams by hand, and what became of the slots of its schedule.

use super::state::{Asking, Sleeping};
use crate::{
    routes::Route,
    session::Session,
    ui::{Badge, Button, ButtonKind, Faces, Notice, ShowMore, SkeletonRows, Time, Tone},
};
use leptos::prelude::*;
use review_api::{DreamRun, DreamRunState};
use review_core::{prices, rules, words};

#[component]
pub(super) fn SleepingSection(
    /// Its state.
    sleeping: Sleeping,
) -> impl IntoView {
    let session = Session::use_context();
    let no_right = Signal::derive(move || {
        let verdict = rules::may_dream(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let running = Memo::new(move |_| sleeping.running());
    let busy_with = move |what| Signal::derive(move || sleeping.busy.get() == Some(what));
    let failure = move || sleeping.failure.get().map(|error| error.to_string());
    let ids = Memo::new(move |_| {
        let runs = sleeping.runs.items();
        runs.into_iter().map(|run| run.id).collect::<Vec<_>>()
    });
    view! {
        <section class="page-section" aria-labelledby="runs-title" data-about="runs">
            <div class="section-head">
                <h2 id="runs-title">"Schedule"</h2>
                <span class="section-note">"what became of each slot, newest first"</span>
            </div>
            <div class="agent-edit">
                {move || match running.get() {
                    Some(dream) => {
                        let id = dream.clone();
                        view! {
                            <a href=Route::Dream { id: dream }.href() data-action="open-running">
                                "A dream is under way"
                            </a>
                            <Button
                                on_press=Callback::new(move |()| sleeping.cancel(id.clone()))
                                kind=ButtonKind::Danger
                                refusal=no_right
                                busy=busy_with(Asking::Cancel)
                                action="cancel-dream"
                            >
                                "Cancel the dream"
                            </Button>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <Button
                                on_press=Callback::new(move |()| sleeping.dream_now())
                                refusal=no_right
                                busy=busy_with(Asking::Dream)
                                action="dream-now"
                            >
                                "Dream now"
                            </Button>
                        }
                            .into_any()
                    }
                }}
            </div>
            <Show when=move || sleeping.failure.with(Option::is_some)>
                <Notice tone=Tone::Bad about="dreaming-failure">
                    {failure}
                </Notice>
            </Show>
            <Faces
                query=sleeping.runs.first()
                what="the schedule"
                skeleton=|| view! { <SkeletonRows count=2 /> }
                let:_first
            >
                <Show
                    when=move || ids.with(|ids| !ids.is_empty())
                    fallback=|| {
                        view! {
                            <p class="section-note">
                                "No slot has come yet. Each one shows here with what became of it, and why it was passed over."
                            </p>
                        }
                    }
                >
                    <ul class="rows">
                        <For each=move || ids.get() key=String::clone let:id>
                            <RunRow sleeping id />
                        </For>
                    </ul>
                    <ShowMore listing=sleeping.runs />
                </Show>
            </Faces>
        </section>
    }
}

#[component]
fn RunRow(sleeping: Sleeping, id: String) -> impl IntoView {
    let name = id.clone();
    let run = Memo::new(move |_| sleeping.runs.items().into_iter().find(|run| run.id == id));
    view! {
        <li class="row dream-run" data-run=name>
            {move || run.get().map(draw)}
        </li>
    }
}

fn draw(run: DreamRun) -> impl IntoView {
    let tone = match run.state {
        DreamRunState::Started => Tone::Good,
        DreamRunState::Failed => Tone::Bad,
        DreamRunState::Asked => Tone::Accent,
        DreamRunState::Skipped | DreamRunState::Unknown => Tone::Quiet,
    };
    let said = said(&run);
    let said = match run.dream_id {
        Some(id) => view! { <a href=Route::Dream { id }.href()>{said}</a> }.into_any(),
        None => said.into_any(),
    };
    view! {
        <span>
            <Badge tone>{words::dream_run_state(run.state)}</Badge>
        </span>
        <span class="dream-run-said">{said}</span>
        <span class="row-number">
            <Time at=run.slot.unwrap_or(run.asked_at) />
        </span>
    }
}

/// Says what became of a run, with its numbers.
fn said(run: &DreamRun) -> String {
    if let Some(reason) = &run.reason {
        return reason.clone();
    }
    let read = match run.interactions {
        1 => "Reads 1 interaction".to_owned(),
        count => format!("Reads {count} interactions"),
    };
    let cost = run.estimated_tokens.map_or_else(
        || "what it takes cannot be estimated yet".to_owned(),
        |tokens| {
            let money = run.estimated_cost.as_ref();
            let money = money.map(|it| format!(" ({})", prices::money(it.micros, &it.currency)));
            format!(
                "about {} tokens{}",
                words::grouped(tokens),
                money.unwrap_or_default()
            )
        },
    );
    let by = match run.slot {
        Some(_) => "by the schedule".to_owned(),
        None => format!("asked for by {}", run.asked_by),
    };
    format!("{read}, {cost}, {by}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> DreamRun {
        DreamRun {
            id: "run_1".to_owned(),
            agent_id: "agent_1".into(),
            slot: None,
            state: DreamRunState::Started,
            reason: None,
            dream_id: Some("drm_1".into()),
            interactions: 40,
            memory_store_id: None,
            estimated_tokens: Some(20_000),
            estimated_cost: None,
            asked_by: "reviewer".into(),
            asked_at: review_api::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_run_is_told_with_its_numbers_or_its_reason() {
        assert_eq!(
            said(&run()),
            "Reads 40 interactions, about 20,000 tokens, asked for by reviewer."
        );
        let priced = DreamRun {
            estimated_cost: Some(review_api::Money {
                micros: 64_000,
                currency: "EUR".to_owned(),
            }),
            ..run()
        };
        assert!(said(&priced).contains("about 20,000 tokens (0.06 EUR), asked"));
        let by_slot = DreamRun {
            slot: Some(review_api::Timestamp::UNIX_EPOCH),
            estimated_tokens: None,
            interactions: 1,
            ..run()
        };
        assert_eq!(
            said(&by_slot),
            "Reads 1 interaction, what it takes cannot be estimated yet, by the schedule."
        );
        let skipped = DreamRun {
            reason: Some("Its last dream has not ended yet.".to_owned()),
            ..run()
        };
        assert_eq!(said(&skipped), "Its last dream has not ended yet.");
    }
}
