//! Faults on demand: which requests go wrong, how, and how often.

use axum::http::Method;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// How a request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 `rate_limit_error`, with `retry-after` where `retry_after` is given; nothing happens.
    RateLimited,
    /// 500 `api_error`; nothing happens.
    InternalError,
    /// 529 `overloaded_error`; nothing happens.
    Overloaded,
    /// 401 `authentication_error`, as for a key that was taken back; nothing happens.
    KeyRefused,
    /// 502 with an HTML body, as a gateway in between would send; nothing happens.
    HtmlBadGateway,
    /// The request waits `latency_ms` and then goes its normal way.
    Latency,
    /// The request has its effect; half the answer arrives and then the connection ends.
    Truncated,
    /// The request has its effect; the connection ends without an answer.
    DroppedAfterEffect,
    /// The request has its effect; the answer is 500 all the same.
    ErrorAfterEffect,
    /// No effect, and no answer until the client gives up.
    Hang,
    /// The request has its effect at once; the answer waits `latency_ms`.
    LateAnswer,
    /// The request has its effect after `latency_ms`, even if the client has given up or died by then.
    LandsLate,
    /// The request waits until all faults are cleared and then goes its normal way.
    Held,
}

/// Which requests go wrong, how, and how often; the body of `POST /__control/faults`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// How they go wrong.
    pub kind: FaultKind,
    /// Only requests of this method; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only paths that begin like this; any where absent.
    #[serde(default)]
    pub path_prefix: String,
    /// How many requests; 1 where absent.
    #[serde(default = "once")]
    pub count: u32,
    /// Matching requests that are let through first.
    #[serde(default)]
    pub skip: u32,
    /// Seconds in `retry-after`, for [`FaultKind::RateLimited`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Milliseconds to wait: before the answer for [`FaultKind::LateAnswer`], before everything for all others.
    #[serde(default)]
    pub latency_ms: u64,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault that hits the next request whose path begins with `path_prefix`.
    pub fn next(kind: FaultKind, path_prefix: &str) -> Self {
        Self {
            kind,
            method: None,
            path_prefix: path_prefix.to_owned(),
            count: 1,
            skip: 0,
            retry_after: None,
            latency_ms: 0,
        }
    }

    fn matches(&self, method: &Method, path: &str) -> bool {
        self.method
            .as_ref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
            && path.starts_with(&self.path_prefix)
    }
}

/// The faults to come, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    to_come: Vec<Fault>,
    /// Told whenever all are cleared.
    cleared: watch::Sender<()>,
}

impl Faults {
    /// Adds one.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.to_come.push(fault);
    }

    /// Forgets all, and lets go what is held.
    pub(crate) fn clear(&mut self) {
        self.to_come.clear();
        self.cleared.send_replace(());
    }

    /// Tells when all are cleared next.
    pub(crate) fn cleared(&self) -> watch::Receiver<()> {
        self.cleared.subscribe()
    }

    /// Those still to come.
    pub(crate) fn pending(&self) -> &[Fault] {
        &self.to_come
    }

    /// Takes the fault that hits this request, counting it down.
    pub(crate) fn take(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let fault = self
            .to_come
            .iter_mut()
            .find(|fault| fault.matches(method, path))?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.count = fault.count.saturating_sub(1);
        let taken = fault.clone();
        self.to_come.retain(|fault| fault.count > 0);
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_as_often_as_asked_after_those_let_through() {
        let mut faults = Faults::default();
        faults.add(Fault {
            method: Some("post".to_owned()),
            count: 2,
            skip: 1,
            ..Fault::next(FaultKind::Overloaded, "/v1/agents")
        });
        let mut hits = |method: Method, path: &str| faults.take(&method, path).is_some();
        assert!(!hits(Method::GET, "/v1/agents"));
        assert!(!hits(Method::POST, "/v1/dreams"));
        assert!(!hits(Method::POST, "/v1/agents/x"), "let through");
        assert!(hits(Method::POST, "/v1/agents/x"));
        assert!(hits(Method::POST, "/v1/agents"));
        assert!(!hits(Method::POST, "/v1/agents"));
        assert!(faults.pending().is_empty());
    }
}
