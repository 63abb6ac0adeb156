//! The page of one suggestion, mounted in a browser: four faces, reading, staging, rejecting.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a missing element fails the test"
)]

mod support;

use dream_review::{
    api::Method, keyboard::Keyboard, session::Session, suggestions::SuggestionPage, ui::Toasts,
};
use leptos::{prelude::*, tachys::view::Mountable};
use leptos_router::components::Router;
use review_api::{
    ChangeState, ChangeTarget, Comment, CommentSide, CommentSubject, CreateComment,
    EarlierRejection, LogEvent, LogEventKind, MemoryBefore, MemoryManifest, MemoryOperation,
    MemoryProposal, MemoryUse, MemoryUseKind, MemoryUses, Metric, Rejection, Role, StageChange,
    Suggestion, SuggestionStatus,
};
use review_core::{anchors::anchor, digest::sha256_hex};
use support::{Mounted, ScriptedServer, at, fixtures, mounted, press, turn, until};
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

const SUGGESTION: &str = "/suggestions/sug_1";
const REJECT: &str = "/suggestions/sug_1/reject";
const CHANGES: &str = "/changes";

fn suggestion() -> Suggestion {
    fixtures::suggestion("sug_1")
}

fn rejection() -> Rejection {
    Rejection {
        by: "approver".into(),
        at: fixtures::at_hour(2),
        reason: "It would refuse gift orders.".to_owned(),
    }
}

/// The page as somebody of `role` sees it who never wrote anything here.
fn page_as(role: Role, server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    window().local_storage().unwrap().unwrap().clear().unwrap();
    reloaded(role, server)
}

/// As [`page_as`], with what was written before.
fn reloaded(role: Role, server: &ScriptedServer) -> Mounted<impl Mountable + use<>> {
    at("/suggestions/sug_1");
    let client = server.client();
    mounted(move || {
        client.clone().provide();
        Session::provide(client, fixtures::session(role));
        Keyboard::provide();
        Toasts::provide();
        view! {
            <Router>
                <SuggestionPage id="sug_1".into() />
            </Router>
        }
    })
}

fn path() -> String {
    window().location().pathname().unwrap()
}

async fn full<S: Mountable>(page: &Mounted<S>) {
    until("the suggestion shows", || {
        page.find("[data-action=stage]").is_some()
    })
    .await;
}

#[wasm_bindgen_test]
async fn it_loads_then_shows_what_changes_and_why() {
    let server = ScriptedServer::default().getting(SUGGESTION, &suggestion());
    server.hold();
    let page = page_as(Role::Reviewer, &server);
    until("it says that it loads", || {
        page.find("[data-face=loading]").is_some()
    })
    .await;
    assert_eq!(page.text("h1"), "Suggestion");
    server.release();
    full(&page).await;
    assert_eq!(
        page.text("h1"),
        "Ask for the order number before any refund"
    );
    assert!(page.shows("prompt · v12 → proposed"));
    assert!(page.shows("Refunds without an order number went to the wrong person."));
    assert!(page.shows("seen 14 times, 2 interactions named"));
    assert!(page.shows("82 % → 88 % (n = 120)"));
    assert_eq!(
        page.find(".pattern-links a")
            .unwrap()
            .get_attribute("href")
            .unwrap(),
        "/interactions/sesn_1"
    );
    assert_eq!(
        page.text("[data-action=stage]").trim(),
        "Stage for Supports",
        "named by its effect, with its key"
    );
}

#[wasm_bindgen_test]
async fn a_failed_load_says_why_and_can_be_tried_again() {
    let server = ScriptedServer::default()
        .unreachable(Method::Get, SUGGESTION)
        .getting(SUGGESTION, &suggestion());
    let page = page_as(Role::Reviewer, &server);
    until("it failed", || page.find("[data-face=failed]").is_some()).await;
    page.click("[data-action=retry]");
    full(&page).await;
}

#[wasm_bindgen_test]
async fn a_suggestion_that_is_not_there_is_no_failure_to_retry() {
    let server = ScriptedServer::default().refusing(
        Method::Get,
        SUGGESTION,
        404,
        "not_found",
        "There is no such suggestion.",
    );
    let page = page_as(Role::Reviewer, &server);
    until("it says so", || page.shows("Did not find the suggestion")).await;
    assert!(page.find("[data-action=retry]").is_none());
}

#[wasm_bindgen_test]
async fn nothing_to_change_says_so_and_cannot_be_staged() {
    let empty = Suggestion {
        proposed: suggestion().current.text,
        patterns: Vec::new(),
        metrics: Vec::new(),
        rationale: String::new(),
        ..suggestion()
    };
    let server = ScriptedServer::default().getting(SUGGESTION, &empty);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    assert!(page.find("[data-face=equal]").is_some());
    assert!(page.shows("Not measured"));
    assert!(page.shows("gives no reason and names no pattern"));
    assert!(page.shows("The prompt is this text already"));
}

#[wasm_bindgen_test]
async fn findings_are_named_and_the_earlier_rejection_stands_above_the_diff() {
    let given = Suggestion {
        made_on_version: 11,
        current: fixtures::prompt(12, "# Rules\n- Never promise a date.\n- Be kind.\n"),
        proposed: "# Rules\n- Be\u{200B} kind.\n".to_owned(),
        earlier_rejections: vec![EarlierRejection {
            suggestion_id: "sug_0".into(),
            title: "Ask twice".to_owned(),
            alike_percent: 100,
            rejection: rejection(),
        }],
        metrics: vec![Metric {
            before: None,
            after: None,
            ..fixtures::metric()
        }],
        ..suggestion()
    };
    let server = ScriptedServer::default().getting(SUGGESTION, &given);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    assert!(
        page.text("[data-finding=moved]")
            .contains("The dream saw v11, the agent has v12 now.")
    );
    assert!(
        page.text("[data-finding=removed]")
            .contains("Never promise a date.")
    );
    assert!(
        page.text("[data-finding=hidden]")
            .contains("U+200B zero width space")
    );
    assert!(page.shows("not measured"));
    let before = page.find("[data-about=rejected-before]").unwrap();
    assert!(
        before
            .text_content()
            .unwrap()
            .contains("It would refuse gift orders.")
    );
    let diff = page.find(".diff").unwrap();
    let follows = before.compare_document_position(&diff) & 4;
    assert_eq!(follows, 4, "the diff comes after it");
    assert!(page.text(".decision-note").starts_with("4 findings"));
    page.click("[data-finding=removed] .finding-link");
    until("it leads to the change", || {
        page.text("[data-about=place]").starts_with("change 1")
    })
    .await;
}

#[wasm_bindgen_test]
async fn staging_sends_the_version_seen_and_goes_to_the_change() {
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &suggestion())
        .answering(
            Method::Post,
            CHANGES,
            201,
            &fixtures::change("chg_9", ChangeState::Staged),
        );
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    press("s");
    until("it is at the change", || path() == "/changes/chg_9").await;
    let sent = server.asked_of(Method::Post, CHANGES);
    assert_eq!(sent.len(), 1);
    let body: serde_json::Value = serde_json::from_str(sent[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "suggestion_ids": ["sug_1"], "base_version": 12 })
    );
}

#[wasm_bindgen_test]
async fn a_moved_base_is_said_and_the_diff_is_against_the_new_one() {
    let moved = Suggestion {
        current: fixtures::prompt(13, "# Refunds\nYou may refund up to $100.\nBe brief.\n"),
        ..suggestion()
    };
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &suggestion())
        .getting(SUGGESTION, &moved)
        .refusing(
            Method::Post,
            CHANGES,
            409,
            "stale_base",
            "The agent has version 13 now. Nothing was staged.",
        )
        .answering(
            Method::Post,
            CHANGES,
            201,
            &fixtures::change("chg_9", ChangeState::Staged),
        );
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=stage]");
    until("the new base shows", || page.shows("$100")).await;
    let notice = page.text("[data-about=staging]");
    assert!(notice.contains("The agent has version 13 now."), "{notice}");
    assert!(
        notice.contains("against v13 now, where it was v12 before"),
        "{notice}"
    );
    assert_eq!(path(), "/suggestions/sug_1");
    page.click("[data-action=stage]");
    until("it is at the change", || path() == "/changes/chg_9").await;
    let sent = server.asked_of(Method::Post, CHANGES);
    assert!(
        sent[1]
            .body
            .as_deref()
            .unwrap()
            .contains("\"base_version\":13")
    );
}

#[wasm_bindgen_test]
async fn a_lost_answer_to_staging_is_said_and_can_be_repeated_under_the_same_key() {
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &suggestion())
        .unreachable(Method::Post, CHANGES);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=stage]");
    until("it says so", || page.shows("Nothing was lost")).await;
    page.click("[data-action=stage]");
    until("it was sent again", || {
        server.asked_of(Method::Post, CHANGES).len() == 2
    })
    .await;
    let keys: Vec<_> = server
        .asked_of(Method::Post, CHANGES)
        .into_iter()
        .map(|request| {
            request
                .headers
                .into_iter()
                .find(|(name, _)| *name == "idempotency-key")
                .unwrap()
                .1
        })
        .collect();
    assert_eq!(keys[0], keys[1]);
}

#[wasm_bindgen_test]
async fn p44_a_reason_survives_an_error_and_a_reload_and_is_forgotten_once_sent() {
    let rejected = Suggestion {
        status: SuggestionStatus::Rejected,
        rejection: Some(Rejection {
            reason: "Gift orders have no number.".to_owned(),
            ..rejection()
        }),
        revision: 2,
        ..suggestion()
    };
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &suggestion())
        .refusing(
            Method::Post,
            REJECT,
            503,
            "unavailable",
            "The review server cannot write now.",
        )
        .answering(Method::Post, REJECT, 200, &rejected);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    press("r");
    until("it asks for the reason", || {
        page.find("dialog[open] textarea").is_some()
    })
    .await;
    assert!(page.shows("Write the reason first"));
    page.click("[data-action=confirm-reject]");
    assert!(
        server.asked_of(Method::Post, REJECT).is_empty(),
        "not without a reason"
    );
    page.type_into("textarea", "Gift orders have no number.");
    page.click("[data-action=confirm-reject]");
    until("the error shows", || {
        page.shows("The review server cannot write now.")
    })
    .await;
    assert_eq!(page.value("textarea"), "Gift orders have no number.");
    drop(page);

    let page = reloaded(Role::Reviewer, &server);
    full(&page).await;
    page.click("[data-action=reject]");
    until("what was written is there", || {
        page.find("dialog[open] textarea").is_some()
            && page.value("textarea") == "Gift orders have no number."
    })
    .await;
    page.click("[data-action=confirm-reject]");
    until("it is rejected", || {
        page.find("[data-about=rejection]").is_some()
    })
    .await;
    assert!(page.find("dialog[open]").is_none());
    assert!(
        page.text("[data-about=rejection]")
            .contains("Gift orders have no number.")
    );
    assert!(page.shows("This suggestion was rejected already."));
    drop(page);

    let server = ScriptedServer::default().getting(SUGGESTION, &suggestion());
    let page = reloaded(Role::Reviewer, &server);
    full(&page).await;
    press("r");
    until("it asks again", || {
        page.find("dialog[open] textarea").is_some()
    })
    .await;
    assert_eq!(page.value("textarea"), "");
}

#[wasm_bindgen_test]
async fn what_a_role_may_not_do_says_why() {
    let server = ScriptedServer::default().getting(SUGGESTION, &suggestion());
    let page = page_as(Role::Viewer, &server);
    full(&page).await;
    assert!(page.shows("You are signed in as viewer; to stage a change takes a reviewer or more."));
    page.click("[data-action=stage]");
    press("s");
    press("r");
    assert!(page.find("dialog[open]").is_none());
    assert!(server.asked_of(Method::Post, CHANGES).is_empty());
}

#[wasm_bindgen_test]
async fn a_staged_suggestion_leads_to_its_change() {
    let staged = Suggestion {
        status: SuggestionStatus::Staged,
        change_id: Some("chg_9".into()),
        ..suggestion()
    };
    let server = ScriptedServer::default().getting(SUGGESTION, &staged);
    let page = page_as(Role::Reviewer, &server);
    until("the way there shows", || {
        page.find("[data-action=open-change]").is_some()
    })
    .await;
    assert!(page.find("[data-action=stage]").is_none());
    assert_eq!(
        page.find("[data-action=open-change]")
            .unwrap()
            .get_attribute("href")
            .unwrap(),
        "/changes/chg_9"
    );
}

/// A suggestion with three changes.
fn three_changes() -> Suggestion {
    let text = |refunds: &str, tone: &str, hours: &str| {
        format!(
            "# Refunds\n{refunds}\n\na\nb\nc\n\n# Tone\n{tone}\n\nd\ne\nf\n\n# Hours\n{hours}\n"
        )
    };
    Suggestion {
        current: fixtures::prompt(12, &text("Up to $200.", "Be brief.", "Nine to five.")),
        proposed: text("Up to $50.", "Be brief and kind.", "Day and night."),
        ..suggestion()
    }
}

/// Leaves change number `hunk` out.
async fn leave_out<S: Mountable>(page: &Mounted<S>, hunk: usize) {
    let button = format!(".diff-head[data-hunk='{hunk}'] [data-action=leave-hunk]");
    until("the change is drawn", || page.find(&button).is_some()).await;
    page.click(&button);
}

#[wasm_bindgen_test]
async fn a_part_of_the_suggestion_is_staged_as_what_comes_of_the_decisions() {
    let change = fixtures::change("chg_1", ChangeState::Staged);
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &three_changes())
        .answering(Method::Post, CHANGES, 201, &change);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    assert!(page.shows("All 3 hunks as suggested"));
    // By the buttons: the keys are proved in tests/diff.rs, and a router that was mounted before keeps its listeners.
    leave_out(&page, 1).await;
    until("the button says so", || {
        page.text("[data-action=stage]")
            .contains("Stage 2 of 3 hunks for Support")
    })
    .await;
    page.click("[data-tab=result]");
    until("the result shows", || {
        page.text("[data-about=place]") == "2 changes"
    })
    .await;
    assert_eq!(
        page.count("[data-action=leave-hunk]"),
        0,
        "a result is only read"
    );
    page.click("[data-tab=proposal]");
    until("the suggestion shows", || {
        page.text("[data-about=place]") == "3 changes"
    })
    .await;
    page.click("[data-action=stage]");
    until("it is staged", || path() == "/changes/chg_1").await;
    let asked = server.asked_of(Method::Post, CHANGES);
    let body: serde_json::Value = serde_json::from_str(asked[0].body.as_ref().unwrap()).unwrap();
    let expected = three_changes()
        .proposed
        .replace("Be brief and kind.", "Be brief.");
    assert_eq!(body["proposed"], expected);
}

#[wasm_bindgen_test]
async fn with_everything_left_out_there_is_nothing_to_stage() {
    let server = ScriptedServer::default().getting(SUGGESTION, &suggestion());
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    leave_out(&page, 0).await;
    until("it says why", || {
        page.shows("there is nothing to stage. Reject the suggestion instead.")
    })
    .await;
    page.click("[data-action=stage]");
    assert!(server.asked_of(Method::Post, CHANGES).is_empty());
}

#[wasm_bindgen_test]
async fn what_hides_is_listed_and_can_be_acknowledged() {
    let hidden = Suggestion {
        proposed: "# Refunds\nRefund only with an or\u{200B}der number.\nBe brief.\n".to_owned(),
        ..suggestion()
    };
    let server = ScriptedServer::default().getting(SUGGESTION, &hidden);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    until("the finding shows", || {
        page.find("[data-finding=hidden]").is_some()
    })
    .await;
    assert!(
        page.text("[data-finding=hidden]")
            .contains("U+200B zero width space")
    );
    assert!(page.text("[data-finding=hidden]").contains("line 2, new"));
    page.click("[data-action=acknowledge]");
    until("it is acknowledged", || {
        page.find("[data-action=acknowledge]:checked").is_some()
    })
    .await;
}

fn said(id: &str, kind: LogEventKind, text: &str) -> LogEvent {
    LogEvent {
        id: id.to_owned(),
        at: None,
        kind,
        label: String::new(),
        text: text.to_owned(),
        cut_chars: 0,
    }
}

/// A server that knows the interactions which the suggestion's pattern names.
fn with_transcripts() -> ScriptedServer {
    let user = LogEventKind::UserMessage;
    let first = [
        said("ev_1", user, "Hello there."),
        said(
            "ev_2",
            LogEventKind::ToolUse,
            "refund without an order number",
        ),
        said(
            "ev_3",
            user,
            "You gave me a refund without asking for an order number!",
        ),
        said("ev_4", LogEventKind::AgentMessage, "Sorry."),
    ];
    ScriptedServer::default()
        .getting(SUGGESTION, &suggestion())
        .getting(
            "/interactions/sesn_1/transcript",
            &fixtures::page(first.to_vec()),
        )
        .refusing(
            Method::Get,
            "/interactions/sesn_2/transcript",
            503,
            "platform_unavailable",
            "The platform does not answer.",
        )
}

fn focused(id: &str) -> bool {
    document().active_element().is_some_and(|it| it.id() == id)
}

#[wasm_bindgen_test]
async fn what_led_to_it_is_read_beside_the_diff_from_the_message_that_tells_of_it() {
    let server = with_transcripts();
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    press("t");
    until("the message has the keyboard", || focused("event-ev_3")).await;
    let panel = page.find(".side-panel").unwrap();
    assert_eq!(panel.get_attribute("data-reading").unwrap(), "sesn_1");
    assert_eq!(page.count(".side-panel [data-marked]"), 1);
    assert!(
        page.find("[data-about=likest]").is_some(),
        "it is called a guess"
    );
    assert!(page.find("[data-action=stage]").is_some(), "the diff stays");
    assert_eq!(path(), "/suggestions/sug_1");
    press("t");
    until("it is closed by its key", || {
        page.find(".side-panel").is_none()
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_transcript_closes_on_escape_and_gives_the_keyboard_back() {
    let server = with_transcripts();
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    let link = page.find(".pattern-links a").unwrap();
    link.focus().unwrap();
    link.click();
    until("the message has the keyboard", || focused("event-ev_3")).await;
    press("Escape");
    until("it is closed", || page.find(".side-panel").is_none()).await;
    let active = document().active_element().unwrap();
    assert!(active.is_same_node(Some(&link)), "the link has it again");
}

#[wasm_bindgen_test]
async fn a_transcript_that_fails_to_load_says_why_and_leaves_the_page_as_it_is() {
    let server = with_transcripts();
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    page.all(".pattern-links a")[1].click();
    until("it says why", || {
        page.shows("The platform does not answer.")
    })
    .await;
    assert!(page.find("[data-action=stage]").is_some());
    page.click("[data-action=close-transcript]");
    until("it is closed", || page.find(".side-panel").is_none()).await;
}

/// A suggestion that was derived from what a dream did to its memory store.
fn of_memories() -> Suggestion {
    let before = |id: &str, path: &str, content: &str| MemoryBefore {
        memory_id: id.into(),
        path: path.to_owned(),
        sha256: "sha".to_owned(),
        content: content.to_owned(),
    };
    let operations = vec![
        MemoryOperation::Create {
            path: "/orders/duty.md".to_owned(),
            content: "Parcels to Norway pay duty.\n".to_owned(),
        },
        MemoryOperation::Edit {
            memory_id: "mem_1".into(),
            path: "/orders/refunds.md".to_owned(),
            expected_sha256: "sha".to_owned(),
            content: "Refunds need an order number.\n".to_owned(),
        },
        MemoryOperation::Rename {
            memory_id: "mem_2".into(),
            from: "/tone.md".to_owned(),
            to: "/style/tone.md".to_owned(),
            expected_sha256: "sha".to_owned(),
        },
        MemoryOperation::Delete {
            memory_id: "mem_3".into(),
            path: "/promises.md".to_owned(),
            expected_sha256: "sha".to_owned(),
        },
    ];
    Suggestion {
        title: "Memories: 1 deleted, 1 edited, 1 renamed, 1 created".to_owned(),
        target: ChangeTarget::Memory,
        memory: Some(MemoryProposal {
            manifest: MemoryManifest {
                store_id: "memstore_1".into(),
                operations,
            },
            store_name: "Support notes".to_owned(),
            before: vec![
                before("mem_1", "/orders/refunds.md", "Refunds are free.\n"),
                before("mem_2", "/tone.md", "Be kind.\n"),
                before("mem_3", "/promises.md", "Never promise a date.\n"),
            ],
        }),
        proposed: String::new(),
        rationale: "Derived by comparing both stores.".to_owned(),
        ..suggestion()
    }
}

#[wasm_bindgen_test]
async fn memories_show_what_is_forgotten_first_and_each_file_with_its_difference() {
    let server = ScriptedServer::default().getting(SUGGESTION, &of_memories());
    let page = page_as(Role::Viewer, &server);
    full(&page).await;
    until("the files show", || page.count(".memory-file") == 4).await;
    assert!(page.shows("memories of Support notes"));
    assert!(page.text("[data-about=derived]").contains("derived"));
    assert_eq!(
        page.text("[data-about=files]"),
        "1 created, 1 edited, 1 renamed, 1 deleted"
    );
    let forgotten = page.text("[data-finding=forgotten]");
    assert!(
        forgotten.contains("The agent will forget 1 file of 22 bytes"),
        "{forgotten}"
    );
    assert!(page.find("[data-forgotten='/promises.md']").is_some());
    assert!(page.shows("was /tone.md"));
    assert!(
        page.find("[data-action=leave-file]").is_none(),
        "a viewer only reads"
    );
}

#[wasm_bindgen_test]
async fn a_memory_names_the_interactions_that_used_it_and_one_is_read_beside_the_files() {
    let use_of = |id: &str, title: &str, kind| MemoryUse {
        interaction_id: id.into(),
        title: title.to_owned(),
        kind,
        event_id: "ev_2".to_owned(),
        at: fixtures::at_hour(3),
    };
    let uses = |path: &str, count, latest| MemoryUses {
        path: path.to_owned(),
        count,
        latest,
    };
    let mut suggestion = of_memories();
    suggestion.patterns = Vec::new();
    suggestion.memory_uses = vec![
        uses(
            "/promises.md",
            12,
            vec![use_of(
                "sesn_1",
                "A parcel that is late",
                MemoryUseKind::Read,
            )],
        ),
        // Under its old name.
        uses(
            "/tone.md",
            1,
            vec![use_of("sesn_2", "A greeting", MemoryUseKind::Written)],
        ),
    ];
    let events = vec![
        said("ev_1", LogEventKind::UserMessage, "Where is my parcel?"),
        said(
            "ev_2",
            LogEventKind::ToolUse,
            "/mnt/memory/notes/promises.md",
        ),
    ];
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &suggestion)
        .getting("/interactions/sesn_1/transcript", &fixtures::page(events));
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    until("the files show", || page.count(".memory-file") == 4).await;
    assert_eq!(page.count("[data-about=uses]"), 2);
    let of = |path: &str| page.text(&format!("[data-path='{path}'] [data-about=uses]"));
    let deleted = of("/promises.md");
    assert!(deleted.contains("Used in 12 interactions"), "{deleted}");
    assert!(deleted.contains("read it"), "{deleted}");
    assert!(deleted.contains("The last 1 of 12."), "{deleted}");
    let renamed = of("/style/tone.md");
    assert!(renamed.contains("Used in 1 interaction"), "{renamed}");
    assert!(renamed.contains("wrote it"), "{renamed}");
    page.click("[data-path='/promises.md'] [data-about=uses] a");
    until("it is read beside the files", || {
        page.text(".side-panel").contains("Uses") && page.find("#event-ev_2[data-marked]").is_some()
    })
    .await;
    assert!(page.text(".side-panel").contains("/promises.md"));
}

#[wasm_bindgen_test]
async fn what_is_picked_of_the_memories_is_staged_and_the_rest_left_out() {
    let change = fixtures::change("chg_9", ChangeState::Staged);
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &of_memories())
        .answering(Method::Post, CHANGES, 201, &change);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    until("the files show", || page.count(".memory-file") == 4).await;
    assert_eq!(
        page.text("[data-action=stage]").trim(),
        "Stage 4 memories for Supports"
    );
    for path in ["/promises.md", "/style/tone.md"] {
        page.click(&format!("[data-path='{path}'] [data-action=leave-file]"));
    }
    until("it is counted", || {
        page.text("[data-action=stage]")
            .contains("Stage 2 of 4 memories")
    })
    .await;
    assert!(page.shows("2 memories stay as they are."));
    // A reload forgets nothing.
    drop(page);
    let page = reloaded(Role::Reviewer, &server);
    until("the files show again", || {
        page.count(".memory-file[data-left-out]") == 2
    })
    .await;
    page.click("[data-path='/style/tone.md'] [data-action=take-file]");
    until("it is taken again", || {
        page.count(".memory-file[data-left-out]") == 1
    })
    .await;
    page.click("[data-action=stage]");
    until("it went to the change", || path() == "/changes/chg_9").await;
    let asked = server.asked_of(Method::Post, CHANGES);
    let body: StageChange = serde_json::from_str(asked[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body.suggestion_ids, ["sug_1".into()]);
    assert_eq!((body.proposed, body.base_version), (None, 0));
    let sent = body.memory.unwrap();
    let mut wanted = of_memories().memory.unwrap().manifest;
    wanted
        .operations
        .retain(|it| !matches!(it, MemoryOperation::Delete { .. }));
    let by_path = |operations: &[MemoryOperation]| {
        let mut words: Vec<String> = operations.iter().map(|it| format!("{it:?}")).collect();
        words.sort();
        words
    };
    assert_eq!(sent.store_id, wanted.store_id);
    assert_eq!(by_path(&sent.operations), by_path(&wanted.operations));
}

#[wasm_bindgen_test]
async fn keys_of_a_page_that_is_gone_do_nothing() {
    for suggestion in [suggestion(), of_memories()] {
        let server = ScriptedServer::default().getting(SUGGESTION, &suggestion);
        let page = page_as(Role::Reviewer, &server);
        full(&page).await;
        until("a key works", || press("n")).await;
        drop(page);
        turn().await;
        assert!(!press("n"), "{}", suggestion.title);
    }
}

#[wasm_bindgen_test]
async fn memories_are_gone_through_and_decided_on_by_key() {
    let server = ScriptedServer::default().getting(SUGGESTION, &of_memories());
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    until("the files show", || page.count(".memory-file") == 4).await;
    let paths: Vec<String> = page
        .all(".memory-file")
        .iter()
        .filter_map(|file| file.get_attribute("data-path"))
        .collect();
    let is_at = |place: usize| {
        page.find(&format!(
            ".memory-file[data-current][data-path='{}']",
            paths[place]
        ))
        .is_some()
    };
    press("x");
    until("the first, on which nothing is decided yet", || is_at(0)).await;
    assert_eq!(page.count(".memory-file[data-left-out]"), 0);
    press("j");
    until("the second", || is_at(1)).await;
    press("x");
    until("it is left out, and the next one is meant", || {
        is_at(2) && page.count(".memory-file[data-left-out]") == 1
    })
    .await;
    assert!(
        page.find(&format!("[data-left-out][data-path='{}']", paths[1]))
            .is_some()
    );
    press("p");
    until("back at it", || is_at(1)).await;
    press("a");
    until("it is taken again", || {
        is_at(2) && page.count(".memory-file[data-left-out]") == 0
    })
    .await;
    press("n");
    press("n");
    until("it stays at the last", || is_at(3)).await;
    // Keys that do nothing in a file are not promised there.
    assert_eq!(page.count(".memory-file .diff-head kbd"), 0);
}

#[wasm_bindgen_test]
async fn all_memories_that_show_are_decided_on_at_once_and_what_somebody_wrote_stays() {
    // More than are decided on in one frame.
    let mut many = of_memories();
    let operations = &mut many.memory.as_mut().unwrap().manifest.operations;
    operations.extend((0..40).map(|n| MemoryOperation::Create {
        path: format!("/notes/{n}.md"),
        content: "Ask first.\n".to_owned(),
    }));
    let server = ScriptedServer::default().getting(SUGGESTION, &many);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    let stage = || page.text("[data-action=stage]");
    until("all are taken", || stage().contains("Stage 44 memories")).await;
    page.type_into(".memory-tree input", "/notes/");
    until("forty show", || {
        page.text("[data-action=leave-shown]") == "Leave these 40 out"
    })
    .await;
    page.click("[data-action=leave-shown]");
    until("they are left out", || stage().contains("Stage 4 of 44")).await;
    // A part of one of them is taken again, and written anew.
    page.type_into(".memory-tree input", "/notes/7.md");
    until("one shows", || page.count(".memory-file") == 1).await;
    assert!(
        page.find("[data-about=decide-shown]").is_none(),
        "for one file there is its own"
    );
    page.click("[data-path='/notes/7.md'] [data-action=edit-hunk]");
    until("it can be written", || {
        page.find(".memory-file textarea").is_some()
    })
    .await;
    page.type_into(".memory-file textarea", "Ask twice.");
    page.click(".memory-file [data-action=close-editor]");
    until("it is taken", || stage().contains("Stage 5 of 44")).await;
    page.type_into(".memory-tree input", "");
    until("all show", || {
        page.text("[data-action=leave-shown]").contains("44")
    })
    .await;
    page.click("[data-action=leave-shown]");
    until("but one is left out", || stage().contains("Stage 1 of 44")).await;
    page.click("[data-action=take-shown]");
    until("all are taken again", || {
        stage().contains("Stage 44 memories")
    })
    .await;
    page.type_into(".memory-tree input", "/notes/7.md");
    until("what was written is there", || {
        page.find("[data-path='/notes/7.md'] [data-pick=edited]")
            .is_some()
    })
    .await;
}

#[wasm_bindgen_test]
async fn with_every_memory_left_out_there_is_nothing_to_stage() {
    let server = ScriptedServer::default().getting(SUGGESTION, &of_memories());
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    until("the files show", || page.count(".memory-file") == 4).await;
    for button in page.all("[data-action=leave-file]") {
        button.click();
    }
    until("the reason shows", || {
        page.shows("With every memory left out there is nothing to stage.")
    })
    .await;
    page.click("[data-action=stage]");
    assert!(server.asked_of(Method::Post, CHANGES).is_empty());
}

#[wasm_bindgen_test]
async fn what_is_nearly_what_was_rejected_before_stands_above_the_diff_with_a_link() {
    let near = Suggestion {
        earlier_rejections: vec![EarlierRejection {
            suggestion_id: "sug_0".into(),
            title: "Ask twice".to_owned(),
            alike_percent: 81,
            rejection: rejection(),
        }],
        ..suggestion()
    };
    let server = ScriptedServer::default().getting(SUGGESTION, &near);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    let words = page.text("[data-about=rejected-before]");
    assert!(
        words.contains("Nearly this was proposed before (81 % alike) and rejected by approver"),
        "{words}"
    );
    assert!(words.contains("It would refuse gift orders."), "{words}");
    let link = page.find("[data-about=rejected-before] a").unwrap();
    assert_eq!(link.get_attribute("href").unwrap(), "/suggestions/sug_0");
}

#[wasm_bindgen_test]
async fn a_comment_on_a_memory_stands_in_its_file_and_is_sent_with_its_path() {
    let path = "/orders/refunds.md";
    let text = "Refunds need an order number.\n";
    let mut said = Comment {
        id: "cmt_1".into(),
        subject: CommentSubject::Suggestion { id: "sug_1".into() },
        agent_id: "agent_support".into(),
        anchor: anchor(CommentSide::Proposed, text, 0..text.len() - 1).unwrap(),
        text: "Which number?".to_owned(),
        author: "approver".into(),
        created_at: fixtures::at_hour(7),
        edited_at: None,
        resolved: None,
        revision: 1,
    };
    said.anchor.path = Some(path.to_owned());
    let server = ScriptedServer::default()
        .getting(SUGGESTION, &of_memories())
        .getting("/comments", &fixtures::page(vec![said.clone()]))
        .answering(Method::Post, "/comments", 201, &said);
    let page = page_as(Role::Reviewer, &server);
    full(&page).await;
    let in_file = |path: &str| format!("[data-path='{path}']");
    until("the comment stands in its file", || {
        let file = in_file(path);
        page.find(&file).is_some() && page.text(&file).contains("Which number?")
    })
    .await;
    assert!(
        !page
            .text(&in_file("/promises.md"))
            .contains("Which number?")
    );
    assert!(
        page.text("[data-about=commented]")
            .contains("1 open comment")
    );
    page.click(&format!(
        "{} [data-action=comment-hunk]",
        in_file("/promises.md")
    ));
    let field = format!("{} [name=comment]", in_file("/promises.md"));
    until("one writes in that file", || page.find(&field).is_some()).await;
    assert_eq!(page.count("[name=comment]"), 1, "and in no other");
    page.type_into(&field, "Keep this one.");
    page.click("[data-action=save-comment]");
    until("it is sent", || {
        server.asked_of(Method::Post, "/comments").len() == 1
    })
    .await;
    let asked = server.asked_of(Method::Post, "/comments");
    let sent: CreateComment = serde_json::from_str(asked[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(sent.path.as_deref(), Some("/promises.md"));
    assert_eq!((sent.side, sent.start), (CommentSide::Base, 0));
    assert_eq!(sent.text_sha256, sha256_hex("Never promise a date.\n"));
}
