//! Requests and answers: headers, limits, deadlines and the retries of reads.

use super::error::{PlatformError, Trouble};
use super::wire::ErrorEnvelope;
use super::{BadPlatform, Platform, Timing, is_sound_id};
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use std::time::Duration;
use url::Url;

/// Largest answer that is read, in bytes.
pub(super) const LARGEST_REPLY: usize = 8 * 1024 * 1024;
/// Retries of a read, after the first attempt.
const RETRIES: u32 = 2;
/// Part of the platform's API, each with its own `anthropic-beta`; mixing them is refused there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    Agents,
    Dreams,
    Sessions,
    Memories,
    Messages,
}

impl Area {
    /// Returns the area's `anthropic-beta`; messages are no beta and have none.
    fn beta(self) -> Option<&'static str> {
        match self {
            Self::Agents | Self::Sessions => Some("managed-agents-2026-04-01"),
            Self::Dreams => Some("dreaming-2026-04-21"),
            Self::Memories => Some("agent-memory-2026-07-22"),
            Self::Messages => None,
        }
    }

    fn segment(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Dreams => "dreams",
            Self::Sessions => "sessions",
            Self::Memories => "memory_stores",
            Self::Messages => "messages",
        }
    }
}

/// What is done with a request's address.
#[derive(Debug, Clone)]
enum Call {
    Get,
    Post(String),
    Delete,
}

/// One request, not yet sent.
#[derive(Debug)]
pub(super) struct Request {
    area: Area,
    doing: &'static str,
    url: Url,
    on_list: bool,
}

impl Request {
    pub(super) fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.url
            .query_pairs_mut()
            .append_pair(name, &value.to_string());
        self
    }

    pub(super) fn query_if(self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Appends one more path segment.
    pub(super) fn under(mut self, segment: &str) -> Self {
        if let Ok(mut segments) = self.url.path_segments_mut() {
            segments.push(segment);
        }
        self
    }
}

/// Makes an HTTP client that follows no redirect, asks no proxy and retries nothing by itself.
///
/// Without `pooled` each request has a connection of its own: a write on a kept one that the other side
/// is just closing would end with an unknown outcome for no reason.
pub(super) fn client(
    timing: Timing,
    plain: bool,
    pooled: bool,
) -> Result<reqwest::Client, BadPlatform> {
    // Fails only where a provider is installed already, which serves as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(timing.connect)
        .timeout(timing.deadline)
        .user_agent(concat!("dream-review/", env!("CARGO_PKG_VERSION")));
    if !pooled {
        builder = builder.pool_max_idle_per_host(0);
    }
    if plain {
        // Loopback needs no certificates, and a machine without any must still run the demo.
        builder = builder.tls_certs_only([]);
    }
    builder
        .build()
        .map_err(|error| BadPlatform::Tls(error.to_string()))
}

impl Platform {
    /// Begins a request for a whole list.
    pub(super) fn list(&self, area: Area, doing: &'static str) -> Request {
        let mut url = self.inner.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").push(area.segment());
        }
        Request {
            area,
            doing,
            url,
            // A 404 on messages is about the model, not about the feature.
            on_list: area != Area::Messages,
        }
    }

    /// Begins a request for one object.
    pub(super) fn object(
        &self,
        area: Area,
        doing: &'static str,
        id: &str,
    ) -> Result<Request, PlatformError> {
        if !is_sound_id(id) {
            return Err(PlatformError::bare(Trouble::NotFound, doing));
        }
        let mut request = self.list(area, doing).under(id);
        request.on_list = false;
        Ok(request)
    }

    /// Reads, and reads again where that may help.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<T, PlatformError> {
        let mut retries = 0;
        loop {
            let error = match self.attempt(&request, Call::Get).await {
                Ok(reply) => return reply.json(request.doing),
                Err(error) => error,
            };
            let pause = self.pause(retries, &error);
            let Some(pause) = pause.filter(|_| retries < RETRIES && error.is_passing()) else {
                tracing::warn!(
                    trouble = ?error.trouble,
                    status = error.status,
                    request_id = error.request_id,
                    retries,
                    "the platform could not be asked to {}",
                    error.doing,
                );
                return Err(error);
            };
            tokio::time::sleep(pause).await;
            retries += 1;
        }
    }

    /// Returns how long to wait before the next attempt; nothing where the platform asks for too long.
    fn pause(&self, retries: u32, error: &PlatformError) -> Option<Duration> {
        let timing = &self.inner.timing;
        match error.retry_after {
            Some(asked) if asked > timing.longest_retry_after => None,
            Some(asked) => Some(asked),
            // Full jitter: clients that failed together do not come back together.
            None => Some(
                timing
                    .retry_pause
                    .saturating_mul(1 << retries.min(8))
                    .mul_f64(fastrand::f64()),
            ),
        }
    }

    /// Writes, exactly once.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        request: Request,
        body: &serde_json::Value,
    ) -> Result<T, PlatformError> {
        self.once(request, Call::Post(body.to_string())).await
    }

    /// Removes, exactly once.
    pub(super) async fn delete<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<T, PlatformError> {
        self.once(request, Call::Delete).await
    }

    async fn once<T: DeserializeOwned>(
        &self,
        request: Request,
        call: Call,
    ) -> Result<T, PlatformError> {
        #[cfg(feature = "failpoints")]
        let once_more = call.clone();
        let outcome = match self.attempt(&request, call).await {
            Ok(reply) => reply.json(request.doing),
            #[cfg(feature = "failpoints")]
            Err(_) if crate::failpoint::is_broken("send.once") => {
                let again = self.attempt(&request, once_more).await;
                again.and_then(|reply| reply.json(request.doing))
            }
            Err(error) => Err(error),
        };
        outcome.inspect_err(|error| {
            tracing::warn!(
                trouble = ?error.trouble,
                status = error.status,
                request_id = error.request_id,
                "the platform could not be asked to {}",
                error.doing,
            );
        })
    }

    /// Does an action, exactly once: a write without a body.
    pub(super) async fn act<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<T, PlatformError> {
        match self.attempt(&request, Call::Post(String::new())).await {
            Ok(reply) => reply.json(request.doing),
            Err(error) => Err(error),
        }
    }

    fn headers(&self, area: Area, writes: bool) -> Result<HeaderMap, Trouble> {
        let auth = self.inner.auth;
        let (name, key) = auth.header(&self.inner.key)?;
        let mut headers = HeaderMap::new();
        headers.insert(name, key);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            "anthropic-version",
            HeaderValue::from_static(auth.version()),
        );
        if let Some(beta) = area.beta() {
            headers.insert("anthropic-beta", HeaderValue::from_static(beta));
        }
        if writes {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(headers)
    }

    async fn attempt(&self, request: &Request, call: Call) -> Result<Reply, PlatformError> {
        let doing = request.doing;
        let headers = self
            .headers(request.area, !matches!(call, Call::Get))
            .map_err(|trouble| PlatformError::bare(trouble, doing))?;
        let url = request.url.clone();
        let builder = match call {
            Call::Get => self.inner.reads.get(url),
            Call::Post(body) => self.inner.writes.post(url).body(body),
            Call::Delete => self.inner.writes.delete(url),
        };
        let timing = &self.inner.timing;
        let deadline = match request.area {
            Area::Messages => timing.answer,
            _ => timing.deadline,
        };
        let response = builder
            .headers(headers)
            .timeout(deadline)
            .send()
            .await
            .map_err(|error| PlatformError::bare(trouble_of(&error), doing))?;
        let status = response.status().as_u16();
        let request_id = text_header(response.headers(), "request-id");
        let retry_after = retry_after(response.headers());
        let is_success = response.status().is_success();
        let body = match read(response).await {
            Ok(body) => body,
            // An error status says enough without its body.
            Err(_) if !is_success => Bytes::new(),
            Err(trouble) => {
                return Err(PlatformError {
                    request_id,
                    status: Some(status),
                    ..PlatformError::bare(trouble, doing)
                });
            }
        };
        if is_success {
            return Ok(Reply {
                status,
                request_id,
                body,
            });
        }
        let envelope: Option<ErrorEnvelope> = serde_json::from_slice(&body).ok();
        let error = PlatformError::answer(doing, request.on_list, status, envelope.as_ref());
        Err(PlatformError {
            request_id: request_id.or_else(|| envelope.and_then(|envelope| envelope.request_id)),
            retry_after,
            ..error
        })
    }
}

/// A successful answer, read completely.
struct Reply {
    status: u16,
    request_id: Option<String>,
    body: Bytes,
}

impl Reply {
    fn json<T: DeserializeOwned>(self, doing: &'static str) -> Result<T, PlatformError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The parser's message may quote the body, so only the place is logged.
            tracing::warn!(
                status = self.status,
                request_id = self.request_id,
                line = error.line(),
                column = error.column(),
                "the platform's answer cannot be read",
            );
            PlatformError {
                status: Some(self.status),
                request_id: self.request_id,
                ..PlatformError::bare(Trouble::Garbled, doing)
            }
        })
    }
}

fn trouble_of(error: &reqwest::Error) -> Trouble {
    if error.is_connect() || error.is_builder() {
        Trouble::Unreachable
    } else if error.is_timeout() {
        Trouble::TimedOut
    } else {
        Trouble::Lost
    }
}

async fn read(mut response: reqwest::Response) -> Result<Bytes, Trouble> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble_of(&error))? {
        if body.len() + chunk.len() > LARGEST_REPLY {
            return Err(Trouble::Oversized);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn text_header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.chars().take(128).collect())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| -> Option<f64> {
        let number: f64 = headers.get(name)?.to_str().ok()?.trim().parse().ok()?;
        (number.is_finite() && number > 0.0).then_some(number)
    };
    let secs = number("retry-after-ms")
        .map(|millis| millis / 1_000.0)
        .or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(secs).ok()
}
