//! The program itself: what it refuses, what it says, and how it ends.

use super::support::{KEY, until};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Runs the program without any setting of this process.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dream-review-proxy"));
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A program at work, ended with the test.
pub(crate) struct Process {
    child: Child,
    /// Reads what it logs all the while, so that it never waits for a reader.
    log: Option<std::thread::JoinHandle<String>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

impl Process {
    /// Starts the program and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.spawn().unwrap();
        // Before it listens it may log more than a pipe holds.
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let process = Self {
            child,
            log: Some(log),
        };
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        (process, url.unwrap_or_else(|| panic!("it says {line:?}")))
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and returns everything that it logged.
    pub(crate) async fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &id]).status();
        assert!(kill.unwrap().success());
        let status = until("the program ends", async || self.child.try_wait().unwrap()).await;
        assert!(status.success(), "{status}");
        self.log.take().unwrap().join().unwrap()
    }
}

fn refusal(edit: impl FnOnce(&mut Command)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--platform-url",
        "http://127.0.0.1:9",
    ]);
    command.arg("--data").arg(folder.path().join("data"));
    edit(&mut command);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    assert!(!status.success());
    assert!(stdout.is_empty());
    String::from_utf8(stderr).unwrap()
}

#[test]
fn what_cannot_work_is_refused_in_one_sentence() {
    let with_key = |command: &mut Command| {
        command.env("ANTHROPIC_API_KEY", KEY);
    };
    assert_eq!(
        refusal(|_| {}),
        "dream-review-proxy: the platform's key is missing: set ANTHROPIC_API_KEY, or name a file \
         that holds it with --api-key-file\n"
    );
    for (extra, expected) in [
        (&["--dev-user", "ann"][..], "is not NAME:ROLE"),
        (
            &["--dev-user", "ann:owner"],
            "the roles are viewer, reviewer, approver, admin",
        ),
        (&["--webhook-secret", "hunter2"], "begins with \"whsec_\""),
        (&["--webhook-secret", "whsec_"], "at least 24 bytes"),
        (&["--assets", "/does/not/exist"], "cannot be read"),
        (&["--allow-origin", "*"], "is not an origin"),
        (&["--sync-secs", "0"], "from 1 to 86400"),
        (&["--datta", "x"], "--data"),
        (
            &["--dev-user", "ann:admin", "--dev-user", "ann:viewer"],
            "twice",
        ),
    ] {
        let refused = refusal(|command| {
            with_key(command);
            command.args(extra);
        });
        assert!(refused.contains(expected), "{extra:?}: {refused}");
        assert!(!refused.contains(KEY));
    }
    for (variable, expected) in [
        (
            ("DREAM_REVIEW_LISTNE", "x"),
            "did you mean DREAM_REVIEW_LISTEN?",
        ),
        (
            ("DREAM_REVIEW_CONFIG", "/does/not/exist.toml"),
            "cannot be used",
        ),
    ] {
        let refused = refusal(|command| {
            with_key(command);
            command.env(variable.0, variable.1);
        });
        assert!(refused.contains(expected), "{variable:?}: {refused}");
    }
}

#[test]
fn beyond_loopback_it_does_not_listen_without_a_login() {
    let folder = tempfile::tempdir().unwrap();
    for users in [&[][..], &["--dev-user", "ann:admin"]] {
        let mut command = program();
        command.env("ANTHROPIC_API_KEY", KEY);
        command.args([
            "--listen",
            "0.0.0.0:0",
            "--platform-url",
            "http://127.0.0.1:9",
            "--data",
        ]);
        command.arg(folder.path().join("data")).args(users);
        let output = command.output().unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("loopback only"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn p2_a_platform_that_would_leak_the_key_is_refused() {
    for url in [
        "http://example.com",
        "https://user:pass@example.com",
        "ftp://example.com",
        "x",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = program()
            .env("ANTHROPIC_API_KEY", KEY)
            .args(["--listen", "127.0.0.1:0", "--platform-url", url, "--data"])
            .arg(folder.path().join("data"))
            .output()
            .unwrap();
        assert!(!output.status.success(), "{url}");
        assert!(
            !String::from_utf8_lossy(&output.stderr).contains("pass"),
            "{url}"
        );
    }
}

#[test]
fn help_names_every_setting_and_shows_no_secret() {
    let output = program()
        .env("DREAM_REVIEW_WEBHOOK_SECRET", "whsec_canary")
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for setting in [
        "config",
        "listen",
        "platform-url",
        "data",
        "database-url",
        "audit-key-file",
        "assets",
        "dev-user",
        "webhook-secret",
        "api-key-file",
        "allow-origin",
        "sync-secs",
        "log",
    ] {
        assert!(help.contains(&format!("--{setting}")), "{setting}");
        let variable = format!("DREAM_REVIEW_{}", setting.to_uppercase().replace('-', "_"));
        assert!(help.contains(&variable), "{variable}");
    }
    assert!(help.contains("ANTHROPIC_API_KEY"));
    assert!(!help.contains("canary"));
}

pub(crate) fn at_work(folder: &Path) -> Command {
    let mut command = program();
    command
        .env("ANTHROPIC_API_KEY", KEY)
        .env("DREAM_REVIEW_LISTEN", "127.0.0.1:0");
    let settings = folder.join("proxy.toml");
    let data = folder.join("data");
    let text = format!(
        "platform_url = \"http://127.0.0.1:9\"\ndata = '{}'\ndev_user = [\"ann:viewer\"]\n",
        data.display()
    );
    std::fs::write(&settings, text).unwrap();
    command.arg("--config").arg(settings);
    command
}

#[tokio::test]
async fn flags_count_before_variables_and_variables_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let name = async |command: &mut Command| {
        let (process, url) = Process::start(command);
        let session = super::support::client().get(format!("{url}/api/session"));
        let session: review_api::Session = session.send().await.unwrap().json().await.unwrap();
        process.stop().await;
        session.user.name.0
    };
    assert_eq!(name(&mut at_work(folder.path())).await, "ann");
    let mut command = at_work(folder.path());
    command.env("DREAM_REVIEW_DEV_USER", "bo:viewer");
    assert_eq!(name(&mut command).await, "bo");
    command.args(["--dev-user", "cy:viewer"]);
    assert_eq!(name(&mut command).await, "cy");
}

#[tokio::test]
async fn p13_failpoints_are_for_test_builds_and_this_build_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let order = folder.path().join("order");
    // This place is passed again and again once the proxy is at work.
    std::fs::write(&order, "abort reconcile.pass").unwrap();
    let mut command = at_work(folder.path());
    command
        .env("FAILPOINTS", &order)
        .env("FAILPOINT_PACE", "reconcile=1");
    let (process, url) = Process::start(&mut command);
    let ready = super::support::client().get(format!("{url}/api/session"));
    assert!(ready.send().await.unwrap().status().is_success());
    process.stop().await;
    let program = std::fs::read(env!("CARGO_BIN_EXE_dream-review-proxy")).unwrap();
    let has = |text: &str| {
        program
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(has("Idempotency-Key"), "texts of the program are found");
    for text in ["FAILPOINT", "begin.after_intent", "reconcile.pass"] {
        assert!(!has(text), "{text} is in the program");
    }
}

#[tokio::test]
async fn one_proxy_works_on_a_folder_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = Process::start(&mut at_work(folder.path()));
    let second = at_work(folder.path()).output().unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another proxy is at work"), "{said}");
    first.stop().await;
    let (third, _) = Process::start(&mut at_work(folder.path()));
    third.stop().await;
}
