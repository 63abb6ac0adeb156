//! The bar at the foot of a page where one decides.

use leptos::prelude::*;

/// Always on screen; the note on the left, the actions on the right, the primary one last.
#[component]
pub fn DecisionBar(
    /// What should be known before deciding.
    #[prop(optional, into)]
    note: Signal<Option<String>>,
    /// Id of the note, for buttons whose reason it is.
    #[prop(optional)]
    note_id: Option<String>,
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="decision-bar" aria-label="Decision">
            <p class="decision-note" role="status" id=note_id>
                {move || note.get()}
            </p>
            <div class="decision-actions">{children()}</div>
        </section>
    }
}
