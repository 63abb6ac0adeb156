//! Everything that can be done, by name; and all keys on one sheet.

mod state;

use self::state::{Entry, Finder};
use crate::{
    api::ApiClient,
    browser::focus,
    keyboard::{Command, Keyboard},
    routes,
    ui::{Dialog, KeyHint},
};
use leptos::prelude::*;

/// Keys that open and close the palette.
pub(super) const PALETTE_KEYS: &str = "Mod+k";

/// The palette.
#[component]
pub(super) fn Palette() -> impl IntoView {
    let keyboard = Keyboard::use_context();
    view! {
        <Dialog open=keyboard.palette_open title="Commands" class="palette">
            <Finding />
        </Dialog>
    }
}

#[component]
fn Finding() -> impl IntoView {
    let keyboard = Keyboard::use_context();
    let go = routes::navigator();
    let finder = Finder::new(ApiClient::use_context(), keyboard);
    let run = move |entry: Entry| {
        if entry.refusal().is_some() {
            return;
        }
        keyboard.palette_open.set(false);
        match entry {
            // After the dialog is closed, so that what the command focuses keeps the keyboard.
            Entry::Command(command) => {
                request_animation_frame(move || {
                    command.run.try_run(());
                });
            }
            Entry::Agent { id, .. } => go.run(routes::Route::Agent { id }),
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            finder.step(1);
        }
        "ArrowUp" => {
            event.prevent_default();
            finder.step(-1);
        }
        "Enter" => {
            event.prevent_default();
            if let Some(entry) = finder.chosen() {
                run(entry);
            }
        }
        _ => {}
    };
    request_animation_frame(|| {
        focus::first(".palette-input");
    });
    let items = move || {
        let chosen = finder.place();
        let entries = finder.entries().into_iter().enumerate();
        let items = entries.map(|(index, entry)| {
            let (label, note, keys) = (entry.label(), entry.note(), entry.keys());
            let refused = entry.refusal().is_some();
            view! {
                <li role="presentation">
                    <button
                        type="button"
                        class="palette-item"
                        role="option"
                        id=format!("palette-{index}")
                        tabindex="-1"
                        aria-selected=(index == chosen).to_string()
                        aria-disabled=refused.then_some("true")
                        on:click=move |_| run(entry.clone())
                    >
                        <span class="palette-words">
                            {label} {note.map(|note| view! { <small>{note}</small> })}
                        </span>
                        {keys.map(|keys| view! { <KeyHint keys /> })}
                    </button>
                </li>
            }
        });
        items.collect_view()
    };
    let nothing = Memo::new(move |_| finder.entries().is_empty());
    view! {
        <input
            class="palette-input"
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant=move || format!("palette-{}", finder.place())
            aria-label="Find a command or an agent"
            placeholder="Find a command or an agent"
            autocomplete="off"
            spellcheck="false"
            prop:value=finder.typed()
            on:input=move |event| finder.look_for(event_target_value(&event))
            on:keydown=on_key
        />
        <ul class="palette-list" id="palette-list" role="listbox" aria-label="What can be done">
            {items}
        </ul>
        <Show when=move || nothing.get()>
            <p class="palette-none">"No command or agent fits."</p>
        </Show>
    }
}

/// The keys.
#[component]
pub(super) fn KeySheet() -> impl IntoView {
    let keyboard = Keyboard::use_context();
    view! {
        <Dialog open=keyboard.sheet_open title="Keys" class="key-sheet">
            <ul class="key-list">
                <For
                    each=move || keyed(keyboard.commands())
                    key=|(keys, _)| *keys
                    let((keys, label))
                >
                    <li>
                        <span>{label}</span>
                        <KeyHint keys=state::shown(keys) />
                    </li>
                </For>
            </ul>
            <p class="section-note key-note">
                "Keys are off while you type. "<kbd>"Enter"</kbd> " opens the row that has the keyboard, "
                <kbd>"Esc"</kbd> " closes this."
            </p>
        </Dialog>
    }
}

/// Returns each key once, with the command that it leads to.
fn keyed(commands: Vec<Command>) -> Vec<(&'static str, String)> {
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    for command in commands {
        if let Some(keys) = command.keys
            && !rows.iter().any(|(known, _)| *known == keys)
        {
            rows.push((keys, command.label));
        }
    }
    rows
}
