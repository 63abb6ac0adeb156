//! Ratings as files, mounted in a browser.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a missing element or request fails the test"
)]

mod support;

use dream_review::{
    api::Method,
    interactions::FeedbackFilesPage,
    session::Session,
    ui::{ToastRegion, Toasts},
};
use leptos::{prelude::*, tachys::view::Mountable, wasm_bindgen::JsValue};
use review_api::{
    FeedbackCounts, FeedbackImport, ImportColumns, ImportNote, ImportRow, Rating, Role,
};
use support::{Mounted, ScriptedServer, fixtures, mounted, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const IMPORT: &str = "/agents/agent_support/feedback/import";
const EXPORT: &str = "/agents/agent_support/feedback/export";

fn page(server: &ScriptedServer, role: Role) -> Mounted<impl Mountable + use<>> {
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        let toasts = Toasts::provide();
        view! {
            <FeedbackFilesPage id="agent_support".into() />
            <ToastRegion toasts />
        }
    })
}

/// Chooses a file of these bytes, as a person does.
fn choose<S: Mountable>(page: &Mounted<S>, name: &str, bytes: &[u8]) {
    let input = page.find("[name=file]").unwrap();
    let choose = js_sys::Function::new_with_args(
        "input, bytes, name",
        "const held = new DataTransfer();
         held.items.add(new File([bytes], name));
         input.files = held.files;
         input.dispatchEvent(new Event('change', { bubbles: true }));",
    );
    let bytes = js_sys::Uint8Array::from(bytes);
    choose
        .call3(&JsValue::NULL, &input, &bytes, &name.into())
        .unwrap();
}

fn told(dry_run: bool) -> FeedbackImport {
    FeedbackImport {
        dry_run,
        sha256: "0".repeat(64),
        columns: vec!["session".to_owned(), "verdict".to_owned(), "why".to_owned()],
        mapping: ImportColumns {
            interaction_id: Some("session".to_owned()),
            rating: Some("verdict".to_owned()),
            ..ImportColumns::default()
        },
        rows: 3,
        new: FeedbackCounts {
            positive: 1,
            negative: 1,
        },
        sample: vec![ImportRow {
            line: 2,
            interaction_id: "sesn_1".into(),
            rating: Rating::Positive,
            comment: Some("<b>fine</b>".to_owned()),
            expected: None,
            check: None,
        }],
        duplicates_total: 1,
        duplicates: vec![ImportNote {
            line: 4,
            field: Some("interaction_id".to_owned()),
            message: "Line 3 gives the same rating to sesn_2. It is left out.".to_owned(),
        }],
        errors_total: 0,
        errors: Vec::new(),
    }
}

fn wrong() -> FeedbackImport {
    FeedbackImport {
        errors_total: 2,
        errors: vec![ImportNote {
            line: 5,
            field: Some("rating".to_owned()),
            message: "\"7\" is no rating. Write positive or negative.".to_owned(),
        }],
        ..told(true)
    }
}

#[wasm_bindgen_test]
async fn a_file_is_looked_at_mapped_and_taken_in() {
    let server = ScriptedServer::default()
        .answering(Method::Post, IMPORT, 200, &wrong())
        .answering(Method::Post, IMPORT, 200, &told(true))
        .answering(Method::Post, IMPORT, 200, &told(false));
    let page = page(&server, Role::Reviewer);
    choose(&page, "ratings.csv", b"session,verdict,why\nsesn_1,good,\n");
    until("the errors show", || {
        page.text("[data-about=import-errors]")
            .contains("Line 5, rating: \"7\" is no rating.")
    })
    .await;
    assert!(
        page.text("[data-about=import-errors]")
            .contains("1 more are not shown.")
    );
    page.click("[data-action=import]");
    assert_eq!(
        server.asked_of(Method::Post, IMPORT).len(),
        1,
        "nothing is sent while a line is wrong"
    );

    page.choose("[name=column-comment]", "why");
    until("it may be imported", || {
        page.text("[data-action=import]") == "Import 2 ratings"
            && page.find("[data-about=import-errors]").is_none()
    })
    .await;
    assert!(page.shows("<b>fine</b>"), "text, not markup");
    assert!(
        page.text("[data-about=import-duplicates]")
            .contains("Line 4")
    );
    page.click("[data-action=import]");
    until("it is imported", || {
        page.text("[data-about=import-summary]")
            .starts_with("Imported.")
    })
    .await;
    assert!(page.find("[data-action=import]").is_none(), "not twice");
    let asked = server.asked_of(Method::Post, IMPORT);
    for (request, part) in asked
        .iter()
        .zip(["dry_run=true", "comment=why", "dry_run=false"])
    {
        assert!(request.url.contains(part), "{part} in {}", request.url);
        assert_eq!(
            request.header("content-type"),
            Some("text/csv;charset=utf-8")
        );
        assert_eq!(
            request.body.as_deref(),
            Some("session,verdict,why\nsesn_1,good,\n")
        );
    }
    assert_eq!(
        asked[1].header("idempotency-key"),
        None,
        "a trial keeps nothing"
    );
    assert!(asked[2].header("idempotency-key").is_some());
}

#[wasm_bindgen_test]
async fn a_file_that_cannot_be_used_says_what_to_do() {
    let server = ScriptedServer::default()
        .unreachable(Method::Post, IMPORT)
        .answering(Method::Post, IMPORT, 200, &told(true));
    let page = page(&server, Role::Reviewer);
    choose(
        &page,
        "ratings.csv",
        b"session,verdict\nsesn_1,gr\xfc\xdf\n",
    );
    until("the line shows", || {
        page.text("[data-about=import-failure]")
            .contains("Line 2 of the file is not UTF-8")
    })
    .await;
    assert!(server.asked_of(Method::Post, IMPORT).is_empty());
    choose(&page, "ratings.csv", &vec![b'x'; 4 * 1024 * 1024 + 1]);
    until("the limit shows", || {
        page.text("[data-about=import-failure]")
            .contains("larger than 4 MB")
    })
    .await;
    choose(&page, "ratings.jsonl", b"{}");
    until("the failure shows", || {
        page.find("[data-action=try-import-again]").is_some()
    })
    .await;
    page.click("[data-action=try-import-again]");
    until("it is looked at", || {
        page.find("[data-action=import]").is_some()
    })
    .await;
    assert!(
        server.asked_of(Method::Post, IMPORT)[1]
            .url
            .contains("format=jsonl")
    );
}

#[wasm_bindgen_test]
async fn ratings_are_taken_away_and_a_failure_is_said() {
    let server =
        ScriptedServer::default().refusing(Method::Get, EXPORT, 503, "unavailable", "Not now.");
    let page = page(&server, Role::Viewer);
    assert!(page.find("[data-about=may-not-import]").is_some());
    page.click("[data-action=export-csv]");
    until("the failure shows", || {
        page.text("[data-about=export-failure]")
            .contains("Not now.")
    })
    .await;
    assert!(
        server.asked_of(Method::Get, EXPORT)[0]
            .url
            .ends_with("format=csv")
    );
}
