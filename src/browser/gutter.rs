//! Which line number of a diff is pressed.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event};

/// Returns the row and the side of the line number that `event` is about; nothing for what is no line number.
pub fn number_of(event: &Event) -> Option<(usize, Option<String>)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let closest = |selector: &str| target.closest(selector).ok().flatten();
    closest(".diff-number, .prose-number")?;
    let half = closest("[data-half-row]")?;
    let row = half.get_attribute("data-half-row")?.parse().ok()?;
    Some((row, half.get_attribute("data-side")))
}
