//! Who I am, and whom else I may act as.

use super::Session;
use leptos::prelude::*;

/// The user's name and role; a choice where the proxy lets one act as several.
#[component]
pub fn UserSwitch() -> impl IntoView {
    let session = Session::use_context();
    let choices = Memo::new(move |_| session.facts().switchable.clone());
    let options = move || {
        let acting = session.user();
        choices
            .get()
            .into_iter()
            .map(|user| {
                let selected = user.name == acting.name;
                let label = if user.name.as_str() == user.role.as_str() {
                    user.name.to_string()
                } else {
                    format!("{} ({})", user.name, user.role.as_str())
                };
                view! {
                    <option value=user.name.0 prop:selected=selected>
                        {label}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <Show
            when=move || choices.with(|choices| !choices.is_empty())
            fallback=move || {
                view! {
                    <span class="who" data-user=move || session.user().name.0>
                        {move || session.user().name.0}
                        <span class="who-role">{move || session.user().role.as_str()}</span>
                    </span>
                }
            }
        >
            <label class="who" data-user=move || session.user().name.0>
                <span class="who-label">"Acting as"</span>
                <select
                    name="acting-as"
                    aria-label="Act as"
                    on:change=move |event| session.switch(&event_target_value(&event).into())
                >
                    {options}
                </select>
            </label>
        </Show>
    }
}
