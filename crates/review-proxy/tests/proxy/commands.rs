//! The program's commands, on a real database while a proxy is at work on it and when none is.

use super::program::{Process, at_work, program};
use super::support::{KEY, SECRET, TestApp, client};
use crate::databases::{Database, conn, on_each_database, run};
use jiff::Timestamp;
use review_api::AuditHead;
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

on_each_database!(
    p23_the_program_verifies_the_audit_while_a_proxy_runs,
    the_review_state_moves_to_another_database_and_back,
);

struct Said {
    code: i32,
    out: String,
    err: String,
}

/// Runs a command of the program on a folder and perhaps a server.
fn said(data: &Path, database: &Database, arguments: &[&str]) -> Said {
    let mut command = program();
    command.arg("--data").arg(data).args(arguments);
    if let Some(url) = database.url() {
        command.env("DATABASE_URL", url.expose_secret());
    }
    output(&mut command)
}

fn output(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn p23_the_program_verifies_the_audit_while_a_proxy_runs(database: Database) {
    let app = TestApp::start_on(&database).await;
    let data = app.config.data.clone();
    let agent = app.agent("SupportBot").await.summary.id;
    app.staged(&agent, "Be kind.").await;
    app.proxy().app.checkpointer.take().await.unwrap();
    let head: AuditHead = app.get("/api/audit/head").await.ok();

    let good = said(&data, &database, &["audit", "verify"]);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    assert!(
        good.out
            .contains(&format!("All rows from 1 to {}", head.seq)),
        "{}",
        good.out
    );
    assert!(good.out.contains("signed checkpoint"), "{}", good.out);
    assert!(good.out.contains(&head.hash));

    // A checkpoint that someone else signed, or wrote, is no witness.
    let file = data.join("checkpoints.jsonl");
    let other = "0".repeat(64);
    let stranger = said(
        &data,
        &database,
        &["audit", "verify", "--public-key", &other],
    );
    assert_eq!(stranger.code, 1, "{}", stranger.out);
    assert!(
        stranger.out.contains("not one of the keys to trust"),
        "{}",
        stranger.out
    );
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replacen(&head.hash, &other, 1)).unwrap();
    let edited = said(&data, &database, &["audit", "verify"]);
    assert!(
        edited.out.contains("the checkpoint was edited"),
        "{}",
        edited.out
    );
    assert_eq!(edited.code, 1);
    std::fs::write(&file, whole).unwrap();

    // A cut tail shows against the file only.
    let copy = data.join("elsewhere.jsonl");
    std::fs::copy(&file, &copy).unwrap();
    app.sql(
        "DELETE FROM audit WHERE seq > 1;
         UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit WHERE seq = 1)",
    )
    .await;
    let bad = said(
        &data,
        &database,
        &["audit", "verify", "--checkpoints", copy.to_str().unwrap()],
    );
    assert_eq!(bad.code, 1, "{}{}", bad.out, bad.err);
    assert!(
        bad.out.starts_with("The first bad row is 2."),
        "{}",
        bad.out
    );
    std::fs::remove_file(&file).unwrap();
    let blind = said(&data, &database, &["audit", "verify"]);
    assert_eq!(blind.code, 0);
    assert!(
        blind
            .out
            .contains("a cut tail or a ledger written anew would not show")
    );

    app.sql("UPDATE audit SET detail = '{}' WHERE seq = 1")
        .await;
    let bad = said(&data, &database, &["audit", "verify"]);
    assert_eq!(bad.code, 1);
    assert!(
        bad.out.starts_with("The first bad row is 1."),
        "{}",
        bad.out
    );

    // Not to be able to tell is something else.
    let unable = output(
        program()
            .arg("--data")
            .arg(data.join("none"))
            .args(["audit", "verify"]),
    );
    assert_eq!(unable.code, 2, "{}", unable.out);
    assert!(
        unable.err.starts_with("dream-review-proxy: "),
        "{}",
        unable.err
    );
    let unable = output(program().args(["audit", "verify"]));
    assert_eq!(unable.code, 2);
    assert!(unable.err.contains("--data"), "{}", unable.err);
}

async fn the_review_state_moves_to_another_database_and_back(database: Database) {
    let other = match &database {
        Database::Sqlite(_) => Database::postgres("the_review_state_moves").await,
        Database::Postgres(_) => Some(Database::sqlite()),
    };
    let Some(other) = other else {
        return;
    };
    let app = TestApp::start_on(&database).await;
    let agent = app.agent("SupportBot").await.summary.id;
    let change = app
        .approved(&agent, "Be kind: é \u{1f469}\u{200d}\u{1f4bb}\r\n\"\\")
        .await;
    let ledger = app.ledger().await;
    let from = match database.url() {
        Some(url) => url.expose_secret().to_owned(),
        None => format!("sqlite:{}", app.config.data.join("review.sqlite").display()),
    };
    let to = match other.url() {
        Some(url) => url.expose_secret().to_owned(),
        None => format!("sqlite:{}", other.path().unwrap().display()),
    };
    let moved = |from: &str, to: &str| {
        output(program().args(["migrate-store", "--from", from, "--to", to]))
    };
    if database.url().is_none() {
        let refused = moved(&from, &to);
        assert_eq!(refused.code, 2, "{}", refused.out);
        assert!(
            refused.err.contains("a proxy is at work"),
            "{}",
            refused.err
        );
    }
    let mut app = app;
    app.stop().await;
    let done = moved(&from, &to);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(
        done.out.contains(&format!("up to row {}", ledger.len())),
        "{}",
        done.out
    );
    assert!(done.out.contains("  suggestions\n") && !done.out.contains("password"));
    // A second time there is something there already.
    let refused = moved(&from, &to);
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(refused.err.contains("not empty"), "{}", refused.err);

    // A proxy goes on with it where the old one left off.
    app.config.database_url = other.url().cloned();
    if let Some(path) = other.path() {
        std::fs::create_dir_all(&app.config.data).unwrap();
        std::fs::rename(path, app.config.data.join("review.sqlite")).unwrap();
    }
    app.start_again().await;
    assert_eq!(app.ledger().await, ledger);
    assert_eq!(app.change(&change.summary.id).await, change);
    let applied: review_api::Change = app.decide("approver", &change, "apply").await.ok();
    assert_eq!(applied.summary.state, review_api::ChangeState::Applied);
    let checked: review_api::AuditVerification =
        app.get_as("admin", "/api/audit/verify").await.ok();
    assert_eq!(checked.bad, None);

    // What is not as it was written is not carried on.
    app.stop().await;
    let mut conn = conn(&from).await;
    run(&mut conn, "UPDATE audit SET actor = 'eve' WHERE seq = 1").await;
    drop(conn);
    let Some(third) = Database::postgres("the_review_state_moves").await else {
        return;
    };
    let refused = moved(&from, third.url().unwrap().expose_secret());
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(
        refused.out.contains("nothing was copied: Row 1 "),
        "{}",
        refused.out
    );
}

/// Sends a report as a pipeline would.
async fn deliver(url: &str, id: &str) -> http::StatusCode {
    let body = json!({ "type": "dreaming_report", "agent_id": "agent_1", "suggestions": [] });
    let (body, now) = (body.to_string(), Timestamp::now().as_second());
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

#[tokio::test]
async fn a_copy_is_taken_while_a_proxy_runs_and_put_back_when_none_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let database = Database::sqlite();
    let mut command = at_work(folder.path());
    command.args(["--webhook-secret", SECRET]);
    let (process, url) = Process::start(&mut command);
    assert_eq!(deliver(&url, "msg_1").await, 202);
    let copy = folder.path().join("copy.sqlite");
    let to = copy.to_str().unwrap();
    let taken = said(&data, &database, &["backup", to]);
    assert_eq!(taken.code, 0, "{}{}", taken.out, taken.err);
    assert!(
        taken.out.starts_with("Written and verified"),
        "{}",
        taken.out
    );
    let again = said(&data, &database, &["backup", to]);
    assert_eq!(again.code, 2, "what is there is not written over");
    assert_eq!(deliver(&url, "msg_2").await, 202);
    let busy = said(&data, &database, &["restore", to]);
    assert_eq!(busy.code, 2, "{}", busy.out);
    assert!(busy.err.contains("a proxy is at work"), "{}", busy.err);
    process.stop().await;

    // A copy that is damaged, edited or none is not put in the place of anything.
    let sound = std::fs::read(&copy).unwrap();
    let mut torn = sound.clone();
    torn[4_096..12_288].fill(0);
    for (bytes, why) in [
        (&torn[..], "damaged"),
        (b"no database at all", ""),
        (b"", ""),
    ] {
        std::fs::write(&copy, bytes).unwrap();
        let refused = said(&data, &database, &["restore", to]);
        assert_ne!(refused.code, 0, "{}", refused.out);
        assert!(
            refused.out.contains(why) || refused.code == 2,
            "{}",
            refused.out
        );
    }
    std::fs::write(&copy, &sound).unwrap();
    let restored = said(&data, &database, &["restore", to]);
    assert_eq!(restored.code, 0, "{}{}", restored.out, restored.err);
    assert!(
        restored.out.contains("What was there is in"),
        "{}",
        restored.out
    );

    let (process, url) = Process::start(&mut command);
    // The first is known, so it is answered as it was; the second is forgotten and comes as a new one.
    let known = deliveries(&data).await;
    assert_eq!(known, ["msg_1"]);
    assert_eq!(deliver(&url, "msg_2").await, 202);
    process.stop().await;
    assert_eq!(deliveries(&data).await, ["msg_1", "msg_2"]);
    let good = said(&data, &database, &["audit", "verify"]);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
}

async fn deliveries(data: &Path) -> Vec<String> {
    let at = review_proxy::store::Location::File(data.join("review.sqlite"));
    let store = review_proxy::store::Store::look(&at).await.unwrap();
    let mut read = store.read().await.unwrap();
    let rows: Vec<(String,)> = sqlx::query_as("SELECT id FROM deliveries ORDER BY id")
        .fetch_all(&mut *read)
        .await
        .unwrap();
    drop(read);
    store.close().await;
    rows.into_iter().map(|(id,)| id).collect()
}

/// Runs the check of a platform, with the key in the environment.
async fn checked(platform: String) -> Said {
    let mut command = program();
    command
        .args(["--platform-url", &platform, "check-platform"])
        .env("ANTHROPIC_API_KEY", KEY);
    // Off this runtime's thread: the platform answers on it.
    let said = tokio::task::spawn_blocking(move || output(&mut command));
    said.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_is_checked_by_ten_reads_that_name_nothing_of_it() {
    let app = TestApp::start().await;
    let requests = async || {
        let url = app.platform_url("/__control/requests");
        let all: Value = app.send(app.client.get(url)).await.ok();
        all["data"].as_array().unwrap().clone()
    };
    let before = requests().await.len();
    let said = checked(app.platform_url("")).await;
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(
        said.out
            .contains("10 of 10 questions answered, 0 not asked."),
        "{}",
        said.out
    );
    let all = requests().await;
    assert!(all.len() >= before + 10);
    let asked = all.iter().filter(|it| it["method"] != "GET").count();
    assert_eq!(asked, 0, "nothing is written");
    for secret in [KEY, "SupportBot", "agent_", "memstore_", "sesn_"] {
        assert!(!said.out.contains(secret), "{secret} in {}", said.out);
    }

    let url = app.platform_url("/__control/faults");
    let fault = json!({ "kind": "overloaded", "path_prefix": "/v1/dreams", "count": 9 });
    let sent = app.send(app.client.post(url).json(&fault)).await;
    assert!(sent.status.is_success());
    let said = checked(app.platform_url("")).await;
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("FAIL dreams"), "{}", said.out);
    assert!(said.out.contains("9 of 10 questions"), "{}", said.out);
}

#[tokio::test]
async fn a_platform_that_is_not_there_or_cannot_be_asked_is_said() {
    let said = checked("http://127.0.0.1:1".to_owned()).await;
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("0 of 3 questions answered, 7 not asked."),
        "{}",
        said.out
    );
    let said = checked("http://platform.example".to_owned()).await;
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    assert!(
        said.err.contains("must begin with https://"),
        "{}",
        said.err
    );
    let said = output(program().arg("check-platform"));
    assert_eq!(said.code, 2);
    assert!(said.err.contains("set ANTHROPIC_API_KEY"), "{}", said.err);
}
