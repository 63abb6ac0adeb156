//! The end of a list that has more.

use super::{Button, Notice, Tone};
use crate::listing::{Listing, Rest};
use leptos::prelude::*;

/// Offers the next page of a list, and says why it did not come.
#[component]
pub fn ShowMore<T: Clone + PartialEq + Send + Sync + 'static>(
    /// The list.
    listing: Listing<T>,
) -> impl IntoView {
    let rest = Memo::new(move |_| listing.rest());
    let failure = move || match rest.get() {
        Rest::Failed(error) => Some(error.to_string()),
        _ => None,
    };
    let busy = Signal::derive(move || rest.get() == Rest::Coming);
    view! {
        <Show when=move || rest.get() != Rest::Nothing>
            <div class="show-more">
                <Show when=move || failure().is_some()>
                    <Notice tone=Tone::Bad about="more">
                        {failure}
                    </Notice>
                </Show>
                <Button on_press=Callback::new(move |()| listing.more()) busy action="more">
                    {move || if busy.get() { "Loading more" } else { "Show more" }}
                </Button>
            </div>
        </Show>
    }
}
