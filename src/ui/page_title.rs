//! The heading of a page, which is also the window's title and the end of the way there.

use crate::head::{Crumb, Head};
use leptos::prelude::*;

/// The one `h1` of a page; tells the bar and the window where we are.
///
/// Make it at once, with a general word while the page loads: it takes the keyboard after navigation.
#[component]
pub fn PageTitle(
    /// Where we are.
    #[prop(into)]
    title: Signal<String>,
    /// The way here, without the page itself.
    #[prop(optional, into)]
    crumbs: Signal<Vec<Crumb>>,
) -> impl IntoView {
    Head::show(title, crumbs);
    view! {
        <h1 class="page-title" tabindex="-1">
            {move || title.get()}
        </h1>
    }
}
