//! The recorder: what was asked, so that tests can prove what was sent.

use crate::state::now;
use axum::http::{HeaderMap, Method, Uri, header};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// Requests remembered.
const KEPT: usize = 2_000;
/// Longest body remembered, in bytes; longer ones are cut and say so.
const BODY_BYTES: usize = 512 * 1024;

/// What was asked, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    requests: VecDeque<Value>,
    dropped: u64,
}

impl Recorder {
    /// Remembers a request.
    pub(crate) fn record(
        &mut self,
        id: &str,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) {
        if self.requests.len() == KEPT {
            self.requests.pop_front();
            self.dropped += 1;
        }
        let start = body.get(..BODY_BYTES).unwrap_or(body);
        let parsed = serde_json::from_slice(start)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(start)));
        self.requests.push_back(json!({
            "at": now(),
            "request_id": id,
            "method": method.as_str(),
            "path": uri.path(),
            "query": uri.query().unwrap_or_default(),
            "headers": shown(headers),
            "body": if body.is_empty() { Value::Null } else { parsed },
            "body_bytes": body.len(),
        }));
    }

    /// Everything remembered, and how many were forgotten.
    pub(crate) fn view(&self) -> Value {
        json!({"data": self.requests, "dropped": self.dropped})
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The headers, with credentials reduced to scheme and length.
fn shown(headers: &HeaderMap) -> Map<String, Value> {
    let mut shown: Map<String, Value> = Map::new();
    for (name, value) in headers {
        let mut text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == header::AUTHORIZATION {
            text = match text.split_once(' ') {
                Some((scheme, secret)) => format!("{scheme} [{} characters]", secret.len()),
                None => format!("[{} characters]", text.len()),
            };
        } else if name == "x-api-key" || name == header::COOKIE {
            text = format!("[{} characters]", text.len());
        }
        match shown.get_mut(name.as_str()) {
            Some(Value::String(known)) => {
                known.push_str(", ");
                known.push_str(&text);
            }
            _ => drop(shown.insert(name.as_str().to_owned(), Value::from(text))),
        }
    }
    shown
}
