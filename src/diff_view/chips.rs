//! Text as it is, with hidden characters drawn as chips.

use leptos::prelude::*;
use prompt_diff::{Hidden, HiddenClass, Piece, pieces};

/// Draws a text as text nodes and chips.
pub(super) fn text(text: &str) -> AnyView {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned().into_any();
    }
    let draw = |piece| match piece {
        Piece::Text(range) => text.get(range).unwrap_or_default().to_owned().into_any(),
        Piece::Hidden(hidden) => {
            let raw = text.get(hidden.range.clone()).unwrap_or_default();
            chip(&hidden, raw)
        }
    };
    pieces(text).into_iter().map(draw).collect_view().into_any()
}

/// Draws one hidden character as one element; its exact code points stand in `data-code`, so that nothing is lost.
fn chip(hidden: &Hidden, raw: &str) -> AnyView {
    let codes: Vec<_> = raw
        .chars()
        .map(|c| format!("{:04X}", u32::from(c)))
        .collect();
    let number = hidden.number();
    let spelt = hidden
        .decoded
        .as_ref()
        .map(|text| format!(" spelling “{text}”"));
    let meaning = format!("{number} {}{}", hidden.name, spelt.unwrap_or_default());
    let face = match hidden.class {
        HiddenClass::Tab => "⇥".to_owned(),
        _ if hidden.is_ordinary => number,
        _ => meaning.clone(),
    };
    view! {
        <span
            class="chip"
            role="img"
            aria-label=format!("hidden character {meaning}")
            data-code=codes.join(" ")
            data-ordinary=hidden.is_ordinary.then_some("")
            title=meaning
        >
            {face}
        </span>
    }
    .into_any()
}
