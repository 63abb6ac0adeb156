//! A word or figure that qualifies what stands beside it.

use leptos::prelude::*;

/// What a badge means; its shape and words say it too, not its colour alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Quiet,
    /// Asks for this person's act.
    Accent,
    /// Went well.
    Good,
    /// Did not.
    Bad,
    /// To be read before deciding.
    Finding,
}

impl Tone {
    /// Returns the tone as a `data-tone` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Accent => "accent",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Finding => "finding",
        }
    }
}

/// A word or figure that qualifies what stands beside it.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// The word or figure.
    children: Children,
) -> impl IntoView {
    view! {
        <span class="badge" data-tone=move || tone.get().as_str()>
            {children()}
        </span>
    }
}
