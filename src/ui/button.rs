//! A button that says why it cannot be pressed.

use super::{KeyHint, unique_id};
use leptos::prelude::*;

/// How much a button stands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing that this screen is for.
    Primary,
    /// One of several things that one may do.
    #[default]
    Plain,
    /// Cannot be undone, or takes something away.
    Danger,
    /// As little as a link.
    Bare,
}

impl ButtonKind {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Plain => "button",
            Self::Danger => "button button-danger",
            Self::Bare => "button button-bare",
        }
    }
}

/// A button; where it may not be pressed, the reason stands beside it or where the page has room for it.
///
/// It stays reachable by keyboard then, so that the reason is read out.
#[component]
pub fn Button(
    /// Called on each press that counts.
    on_press: Callback<()>,
    /// How much it stands out.
    #[prop(optional)]
    kind: ButtonKind,
    /// Why it may not be pressed now; nothing means it may.
    #[prop(optional, into)]
    refusal: Signal<Option<String>>,
    /// Whether what it began is still under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// The key that does the same.
    #[prop(optional)]
    keys: Option<&'static str>,
    /// What it does, as `data-action` for tests and for keys.
    #[prop(optional)]
    action: Option<&'static str>,
    /// Id of the element that says the reason; nothing means that it stands beside the button.
    #[prop(optional)]
    reason_at: Option<String>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    let is_beside = reason_at.is_none();
    let reason_id = reason_at.unwrap_or_else(|| unique_id("reason"));
    let described_by = {
        let reason_id = reason_id.clone();
        move || refusal.with(Option::is_some).then(|| reason_id.clone())
    };
    let off = move || refusal.with(Option::is_some) || busy.get();
    view! {
        <span class="action">
            <button
                type="button"
                class=kind.class()
                data-action=action
                aria-disabled=move || off().then_some("true")
                aria-busy=move || busy.get().then_some("true")
                aria-describedby=described_by
                on:click=move |_| {
                    if refusal.with_untracked(Option::is_none) && !busy.get_untracked() {
                        on_press.run(());
                    }
                }
            >
                {children()}
                {keys.map(|keys| view! { <KeyHint keys /> })}
            </button>
            {is_beside
                .then(|| {
                    view! {
                        <span class="action-reason" id=reason_id>
                            {move || refusal.get()}
                        </span>
                    }
                })}
        </span>
    }
}
