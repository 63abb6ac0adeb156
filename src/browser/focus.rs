//! What has the keyboard, and what is typed into.

use wasm_bindgen::JsCast as _;
use web_sys::{
    Document, Element, Event, FocusOptions, HtmlElement, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Returns the element that has the keyboard.
pub fn active() -> Option<HtmlElement> {
    document()?.active_element()?.dyn_into().ok()
}

/// Gives the keyboard to the first element that fits `selector`; says whether there was one.
pub fn first(selector: &str) -> bool {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    on(&element);
    true
}

/// Gives the keyboard to the element of that id, in the middle of the window; says whether there was one.
pub fn by_id(id: &str) -> bool {
    let found = document().and_then(|document| document.get_element_by_id(id));
    let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    on(&element);
    let middle = ScrollIntoViewOptions::new();
    middle.set_block(ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&middle);
    true
}

/// Gives the keyboard to `element`, without scrolling more than needed.
pub fn on(element: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    // An element that cannot have the keyboard leaves it where it is.
    drop(element.focus_with_options(&options));
    let near = ScrollIntoViewOptions::new();
    near.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&near);
}

/// Brings the first element that fits `selector` to the top, short of its scroll margin; the keyboard stays.
pub fn show(selector: &str) {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(element) = found {
        let top = ScrollIntoViewOptions::new();
        top.set_block(ScrollLogicalPosition::Start);
        element.scroll_into_view_with_scroll_into_view_options(&top);
    }
}

/// As [`show`], once what was just changed is drawn.
pub fn show_soon(selector: &'static str) {
    leptos::prelude::request_animation_frame(move || show(selector));
}

/// Says whether nothing has the keyboard, as after the element that had it is gone.
pub fn is_nowhere() -> bool {
    active().is_none_or(|active| active.tag_name() == "BODY")
}

/// Moves the keyboard by `step` among the elements that fit `selector`; says whether it moved.
pub fn step(selector: &str, step: isize) -> bool {
    let Some(document) = document() else {
        return false;
    };
    let Ok(found) = document.query_selector_all(selector) else {
        return false;
    };
    let elements: Vec<HtmlElement> = (0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into::<HtmlElement>().ok())
        .filter(|element| element.offset_parent().is_some())
        .collect();
    let here = active().and_then(|active| {
        let inside = |element: &HtmlElement| element.contains(Some(&active));
        elements.iter().position(inside)
    });
    let target = match here {
        Some(index) => index.checked_add_signed(step),
        None if step > 0 => Some(0),
        None => elements.len().checked_sub(1),
    };
    let Some(element) = target.and_then(|target| elements.get(target)) else {
        return false;
    };
    on(element);
    true
}

/// Presses the first element that fits `selector`; says whether there was one.
pub fn press(selector: &str) -> bool {
    let found = document().and_then(|document| document.query_selector(selector).ok().flatten());
    match found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        Some(element) => {
            element.click();
            true
        }
        None => false,
    }
}

/// Says whether `event` goes into a dialog, or is typed into something.
pub fn is_taken(event: &Event) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let in_dialog = |target: &Element| target.closest("dialog[open]").ok().flatten().is_some();
    target.as_ref().is_some_and(in_dialog) || is_typing(target.as_ref())
}

fn is_typing(target: Option<&Element>) -> bool {
    target.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "TEXTAREA" | "SELECT")
            || element
                .dyn_ref::<web_sys::HtmlInputElement>()
                .is_some_and(|input| {
                    !matches!(input.type_().as_str(), "checkbox" | "radio" | "button")
                })
            || element
                .dyn_ref::<HtmlElement>()
                .is_some_and(HtmlElement::is_content_editable)
    })
}
