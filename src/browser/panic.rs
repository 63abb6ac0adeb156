//! What the reader sees when the console has a defect that stops it.

use std::panic;
use web_sys::{Document, Element};

/// Logs a panic to the browser's console and lays a screen with a way out over the dead page.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let document = web_sys::window().and_then(|window| window.document());
        if let Some(document) = document {
            // A page that cannot even show this is left as it is; the log has the panic.
            let _: Option<()> = show(&document);
        }
    }));
}

fn show(document: &Document) -> Option<()> {
    if document.get_element_by_id("panic").is_some() {
        return None;
    }
    let overlay = element(document, "div", "panic")?;
    overlay.set_id("panic");
    overlay.set_attribute("role", "alertdialog").ok()?;
    overlay
        .set_attribute("aria-labelledby", "panic-title")
        .ok()?;
    let card = element(document, "div", "panic-body")?;
    let title = element(document, "h1", "panic-title")?;
    title.set_id("panic-title");
    title.set_text_content(Some("The console stopped"));
    let text = element(document, "p", "panic-text")?;
    text.set_text_content(Some(
        "It met a defect of its own. Nothing was sent that you did not send; drafts are kept. \
         Load the page again to go on. The browser's log has the details for a report.",
    ));
    // A link to the same address needs no code that could be dead.
    let again = element(document, "a", "button button-primary")?;
    again.set_attribute("href", "").ok()?;
    again.set_attribute("rel", "external").ok()?;
    again.set_text_content(Some("Load the page again"));
    for part in [&title, &text, &again] {
        card.append_child(part).ok()?;
    }
    overlay.append_child(&card).ok()?;
    document.body()?.append_child(&overlay).ok()?;
    Some(())
}

fn element(document: &Document, tag: &str, class: &str) -> Option<Element> {
    let element = document.create_element(tag).ok()?;
    element.set_class_name(class);
    Some(element)
}
