//! A question that has to be answered before anything else.

use super::unique_id;
use leptos::{html, prelude::*};

/// The browser's own dialog: keeps the keyboard inside, closes on Escape and gives the keyboard back.
#[component]
pub fn Dialog(
    /// Whether it is open; it sets this to false when it is closed.
    open: RwSignal<bool>,
    /// What it asks.
    #[prop(into)]
    title: Signal<String>,
    /// A class beside `dialog`.
    #[prop(optional)]
    class: &'static str,
    /// What is in it, made anew each time it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let title_id = unique_id("dialog");
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            // It is in the document, hence it can be shown.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let labelled_by = title_id.clone();
    view! {
        <dialog
            node_ref=node
            class=format!("dialog {class}")
            aria-labelledby=labelled_by
            on:close=move |_| {
                // The event comes late: by then the question may have been asked again.
                if node.get_untracked().is_none_or(|dialog| !dialog.open()) {
                    open.try_set(false);
                }
            }
        >
            <Show when=move || open.get()>
                <h2 class="dialog-title" id=title_id.clone()>
                    {move || title.get()}
                </h2>
                {children()}
            </Show>
        </dialog>
    }
}
