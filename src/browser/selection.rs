//! What is selected on the page, and copying it.

use wasm_bindgen::JsCast as _;
use web_sys::{ClipboardEvent, Element, MouseEvent, Node};

/// Returns the text selected in elements that fit `selector`, one line for each of them.
///
/// Chips stand for the characters that their `data-code` names; what is not heard or not selectable is left out.
/// Nothing where no such element is touched.
pub fn text(selector: &str) -> Option<String> {
    let selection = web_sys::window()?.get_selection().ok().flatten()?;
    if selection.is_collapsed() || selection.range_count() == 0 {
        return None;
    }
    let range = selection.get_range_at(0).ok()?;
    let fragment = range.clone_contents().ok()?;
    let lines = fragment.query_selector_all(selector).ok()?;
    if lines.length() == 0 {
        let inside = range.common_ancestor_container().ok()?;
        let element = inside
            .dyn_ref::<Element>()
            .cloned()
            .or_else(|| inside.parent_element())?;
        element.closest(selector).ok().flatten()?;
        let mut text = String::new();
        collect(&fragment, &mut text);
        return Some(text);
    }
    let mut texts = Vec::new();
    for index in 0..lines.length() {
        let Some(line) = lines.item(index) else {
            continue;
        };
        let kept = line.parent_element().is_none_or(|half| is_kept(&half));
        if kept {
            let mut text = String::new();
            collect(&line, &mut text);
            texts.push(text);
        }
    }
    Some(texts.join("\n"))
}

/// Says whether the browser would let this be selected.
fn is_kept(half: &Element) -> bool {
    half.get_attribute("data-kind").as_deref() != Some("missing")
}

fn collect(node: &Node, text: &mut String) {
    let children = node.child_nodes();
    for index in 0..children.length() {
        let Some(child) = children.item(index) else {
            continue;
        };
        match child.dyn_ref::<Element>() {
            Some(element) => match element.get_attribute("data-code") {
                Some(codes) => text.extend(codes.split(' ').filter_map(character)),
                None if is_aside(element) => {}
                None => collect(&child, text),
            },
            None => text.push_str(&child.node_value().unwrap_or_default()),
        }
    }
}

fn character(code: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(code, 16).ok()?)
}

/// Says whether an element explains the text and is no part of it.
fn is_aside(element: &Element) -> bool {
    let classes = element.class_list();
    ["visually-hidden", "diff-note", "diff-sign", "diff-number"]
        .iter()
        .any(|class| classes.contains(class))
}

/// Puts the text selected in elements that fit `selector` on the clipboard: hidden characters as they are, and
/// nothing of what stands beside the text.
pub fn copy(event: &ClipboardEvent, selector: &str) {
    let typed_in = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA"));
    if typed_in {
        return;
    }
    if let (Some(text), Some(data)) = (text(selector), event.clipboard_data())
        && data.set_data("text/plain", &text).is_ok()
    {
        event.prevent_default();
    }
}

/// Keeps a selection on the side where it begins.
pub fn choose_side(event: &MouseEvent) {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return;
    };
    let side = target
        .closest("[data-side]")
        .ok()
        .flatten()
        .and_then(|half| half.get_attribute("data-side"));
    if let Ok(Some(diff)) = target.closest(".diff") {
        drop(diff.set_attribute("data-selecting", side.as_deref().unwrap_or("all")));
    }
}
