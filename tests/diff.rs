//! A diff, mounted in a browser: views, folds, steps, what is drawn and what is not, hidden characters.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a missing element fails the test")]

mod support;

use dream_review::{
    diff_view::{DiffNav, DiffView, compared},
    keyboard::Keyboard,
};
use leptos::{prelude::*, tachys::view::Mountable, web_sys::HtmlElement};
use prompt_diff::Sides;
use std::{collections::BTreeMap, sync::Arc};
use support::{Mounted, mounted, press, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

fn diff(before: &str, after: &str) -> Mounted<impl Mountable + use<>> {
    window().local_storage().unwrap().unwrap().clear().unwrap();
    window().scroll_to_with_x_and_y(0.0, 0.0);
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
    let top = element.get_bounding_client_rect().top();
    let height = window().inner_height().unwrap().as_f64().unwrap();
    (0.0..height).contains(&top)
}

/// Most elements that were on the page at once, and every text of `.diff-text` by row and part of it.
struct Read {
    most_elements: u32,
    texts: BTreeMap<(usize, String), String>,
}

/// Reads a diff as people do: scrolls from the top to the bottom, half a window at a time.
async fn read<S: Mountable>(page: &Mounted<S>) -> Read {
    let mut read = Read {
        most_elements: 0,
        texts: BTreeMap::new(),
    };
    let step = window().inner_height().unwrap().as_f64().unwrap() / 2.0;
    window().scroll_to_with_x_and_y(0.0, 0.0);
    loop {
        frames().await;
        read.most_elements = read.most_elements.max(page.count("*"));
        for slot in page.all(".diff-slot") {
            let row = slot.get_attribute("data-row").unwrap().parse().unwrap();
            let text = slot.text_content().unwrap();
            read.texts.insert((row, text.clone()), text);
        }
        let before = window().scroll_y().unwrap();
        window().scroll_by_with_x_and_y(0.0, step);
        if window().scroll_y().unwrap() <= before {
            return read;
        }
    }
}

/// Scrolls from the top until there is what fits `selector`.
async fn scrolled_to<S: Mountable>(page: &Mounted<S>, selector: &str) -> HtmlElement {
    window().scroll_to_with_x_and_y(0.0, 0.0);
    for _ in 0..200 {
        frames().await;
        if let Some(found) = page.find(selector) {
            return found;
        }
        window().scroll_by_with_x_and_y(0.0, 300.0);
    }
    panic!("nowhere on the page: {selector}");
}

/// Waits until the browser has drawn twice, so that what came into view is drawn and measured.
async fn frames() {
    for _ in 0..3 {
        let drawn = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let done = Arc::clone(&drawn);
        request_animation_frame(move || done.store(true, std::sync::atomic::Ordering::Relaxed));
        until("a frame is drawn", || {
            drawn.load(std::sync::atomic::Ordering::Relaxed)
        })
        .await;
    }
}

impl Read {
    fn has(&self, text: &str) -> bool {
        self.texts.values().any(|other| other.contains(text))
    }
}

#[wasm_bindgen_test]
async fn p47_changed_words_are_marked_and_read_out_with_sign_and_number() {
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
        page.count(".diff[data-mode=split] .diff-line:has(del):has(ins)") == 2
    })
    .await;
    page.click("[data-tab=inline]");
    until("one line each", || {
        page.find(".diff[data-mode=inline] del").is_some()
            && page.count(".diff-line:has(del):has(ins)") == 0
    })
    .await;
    page.click("[data-tab=reading]");
    until("it is a document", || {
        page.find(".diff[data-mode=reading] .prose ins").is_some()
    })
    .await;
    drop(page);
    let again = kept(&before, &after);
    until("it is a document again", || {
        again.find(".diff[data-mode=reading] .prose ins").is_some()
    })
    .await;
    again.click("[data-tab=split]");
    until("both sides show again", || {
        again.count(".diff-line:has(del):has(ins)") == 2
    })
    .await;
}

#[wasm_bindgen_test]
async fn the_reading_view_marks_what_changed_in_the_prose_and_knows_headings_and_items() {
    let page = diff(
        "# Refunds\n\n- Refund up to $200 without asking.\n- Be kind.\n",
        "# Refunds\n\n- Refund up to $50 without asking.\n- Be kind.\n",
    );
    page.click("[data-tab=reading]");
    until("it is a document", || page.find(".prose del").is_some()).await;
    assert_eq!(page.text(".prose del"), "removed: 200");
    assert_eq!(page.text(".prose ins"), "added: 50");
    assert_eq!(page.text("[data-block=heading] .prose-text"), "# Refunds");
    assert_eq!(page.text("[data-block=heading] .prose-sign"), "# ");
    assert_eq!(page.count("[data-block=item]"), 2);
}

#[wasm_bindgen_test]
async fn the_reading_view_marks_the_words_of_a_moved_line_and_says_what_cannot_be_seen() {
    let page = diff(
        "# Never\n- Never silence an alert for longer than 30 minutes.\n- Never restart a database.\n\
         - Never paste customer data.\nStay calm.\nEnd.\n",
        "# Never\n- Never restart a database.\n- Never paste customer data.\n\
         - Never silence an alert for longer than 10 minutes.\nStay calm.\n\nEnd.\n",
    );
    page.click("[data-tab=reading]");
    until("it is a document", || {
        page.count(".prose[data-kind=moved]") == 2
    })
    .await;
    assert_eq!(page.text("del .diff-word"), "30");
    assert_eq!(page.text("ins .diff-word"), "10");
    assert!(
        page.text(".prose[data-kind=added]")
            .contains("empty line added")
    );
}

#[wasm_bindgen_test]
async fn unchanged_lines_fold_under_the_heading_to_come_and_open_again() {
    let [before, after] = two_changes();
    let page = diff(&before, &after);
    until("the fold shows", || page.find("[data-fold]").is_some()).await;
    let words = page.text(".diff-fold-words");
    let folded: usize = words
        .strip_suffix(" unchanged lines")
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(page.text(".diff-fold-path"), "Tone");
    assert!(!page.shows("Line 30 of the prompt."));

    let shown = async |text: &str, folded: usize| {
        scrolled_to(&page, "[data-fold]").await;
        let words = format!("{folded} unchanged lines");
        until("so many are left", || {
            page.text(".diff-fold-words") == words
        })
        .await;
        assert!(read(&page).await.has(text), "{text}");
    };
    page.click("[data-action=unfold-top]");
    shown("Line 22 of the prompt.", folded - 20).await;
    scrolled_to(&page, "[data-action=unfold-bottom]")
        .await
        .click();
    shown("Line 40 of the prompt.", folded - 40).await;
    scrolled_to(&page, "[data-action=unfold-gap]").await.click();
    until("all show", || page.find("[data-fold]").is_none()).await;
    assert!(read(&page).await.has("Line 30 of the prompt."));
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
    until("it is long", || page.find("[data-fold]").is_none()).await;
    let current = || page.text("[data-about=place]");
    let shows = |change: &str| {
        let head = page.find(&format!("[data-hunk-start='{change}'][data-current]"));
        head.is_some_and(|head| is_on_screen(&head))
    };
    press("n");
    until("at the first", || {
        current() == "change 1 of 2" && shows("0")
    })
    .await;
    press("n");
    until("at the second", || {
        current() == "change 2 of 2" && shows("1")
    })
    .await;
    press("j");
    until("still at the second", || {
        current() == "change 2 of 2" && shows("1")
    })
    .await;
    page.click("[data-action=previous-change]");
    until("at the first again", || {
        current() == "change 1 of 2" && shows("0")
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_search_finds_folded_text_and_goes_from_place_to_place() {
    let [before, after] = two_changes();
    let page = diff(&before, &after);
    until("the fold shows", || page.find("[data-fold]").is_some()).await;
    press("/");
    until("there is a field", || {
        page.find(".diff-search input").is_some()
    })
    .await;
    page.type_into(".diff-search input", "line 30 OF");
    until("it is found", || {
        page.text("[data-about=found]") == "1 place"
    })
    .await;
    page.click("[data-action=next-hit]");
    until("it is unfolded, marked and on screen", || {
        let hit = page.find(".diff-hit[data-current-hit]");
        hit.is_some_and(|hit| hit.text_content().unwrap() == "Line 30 of" && is_on_screen(&hit))
    })
    .await;

    page.type_into(".diff-search input", "refund");
    until("three places", || {
        page.text("[data-about=found]") == "3 places"
    })
    .await;
    for place in ["1 of 3", "2 of 3", "3 of 3", "1 of 3"] {
        page.click("[data-action=next-hit]");
        until("at the next place", || {
            page.text("[data-about=found]") == place
        })
        .await;
    }
    page.click("[data-action=previous-hit]");
    until("round the end", || {
        page.text("[data-about=found]") == "3 of 3"
    })
    .await;
    page.type_into(".diff-search input", "nowhere");
    until("it says so", || {
        page.text("[data-about=found]") == "Not found"
    })
    .await;
    page.click("[data-action=close-search]");
    until("nothing is marked", || {
        page.find(".diff-search").is_none() && page.find(".diff-hit").is_none()
    })
    .await;
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

/// Texts that are something else wherever they are not taken for text.
const PAYLOADS: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<svg onload=alert(1)><use href='//evil.example/a#b'></use></svg>",
    "<svg><style><img src=//evil.example/a></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x>",
    "<template><img src=x></template>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=preload as=image href=//evil.example/a>",
    "<link rel=dns-prefetch href=//evil.example>",
    "<base href=//evil.example>",
    "<style>@import '//evil.example/a.css'</style>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video src=//evil.example/a autoplay></video>",
    "<object data=//evil.example/a></object>",
    "![x](https://evil.example/a.png)",
    "![x][r]\n\n[r]: https://evil.example/a.png",
    "<https://evil.example>",
    "https://evil.example/?q=secret",
    "data:text/html,<script>alert(1)</script>",
    "url(//evil.example/a)",
    "{{constructor.constructor('alert(1)')()}}",
    "&lt;img src=x onerror=alert(1)&gt;",
    "\u{1b}[31mred\u{1b}[0m",
    "</span></div><h1>out</h1>",
    "' onmouseover='alert(1)",
    "\" style=\"background:url(//evil.example)",
    "<!--><img src=x>-->",
];

#[wasm_bindgen_test]
async fn p29_p32_markup_in_a_prompt_is_text_in_all_views_and_asks_for_nothing() {
    let asked = || {
        let entries = window()
            .performance()
            .unwrap()
            .get_entries_by_type("resource");
        let names = entries.iter().map(|entry| {
            let name = js_sys::Reflect::get(&entry, &"name".into()).unwrap();
            name.as_string().unwrap()
        });
        names.filter(|name| name.contains("evil")).count()
    };
    for tab in ["split", "inline", "reading"] {
        for payload in PAYLOADS {
            let plain = "x".repeat(12);
            let harmless = diff("plain\n", &format!("{plain}\n"));
            harmless.click(&format!("[data-tab={tab}]"));
            until("the diff shows", || harmless.find("ins").is_some()).await;
            drop(harmless);
            let page = diff("plain\n", &format!("{payload}\n"));
            page.click(&format!("[data-tab={tab}]"));
            until("the diff shows", || page.find("ins").is_some()).await;
            let strange = "img, script, svg, math, template, iframe, a, meta, link, base, style, input, details, \
                           video, object, h1, table, use";
            assert_eq!(page.count(strange), 0, "{payload}");
            for line in payload
                .lines()
                .filter(|line| !line.is_empty() && !line.contains('\u{1b}'))
            {
                assert!(page.shows(line), "{payload}");
            }
        }
    }
    assert_eq!(asked(), 0);
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
async fn a_paragraph_wrapped_anew_shows_the_words_that_changed_in_it_in_all_views() {
    let before = "Never refund an order without asking for its number first, and\nbe kind to whoever asks for \
                  a refund, whatever they say to you.\n";
    let after = "Always refund an order without asking for its number\nfirst, and be kind to whoever asks for \
                 a refund, whatever they say\nto you.\n";
    let page = diff(before, after);
    until("it shows", || page.find("[data-kind=rewrapped]").is_some()).await;
    let marks = |css: &str| -> Vec<String> {
        let texts = page.all(css);
        texts
            .iter()
            .map(|mark| mark.text_content().unwrap())
            .collect()
    };
    assert_eq!(marks(".diff-word"), ["Never", "Always"]);
    assert!(page.shows("wrapped otherwise") && !page.shows("only wrapped otherwise"));
    page.click("[data-tab=inline]");
    until("it is inline", || {
        page.count(".diff-number") > 0 && marks(".diff-word") == ["Never", "Always"]
    })
    .await;
    page.click("[data-tab=reading]");
    until("it is read", || page.find(".prose").is_some()).await;
    assert_eq!(marks(".prose-mark"), ["removed: Never", "added: Always"]);
    assert_eq!(page.count("[data-kind=rewrapped]"), 3, "the lines after");
}

#[wasm_bindgen_test]
async fn a_paragraph_that_is_only_wrapped_anew_says_so_and_marks_nothing() {
    let before = "Ask for the order number before\nany refund is made.\n";
    let after = "Ask for the order number\nbefore any refund is made.\n";
    let page = diff(before, after);
    until("it says so", || page.shows("only wrapped otherwise")).await;
    assert_eq!(page.count(".diff-word"), 0);
    page.click("[data-tab=reading]");
    until("it is read", || page.find(".prose").is_some()).await;
    assert_eq!(page.count(".prose-mark"), 0);
}

#[wasm_bindgen_test]
async fn p33_however_long_a_text_is_little_is_on_the_page_and_all_of_it_can_be_read() {
    let before = lines(600);
    let after = before.replace("prompt", "new prompt");
    let page = diff(&before, &after);
    until("its beginning shows", || page.find(".diff-slot").is_some()).await;
    let read = read(&page).await;
    assert!(read.most_elements < 3_000, "{}", read.most_elements);
    let missing: Vec<_> = (0..600)
        .filter(|line| !read.has(&format!("Line {line} of the new prompt.")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[wasm_bindgen_test]
async fn p33_long_lines_and_lines_of_hidden_characters_are_cut_so_that_the_page_stays_small() {
    let long = (0..2_000).fold(String::new(), |text, n| {
        text + &format!("Sentence {n} goes on. ")
    });
    let edited = long.replace("Sentence 7 ", "Sentence seven ");
    let hidden = "\u{200B}".repeat(4_000);
    let reversed = (0..3_000).fold(String::new(), |text, n| {
        text + &format!(
            "{}
",
            3_000 - n
        )
    });
    let table = [
        (long.clone(), edited, "Sentence 1999 goes on."),
        (String::new(), format!("{hidden}end"), "end"),
        (lines(3_000), reversed, "3000"),
        (
            format!("{}\n", "漢".repeat(30_000)),
            format!("{}x\n", "漢".repeat(30_000)),
            "x",
        ),
    ];
    for (before, after, text) in table {
        let page = diff(&before, &after);
        until("its beginning shows", || page.find(".diff-slot").is_some()).await;
        assert!(page.count("*") < 3_000, "{}", page.count("*"));
        press("/");
        until("there is a field", || {
            page.find(".diff-search input").is_some()
        })
        .await;
        page.type_into(".diff-search input", text);
        until("it is found", || {
            page.text("[data-about=found]").contains("place")
        })
        .await;
        page.click("[data-action=next-hit]");
        until("it is on the page", || page.find(".diff-hit").is_some()).await;
        assert!(page.count("*") < 3_000, "{}", page.count("*"));
    }
}

#[wasm_bindgen_test]
async fn what_is_on_screen_stays_where_it_is_when_heights_become_known() {
    let paragraph = |n: usize| {
        format!(
            "Paragraph {n}. {}\n",
            "Words that wrap. ".repeat(n * 7 % 60)
        )
    };
    let before: String = (0..300).map(paragraph).collect();
    let after = before.replace("wrap. W", "wrap well. W");
    let page = diff(&before, &after);
    until("its beginning shows", || page.find(".diff-slot").is_some()).await;
    for place in [9_000.0, 21_000.0, 4_000.0] {
        window().scroll_to_with_x_and_y(0.0, place);
        frames().await;
        let seen = page
            .all(".diff-slot")
            .into_iter()
            .find(|slot| slot.get_bounding_client_rect().top() > 200.0)
            .unwrap();
        let top = seen.get_bounding_client_rect().top();
        // More is drawn and measured above it now.
        window().scroll_by_with_x_and_y(0.0, -200.0);
        frames().await;
        let moved = seen.get_bounding_client_rect().top() - top;
        assert!(
            (moved - 200.0).abs() < 1.5,
            "it moved by {moved} and not by 200"
        );
    }
}

#[wasm_bindgen_test]
async fn what_is_copied_is_the_text_without_numbers_and_signs() {
    let page = diff("a\nRefund $200.\n", "a\nRe\u{200B}fund $50.\n");
    until("the diff shows", || page.find("ins").is_some()).await;
    page.click("[data-tab=inline]");
    until("one line each", || {
        page.find(".diff[data-mode=inline] ins").is_some()
    })
    .await;
    let selection = window().get_selection().unwrap().unwrap();
    selection
        .select_all_children(&page.find(".diff-rows").unwrap())
        .unwrap();
    let data = web_sys::DataTransfer::new().unwrap();
    let init = web_sys::ClipboardEventInit::new();
    init.set_bubbles(true);
    init.set_clipboard_data(Some(&data));
    let event = web_sys::ClipboardEvent::new_with_event_init_dict("copy", &init).unwrap();
    page.find(".diff-rows")
        .unwrap()
        .dispatch_event(&event)
        .unwrap();
    assert_eq!(
        data.get_data("text/plain").unwrap(),
        "a\nRefund $200.\nRe\u{200B}fund $50."
    );
    selection.remove_all_ranges().unwrap();
}

mod deciding {
    //! What people do with the changes: mark them as viewed, take them, leave them out, write them anew.

    use super::*;
    use dream_review::diff_view::{LostPicks, Picks, Tools, Viewed};

    /// A diff on whose changes one decides, with the text that comes of it in `[data-result]`.
    fn decided(before: &str, after: &str) -> Mounted<impl Mountable + use<>> {
        window().scroll_to_with_x_and_y(0.0, 0.0);
        let texts = Sides::new(Arc::from(before), Arc::from(after));
        mounted(move || {
            Keyboard::provide();
            let diff = compared(Memo::new(move |_| texts.clone()));
            let names = Signal::stored(Sides::new("v12".to_owned(), "proposed".to_owned()));
            let picks = Picks::open("picks:reviewer:sug_1", diff);
            let nav = DiffNav::open();
            let tools = Tools {
                viewed: Some(Viewed::open("reviewer:sug_1")),
                picks: Some(picks),
                ..Tools::default()
            };
            view! {
                <output data-result>{move || picks.result().get().to_string()}</output>
                <output data-tally>{move || picks.tally().words()}</output>
                <LostPicks picks nav />
                <DiffView diff names nav tools />
            }
        })
    }

    fn forget_everything() {
        window().local_storage().unwrap().unwrap().clear().unwrap();
    }

    const BEFORE: &str = "one\nsame\nsame\nsame\ntwo\nsame\nsame\nsame\nthree\n";
    const AFTER: &str = "ONE\nsame\nsame\nsame\nTWO\nsame\nsame\nsame\nTHREE\n";

    #[wasm_bindgen_test]
    async fn a_and_x_decide_and_go_on_and_the_result_follows_and_survives_a_reload() {
        forget_everything();
        let page = decided(BEFORE, AFTER);
        until("three changes", || page.count(".diff-head") == 3).await;
        assert_eq!(page.text("[data-tally]"), "3 of 3 hunks");
        press("x");
        until("the first is left out", || {
            page.text("[data-tally]") == "2 of 3 hunks"
        })
        .await;
        assert_eq!(page.text("[data-about=place]"), "change 2 of 3");
        press("a");
        press("x");
        until("the third is left out", || {
            page.text("[data-tally]") == "1 of 3 hunks"
        })
        .await;
        let result = "one\nsame\nsame\nsame\nTWO\nsame\nsame\nsame\nthree\n";
        assert_eq!(page.text("[data-result]"), result);
        assert_eq!(page.count("[data-left-out]"), 2);
        drop(page);
        let again = decided(BEFORE, AFTER);
        until("the decisions are kept", || {
            again.text("[data-result]") == result
        })
        .await;
        assert_eq!(again.count("[data-action=viewed][aria-pressed=true]"), 3);
        again.click(".diff-head[data-hunk='0'] [data-action=take-hunk]");
        until("it is taken again", || {
            again.text("[data-tally]") == "2 of 3 hunks"
        })
        .await;
    }

    #[wasm_bindgen_test]
    async fn i_opens_a_place_to_write_with_the_difference_to_the_suggestion() {
        forget_everything();
        let page = decided(BEFORE, AFTER);
        until("three changes", || page.count(".diff-head") == 3).await;
        press("n");
        press("i");
        until("there is a field", || {
            page.find("[data-editor='0'] textarea").is_some()
        })
        .await;
        assert_eq!(page.value("[data-editor='0'] textarea"), "ONE\n");
        page.type_into("[data-editor='0'] textarea", "ONE and a half");
        until("it is in the result", || {
            page.text("[data-result]")
                .starts_with("ONE and a half\nsame")
        })
        .await;
        assert_eq!(page.text("[data-tally]"), "3 of 3 hunks, 1 edited");
        until("the difference shows", || {
            page.text(".diff-editor-diff ins") == "added, line 1: ONE and a half"
        })
        .await;
        page.click("[data-editor='0'] [data-action=close-editor]");
        until("it is closed", || page.find("[data-editor]").is_none()).await;
        assert_eq!(page.text("[data-tally]"), "3 of 3 hunks, 1 edited");
        page.click(".diff-head[data-hunk='0'] [data-action=edit-hunk]");
        until("it is open again", || {
            page.find("[data-editor='0'] textarea").is_some()
        })
        .await;
        assert_eq!(page.value("[data-editor='0'] textarea"), "ONE and a half\n");
        page.click("[data-action=undo-edit]");
        until("as suggested", || {
            page.text("[data-tally]") == "3 of 3 hunks"
        })
        .await;
    }

    #[wasm_bindgen_test]
    async fn what_was_written_for_a_text_that_moved_on_is_kept_and_said() {
        forget_everything();
        let page = decided(BEFORE, AFTER);
        until("three changes", || page.count(".diff-head") == 3).await;
        press("n");
        press("i");
        until("there is a field", || {
            page.find("[data-editor='0'] textarea").is_some()
        })
        .await;
        page.type_into("[data-editor='0'] textarea", "written with care");
        until("it is in the result", || {
            page.text("[data-result]").contains("with care")
        })
        .await;
        drop(page);
        let moved = decided(BEFORE, &AFTER.replace("ONE", "EINS"));
        until("it says so", || {
            moved.find("[data-about=lost-picks]").is_some()
        })
        .await;
        assert!(
            moved
                .text("[data-about=lost-picks]")
                .contains("written with care")
        );
        assert!(!moved.text("[data-result]").contains("with care"));
        moved.click("[data-action=forget-lost]");
        until("it is let go", || {
            moved.find("[data-about=lost-picks]").is_none()
        })
        .await;
    }

    #[wasm_bindgen_test]
    async fn a_new_revision_unviews_only_what_changed_and_says_what_is_new() {
        forget_everything();
        let page = decided(BEFORE, AFTER);
        until("three changes", || page.count(".diff-head") == 3).await;
        assert!(
            page.find("[data-about=since]").is_none(),
            "the first look knows no earlier one"
        );
        for hunk in 0..3 {
            page.click(&format!(
                ".diff-head[data-hunk='{hunk}'] [data-action=viewed]"
            ));
        }
        until("all are viewed", || {
            page.count("[data-action=viewed][aria-pressed=true]") == 3
        })
        .await;
        press("v");
        until("the first is not", || {
            page.count("[data-action=viewed][aria-pressed=true]") == 2
        })
        .await;
        press("v");
        drop(page);
        let next = decided(BEFORE, &AFTER.replace("TWO", "ZWEI"));
        until("two are still viewed", || {
            next.count("[data-action=viewed][aria-pressed=true]") == 2
        })
        .await;
        assert!(
            next.text("[data-about=since]")
                .contains("1 change is new since you looked")
        );
        next.click("[data-action=only-fresh]");
        until("only the new one shows", || {
            next.count(".diff-slot del") == 1
        })
        .await;
        assert!(next.shows("ZWEI") && !next.text(".diff-rows").contains("THREE"));
        next.click("[data-action=see-all]");
        until("all show, and nothing is new", || {
            next.find("[data-about=since]").is_none() && next.text(".diff-rows").contains("THREE")
        })
        .await;
    }
}
