//! Ratings that are not saved, each with what to do about it.

use super::{
    outbox::{Standing, Unsaved},
    state::Labelling,
};
use crate::{
    routes::Route,
    ui::{Button, ButtonKind, Notice, Time, Tone},
};
use leptos::prelude::*;

/// One notice for all of them; nothing where all is saved or on its way.
#[component]
pub(super) fn UnsavedRatings(labelling: Labelling) -> impl IntoView {
    let stuck = Memo::new(move |_| labelling.stuck());
    let failed = move || {
        let is_failed = |entry: &&Unsaved| matches!(entry.standing, Standing::Failed(_));
        stuck.with(|stuck| stuck.iter().filter(is_failed).count())
    };
    let all_again = Callback::new(move |()| {
        for entry in stuck.get_untracked() {
            if matches!(entry.standing, Standing::Failed(_)) {
                labelling.send_again(entry.kept, false);
            }
        }
    });
    view! {
        <Show when=move || stuck.with(|stuck| !stuck.is_empty())>
            <Notice tone=Tone::Bad about="unsaved-ratings">
                <p>
                    {move || match stuck.with(Vec::len) {
                        1 => "1 rating is not saved. It is kept in this browser until it is.".to_owned(),
                        count => {
                            format!("{count} ratings are not saved. They are kept in this browser until they are.")
                        }
                    }}
                </p>
                <ul class="unsaved-ratings">
                    <For
                        each=move || stuck.get()
                        key=|entry| (entry.id().clone(), format!("{:?}", entry.standing))
                        let:entry
                    >
                        <Row labelling entry />
                    </For>
                </ul>
                <Show when=move || { failed() > 1 }>
                    <Button action="save-all-again" on_press=all_again>
                        "Save all of them again"
                    </Button>
                </Show>
            </Notice>
        </Show>
    }
}

#[component]
fn Row(labelling: Labelling, entry: Unsaved) -> impl IntoView {
    let id = entry.id().0.clone();
    let href = Route::Interaction {
        id: entry.id().clone(),
    }
    .href();
    let rating = entry.kept.body.rating.as_str();
    let title = if entry.kept.title.trim().is_empty() {
        id.clone()
    } else {
        entry.kept.title.clone()
    };
    let kept = StoredValue::new(entry.kept);
    let send = move |as_well: bool| {
        Callback::new(move |()| labelling.send_again(kept.get_value(), as_well))
    };
    let leave = Callback::new(move |()| kept.with_value(|kept| labelling.give_up(&kept.body)));
    let (said, save) = match entry.standing {
        Standing::Taken(other) => (
            view! {
                {format!(" {} rated it {} ", other.author, other.rating.as_str())}
                <Time at=other.created_at />
                ", while you did."
            }
            .into_any(),
            view! {
                <Button kind=ButtonKind::Bare action="save-as-well" on_press=send(true)>
                    "Save mine as well"
                </Button>
            }
            .into_any(),
        ),
        Standing::Failed(error) => (
            format!(" {error}").into_any(),
            view! {
                <Button kind=ButtonKind::Bare action="save-again" on_press=send(false)>
                    "Save again"
                </Button>
            }
            .into_any(),
        ),
        Standing::Sending => (().into_any(), ().into_any()),
    };
    view! {
        <li data-unsaved=id>
            <span class="rating" data-rating=rating>
                {rating}
            </span>
            " for "
            <a href=href>{title}</a>
            "."
            {said}
            <span class="given-acts">
                {save}
                <Button kind=ButtonKind::Bare action="give-up-rating" on_press=leave>
                    "Leave it"
                </Button>
            </span>
        </li>
    }
}
