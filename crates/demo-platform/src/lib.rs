//! A stand-in for the agent platform: its wire format, with seeded agents.
//!
//! [`start`] runs it in this process (port 0 takes a free one); the binary of the same name runs it
//! alone. Any API key is accepted, so it belongs on a loopback address. State lies in one journal in
//! the data folder, seeded at the first start and the same ever after; ids are the same on every
//! machine, times are relative to the first start.
//!
//! # Seeded agents
//!
//! | name | id | prompt | what its open suggestions are about |
//! |---|---|---|---|
//! | `SupportBot` | `agent_01gl3vqk04KBEJ2IVzzzIXoh` | 7 kB | order number before refunds (twice, byte for byte), a shorter prompt that loses a safety rule |
//! | `Code Review` | `agent_01hFv30piGRX9PbqchxefjPR` | 7 kB | fewer style comments, better requests for tests (not measured) |
//! | `Sales Research` | `agent_01TiXdVcSAak4436Pa9ajL8f` | 2 kB | a source for every event |
//! | `On-call Runbooks` | `agent_01EjfrybetbuWknAx7mwpsB5` | 58 kB | a rewrite over many sections, one runbook line, acting without asking (harmful) |
//! | `Legal Intake` | `agent_01QNU5tqrhdPPlcn0n0HoysT` | 8 kB | day of delivery first, fewer questions (mixed figures) |
//!
//! One dream of `SupportBot` is running and completes 75 seconds after the first start, one of `Code
//! Review` is pending for 20 minutes. With `--scale` above 1 further copies have a number after the
//! name and ids of their own.
//!
//! # Controls, which the real platform does not have
//!
//! No credentials and no beta header; never recorded, never faulty.
//!
//! | call | effect |
//! |---|---|
//! | `GET/POST/DELETE /__control/faults` | lists, adds ([`Fault`] as JSON) and forgets faults |
//! | `GET/DELETE /__control/requests` | what was asked under `/v1`: method, path, query, headers (credentials cut to scheme and length), body |
//! | `GET/DELETE /__control/events` | what the real platform would post to a workspace's webhook |
//! | `GET /__control/reports` | all reports, oldest first, with `delivery_id` and `delivered_at` |
//! | `POST /__control/dreams/{id}/advance` | one step: pending, running without outputs, running with outputs, completed |
//! | `POST /__control/dreams/{id}/complete` | all steps at once |
//! | `POST /__control/dreams/{id}/fail` | `{"type", "message"?}`: ends it with an error |
//! | `POST /__control/dreams/{id}/writes` | `{"writes": [{"path", "content"?, "to"?}]}`: what a dream that writes does to its store; with neither, it removes the memory |
//! | `POST /__control/answers` | `{"tool", "input"}`: what the model gives that tool the next time that it must use it |
//! | `POST /__control/agents/{id}/edit` | `{"system"}` or `{"append"}`: a prompt change behind everybody's back |

mod answer;
mod dreaming;
mod faults;
mod http;
mod ids;
mod judge;
mod memory;
mod platform;
mod recorder;
mod reflecting;
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
    /// How many times the seeded data is there, 0 for an empty platform; counts at the first start only.
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
        Journal::open(&data, || seed::entries(now(), scale)).map_err(|source| {
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
