//! A stand-in for the agent platform: its wire format, with seeded agents.

mod answer;
mod dreaming;
mod faults;
mod http;
mod ids;
mod memory;
mod platform;
mod recorder;
mod seed;
mod state;
mod webhook;

pub use faults::{Fault, FaultKind};
pub use webhook::ReportTarget;

use crate::platform::Platform;
use crate::state::{Journal, now};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What a platform is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder that keeps the state; made where it is missing, seeded where it is empty.
    pub data: PathBuf,
    /// How many times the seeded data is there; counts at the first start only.
    pub scale: u32,
    /// Where reports go; nowhere if absent.
    pub report: Option<ReportTarget>,
    /// How fast dreams are that are asked for over the API.
    pub pace: Pace,
}

impl Config {
    /// A platform on a free port of the loopback address, with the usual data and no receiver.
    pub fn local(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: data.into(),
            scale: 1,
            report: None,
            pace: Pace::default(),
        }
    }
}

/// How fast dreams are that are asked for over the API.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Time from the request to the start.
    pub pending: Duration,
    /// Time from the start to the first output.
    pub without_output: Duration,
    /// Time from the start to the end.
    pub running: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            pending: Duration::from_secs(3),
            without_output: Duration::from_secs(5),
            running: Duration::from_secs(45),
        }
    }
}

impl Pace {
    /// Dreams that stand still until `/__control` moves them on.
    pub fn by_hand() -> Self {
        let never = Duration::from_hours(7 * 24);
        Self {
            pending: never,
            without_output: never,
            running: never * 2,
        }
    }
}

/// Why a platform does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder cannot be read or written.
    #[error("the state in {folder} cannot be opened: {source}")]
    State {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The client that posts reports cannot be made.
    #[error("no HTTP client for reports: {0}")]
    Client(reqwest::Error),
}

/// A platform at work.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops it and waits until everything has ended.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Starts a platform.
///
/// # Errors
/// As [`StartError`] says.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let Config {
        listen,
        data,
        scale,
        report,
        pace,
    } = config;
    let (journal, model) =
        Journal::open(&data, || seed::entries(now(), scale.max(1))).map_err(|source| {
            StartError::State {
                folder: data,
                source,
            }
        })?;
    let listening = |source| StartError::Listen {
        address: listen,
        source,
    };
    let listener = TcpListener::bind(listen).await.map_err(listening)?;
    let addr = listener.local_addr().map_err(listening)?;
    let platform = Arc::new(Platform::new(model, journal, report, pace));
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    if let Some(target) = platform.report.clone() {
        // Refused when one is installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(StartError::Client)?;
        tasks.spawn(webhook::run(
            Arc::clone(&platform),
            target,
            client,
            stop.clone(),
        ));
    }
    tasks.spawn(dreaming::run(Arc::clone(&platform), stop.clone()));
    tasks.spawn(http::serve(listener, http::router(&platform), stop.clone()));
    tasks.close();
    Ok(Running { addr, stop, tasks })
}
