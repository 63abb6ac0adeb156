//! Comments on lines, mounted in a browser: written by key and by mouse, kept through failure and reload, found again.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{
    api::Method, changes::ChangePage, keyboard::Keyboard, session::Session,
    suggestions::SuggestionPage, ui::Toasts,
};
use leptos::{prelude::*, tachys::view::Mountable, wasm_bindgen::JsCast as _, web_sys};
use leptos_router::components::Router;
use review_api::{
    Change, ChangeState, Comment, CommentResolution, CommentSide, CommentSubject, CreateComment,
    Role,
};
use review_core::anchors::anchor;
use support::{Mounted, ScriptedServer, at, fixtures, mounted, press, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const SUGGESTION: &str = "/suggestions/sug_1";
const CHANGE: &str = "/changes/chg_1";
const COMMENTS: &str = "/comments";
const SAVE: &str = "[data-action=save-comment]";
const FIELD: &str = "[name=comment]";

fn clear() {
    window().local_storage().unwrap().unwrap().clear().unwrap();
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// The page of a suggestion, with what was written before.
fn suggestion_as(role: Role, server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    at("/suggestions/sug_1");
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        Keyboard::provide();
        Toasts::provide();
        view! { <Router><SuggestionPage id="sug_1".into() /></Router> }
    })
}

fn change_as(role: Role, server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    at("/changes/chg_1");
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        Keyboard::provide();
        Toasts::provide();
        view! { <Router><ChangePage id="chg_1".into() /></Router> }
    })
}

async fn full<S: Mountable>(page: &Mounted<S>) {
    until("the diff shows", || page.find(".diff-slot").is_some()).await;
}

/// A comment of `author` on `quote` in the text that the suggestion proposes.
fn comment(id: &str, author: &str, quote: &str, text: &str) -> Comment {
    let proposed = fixtures::suggestion("sug_1").proposed;
    let start = proposed.find(quote).unwrap();
    Comment {
        id: id.into(),
        subject: CommentSubject::Suggestion { id: "sug_1".into() },
        agent_id: "agent_support".into(),
        anchor: anchor(CommentSide::Proposed, &proposed, start..start + quote.len()).unwrap(),
        text: text.to_owned(),
        author: author.into(),
        created_at: fixtures::at_hour(7),
        edited_at: None,
        resolved: None,
        revision: 1,
    }
}

const REFUND: &str = "Refund only with an order number.";

fn with_comments(comments: &[Comment]) -> ScriptedServer {
    ScriptedServer::default()
        .getting(SUGGESTION, &fixtures::suggestion("sug_1"))
        .getting(COMMENTS, &fixtures::page(comments.to_vec()))
}

/// Presses `key` with Shift.
fn press_with_shift(key: &str) {
    let init = web_sys::KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key);
    init.set_shift_key(true);
    let event =
        web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    document().body().unwrap().dispatch_event(&event).unwrap();
}

fn click_with_shift(element: &web_sys::HtmlElement) {
    let init = js_sys::Object::new();
    for name in ["bubbles", "shiftKey"] {
        js_sys::Reflect::set(&init, &name.into(), &true.into()).unwrap();
    }
    let made = js_sys::Reflect::get(&window(), &"MouseEvent".into()).unwrap();
    let made: js_sys::Function = made.unchecked_into();
    let arguments = js_sys::Array::of2(&"click".into(), &init);
    let event = js_sys::Reflect::construct(&made, &arguments).unwrap();
    let event: web_sys::Event = event.unchecked_into();
    element.dispatch_event(&event).unwrap();
}

/// A stroke with the mouse from one element to another.
fn drag(from: &web_sys::HtmlElement, to: &web_sys::HtmlElement) {
    for (name, element) in [("mousedown", from), ("mouseup", to)] {
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        let made = js_sys::Reflect::get(&window(), &"MouseEvent".into()).unwrap();
        let made: js_sys::Function = made.unchecked_into();
        let arguments = js_sys::Array::of2(&name.into(), &init);
        let event = js_sys::Reflect::construct(&made, &arguments).unwrap();
        let event: web_sys::Event = event.unchecked_into();
        element.dispatch_event(&event).unwrap();
    }
}

/// Presses `key` in the field of a comment, with Control where `control` says so.
fn press_in_field<S: Mountable>(page: &Mounted<S>, key: &str, control: bool) {
    let init = web_sys::KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key);
    init.set_ctrl_key(control);
    let event =
        web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    page.find(FIELD).unwrap().dispatch_event(&event).unwrap();
}

/// The number of `line` on the proposed side.
fn number<S: Mountable>(page: &Mounted<S>, text: &str) -> web_sys::HtmlElement {
    let half = page
        .all(".diff-half:not([data-side=before])")
        .into_iter()
        .find(|half| half.text_content().unwrap().contains(text))
        .unwrap();
    let number = half.query_selector(".diff-number").unwrap().unwrap();
    number.unchecked_into()
}

#[wasm_bindgen_test]
async fn a_comment_is_written_by_key_on_the_marked_lines_and_kept_through_failure_and_reload() {
    clear();
    let server = with_comments(&[]).unreachable(Method::Post, COMMENTS);
    let page = suggestion_as(Role::Reviewer, &server);
    full(&page).await;
    press("J");
    until("the first new line is marked, and said", || {
        page.text("[data-about=mark]") == format!("Marked line 2, proposed: {REFUND}")
    })
    .await;
    press_with_shift("ArrowDown");
    until("the next one too", || {
        page.text("[data-about=mark]")
            .starts_with("Marked lines 2 to 3, proposed")
    })
    .await;
    press("c");
    until("one can write, with the keyboard in the field", || {
        document()
            .active_element()
            .is_some_and(|active| active.tag_name() == "TEXTAREA")
    })
    .await;
    assert_eq!(page.text(".note-lines"), "On lines 2 to 3, proposed");
    assert!(page.shows("Write the comment first."));
    page.type_into(FIELD, "Why only then?");
    page.click(SAVE);
    until("it failed", || {
        page.find("[data-about=comment-failure]").is_some()
    })
    .await;
    assert_eq!(page.value(FIELD), "Why only then?");
    assert!(page.shows("What you typed is kept"));
    drop(page);

    let saved = comment(
        "cmt_1",
        "reviewer",
        &format!("{REFUND}\nBe brief."),
        "Why only then?",
    );
    let server = with_comments(&[]).answering(Method::Post, COMMENTS, 201, &saved);
    let page = suggestion_as(Role::Reviewer, &server);
    until("it is there again", || page.find(FIELD).is_some()).await;
    assert_eq!(page.value(FIELD), "Why only then?");
    page.click(SAVE);
    until("the comment stands below its lines", || {
        page.text("[data-comment=cmt_1] .note-text") == "Why only then?"
    })
    .await;
    assert!(page.find(FIELD).is_none(), "nothing is being written");
    assert_eq!(page.text("[data-about=open-comments]"), "1 open comment");
    let sent = server.asked_of(Method::Post, COMMENTS);
    let body: CreateComment = serde_json::from_str(sent[0].body.as_ref().unwrap()).unwrap();
    let proposed = fixtures::suggestion("sug_1").proposed;
    let (start, end) = (body.start as usize, body.end as usize);
    assert_eq!(&proposed[start..end], format!("{REFUND}\nBe brief."));
    assert_eq!(body.text_sha256, review_core::digest::sha256_hex(&proposed));
    let kept = window().local_storage().unwrap().unwrap();
    let draft = kept.get_item("dream-review:draft:comment:reviewer:sug_1");
    assert_eq!(draft.unwrap(), None, "it is forgotten once it is sent");
}

#[wasm_bindgen_test]
async fn a_line_number_takes_a_comment_and_shift_takes_the_lines_to_it() {
    clear();
    let server = with_comments(&[]);
    let page = suggestion_as(Role::Reviewer, &server);
    full(&page).await;
    number(&page, "Be brief.").click();
    until("one can write on that line", || {
        page.text(".note-lines") == "On line 3, proposed"
    })
    .await;
    page.type_into(FIELD, "Here?");
    click_with_shift(&number(&page, REFUND));
    until("the lines to it are taken, with what was typed", || {
        page.text(".note-lines") == "On lines 2 to 3, proposed"
    })
    .await;
    assert_eq!(page.value(FIELD), "Here?");
    assert!(page.find(".diff-slot[data-marked=after]").is_some());
    let before = page.find("[data-side=before] .diff-number").unwrap();
    before.click();
    until("the base takes comments too", || {
        page.text(".note-lines") == "On line 1, the base"
    })
    .await;
    page.click("[data-action=extend-down]");
    until("a button takes one line more", || {
        page.text(".note-lines") == "On lines 1 to 2, the base"
    })
    .await;
    page.click("[data-action=discard-comment]");
    until("nothing is being written", || page.find(FIELD).is_none()).await;
    page.click("[data-action=comment-hunk]");
    until("a change takes one on its first new line", || {
        page.text(".note-lines") == "On line 2, proposed"
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_stroke_over_line_numbers_takes_the_lines_and_keys_send_what_is_written_or_let_it_go() {
    clear();
    let server = with_comments(&[]).unreachable(Method::Post, COMMENTS);
    let page = suggestion_as(Role::Reviewer, &server);
    full(&page).await;
    drag(&number(&page, REFUND), &number(&page, "Be brief."));
    until("the lines of the stroke are taken", || {
        page.text(".note-lines") == "On lines 2 to 3, proposed"
    })
    .await;
    page.type_into(FIELD, "Together?");
    press_in_field(&page, "Escape", false);
    assert_eq!(page.value(FIELD), "Together?", "Escape drops no words");
    press_in_field(&page, "Enter", false);
    assert!(
        server.asked_of(Method::Post, COMMENTS).is_empty(),
        "Enter alone is a line feed"
    );
    press_in_field(&page, "Enter", true);
    until("Control and Enter send it", || {
        server.asked_of(Method::Post, COMMENTS).len() == 1
    })
    .await;
    until("what failed is kept", || {
        page.find("[data-about=comment-failure]").is_some()
    })
    .await;
    page.type_into(FIELD, "");
    press_in_field(&page, "Escape", false);
    until("an empty field goes with Escape", || {
        page.find(FIELD).is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn comments_are_edited_settled_and_deleted_and_settled_ones_are_folded() {
    clear();
    let mine = comment("cmt_1", "reviewer", REFUND, "Why?");
    let other = comment("cmt_2", "approver", "Be brief.", "How brief?");
    let edited = Comment {
        text: "Why so?".to_owned(),
        edited_at: Some(fixtures::at_hour(8)),
        revision: 2,
        ..mine.clone()
    };
    let resolved = Comment {
        resolved: Some(CommentResolution {
            by: "reviewer".into(),
            at: fixtures::at_hour(8),
        }),
        revision: 2,
        ..other.clone()
    };
    let server = with_comments(&[mine.clone(), other])
        .refusing(
            Method::Post,
            "/comments/cmt_1/edit",
            503,
            "unavailable",
            "Try again in a moment.",
        )
        .answering(Method::Post, "/comments/cmt_1/edit", 200, &edited)
        .answering(Method::Post, "/comments/cmt_2/resolve", 200, &resolved)
        .answering(
            Method::Post,
            "/comments/cmt_1/delete",
            200,
            &review_api::CommentDeleted { id: "cmt_1".into() },
        );
    let page = suggestion_as(Role::Reviewer, &server);
    until("both are there", || page.count("[data-comment]") == 2).await;
    assert_eq!(page.text("[data-about=open-comments]"), "2 open comments");
    assert!(
        page.find("[data-comment=cmt_2] [data-action=edit-comment]")
            .is_none(),
        "only authors edit"
    );
    page.click("[data-comment=cmt_1] [data-action=edit-comment]");
    until("it can be edited", || {
        page.find("[name=edited-comment]").is_some()
    })
    .await;
    assert_eq!(page.value("[name=edited-comment]"), "Why?");
    page.type_into("[name=edited-comment]", "Why so?");
    page.click("[data-action=save-edit]");
    until("it failed", || page.shows("Try again in a moment.")).await;
    assert_eq!(page.value("[name=edited-comment]"), "Why so?");
    page.click("[data-action=save-edit]");
    until("it is edited", || {
        page.text("[data-comment=cmt_1] .note-text") == "Why so?"
    })
    .await;
    let sent = server.asked_of(Method::Post, "/comments/cmt_1/edit");
    let seen = sent[1].headers.iter().find(|(name, _)| *name == "if-match");
    assert_eq!(seen.unwrap().1, "\"1\"");

    page.click("[data-comment=cmt_2] [data-action=resolve]");
    until("it is folded, and says by whom", || {
        page.find("details[data-comment=cmt_2]:not([open])")
            .is_some()
    })
    .await;
    assert!(
        page.text("details[data-comment=cmt_2] summary")
            .starts_with("Resolved by reviewer")
    );
    assert_eq!(page.text("[data-about=open-comments]"), "1 open comment");

    page.click("[data-comment=cmt_1] [data-action=delete-comment]");
    until("it asks first", || {
        page.find("[data-action=really-delete]").is_some()
    })
    .await;
    page.click("[data-action=really-delete]");
    until("it is gone", || page.find("[data-comment=cmt_1]").is_none()).await;
}

#[wasm_bindgen_test]
async fn the_way_leads_from_one_open_comment_to_the_next() {
    clear();
    let first = comment("cmt_1", "approver", "# Refunds", "A better heading?");
    let second = comment("cmt_2", "approver", "Be brief.", "How brief?");
    let page = suggestion_as(Role::Reviewer, &with_comments(&[first, second]));
    until("both are there", || page.count("[data-comment]") == 2).await;
    let is_at = |id: &str| {
        let active = document().active_element();
        active.is_some_and(|active| {
            let wanted = format!("[data-comment={id}]");
            active.query_selector(&wanted).unwrap().is_some() && active.has_attribute("data-notes")
        })
    };
    for id in ["cmt_1", "cmt_2", "cmt_1"] {
        page.click("[data-action=next-comment]");
        until("the keyboard is there", || is_at(id)).await;
    }
    page.click("[data-action=previous-comment]");
    until("and back, round the end", || is_at("cmt_2")).await;
}

#[wasm_bindgen_test]
async fn a_comment_on_a_suggestion_is_found_again_in_its_change_or_said_to_have_lost_its_line() {
    clear();
    let refund = comment("cmt_1", "approver", REFUND, "Why?");
    let brief = comment("cmt_2", "approver", "Be brief.", "How brief?");
    let change = |proposed: &str| Change {
        proposed: proposed.to_owned(),
        ..fixtures::change("chg_1", ChangeState::Staged)
    };
    let restaged = change("# Refunds\nAsk for the name.\nRefund only if asked.\nBe brief.\n");
    let server = ScriptedServer::default()
        .getting(CHANGE, &restaged)
        .getting(COMMENTS, &fixtures::page(vec![refund, brief]));
    let page = change_as(Role::Reviewer, &server);
    until("both are there", || page.count("[data-comment]") == 2).await;
    let moved = page.text("[data-notes] [data-comment=cmt_2] .note-head");
    assert!(moved.contains("line 4, proposed"), "{moved}");
    assert!(moved.contains("was line 3 when it was written"), "{moved}");
    assert!(moved.contains("on the suggestion"), "{moved}");
    let lost = page.text("[data-about=lost-comments]");
    assert!(lost.contains("The line of 1 comment is gone"), "{lost}");
    assert!(lost.contains(REFUND), "what it was is shown: {lost}");
    assert!(lost.contains("was line 2, proposed"), "{lost}");
    assert!(lost.contains("Why?"), "{lost}");
    let asked = server.asked_of(Method::Get, COMMENTS);
    assert_eq!(asked.len(), 1);
    assert!(asked[0].url.contains("change_id=chg_1"), "{}", asked[0].url);
}

#[wasm_bindgen_test]
async fn what_is_being_written_outlives_its_line() {
    clear();
    let server = with_comments(&[]);
    let page = suggestion_as(Role::Reviewer, &server);
    full(&page).await;
    number(&page, REFUND).click();
    until("one can write", || page.find(FIELD).is_some()).await;
    page.type_into(FIELD, "Why only then?");
    drop(page);
    let other = review_api::Suggestion {
        proposed: "# Refunds\nNever refund at all.\nBe brief.\n".to_owned(),
        ..fixtures::suggestion("sug_1")
    };
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &other)
        .getting(COMMENTS, &fixtures::page(Vec::<Comment>::new()));
    let page = suggestion_as(Role::Reviewer, &server);
    until("it says so, with what was typed", || {
        page.text("[data-about=lost-writing]")
            .contains("Why only then?")
    })
    .await;
    number(&page, "Never refund at all.").click();
    until("it comes along to another line", || {
        page.find(FIELD).is_some()
    })
    .await;
    assert_eq!(page.value(FIELD), "Why only then?");
    assert!(page.find("[data-about=lost-writing]").is_none());
}

#[wasm_bindgen_test]
async fn comments_are_never_folded_away_and_viewers_only_read_them() {
    clear();
    let common = (0..80).fold(String::new(), |text, n| {
        text + &format!("Rule {n} of the house.\n")
    });
    let mut suggestion = fixtures::suggestion("sug_1");
    suggestion.current.text = format!("Old start.\n{common}Old end.\n");
    suggestion.proposed = format!("New start.\n{common}New end.\n");
    let quote = "Rule 40 of the house.";
    let start = suggestion.proposed.find(quote).unwrap();
    let range = start..start + quote.len();
    let given = Comment {
        anchor: anchor(CommentSide::Proposed, &suggestion.proposed, range).unwrap(),
        ..comment("cmt_1", "approver", REFUND, "Whose house?")
    };
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &suggestion)
        .getting(COMMENTS, &fixtures::page(vec![given]));
    let page = suggestion_as(Role::Viewer, &server);
    until(
        "the comment is there, in the middle of what is folded",
        || page.text("[data-comment=cmt_1] .note-text") == "Whose house?",
    )
    .await;
    assert_eq!(page.count("[data-fold]"), 2, "the rest is folded still");
    for action in [
        "resolve",
        "edit-comment",
        "delete-comment",
        "reply",
        "comment-hunk",
    ] {
        assert!(
            page.find(&format!("[data-action={action}]")).is_none(),
            "{action}"
        );
    }
    number(&page, quote).click();
    press("c");
    support::turn().await;
    assert!(page.find(FIELD).is_none());
}

#[wasm_bindgen_test]
async fn comments_that_do_not_come_are_said_to_be_missing() {
    clear();
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &fixtures::suggestion("sug_1"))
        .unreachable(Method::Get, COMMENTS)
        .getting(
            COMMENTS,
            &fixtures::page(vec![comment("cmt_1", "approver", REFUND, "Why?")]),
        );
    let page = suggestion_as(Role::Reviewer, &server);
    until("it says so", || {
        page.find("[data-about=comments-unread]").is_some()
    })
    .await;
    page.click("[data-action=reload-comments]");
    until("they come", || page.find("[data-comment=cmt_1]").is_some()).await;
    until("nothing is missing", || {
        page.find("[data-about=comments-unread]").is_none()
    })
    .await;
}
