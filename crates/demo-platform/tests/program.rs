//! The program: its flags, the line it prints, its end.

mod support;

use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo-platform"));
    command
        .kill_on_drop(true)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn it_says_where_it_listens_and_stops_cleanly_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program()
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(support::DEADLINE, lines.next_line())
        .await
        .unwrap();
    let line = line.unwrap().unwrap();
    let url = line.strip_prefix("listening on ").expect(&line);
    let answer = support::client()
        .get(format!("{url}/v1/agents"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let killed = Command::new("kill")
        .args(["-TERM", &child.id().unwrap().to_string()])
        .status()
        .await
        .unwrap();
    assert!(killed.success());
    let ended = tokio::time::timeout(support::DEADLINE, child.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn unknown_and_incomplete_flags_are_refused_and_help_names_them_all() {
    for arguments in [
        ["--listen", "127.0.0.1:0", "--data", "x", "--verbose", "1"].as_slice(),
        &["--listen", "127.0.0.1:0"],
        &["--listen", "127.0.0.1:0", "--data", "x", "--scale", "0"],
        &[
            "--listen",
            "127.0.0.1:0",
            "--data",
            "x",
            "--report-webhook",
            "http://127.0.0.1:9/",
        ],
        &[
            "--listen",
            "127.0.0.1:0",
            "--data",
            "x",
            "--report-webhook",
            "http://127.0.0.1:9/",
            "--report-secret",
            "whsec_c2hvcnQ=",
        ],
    ] {
        let output = program().args(arguments).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    let help = program().arg("--help").output().await.unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for flag in [
        "--listen",
        "--data",
        "--scale",
        "--report-webhook",
        "--report-secret",
    ] {
        assert!(help.contains(flag), "{flag}: {help}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = program()
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(&file)
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot be opened"), "{said}");
}
