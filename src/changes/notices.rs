//! What stands above the diff: where the change stands, its outcome, and what went wrong.

use super::{
    state::{Act, Failure, OpenChange},
    words::{Check, standing},
};
use crate::{
    browser::clock,
    routes::Route,
    ui::{Notice, Time, Tone},
};
use leptos::prelude::*;
use review_api::{ApplyOutcome, Change, ChangeState};
use review_core::digest::short;
use std::sync::Arc;

#[component]
pub(super) fn Notices(open: OpenChange, change: Signal<Arc<Change>>) -> impl IntoView {
    let check = open.check();
    let state = Memo::new(move |_| change.with(|it| it.summary.state));
    let outcome = Memo::new(move |_| change.with(|it| it.outcome.clone()));
    let sentence = Memo::new(move |_| change.with(|it| standing(it, clock::now())));
    view! {
        <div class="review-notices">
            {move || (check.get() != Check::Equal).then(|| view! { <DigestDiffers check=check.get() change /> })}
            {move || open.failure().map(|failure| view! { <Failed failure /> })}
            {move || match (state.get(), outcome.get()) {
                (ChangeState::Applied, Some(outcome)) => view! { <Applied outcome change /> }.into_any(),
                (ChangeState::Stale | ChangeState::NeedsALook, _) => view! { <Trouble change sentence /> }.into_any(),
                (_, outcome) => {
                    view! {
                        <p class="review-standing" role="status" data-about="standing">
                            {sentence}
                        </p>
                        {outcome.map(|outcome| view! { <Refused outcome /> })}
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// The loudest of all findings: these are not the bytes that the digest names.
#[component]
fn DigestDiffers(check: Check, change: Signal<Arc<Change>>) -> impl IntoView {
    let sentence = move || match &check {
        Check::Different { computed } => format!(
            "The review server names this change {}, and this console works out {} from what is on screen.",
            change.with(|it| short(&it.digest).to_owned()),
            short(computed),
        ),
        _ => "The base that the review server sent is not the text that its own digest names."
            .to_owned(),
    };
    view! {
        <Notice tone=Tone::Bad about="digest">
            <div>
                <p class="notice-title">"Do not approve: the digest does not fit"</p>
                <p>
                    {sentence}
                    " Somebody or something between the two has changed the text, or one of them is out of date. Nothing can be \
                     approved or applied here. Reload the page; if it stays, tell whoever runs the review server."
                </p>
            </div>
        </Notice>
    }
}

#[component]
fn Failed(failure: Failure) -> impl IntoView {
    let title = match failure.of {
        Act::Approve => "Not approved",
        Act::Apply => "Not applied",
        Act::Withdraw => "Not withdrawn",
    };
    // Whether a lost answer to an apply arrived is not known yet.
    let title = if failure.of == Act::Apply && failure.error.outcome_unknown() {
        "It is not known whether it was applied"
    } else {
        title
    };
    view! {
        <Notice tone=Tone::Bad about="failure">
            <div>
                <p class="notice-title">{title}</p>
                <p>{failure.error.to_string()}</p>
            </div>
        </Notice>
    }
}

#[component]
fn Applied(outcome: ApplyOutcome, change: Signal<Arc<Change>>) -> impl IntoView {
    let (name, id) =
        change.with_untracked(|it| (it.summary.agent_name.clone(), it.summary.agent_id.clone()));
    let version = outcome
        .version
        .map_or("the new version".to_owned(), |version| {
            format!("v{version}")
        });
    view! {
        <Notice tone=Tone::Accent about="outcome">
            <div>
                <p class="notice-title">{name} " has " {version} " now"</p>
                <p>
                    {outcome.message} " Applied by " {outcome.by.0} ", " <Time at=outcome.at /> "."
                </p>
            </div>
            <a href=Route::Agent { id }.href() data-action="open-agent">
                "Open the agent"
            </a>
        </Notice>
    }
}

/// An earlier attempt to apply it that the platform refused.
#[component]
fn Refused(outcome: ApplyOutcome) -> impl IntoView {
    view! {
        <Notice tone=Tone::Finding about="refused">
            <div>
                <p class="notice-title">"The last attempt to apply it was refused"</p>
                <p>{outcome.message} " Tried by " {outcome.by.0} ", " <Time at=outcome.at /> "."</p>
            </div>
        </Notice>
    }
}

#[component]
fn Trouble(change: Signal<Arc<Change>>, sentence: Memo<String>) -> impl IntoView {
    let trouble = Memo::new(move |_| change.with(|it| it.trouble.clone()));
    let state = Memo::new(move |_| change.with(|it| it.summary.state));
    let suggestion = Memo::new(move |_| change.with(|it| it.suggestion_ids.first().cloned()));
    let title = move || match state.get() {
        ChangeState::Stale => "Out of date",
        _ => "Needs a look",
    };
    view! {
        <Notice tone=Tone::Finding about="trouble">
            <div>
                <p class="notice-title">{title}</p>
                <p>{move || trouble.get()} " " {sentence}</p>
            </div>
            {move || {
                suggestion
                    .get()
                    .filter(|_| state.get() == ChangeState::Stale)
                    .map(|id| {
                        view! {
                            <a href=Route::Suggestion { id }.href() data-action="open-suggestion">
                                "Open the suggestion"
                            </a>
                        }
                    })
            }}
        </Notice>
    }
}
