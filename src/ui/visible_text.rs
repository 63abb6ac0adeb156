//! A prompt to read, exactly as the platform holds it, with nothing hidden in it.

use leptos::prelude::*;
use prompt_diff::{Piece, pieces};

/// A text in which characters that show nothing are drawn as chips with their number and name.
#[component]
pub fn VisibleText(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let parts = move || text.with(|text| visible_parts(text));
    view! { <pre class="prompt-text">{parts}</pre> }
}

/// Draws `text`, with each character that shows nothing as a chip.
pub(super) fn visible_parts(text: &str) -> Vec<AnyView> {
    let draw = |piece: Piece| match piece {
        Piece::Text(range) => text.get(range).unwrap_or_default().to_owned().into_any(),
        Piece::Hidden(hidden) => {
            let words = match &hidden.decoded {
                Some(spelt) => format!("{} {}: “{spelt}”", hidden.number(), hidden.name),
                None => format!("{} {}", hidden.number(), hidden.name),
            };
            let number = hidden.number();
            view! {
                <span class="hidden-character" title=words>
                    {number}
                </span>
            }
            .into_any()
        }
    };
    pieces(text).into_iter().map(draw).collect()
}
