//! One of several views of the same thing.

use leptos::prelude::*;

/// One of the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tab {
    /// The view, as a word for programs.
    pub value: &'static str,
    /// The same, for people.
    pub label: &'static str,
}

/// A row of views to choose from, as pressed buttons.
#[component]
pub fn Tabs(
    /// What is chosen between, for screen readers.
    label: &'static str,
    /// The views.
    tabs: Vec<Tab>,
    /// The value of the one that shows.
    #[prop(into)]
    chosen: Signal<String>,
    /// Called with the value of the one pressed.
    on_choose: Callback<&'static str>,
) -> impl IntoView {
    let tabs = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <button
                    type="button"
                    class="tab"
                    data-tab=tab.value
                    aria-pressed=move || chosen.with(|chosen| chosen == tab.value).to_string()
                    on:click=move |_| on_choose.run(tab.value)
                >
                    {tab.label}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="tabs" role="group" aria-label=label>
            {tabs}
        </div>
    }
}
