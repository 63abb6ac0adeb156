//! A page that shows the console's own diff view of any two texts, to be timed and looked at.
//!
//! As the console does, it first runs the view over a sample while nothing else is to be done; not so at `#cold`.
//! It offers `render(before, after, element)` to whoever drives the browser, as the pages of the other viewers in
//! `bench/peers` do.

use dream_review::{
    browser::panic,
    diff_view::{DiffNav, DiffView, Picks, Tools, Viewed, compared, warm_up},
    keyboard::Keyboard,
};
use leptos::{mount::mount_to, prelude::*};
use prompt_diff::Sides;
use std::sync::Arc;
use wasm_bindgen::{JsValue, closure::Closure};
use web_sys::HtmlElement;

fn main() {
    panic::install();
    let is_cold = web_sys::window()
        .and_then(|window| window.location().hash().ok())
        .is_some_and(|hash| hash == "#cold");
    if is_cold {
        offer_render();
    } else {
        // As the console does while its first screen is read.
        warm_up(offer_render);
    }
}

fn offer_render() {
    let render: Closure<dyn Fn(String, String, HtmlElement)> = Closure::new(render);
    offer("render", render.into_js_value());
}

/// Puts a function on the window.
fn offer(name: &str, function: JsValue) {
    // A page that cannot even take a property shows nothing, and whoever drives it says so.
    drop(js_sys::Reflect::set(&window(), &name.into(), &function));
}

/// Shows the diff of two texts with everything that the suggestion page lets people do with it.
fn render(before: String, after: String, root: HtmlElement) {
    let texts = Sides::new(Arc::from(before), Arc::from(after));
    let handle = mount_to(root, move || {
        Keyboard::provide();
        let diff = compared(Memo::new(move |_| texts.clone()));
        let names = Signal::stored(Sides::new("v12".to_owned(), "proposed".to_owned()));
        let tools = Tools {
            viewed: Some(Viewed::open("bench:page")),
            picks: Some(Picks::open("bench:page", diff)),
            ..Tools::default()
        };
        view! { <DiffView diff names nav=DiffNav::open() tools /> }
    });
    handle.forget();
}
