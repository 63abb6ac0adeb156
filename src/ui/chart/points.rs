//! Reading a chart bar by bar: by pointing, and by the arrow keys of one stop of the keyboard.

use leptos::{ev, html, prelude::*};

/// Bars that Page up and Page down go on by.
const PAGE: usize = 10;

#[component]
pub(super) fn Points(
    /// How many bars or points there are.
    count: Signal<usize>,
    /// The one that is pointed at.
    at: RwSignal<Option<usize>>,
    /// What it shows, in words.
    said: Signal<Option<String>>,
    /// Id of the chart's title.
    labelled_by: String,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let known = move || count.get_untracked();
    let on_key = move |event: ev::KeyboardEvent| {
        let last = known().saturating_sub(1);
        let now = at.get_untracked();
        let from = now.unwrap_or(last);
        let to = match event.key().as_str() {
            // The first press shows where one is: at the newest.
            "ArrowLeft" | "ArrowRight" if now.is_none() => last,
            "ArrowLeft" => from.saturating_sub(1),
            "ArrowRight" => from.saturating_add(1).min(last),
            "PageUp" => from.saturating_sub(PAGE),
            "PageDown" => from.saturating_add(PAGE).min(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        at.set(Some(to));
    };
    let point = move |x: i32| {
        let Some(node) = node.get_untracked() else {
            return;
        };
        at.set(under(x, node.offset_width(), known()));
    };
    // Numbers from 1, as people count.
    let number = move || at.get().map_or_else(|| count.get(), |at| at + 1);
    view! {
        <div
            node_ref=node
            class="chart-points"
            tabindex="0"
            role="slider"
            aria-labelledby=labelled_by
            aria-valuemin="1"
            aria-valuemax=move || count.get().to_string()
            aria-valuenow=move || number().to_string()
            aria-valuetext=move || said.get()
            on:keydown=on_key
            on:focus=move |_| {
                if at.get_untracked().is_none() {
                    at.set(known().checked_sub(1));
                }
            }
            on:pointermove=move |event| point(event.offset_x())
            on:pointerdown=move |event| point(event.offset_x())
        ></div>
    }
}

/// Returns the bar under a place `x` pixels from the left of a chart of this width.
fn under(x: i32, width: i32, count: usize) -> Option<usize> {
    let (x, width) = (u64::try_from(x).ok()?, u64::try_from(width).ok()?);
    let index = x.checked_mul(count as u64)?.checked_div(width)?;
    let index = usize::try_from(index).ok()?;
    (count > 0).then(|| index.min(count - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_under_the_pointer_is_found_at_both_ends_too() {
        assert_eq!(under(0, 100, 4), Some(0));
        assert_eq!(under(24, 100, 4), Some(0));
        assert_eq!(under(25, 100, 4), Some(1));
        assert_eq!(under(100, 100, 4), Some(3));
        assert_eq!(under(-1, 100, 4), None);
        assert_eq!(under(5, 0, 4), None);
        assert_eq!(under(5, 100, 0), None);
    }
}
