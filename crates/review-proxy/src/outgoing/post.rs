//! One attempt: a signed request, and what came of it.

use super::reach::Reach;
use bytes::BytesMut;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use review_api::DeliveryId;
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much of an answer is kept, in bytes.
pub(super) const MOST_ANSWER: usize = 4 * 1024;
/// Time that a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Posts deliveries; clones share a client.
#[derive(Debug, Clone)]
pub(super) struct Poster {
    client: Option<reqwest::Client>,
    reach: Reach,
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// The answer's status; nothing where none came.
    pub(super) status: Option<u16>,
    /// Why the receiver has not taken it, in a sentence.
    pub(super) problem: Option<String>,
    /// The beginning of the answer's body.
    pub(super) answer: String,
    /// How long the receiver asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// How long it took.
    pub(super) took: Duration,
}

impl Poster {
    /// Makes a poster that follows no redirect, asks no proxy, keeps no connection and retries nothing by itself.
    pub(super) fn new(reach: Reach, answer_within: Duration) -> Self {
        // Fails only where a provider is installed already, which serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = |has_roots: bool| {
            let builder = reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .dns_resolver(Arc::new(reach.clone()))
                .pool_max_idle_per_host(0)
                .connect_timeout(CONNECT_WITHIN.min(answer_within))
                .timeout(answer_within)
                .user_agent(concat!("dream-review/", env!("CARGO_PKG_VERSION")));
            if has_roots {
                builder.build()
            } else {
                builder.tls_certs_only([]).build()
            }
        };
        // A machine without root certificates can still post to its neighbours.
        let client = client(true).or_else(|error| {
            tracing::warn!(%error, "no certificates to check receivers of reports by; https ones will be refused");
            client(false)
        });
        Self {
            client: client.ok(),
            reach,
        }
    }

    /// Says why nothing can be posted to `url`, as far as it says that by itself.
    pub(super) fn refusal(&self, url: &str) -> Option<String> {
        self.reach
            .check(url)
            .err()
            .map(|refusal| refusal.to_string())
    }

    /// Posts `body`, signed with each of `secrets`.
    pub(super) async fn post(
        &self,
        url: &str,
        id: &DeliveryId,
        secrets: &[Secret],
        body: &str,
    ) -> Sent {
        let begun = Instant::now();
        let mut sent = match self.reach.check(url) {
            Ok(url) => self.send(url, id, secrets, body).await,
            Err(refusal) => Sent::failed(refusal.to_string()),
        };
        sent.took = begun.elapsed();
        sent
    }

    async fn send(&self, url: url::Url, id: &DeliveryId, secrets: &[Secret], body: &str) -> Sent {
        let Some(client) = &self.client else {
            return Sent::failed(
                "This proxy cannot make connections; its log says why.".to_owned(),
            );
        };
        // Anew on each attempt: receivers refuse what is old.
        let at_secs = jiff::Timestamp::now().as_second();
        let sign = |secret: &Secret| secret.sign(id.as_str(), at_secs, body.as_bytes());
        let signatures: Vec<String> = secrets.iter().map(sign).collect();
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ID_HEADER, id.as_str())
            .header(TIMESTAMP_HEADER, at_secs)
            .header(SIGNATURE_HEADER, signatures.join(" "))
            .body(body.to_owned());
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => Sent::failed(why(&error)),
        }
    }
}

impl Sent {
    fn failed(problem: String) -> Self {
        Self {
            status: None,
            problem: Some(problem),
            answer: String::new(),
            retry_after: None,
            took: Duration::ZERO,
        }
    }
}

/// Reads the beginning of an answer; what is longer, or breaks off, changes nothing about its status.
async fn read(mut response: reqwest::Response) -> Sent {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let mut answer = BytesMut::new();
    while answer.len() < MOST_ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        let room = MOST_ANSWER - answer.len();
        answer.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    Sent {
        status: Some(status.as_u16()),
        problem: problem(status),
        // One of the databases keeps no NUL.
        answer: String::from_utf8_lossy(&answer).replace('\0', "\u{fffd}"),
        retry_after,
        took: Duration::ZERO,
    }
}

/// Says why an answer does not count as taken.
fn problem(status: StatusCode) -> Option<String> {
    if status.is_success() {
        return None;
    }
    Some(match status.as_u16() {
        410 => "The receiver answered 410: it wants nothing more.".to_owned(),
        code @ 300..=399 => format!(
            "The receiver answered {code}: it sends elsewhere, and nothing is followed. Set the address that it \
             points to."
        ),
        code => format!("The receiver answered {code}."),
    })
}

/// Reads `Retry-After` in seconds; as a date it is rare here and not worth more.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// Says why no answer came.
fn why(error: &reqwest::Error) -> String {
    if let Some(refusal) = Reach::refusal(error) {
        return refusal;
    }
    if error.is_timeout() {
        return "The receiver did not answer in time.".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let cause: String = cause.to_string().chars().take(300).collect();
    if error.is_connect() {
        format!("The receiver cannot be reached: {cause}.")
    } else {
        format!("The receiver broke off: {cause}.")
    }
}
