//! The proxy of a test: it can be ended and started again, and told that it is later than it is.

use crate::{
    Process, Result,
    stack::{WEBHOOK_SECRET, address},
};
use std::{env, path::PathBuf, time::Duration};
use tokio::process::Command;

/// What tokens cost, so that money shows wherever it is worked out.
const PRICES: [&str; 6] = [
    "--price-currency",
    "EUR",
    "--price",
    "claude-sonnet-5=3/15/0.30/3.75",
    "--price",
    "claude-opus-5-5=5/25/0.50/6.25",
];

/// Name of the file by which the clock is moved.
const CLOCK: &str = "clock";

/// What a proxy is started with.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Its binary.
    pub(crate) program: PathBuf,
    /// The built console.
    pub(crate) dist: PathBuf,
    /// Where it keeps what it keeps.
    pub(crate) folder: PathBuf,
    /// Where it listens.
    pub(crate) port: u16,
    /// The platform that it speaks to.
    pub(crate) platform_url: String,
}

/// A proxy with what it was started with.
#[derive(Debug)]
pub(crate) struct Proxy {
    wanted: Wanted,
    process: Option<Process>,
    /// Where it listens, without a slash at the end.
    pub(crate) url: String,
}

impl Proxy {
    /// Starts one and waits until it listens.
    pub(crate) async fn start(wanted: Wanted) -> Result<Self> {
        let mut proxy = Self {
            wanted,
            process: None,
            url: String::new(),
        };
        proxy.boot().await?;
        Ok(proxy)
    }

    /// Starts the process with what is kept in its folder.
    pub(crate) async fn boot(&mut self) -> Result<()> {
        let (process, url) = Process::start("dream-review-proxy", self.command(), address).await?;
        self.process = Some(process);
        self.url = url;
        Ok(())
    }

    /// Ends the process as a power cut would.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill().await?;
        }
        Ok(())
    }

    /// Sets the clock ahead of the machine's.
    pub(crate) fn set_clock_ahead(&self, by: Duration) -> Result<()> {
        let file = self.wanted.folder.join(CLOCK);
        // Whole or not at all: the proxy reads it at any moment.
        let new = file.with_extension("new");
        std::fs::write(&new, by.as_secs().to_string())?;
        Ok(std::fs::rename(new, file)?)
    }

    fn command(&self) -> Command {
        let wanted = &self.wanted;
        let mut command = Command::new(&wanted.program);
        command
            .arg("--listen")
            .arg(format!("127.0.0.1:{}", wanted.port))
            .args(["--platform-url", &wanted.platform_url])
            .arg("--data")
            .arg(wanted.folder.join("proxy"))
            .arg("--assets")
            .arg(&wanted.dist)
            .args(["--webhook-secret", WEBHOOK_SECRET, "--sync-secs", "5"])
            .args(PRICES)
            // Reports of tests stay on this machine.
            .arg("--allow-private-webhooks")
            .args(["--dev-user", "reviewer:reviewer"])
            .args(["--dev-user", "approver:approver"])
            .args(["--dev-user", "admin:admin"])
            // Read by the proxy of the rigs only.
            .env("FAILPOINT_CLOCK", wanted.folder.join(CLOCK))
            .env("ANTHROPIC_API_KEY", "a-key-for-the-demo-platform");
        // The proxy reads its settings from variables of this prefix, and refuses those it does not know.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("DREAM_REVIEW_") {
                command.env_remove(name);
            }
        }
        command
    }
}
