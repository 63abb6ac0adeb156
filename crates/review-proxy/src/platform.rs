//! The one adapter to the agent platform: speaks its wire format, so that nobody else has to.
//!
//! Reads are retried at most twice, writes never: the platform takes no idempotency key, so a write
//! whose answer is lost has an outcome that only a later read can tell.

mod agents;
mod credentials;
mod dreams;
mod error;
mod memories;
mod messages;
mod scratch;
mod sessions;
mod transport;
mod trials;
mod wire;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

pub use agents::{NewAgent, UpdateOutcome};
pub use credentials::PlatformAuth;
pub use dreams::{DreamOutcome, NewDream, OutputBehavior};
pub use error::{PlatformError, Trouble};
pub use memories::{Memory, MemoryEdit, MemoryOutcome, MemoryStore, MemoryVersion};
pub use messages::{Answer, AnswerUsage, Ask, ForcedTool, Speaker, Turn};
pub use sessions::{EventOrder, SessionFilter};
pub use trials::Trial;
pub use wire::{
    Agent, Dream, DreamFailure, DreamInput, DreamUsage, ErrorEnvelope, List, Model, Session,
    SessionAgent, SessionEvent,
};

use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// Which page of a list to read.
#[derive(Debug, Clone, Default)]
pub struct PageQuery {
    /// Items wanted, 1 to 100; the platform's default where absent.
    pub limit: Option<u32>,
    /// The platform's cursor (`page_…`), as an earlier page gave it.
    pub page: Option<String>,
}

impl PageQuery {
    /// Asks for the first page, of `limit` items.
    pub fn first(limit: u32) -> Self {
        Self {
            limit: Some(limit),
            page: None,
        }
    }

    /// Asks for the page that follows one with this cursor.
    pub fn after(limit: u32, page: Option<String>) -> Self {
        Self {
            limit: Some(limit),
            page,
        }
    }
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Longest time to open a connection.
    pub connect: Duration,
    /// Longest time from sending a request to the last byte of its answer.
    pub deadline: Duration,
    /// The same for an answer of a model, which thinks for longer.
    pub answer: Duration,
    /// Longest pause before the first retry of a read; doubles with each.
    pub retry_pause: Duration,
    /// Longest `retry-after` that a read waits for; a longer one is handed to the caller as an error.
    pub longest_retry_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            deadline: Duration::from_secs(30),
            answer: Duration::from_mins(5),
            retry_pause: Duration::from_millis(500),
            longest_retry_after: Duration::from_secs(5),
        }
    }
}

/// Why the platform's address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadPlatform {
    /// It is not an address.
    #[error("the platform's address is not a URL: {0}")]
    Url(#[from] url::ParseError),
    /// It would send the key in the clear.
    #[error("the platform's address must begin with https:// (http:// is for 127.0.0.1 only)")]
    Plain,
    /// It carries a name, a password, a query or a fragment.
    #[error("the platform's address must be a plain one: no user name, query or fragment")]
    Extras,
    /// The key cannot be sent in a header.
    #[error("the platform's key is empty or has characters that a key never has")]
    Key,
    /// The machine cannot make secure connections.
    #[error("secure connections cannot be set up on this machine: {0}")]
    Tls(String),
}

/// A client of the agent platform; clones share connections.
#[derive(Clone)]
pub struct Platform {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    base: Url,
    key: SecretString,
    auth: PlatformAuth,
    reads: reqwest::Client,
    writes: reqwest::Client,
    timing: Timing,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform")
            .field("base", &self.inner.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Platform {
    /// Makes a client of the platform at `url` that authenticates with `key`. Sends nothing yet.
    ///
    /// # Errors
    /// As [`BadPlatform`] says.
    pub fn new(url: &str, key: SecretString) -> Result<Self, BadPlatform> {
        Self::with_timing(url, key, Timing::default())
    }

    /// Makes a client with its own waiting times.
    ///
    /// # Errors
    /// As [`BadPlatform`] says.
    pub fn with_timing(url: &str, key: SecretString, timing: Timing) -> Result<Self, BadPlatform> {
        let base = Url::parse(url)?;
        let on_loopback = is_loopback(&base);
        match base.scheme() {
            "https" => {}
            "http" if on_loopback => {}
            _ => return Err(BadPlatform::Plain),
        }
        let has_extras = !base.username().is_empty()
            || base.password().is_some()
            || base.query().is_some()
            || base.fragment().is_some();
        if has_extras || base.cannot_be_a_base() {
            return Err(BadPlatform::Extras);
        }
        credentials::check_key(&key)?;
        let plain = base.scheme() == "http";
        let inner = Inner {
            reads: transport::client(timing, plain, true)?,
            writes: transport::client(timing, plain, false)?,
            base,
            key,
            auth: PlatformAuth::default(),
            timing,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Returns this client with another way to say who sends.
    #[must_use]
    pub fn authenticating(self, auth: PlatformAuth) -> Self {
        let inner = Inner {
            auth,
            ..Inner::clone(&self.inner)
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns the platform's host, with the port where it is not the usual one.
    pub fn host(&self) -> String {
        let base = &self.inner.base;
        let host = base.host_str().unwrap_or_default();
        base.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Returns the longest time that a request may be on its way.
    pub fn deadline(&self) -> Duration {
        self.inner.timing.deadline
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Says whether `id` has the shape of the platform's ids: `agent_011C…`.
pub fn is_sound_id(id: &str) -> bool {
    const LONGEST: usize = 128;
    let Some((prefix, rest)) = id.split_once('_') else {
        return false;
    };
    id.len() <= LONGEST
        && !prefix.is_empty()
        && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
