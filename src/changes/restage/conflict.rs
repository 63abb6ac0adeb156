//! One conflict: what each side wrote, and the ways out of it.

use crate::{
    changes::{
        merging::{Conflict, Taken},
        state::Restaging,
    },
    ui::{Badge, KeyHint, Tone, VisibleText},
};
use leptos::prelude::*;

#[component]
pub(super) fn ConflictView(
    restaging: Restaging,
    /// Names the conflict.
    key: String,
    /// Its place among all of them, from 0.
    place: usize,
) -> impl IntoView {
    let key = StoredValue::new(key);
    let conflict = Memo::new(move |old: Option<&Option<Conflict>>| {
        let found = restaging.conflicts().with(|conflicts| {
            let is_it = |it: &&Conflict| key.with_value(|key| it.key == *key);
            conflicts.iter().find(is_it).cloned()
        });
        found.or_else(|| old.cloned().flatten())
    });
    let side = move |pick: fn(&Conflict) -> &String| {
        Signal::derive(move || {
            conflict.with(|it| it.as_ref().map(|it| pick(it).clone()).unwrap_or_default())
        })
    };
    let taken = Memo::new(move |_| key.with_value(|key| restaging.taken(key)));
    let is_resolved = Memo::new(move |_| taken.with(Option::is_some));
    let mark = move || {
        if is_resolved.get() {
            view! { <Badge tone=Tone::Good>"resolved"</Badge> }.into_any()
        } else {
            view! { <Badge tone=Tone::Finding>"to resolve"</Badge> }.into_any()
        }
    };
    let path = move || conflict.with(|it| it.as_ref().map(|it| it.path.join(" › ")));
    view! {
        <li
            class="conflict"
            tabindex="0"
            data-row=""
            data-conflict=place
            data-resolved=move || is_resolved.get().to_string()
            on:focusin=move |_| restaging.at.set(Some(key.get_value()))
        >
            <div class="conflict-head">
                <h3>{format!("Conflict {}", place + 1)}</h3>
                <span class="section-note">{path}</span>
                {mark}
            </div>
            <div class="conflict-sides">
                <Side title="As both found it" text=side(|it| &it.base) />
                <Side title="The platform’s lines, now" text=side(|it| &it.current) />
                <Side title="The proposal’s lines" text=side(|it| &it.proposed) />
            </div>
            <Ways restaging key taken conflict />
        </li>
    }
}

#[component]
fn Side(title: &'static str, text: Signal<String>) -> impl IntoView {
    view! {
        <div class="conflict-side">
            <h4>{title}</h4>
            <Show
                when=move || text.with(|text| !text.is_empty())
                fallback=|| view! { <p class="conflict-none">"no lines: removed here"</p> }
            >
                <VisibleText text />
            </Show>
        </div>
    }
}

#[component]
fn Ways(
    restaging: Restaging,
    key: StoredValue<String>,
    taken: Memo<Option<Taken>>,
    conflict: Memo<Option<Conflict>>,
) -> impl IntoView {
    let take = move |way: Option<Taken>| key.with_value(|key| restaging.take(key, way));
    let way = move |action: &'static str, label: &'static str, hint: &'static str, way: Taken| {
        let chosen = {
            let way = way.clone();
            move || taken.with(|taken| taken.as_ref() == Some(&way)).to_string()
        };
        view! {
            <button
                type="button"
                class="button"
                data-action=action
                aria-pressed=chosen
                on:click=move |_| take(Some(way.clone()))
            >
                {label}
                <KeyHint keys=hint />
            </button>
        }
    };
    let is_written = Memo::new(move |_| taken.with(|taken| matches!(taken, Some(Taken::Text(_)))));
    let write = move |_| {
        if !is_written.get_untracked() {
            let start = conflict.with_untracked(|it| it.as_ref().map(Conflict::to_edit));
            take(Some(Taken::Text(start.unwrap_or_default())));
        }
    };
    let text = move || match taken.get() {
        Some(Taken::Text(text)) => text,
        _ => String::new(),
    };
    view! {
        <div class="conflict-ways" role="group" aria-label="What to take">
            {way("take-current", "Take the platform’s", "1", Taken::Current)}
            {way("take-proposed", "Take the proposal’s", "2", Taken::Proposed)}
            {way("take-both", "Take both", "3", Taken::Both)}
            <button
                type="button"
                class="button"
                data-action="write"
                aria-pressed=move || is_written.get().to_string()
                on:click=write
            >
                "Write it"
            </button>
            <Show when=move || taken.with(Option::is_some)>
                <button type="button" class="button button-bare" data-action="undo" on:click=move |_| take(None)>
                    "Undo"
                </button>
            </Show>
        </div>
        <Show when=move || is_written.get()>
            <textarea
                class="input input-code conflict-text"
                name="conflict-text"
                aria-label="The lines to take"
                spellcheck="false"
                rows="4"
                prop:value=text
                on:input=move |event| take(Some(Taken::Text(event_target_value(&event))))
            ></textarea>
        </Show>
    }
}
