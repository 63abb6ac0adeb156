//! What part of the page is on screen, and how large things are drawn; lengths are CSS pixels.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, Event, HtmlElement, ResizeObserver};

/// Returns how far the page is scrolled.
pub fn scroll_px() -> f64 {
    web_sys::window()
        .and_then(|window| window.scroll_y().ok())
        .unwrap_or_default()
}

/// Scrolls the page to `px` at once.
pub fn scroll_to(px: f64) {
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(window.scroll_x().unwrap_or_default(), px);
    }
}

/// Returns the height of the window.
pub fn height_px() -> f64 {
    web_sys::window()
        .and_then(|window| window.inner_height().ok()?.as_f64())
        .unwrap_or(900.0)
}

/// Returns the width of the window.
pub fn wide_px() -> f64 {
    web_sys::window()
        .and_then(|window| window.inner_width().ok()?.as_f64())
        .unwrap_or(1_400.0)
}

/// Returns where `element` begins, from the top of the window.
pub fn top_px(element: &Element) -> f64 {
    element.get_bounding_client_rect().top()
}

/// Returns where `element` ends, from the top of the window.
pub fn bottom_px(element: &Element) -> f64 {
    element.get_bounding_client_rect().bottom()
}

/// Says whether a part of the first element that `css` matches is in the window.
pub fn is_in_window(css: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let element = document.and_then(|document| document.query_selector(css).ok().flatten());
    element.is_some_and(|element| bottom_px(&element) > 0.0 && top_px(&element) < height_px())
}

/// Returns the width of `element`.
pub fn width_px(element: &Element) -> f64 {
    element.get_bounding_client_rect().width()
}

/// Returns the heights of the elements in `parent`, in order.
pub fn heights_px(parent: &Element) -> Vec<f64> {
    let children = parent.children();
    (0..children.length())
        .filter_map(|index| children.item(index))
        .map(|child| child.get_bounding_client_rect().height())
        .collect()
}

/// Calls `run` after each scroll of the page until the owner that asked is gone.
pub fn on_scroll(run: impl Fn() + 'static) {
    let listener = window_event_listener_untyped("scroll", move |_| run());
    on_cleanup(move || listener.remove());
}

/// Calls `run` when `element` becomes larger or smaller, before that is painted, until the owner that asked is gone.
pub fn on_resize(element: &HtmlElement, run: impl Fn() + 'static) {
    let called: Closure<dyn FnMut()> = Closure::new(run);
    // A browser without it draws by estimated heights.
    let Ok(observer) = ResizeObserver::new(called.as_ref().unchecked_ref()) else {
        return;
    };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, called));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}

/// Returns how far the element is scrolled in which `event` happens.
pub fn scrolled_px(event: &Event) -> f64 {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.map_or(0.0, |element| f64::from(element.scroll_top()))
}

/// Returns the attribute `name` of the element that `event` is about.
pub fn target_attribute(event: &Event, name: &str) -> Option<String> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.get_attribute(name)
}

/// Makes an element that is not on the page.
pub fn detached() -> Option<HtmlElement> {
    let element = web_sys::window()?.document()?.create_element("div").ok()?;
    element.dyn_into().ok()
}

/// Says whether `element` is on the page, and so has a place and a size.
pub fn is_on_page(element: &Element) -> bool {
    element.is_connected()
}
