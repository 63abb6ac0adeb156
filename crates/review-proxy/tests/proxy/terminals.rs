//! Text of others in the log and on the terminal of the real program: one line of JSON for each event, and nothing
//! that moves a cursor, reorders a line or forges one.

use super::program::{Process, at_work, program};
use super::support::{KEY, SECRET, TestApp, client};
use axum::Router;
use axum::http::StatusCode;
use jiff::Timestamp;
use review_api::DEV_USER_HEADER;
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What all hostile texts hold, to be found again.
const MARK: &str = "canary7";

/// Colours, a title, a bell, both line ends, a line of its own, C1 controls, reordering, and what takes no room.
const HOSTILE: &str = "canary7\u{1b}[31m\u{1b}]0;owned\u{7}\r\nforged: {\"level\":\"ERROR\"}\u{9b}2J\u{85}\u{7f}\
                       \u{202e}evil\u{2066}\u{2028}\u{200b}\u{feff}\u{e0041}";

/// The same without control characters, which no name or title may have.
fn on_one_line() -> String {
    HOSTILE.chars().filter(|c| !c.is_control()).collect()
}

/// Fails if `text` holds what a terminal acts on or hides, or a line that others made up.
#[track_caller]
fn assert_is_safe(text: &str) {
    let odd = text
        .chars()
        .find(|c| *c != '\n' && (c.is_control() || prompt_diff::class_of(*c).is_some()));
    assert_eq!(odd, None, "{text:?}");
    assert!(
        !text
            .lines()
            .any(|line| line.trim_start().starts_with("forged")),
        "{text}"
    );
}

/// Returns the events of a log, each of which is one line.
#[track_caller]
fn events(log: &str) -> Vec<Value> {
    assert_is_safe(log);
    let event = |line: &str| {
        let event: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            event["timestamp"].is_string() && event["level"].is_string(),
            "{line}"
        );
        event
    };
    log.lines().map(event).collect()
}

/// A platform that answers whatever it is asked with a hostile error.
async fn hostile_platform() -> String {
    let body = json!({
        "type": "error",
        "error": { "type": HOSTILE, "message": HOSTILE },
    });
    let answer = (StatusCode::BAD_REQUEST, axum::Json(body));
    let router = Router::new().fallback(move || {
        let answer = answer.clone();
        async move { answer }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // It ends with the runtime of the test.
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Sends a report, rightly signed, whatever it says.
async fn report(url: &str, body: &Value) -> StatusCode {
    let (id, now, body) = ("msg_1", Timestamp::now().as_second(), body.to_string());
    let signature = Secret::parse(SECRET)
        .unwrap()
        .sign(id, now, body.as_bytes());
    let request = client()
        .post(format!("{url}/api/hooks/dreaming-report"))
        .header("content-type", "application/json")
        .header(ID_HEADER, id)
        .header(TIMESTAMP_HEADER, now)
        .header(SIGNATURE_HEADER, signature)
        .body(body);
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p30_what_a_platform_and_a_pipeline_send_is_logged_on_one_line_in_characters_that_show() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = at_work(folder.path());
    command
        .args(["--platform-url", &hostile_platform().await])
        .args(["--webhook-secret", SECRET, "--log", "trace"]);
    let (process, url) = Process::start(&mut command);
    // A known field of an odd kind is quoted in what is said about it.
    let odd = json!({ "type": HOSTILE, "agent_id": HOSTILE, "suggestions": HOSTILE });
    assert_eq!(report(&url, &odd).await, StatusCode::BAD_REQUEST);
    let path = "/api/agents/%1B%5B31m%0D%0Aforged%E2%80%AE";
    let asked = client().get(format!("{url}{path}"));
    let asked = asked.header(DEV_USER_HEADER, "ann").send().await.unwrap();
    assert!(asked.status().is_client_error());
    let log = process.stop().await;
    let events = events(&log);
    // What would prove nothing if it were never there.
    let quoting = |part: &str| events.iter().any(|event| event.to_string().contains(part));
    assert!(quoting(MARK), "{log}");
    for written_out in ["\\u200b", "\\u2028"] {
        assert!(log.contains(written_out), "{written_out} in {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p30_what_people_type_is_in_no_log_however_much_is_logged() {
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = at_work(folder.path());
    command
        .args(["--platform-url", &app.platform_url("")])
        .args(["--dev-user", "ann:admin", "--dev-user", "bo:approver"])
        .args(["--webhook-secret", SECRET, "--log", "trace"]);
    let (process, url) = Process::start(&mut command);
    let send = async |user: &str, path: &str, body: &Value| {
        let request = client().post(format!("{url}{path}")).json(body);
        let request = request
            .header(DEV_USER_HEADER, user)
            .header("if-match", "\"1\"");
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let made = json!({
        "name": on_one_line(), "model": "claude-sonnet-5",
        "description": HOSTILE, "system_prompt": HOSTILE,
    });
    let (status, agent) = send("ann", "/api/agents", &made).await;
    assert_eq!(status, StatusCode::CREATED, "{agent}");
    let id = agent["summary"]["id"].as_str().unwrap();
    let staged = json!({
        "agent_id": id, "base_version": 1, "title": on_one_line(),
        "proposed": format!("{HOSTILE} and more"),
    });
    let (status, change) = send("ann", "/api/changes", &staged).await;
    assert_eq!(status, StatusCode::CREATED, "{change}");
    let change_id = change["summary"]["id"].as_str().unwrap();
    let comment = json!({
        "subject": { "kind": "change", "id": change_id }, "side": "base", "start": 0,
        "end": HOSTILE.len(), "text_sha256": review_core::digest::sha256_hex(HOSTILE),
        "text": HOSTILE,
    });
    let (status, told) = send("bo", "/api/comments", &comment).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    // What is refused is quoted to the one who sent it, not to the log.
    for (path, body) in [
        (
            "/api/feedback",
            json!({ "agent_id": HOSTILE, "rating": HOSTILE }),
        ),
        ("/api/changes", json!({ HOSTILE: HOSTILE })),
        ("/api/automation/pause", json!({ "reason": HOSTILE })),
    ] {
        send("bo", path, &body).await;
    }
    let user = client().get(format!("{url}/api/session"));
    let bytes = b"ann\x9b31m\xe2\x80\xae".as_slice();
    let user = user.header(DEV_USER_HEADER, bytes).send().await.unwrap();
    assert_eq!(user.status(), StatusCode::UNAUTHORIZED);
    let log = process.stop().await;
    let events = events(&log);
    assert!(events.len() > 20, "nothing was logged: {log}");
    assert!(!log.contains(MARK), "{log}");
}

/// What a command says, on both ways out.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{command:?}");
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    format!("{out}{err}")
}

/// Checks that what a command says quotes hostile text, and only in characters that show.
#[track_caller]
fn quoted(command: &mut Command) {
    let said = said(command);
    assert!(said.contains(MARK), "{command:?}: {said}");
    assert!(said.contains("\\u{202e}"), "{command:?}: {said}");
    assert_is_safe(&said);
}

#[test]
fn p30_settings_that_cannot_be_used_are_quoted_in_characters_that_show() {
    let folder = tempfile::tempdir().unwrap();
    let work = || at_work(folder.path());
    let mut quoting = 0;
    for flag in [
        "--dev-user",
        "--log",
        "--platform-url",
        "--assets",
        "--allow-origin",
        "--listen",
        "--sync-secs",
        "--audit-key-file",
        "--webhook-key-file",
    ] {
        let said = said(work().args([flag, HOSTILE]));
        assert_is_safe(&said);
        quoting += usize::from(said.contains(MARK));
    }
    for command in [
        work().arg(format!("--{HOSTILE}")),
        work().env("DREAM_REVIEW_DEV_USER", HOSTILE),
        work().env(format!("DREAM_REVIEW_{HOSTILE}"), "x"),
    ] {
        let said = said(command);
        assert_is_safe(&said);
        quoting += usize::from(said.contains(MARK));
    }
    assert!(quoting >= 6, "{quoting} say what is wrong");
    quoted(
        program()
            .env("ANTHROPIC_API_KEY", KEY)
            .args(["--config", HOSTILE]),
    );
    quoted(
        work()
            .env_remove("ANTHROPIC_API_KEY")
            .args(["--api-key-file", HOSTILE]),
    );
    let settings = folder.path().join("odd.toml");
    for text in [
        format!("{} = 1\n", json!(HOSTILE)),
        format!("listen = {}\n", json!(HOSTILE)),
        // A line of the file stands in what is said about it.
        format!("listen = 1 # {}\n", HOSTILE.replace(['\r', '\n'], " ")),
    ] {
        std::fs::write(&settings, text).unwrap();
        let said = said(
            program()
                .env("ANTHROPIC_API_KEY", KEY)
                .arg("--config")
                .arg(&settings),
        );
        assert!(
            said.contains("cannot be used") || said.contains(MARK),
            "{said}"
        );
        assert_is_safe(&said);
    }
}

/// Puts a folder with a hostile name into `parent`.
fn hostile_folder(parent: &Path) -> std::path::PathBuf {
    let folder = parent.join(HOSTILE);
    std::fs::create_dir(&folder).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p30_commands_quote_paths_and_errors_in_characters_that_show() {
    let folder = tempfile::tempdir().unwrap();
    let odd = hostile_folder(folder.path());
    let data = folder.path().join("data");
    // A row of the ledger, so that there is a checkpoint.
    let (process, url) = Process::start(at_work(folder.path()).args(["--dev-user", "ann:admin"]));
    let paused = client().post(format!("{url}/api/automation/pause"));
    let paused = paused
        .header("if-match", "\"0\"")
        .json(&json!({ "reason": "Not now." }));
    assert_eq!(paused.send().await.unwrap().status(), StatusCode::OK);
    process.stop().await;
    let on = |data: &Path, arguments: &[&str]| {
        let mut command = program();
        command.arg("--data").arg(data).args(arguments);
        command
    };
    let missing = odd.join("missing");
    let missing = missing.to_str().unwrap();
    quoted(&mut on(
        &data,
        &["audit", "verify", "--checkpoints", missing],
    ));
    // A checkpoint that was edited is named with its file.
    let checkpoints = std::fs::read_to_string(data.join("checkpoints.jsonl")).unwrap();
    let edited = odd.join("checkpoints.jsonl");
    let digits = ["0", "1"].map(|digit| digit.repeat(8));
    let mut line = checkpoints.lines().last().unwrap().to_owned();
    let hash = line.find("hash=").unwrap() + 5;
    let digit = usize::from(line[hash..].starts_with(&digits[0]));
    line.replace_range(hash..hash + 8, &digits[digit]);
    std::fs::write(&edited, line + "\n").unwrap();
    let edited = edited.to_str().unwrap();
    quoted(&mut on(
        &data,
        &["audit", "verify", "--checkpoints", edited],
    ));
    quoted(&mut on(&data, &["backup", &format!("{missing}/copy")]));
    assert_is_safe(&said(&mut on(&data, &["restore", odd.to_str().unwrap()])));
    let from = format!("sqlite:{}", data.join("review.sqlite").display());
    // A file is in the way of the folder.
    let to = format!("sqlite:{edited}/review.sqlite");
    quoted(program().args(["migrate-store", "--from", &from, "--to", &to]));
    quoted(program().args(["migrate-store", "--from", HOSTILE, "--to", &to]));

    let platform = hostile_platform().await;
    let mut check = program();
    check
        .args(["--platform-url", &platform, "check-platform"])
        .env("ANTHROPIC_API_KEY", KEY);
    let said = tokio::task::spawn_blocking(move || said(&mut check));
    let said = said.await.unwrap();
    assert!(said.contains(MARK), "{said}");
    assert_is_safe(&said);
    assert_eq!(
        said.lines().filter(|line| line.contains(MARK)).count(),
        3,
        "one line for each question: {said}"
    );
}
