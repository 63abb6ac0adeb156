//! The proxy and the demo platform, started for one test.

use crate::{
    Process, Result,
    proxy::{Proxy, Wanted},
};
use serde_json::Value;
use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{process::Command, time::sleep, time::timeout};

/// Secret that demo platform and proxy share in a test.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_ZTJlLXRlc3RzLXNpZ24td2l0aC10aGlzLXNlY3JldCE=";

/// What of the platform a test asks for.
const BETAS: &str = "managed-agents-2026-04-01,dreaming-2026-04-21";

/// Longest that seeded data may take to arrive in the proxy.
const SYNCED_WITHIN: Duration = Duration::from_secs(90);

/// What has been built, and the browser to open it in.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The built console.
    pub dist: PathBuf,
    /// The proxy's binary.
    pub proxy: PathBuf,
    /// The proxy's binary whose clock can be moved, which only some journeys need.
    pub rig_proxy: Option<PathBuf>,
    /// The demo platform's binary.
    pub platform: PathBuf,
    /// The browser's driver.
    pub chromedriver: PathBuf,
    /// The browser; nothing lets the driver find it.
    pub chrome: Option<PathBuf>,
    /// The script of axe-core, which only some journeys need.
    pub axe: Option<PathBuf>,
}

impl Setup {
    /// Reads `DREAM_REVIEW_DIST`, `DREAM_REVIEW_PROXY_BIN`, `DEMO_PLATFORM_BIN`, `CHROMEDRIVER`, and if they are
    /// set `CHROME`, `AXE` and `RIG_PROXY_BIN`.
    ///
    /// # Errors
    /// If one is missing.
    pub fn from_env() -> Result<Self> {
        let path = |name: &str| {
            env::var_os(name).map(PathBuf::from).ok_or_else(|| {
                format!("{name} is not set; run journeys with `cargo xtask test --only e2e`")
            })
        };
        Ok(Self {
            dist: path("DREAM_REVIEW_DIST")?,
            proxy: path("DREAM_REVIEW_PROXY_BIN")?,
            rig_proxy: env::var_os("RIG_PROXY_BIN").map(PathBuf::from),
            platform: path("DEMO_PLATFORM_BIN")?,
            chromedriver: path("CHROMEDRIVER")?,
            chrome: env::var_os("CHROME").map(PathBuf::from),
            axe: env::var_os("AXE").map(PathBuf::from),
        })
    }
}

/// A demo platform and a proxy with state of their own.
#[derive(Debug)]
pub struct Stack {
    /// Where the proxy serves the console, without a slash at the end.
    pub console: String,
    /// Where the demo platform listens, without a slash at the end.
    pub platform: String,
    http: reqwest::Client,
    proxy: Proxy,
    _platform: Process,
    _state: TempDir,
}

/// Reads the line by which a server says where it listens.
pub(crate) fn address(line: &str) -> Option<String> {
    line.strip_prefix("listening on ")
        .map(|url| url.trim().trim_end_matches('/').to_owned())
}

impl Stack {
    /// Starts both and waits until the seeded reports have arrived.
    ///
    /// # Errors
    /// If one of them does not start or nothing arrives in time.
    pub async fn start(setup: &Setup) -> Result<Self> {
        Self::start_with(setup, &setup.proxy).await
    }

    /// Does the same with a proxy whose clock [`set_clock_ahead`](Self::set_clock_ahead) moves.
    ///
    /// # Errors
    /// As above, and if there is no such proxy.
    pub async fn start_with_clock(setup: &Setup) -> Result<Self> {
        let proxy = setup.rig_proxy.as_deref();
        Self::start_with(setup, proxy.ok_or("RIG_PROXY_BIN is not set")?).await
    }

    async fn start_with(setup: &Setup, proxy: &Path) -> Result<Self> {
        let state = TempDir::new()?;
        // The platform posts reports to the proxy, and the proxy needs the platform's address: the proxy's
        // port is chosen first, and the platform keeps trying until somebody answers there.
        let port = free_port()?;
        let mut platform = Command::new(&setup.platform);
        platform
            .args(["--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(state.path().join("platform"))
            .arg("--report-webhook")
            .arg(format!("http://127.0.0.1:{port}/api/hooks/dreaming-report"))
            .args(["--report-secret", WEBHOOK_SECRET]);
        let (platform, platform_url) = Process::start("demo-platform", platform, address).await?;
        let proxy = Proxy::start(Wanted {
            program: proxy.to_owned(),
            dist: setup.dist.clone(),
            folder: state.path().to_owned(),
            port,
            platform_url: platform_url.clone(),
        })
        .await?;
        // Only plain HTTP is spoken here, but the client wants a TLS provider to be chosen. Another test may have
        // chosen it already.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build()?;
        let stack = Self {
            console: proxy.url.clone(),
            platform: platform_url,
            http,
            proxy,
            _platform: platform,
            _state: state,
        };
        timeout(SYNCED_WITHIN, stack.until_reports_arrived())
            .await
            .map_err(|_| "the seeded reports did not arrive in the proxy in time")??;
        Ok(stack)
    }

    /// Sets the proxy's clock ahead of the machine's; never back, which no clock of a server is.
    ///
    /// # Errors
    /// If the file that says so cannot be written.
    pub fn set_clock_ahead(&self, by: Duration) -> Result<()> {
        self.proxy.set_clock_ahead(by)
    }

    /// Kills the proxy, as a power cut would.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn kill_proxy(&mut self) -> Result<()> {
        self.proxy.kill().await
    }

    /// Starts the proxy again, where it was and with what it kept.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn start_proxy_again(&mut self) -> Result<()> {
        self.proxy.boot().await
    }

    /// Waits until every report that the platform has to hand in stands in the proxy's audit, which is
    /// written in the transaction that makes its suggestions.
    async fn until_reports_arrived(&self) -> Result<()> {
        let count =
            |list: &Value, name: &str| list.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        let reports = self.on_platform("/__control/reports").await?;
        let handed_in = count(&reports, "data");
        let path = "/api/audit?action=report_received&limit=100";
        while !self
            .api(path)
            .await
            .is_ok_and(|page| count(&page, "items") >= handed_in)
        {
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Gets a path of the console API as the first of the users.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn api(&self, path: &str) -> Result<Value> {
        let answer = self
            .http
            .get(format!("{}{path}", self.console))
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Posts JSON to the console API as one of the users.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn post_as(&self, user: &str, path: &str, body: &Value) -> Result<Value> {
        let request = self.http.post(format!("{}{path}", self.console));
        let answer = request
            .header("x-dream-review-user", user)
            .json(body)
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Posts JSON to something of the console API, as one of the users who saw `revision` of it.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn post_on(
        &self,
        user: &str,
        path: &str,
        revision: u64,
        body: &Value,
    ) -> Result<Value> {
        let request = self.http.post(format!("{}{path}", self.console));
        let answer = request
            .header("x-dream-review-user", user)
            .header("if-match", format!("\"{revision}\""))
            .json(body)
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Patches an agent as an admin: its settings or its policy.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn patch_agent(&self, agent: &str, body: &Value) -> Result<Value> {
        let path = format!("/api/agents/{agent}");
        let known = self.api(&path).await?;
        let revision = known.get("revision").and_then(Value::as_u64);
        let request = self.http.patch(format!("{}{path}", self.console));
        let answer = request
            .header("x-dream-review-user", "admin")
            .header("if-match", format!("\"{}\"", revision.unwrap_or_default()))
            .json(body)
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Gets a path of the platform's own API, past the proxy.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn on_platform(&self, path: &str) -> Result<Value> {
        let answer = self
            .http
            .get(format!("{}{path}", self.platform))
            .header("authorization", "Bearer a-key-of-the-test")
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", BETAS)
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Posts a body as it is, with headers, to the console API.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn post_signed(
        &self,
        path: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<()> {
        let mut request = self.http.post(format!("{}{path}", self.console));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.header("content-type", "application/json");
        request.body(body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Waits until the proxy has noticed that an agent's prompt was changed past it, up to version `to`.
    ///
    /// # Errors
    /// If it does not in time.
    pub async fn until_drift_is_noticed(&self, agent: &str, to: u64) -> Result<()> {
        let path = format!("/api/agents/{agent}");
        let noticed = async {
            while self.api(&path).await?.pointer("/drift/to_version") != Some(&Value::from(to)) {
                sleep(Duration::from_millis(100)).await;
            }
            Ok(())
        };
        timeout(SYNCED_WITHIN, noticed)
            .await
            .map_err(|_| "the proxy did not notice the change on the platform in time")?
    }

    /// Posts JSON to a path of the platform's own API, past the proxy.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn post_on_platform(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self
            .http
            .post(format!("{}{path}", self.platform))
            .header("authorization", "Bearer a-key-of-the-test")
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", BETAS)
            .json(body)
            .send()
            .await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Posts to the demo platform's control endpoints.
    ///
    /// # Errors
    /// If there is no answer, or not a good one.
    pub async fn control(&self, path: &str, body: &Value) -> Result<()> {
        let request = self
            .http
            .post(format!("{}/__control{path}", self.platform))
            .json(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }
}

/// Asks the system for a port that is free now.
fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}
