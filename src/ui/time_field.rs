//! A field for a time.

use super::unique_id;
use crate::browser::clock;
use leptos::prelude::*;
use review_api::Timestamp;

/// A time, as people here write it.
#[component]
pub fn TimeField(
    /// What it is for.
    label: &'static str,
    /// Name of the input, for tests and for the browser.
    name: &'static str,
    /// The time; nothing where none is chosen.
    #[prop(into)]
    value: Signal<Option<Timestamp>>,
    /// Called with another time.
    on_choose: Callback<Option<Timestamp>>,
) -> impl IntoView {
    let id = unique_id("field");
    let shown = Memo::new(move |_| value.get().map(clock::to_field).unwrap_or_default());
    let choose = move |event| {
        let typed = event_target_value(&event);
        // What is half typed has no value; it is not taken away.
        if typed != shown.get_untracked() {
            on_choose.run(clock::from_field(&typed));
        }
    };
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>
                {label}
            </label>
            <input
                class="input"
                type="datetime-local"
                id=id
                name=name
                prop:value=move || shown.get()
                on:change=choose
            />
        </div>
    }
}
