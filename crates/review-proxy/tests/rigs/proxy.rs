//! One proxy: the program as a process of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The key that the platform is asked with.
pub(crate) const KEY: &str = "sk-ant-canary-7f3a9c51e2d8b604";
/// The secret that reports are signed with.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// Longest wait for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waiting times of a proxy that is alone: as shipped, but short.
pub(crate) const PACE: &str = "deadline=1000,grace=500,reconcile=100,keys=12000";
/// Those of one whose policies act by themselves.
pub(crate) const AUTOMATIC: &str = "deadline=1000,grace=500,reconcile=100,automate=50,keys=12000";
/// Those of several, which must not give each other up only because the machine is busy.
pub(crate) const PATIENT: &str = "deadline=20000,grace=20000,reconcile=100,lease=25000,keys=60000";
/// Those of several of which one is given up.
pub(crate) const IMPATIENT: &str = "deadline=6000,grace=1000,reconcile=100,lease=5000,keys=12000";

/// Waits until `found` gives something, or says what did not come.
pub(crate) async fn until<T>(
    what: &str,
    patience: Duration,
    mut found: impl AsyncFnMut() -> Option<T>,
) -> Result<T, String> {
    let started = Instant::now();
    loop {
        if let Some(found) = found().await {
            return Ok(found);
        }
        if started.elapsed() > patience {
            return Err(format!("waited in vain: {what}"));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A proxy with its folder; ended with the test.
#[derive(Debug)]
pub(crate) struct Proxy {
    folder: PathBuf,
    platform_url: String,
    database_url: Option<String>,
    pace: &'static str,
    process: Option<Child>,
    url: String,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Proxy {
    /// Starts one that keeps its own data in `folder`.
    pub(crate) async fn start(
        folder: &Path,
        platform_url: &str,
        database_url: Option<&str>,
        pace: &'static str,
    ) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut proxy = Self {
            folder: folder.to_owned(),
            platform_url: platform_url.to_owned(),
            database_url: database_url.map(str::to_owned),
            pace,
            process: None,
            url: String::new(),
        };
        proxy.order("");
        proxy.boot().await;
        proxy
    }

    /// Orders what is to happen at which place; see `src/failpoint.rs`. Nothing: `""`.
    pub(crate) fn order(&self, text: &str) {
        // Whole or not at all: the process reads it at any moment.
        let whole = self.folder.join("order.new");
        std::fs::write(&whole, text).unwrap();
        std::fs::rename(whole, self.folder.join("order")).unwrap();
    }

    /// Starts the process and waits until it listens.
    pub(crate) async fn boot(&mut self) {
        let stdout = self.spawn();
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).unwrap();
            line
        });
        let line = line.await.unwrap();
        let url = line.trim().strip_prefix("listening on ");
        let url = url.unwrap_or_else(|| panic!("it says {line:?}: {}", self.log()));
        url.clone_into(&mut self.url);
    }

    /// Starts the process, which may end before it listens; returns what it prints.
    pub(crate) fn spawn(&mut self) -> ChildStdout {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"))
            .unwrap();
        // A long run goes on with its copy while the tree is built anew.
        let copy = std::env::var_os("DREAM_REVIEW_RIG_PROGRAM");
        let built = env!("CARGO_BIN_EXE_dream-review-proxy");
        let mut command = Command::new(copy.unwrap_or_else(|| built.into()));
        command
            .env_clear()
            .env("ANTHROPIC_API_KEY", KEY)
            .env("FAILPOINTS", self.folder.join("order"))
            .env("FAILPOINT_PACE", self.pace)
            .args(["--listen", "127.0.0.1:0", "--sync-secs", "3600"])
            .args(["--log", "warn", "--webhook-secret", SECRET])
            .args(["--platform-url", &self.platform_url, "--data"])
            .arg(self.folder.join("data"));
        for user in ["reviewer:reviewer", "approver:approver", "admin:admin"] {
            command.args(["--dev-user", user]);
        }
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        self.process = Some(child);
        stdout
    }

    /// Returns the address of one of its routes.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Ends it as a power switch would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ended = process.kill();
            let _waited = process.wait();
        }
    }

    fn id(&self) -> rustix::process::Pid {
        let id = self.process.as_ref().unwrap().id();
        rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
    }

    /// Waits until it stands still.
    pub(crate) async fn stopped(&self) {
        self.stopped_within(PATIENCE).await;
    }

    /// The same, where much is to be done before.
    pub(crate) async fn stopped_within(&self, patience: Duration) {
        let file = format!("/proc/{}/stat", self.id().as_raw_nonzero());
        let stopped = until("the proxy stands still", patience, async || {
            let stat = std::fs::read_to_string(&file).unwrap();
            // After the name, which is in brackets and may hold anything.
            let state = stat.rsplit(") ").next().unwrap();
            state.starts_with('T').then_some(())
        });
        stopped.await.unwrap();
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        rustix::process::kill_process(self.id(), rustix::process::Signal::CONT).unwrap();
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn gone(&mut self) -> Result<ExitStatus, String> {
        self.gone_within(PATIENCE).await
    }

    /// The same, where much is to be done before.
    pub(crate) async fn gone_within(&mut self, patience: Duration) -> Result<ExitStatus, String> {
        let mut process = self.process.take().unwrap();
        let ended = until("the proxy ends", patience, async || {
            process.try_wait().unwrap()
        })
        .await;
        if ended.is_err() {
            self.process = Some(process);
            self.kill();
        }
        ended
    }

    /// Returns the end of what it logged.
    pub(crate) fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}
