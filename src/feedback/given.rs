//! The ratings that were given, each with what may be done to it.

use super::{
    CheckKind, FeedbackFields,
    state::{EditForm, Ratings},
};
use crate::{
    session::Session,
    ui::{Button, ButtonKind, LongText, Notice, Time, Tone},
};
use leptos::prelude::*;
use review_api::{Feedback, FeedbackSource};
use review_core::rules::{may_edit_feedback, may_withdraw_feedback};

/// What was said before, newest first.
#[component]
pub fn GivenFeedback(
    /// The ratings.
    ratings: Ratings,
) -> impl IntoView {
    let all = ratings.all();
    let heading = move || match all.with(Vec::len) {
        0 => "No ratings yet".to_owned(),
        1 => "1 rating".to_owned(),
        count => format!("{count} ratings"),
    };
    view! {
        <section class="feedback-given" aria-labelledby="feedback-given">
            <h3 id="feedback-given" tabindex="-1">
                {heading}
            </h3>
            <ul>
                <For
                    each=move || all.get()
                    key=|given| (given.id.clone(), given.revision)
                    let:given
                >
                    <GivenItem ratings given />
                </For>
            </ul>
        </section>
    }
}

#[component]
fn GivenItem(ratings: Ratings, given: Feedback) -> impl IntoView {
    let user = Session::use_context().user_untracked();
    let may_edit = may_edit_feedback(&user, &given).is_ok();
    let may_withdraw = may_withdraw_feedback(&user, &given).is_ok();
    let edit = EditForm::open(ratings, given.clone(), &user.name);
    let name = given.id.0.clone();
    let id = given.id.clone();
    let failure = Memo::new(move |_| ratings.failed(&id).map(|error| error.to_string()));
    let kept = StoredValue::new(given.clone());
    view! {
        <li class="given" data-feedback=name>
            <Head given />
            <Show
                when=move || edit.is_open() && may_edit
                fallback=move || {
                    view! {
                        <Words given=kept.get_value() />
                        <Acts ratings edit kept may_edit may_withdraw />
                    }
                }
            >
                <EditFields ratings edit />
            </Show>
            <Show when=move || failure.with(Option::is_some)>
                <Notice tone=Tone::Bad about="rating-failure">
                    <p>{move || failure.get()}</p>
                    <Show when=move || edit.is_open()>
                        <p>"What you typed is kept, here and in this browser."</p>
                    </Show>
                </Notice>
            </Show>
        </li>
    }
}

/// Who gave it, from where, and when.
#[component]
fn Head(given: Feedback) -> impl IntoView {
    let rating = given.rating.as_str();
    let by = match given.source {
        FeedbackSource::Reviewer => format!(" by {} in the console, ", given.author),
        FeedbackSource::Rule => " logged by the agent, by a rule in its prompt, ".to_owned(),
        FeedbackSource::Import => format!(" by {} from a file, ", given.author),
        FeedbackSource::Api => format!(" by {} by a program, ", given.author),
        FeedbackSource::Unknown => format!(" by {} from an unknown source, ", given.author),
    };
    view! {
        <p class="given-head">
            <span class="rating" data-rating=rating>
                {rating}
            </span>
            {by}
            <Time at=given.created_at />
            {given
                .edited_at
                .map(|at| {
                    view! {
                        ", edited "
                        <Time at />
                    }
                })}
        </p>
    }
}

/// What it says.
#[component]
fn Words(given: Feedback) -> impl IntoView {
    let check = given.check.as_ref().map(|check| {
        let (kind, text) = CheckKind::of(check);
        let mono = kind == CheckKind::Matches;
        view! {
            <p class="given-label">{format!("Check: {}", kind.label())}</p>
            <LongText text=text.to_owned() mono />
        }
    });
    view! {
        {given.comment.map(|text| view! { <LongText text /> })}
        {given
            .expected
            .map(|text| {
                view! {
                    <p class="given-label">"Expected"</p>
                    <LongText text />
                }
            })}
        {check}
    }
}

/// Edit and withdraw; the latter asks once more, in place.
#[component]
fn Acts(
    ratings: Ratings,
    edit: EditForm,
    kept: StoredValue<Feedback>,
    may_edit: bool,
    may_withdraw: bool,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let ask = Callback::new(move |()| asking.set(true));
    let leave = Callback::new(move |()| asking.set(false));
    let withdraw = Callback::new(move |()| kept.with_value(|given| ratings.withdraw(given)));
    view! {
        <Show
            when=move || asking.get()
            fallback=move || {
                view! {
                    <div class="given-acts">
                        {may_edit
                            .then(|| {
                                view! {
                                    <Button
                                        kind=ButtonKind::Bare
                                        action="edit-rating"
                                        on_press=Callback::new(move |()| edit.begin())
                                    >
                                        "Edit"
                                    </Button>
                                }
                            })}
                        {may_withdraw
                            .then(|| {
                                view! {
                                    <Button
                                        kind=ButtonKind::Bare
                                        action="ask-withdraw-rating"
                                        on_press=ask
                                    >
                                        "Withdraw"
                                    </Button>
                                }
                            })}
                    </div>
                }
            }
        >
            <Notice tone=Tone::Finding about="withdraw-rating">
                <p>
                    "Withdraw this rating? It is gone then and counts nowhere; the audit keeps who gave and who withdrew it."
                </p>
                <div class="given-acts">
                    <Button
                        kind=ButtonKind::Danger
                        action="withdraw-rating"
                        busy=ratings.is_busy()
                        on_press=withdraw
                    >
                        "Withdraw rating"
                    </Button>
                    <Button action="keep-rating" on_press=leave>
                        "Keep it"
                    </Button>
                </div>
            </Notice>
        </Show>
    }
}

#[component]
fn EditFields(ratings: Ratings, edit: EditForm) -> impl IntoView {
    let draft = Memo::new(move |_| edit.draft());
    let problem = move || draft.with(|draft| draft.problem().map(str::to_owned));
    view! {
        <form class="feedback-form" on:submit=move |event| event.prevent_default()>
            <FeedbackFields
                draft
                on_type=Callback::new(move |typed| edit.take(typed))
                off=ratings.is_busy()
            />
            <div class="given-acts">
                <Button
                    kind=ButtonKind::Primary
                    action="save-rating"
                    busy=ratings.is_busy()
                    refusal=Signal::derive(problem)
                    on_press=Callback::new(move |()| edit.submit())
                >
                    "Save rating"
                </Button>
                <Button action="discard-rating" on_press=Callback::new(move |()| edit.discard())>
                    "Discard the edit"
                </Button>
            </div>
        </form>
    }
}
