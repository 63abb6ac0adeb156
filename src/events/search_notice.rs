//! What came of looking for the event that the address names.

use super::{Events, Search};
use crate::{
    browser::focus,
    routes::QueryParam,
    ui::{Notice, Tone, event_anchor},
};
use leptos::prelude::*;

/// Goes to the event once it is there; until then, and if it is not, says so.
#[component]
pub fn SearchNotice(
    /// Where it is looked for.
    events: Events,
    /// The parameter of the address that names it.
    named: QueryParam,
    /// Brings the event of that id on the page, where not all are on it.
    #[prop(optional)]
    reach: Option<Callback<String>>,
) -> impl IntoView {
    let search = events.search();
    Effect::new(move |_| {
        if search.get() == Search::Found {
            let id = untrack(|| named.get());
            if let Some(reach) = reach {
                reach.run(id);
                return;
            }
            let anchor = event_anchor(&id);
            // The rows are drawn by the time of the next frame.
            request_animation_frame(move || {
                focus::by_id(&anchor);
            });
        }
    });
    view! {
        <Show when=move || search.get() == Search::Looking>
            <p class="section-note" role="status">
                "Loading up to the event that the link names."
            </p>
        </Show>
        <Show when=move || search.get() == Search::Missing>
            <Notice tone=Tone::Finding about="missing-event">
                "There is no such event here: it may have been removed on the platform. What there is shows from its beginning."
            </Notice>
        </Show>
    }
}
