//! A diff, mounted in a browser: views, folds, steps, hidden characters.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a missing element fails the test")]

mod support;

use dream_review::{
    diff_view::{DiffNav, DiffView, compared},
    keyboard::Keyboard,
};
use leptos::{prelude::*, tachys::view::Mountable, web_sys::HtmlElement};
use prompt_diff::Sides;
use std::sync::Arc;
use support::{Mounted, mounted, press, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn diff(before: &str, after: &str) -> Mounted<impl Mountable + use<>> {
    window().local_storage().unwrap().unwrap().clear().unwrap();
    kept(before, after)
}

/// As [`diff`], with the view that was chosen before.
fn kept(before: &str, after: &str) -> Mounted<impl Mountable + use<>> {
    let texts = Sides::new(Arc::from(before), Arc::from(after));
    mounted(move || {
        Keyboard::provide();
        let diff = compared(Memo::new(move |_| texts.clone()));
        let names = Signal::stored(Sides::new("v12".to_owned(), "proposed".to_owned()));
        view! { <DiffView diff names nav=DiffNav::open() /> }
    })
}

fn lines(count: usize) -> String {
    (0..count).fold(String::new(), |text, line| {
        text + &format!("Line {line} of the prompt.\n")
    })
}

/// Two changes, far apart, under two headings.
fn two_changes() -> [String; 2] {
    let common = lines(60);
    let text = |limit: &str, tone: &str| {
        format!("# Refunds\nRefund up to {limit} without asking.\n{common}# Tone\nBe {tone}.\n")
    };
    [text("$200", "brief"), text("$50", "brief and kind")]
}

fn is_on_screen(element: &HtmlElement) -> bool {
    let top = f64::from(element.offset_top()) - window().scroll_y().unwrap();
    let height = window().inner_height().unwrap().as_f64().unwrap();
    (0.0..height).contains(&top)
}

#[wasm_bindgen_test]
async fn changed_words_are_marked_and_read_out_with_sign_and_number() {
    let page = diff(
        "Ask first.\nRefund up to $200.\n",
        "Ask first.\nRefund up to $50.\n",
    );
    until("the diff shows", || page.find("del.diff-text").is_some()).await;
    assert_eq!(
        page.text("del.diff-text"),
        "removed, line 2: Refund up to $200."
    );
    assert_eq!(
        page.text("ins.diff-text"),
        "added, line 2: Refund up to $50."
    );
    assert_eq!(page.text("del .diff-word"), "200");
    assert_eq!(page.text("ins .diff-word"), "50");
    assert_eq!(page.text("[data-kind=removed] .diff-sign"), "\u{2212}");
    assert_eq!(page.text("[data-kind=added] .diff-sign"), "+");
    assert_eq!(page.text("[data-about=place]"), "1 change");
}

#[wasm_bindgen_test]
async fn the_view_chosen_is_kept() {
    let [before, after] = two_changes();
    let page = diff(&before, &after);
    until("both sides show", || {
        page.find(".diff[data-mode=split]").is_some()
    })
    .await;
    page.click("[data-tab=inline]");
    until("it is inline", || {
        page.find(".diff[data-mode=inline]").is_some()
    })
    .await;
    assert_eq!(
        page.count(".diff-line:has(del):has(ins)"),
        0,
        "one line each"
    );
    drop(page);
    let again = kept(&before, &after);
    until("it is inline again", || {
        again.find(".diff[data-mode=inline]").is_some()
    })
    .await;
    again.click("[data-tab=split]");
    until("both sides show", || {
        again.find(".diff[data-mode=split]").is_some()
    })
    .await;
    assert_eq!(
        again.count(".diff-line:has(del):has(ins)"),
        2,
        "beside one another"
    );
}

#[wasm_bindgen_test]
async fn unchanged_lines_fold_under_the_heading_to_come_and_open_again() {
    let [before, after] = two_changes();
    let page = diff(&before, &after);
    until("the fold shows", || page.find("[data-fold]").is_some()).await;
    assert_eq!(page.text(".diff-fold-words"), "55 unchanged lines");
    assert_eq!(page.text(".diff-fold-path"), "Tone");
    assert!(!page.shows("Line 30 of the prompt."));

    page.click("[data-action=unfold-top]");
    until("20 more show", || {
        page.text(".diff-fold-words") == "35 unchanged lines"
    })
    .await;
    assert!(page.shows("Line 22 of the prompt."));
    page.click("[data-action=unfold-bottom]");
    until("20 more show", || {
        page.text(".diff-fold-words") == "15 unchanged lines"
    })
    .await;
    assert!(page.shows("Line 40 of the prompt."));
    page.click("[data-action=unfold-gap]");
    until("all show", || page.find("[data-fold]").is_none()).await;
    assert!(page.shows("Line 30 of the prompt."));
}

#[wasm_bindgen_test]
async fn the_whole_text_unfolds_and_folds_at_once() {
    let [before, after] = two_changes();
    let page = diff(&before, &after);
    until("the fold shows", || page.find("[data-fold]").is_some()).await;
    page.click("[data-action=unfold-all]");
    until("nothing is folded", || page.find("[data-fold]").is_none()).await;
    page.click("[data-action=unfold-all]");
    until("it is folded again", || page.find("[data-fold]").is_some()).await;
}

#[wasm_bindgen_test]
async fn n_and_p_lead_from_change_to_change_and_stay_at_the_ends() {
    let [before, after] = two_changes();
    let page = diff(&before, &after);
    until("the diff shows", || page.find("[data-hunk='1']").is_some()).await;
    page.click("[data-action=unfold-all]");
    until("it is long", || page.shows("Line 30 of the prompt.")).await;
    let current = || page.text("[data-about=place]");
    press("n");
    until("at the first", || current() == "change 1 of 2").await;
    assert_eq!(page.text(".diff-place-path"), "Refunds");
    press("n");
    until("at the second", || current() == "change 2 of 2").await;
    let second = page.find("[data-hunk-start='1']").unwrap();
    until("it is on screen", || is_on_screen(&second)).await;
    assert!(second.has_attribute("data-current"));
    press("n");
    until("still at the second", || current() == "change 2 of 2").await;
    page.click("[data-action=previous-change]");
    until("at the first again", || current() == "change 1 of 2").await;
    let first = page.find("[data-hunk-start='0']").unwrap();
    until("it is on screen", || is_on_screen(&first)).await;
}

#[wasm_bindgen_test]
async fn p31_hidden_characters_are_chips_and_their_bytes_are_not_lost() {
    let page = diff("Refund first.\n", "Re\u{200B}fund\u{202E} first.\tNow\n");
    until("the chips show", || page.count(".chip") == 3).await;
    let codes: Vec<_> = page
        .all(".chip")
        .iter()
        .map(|chip| chip.get_attribute("data-code").unwrap())
        .collect();
    assert_eq!(codes, ["200B", "202E", "0009"]);
    assert!(page.text(".chip").contains("U+200B zero width space"));
    let raw = page.text("ins.diff-text");
    assert!(
        !raw.contains(['\u{200B}', '\u{202E}']),
        "nothing hidden is left in the text: {raw:?}"
    );
}

#[wasm_bindgen_test]
async fn markup_in_a_prompt_is_text() {
    let page = diff("plain\n", "<img src=x onerror=alert(1)><b>bold</b>\n");
    until("the diff shows", || page.find("ins").is_some()).await;
    assert_eq!(page.count("img, b"), 0);
    assert!(page.shows("<img src=x onerror=alert(1)><b>bold</b>"));
}

#[wasm_bindgen_test]
async fn equal_texts_say_so() {
    let page = diff("same\n", "same\n");
    until("it says so", || page.shows("the same, byte for byte")).await;
    assert_eq!(page.count(".diff-line"), 0);
}

#[wasm_bindgen_test]
async fn only_spaces_and_the_line_feed_at_the_end_are_said() {
    let page = diff("Ask  first.\nEnd.\n", "Ask first.\nEnd.");
    until("the notes show", || page.count(".diff-note") == 2).await;
    assert!(page.shows("only spaces changed"));
    assert!(page.shows("no line feed at the end"));
}

#[wasm_bindgen_test]
async fn p33_a_long_text_comes_in_turns() {
    let before = lines(3_000);
    let after = before.replace("prompt", "new prompt");
    let page = diff(&before, &after);
    until("its beginning shows", || page.find(".diff-line").is_some()).await;
    assert!(page.count(".diff-line") < 1_000, "not all at once");
    until("all of it shows", || page.count(".diff-line") == 3_000).await;
    let text = page.find(".diff-body").unwrap();
    let last = text.last_element_child().unwrap();
    assert!(
        last.text_content()
            .unwrap()
            .contains("Line 2999 of the new prompt.")
    );
}
