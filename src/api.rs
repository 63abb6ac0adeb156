//! The only module that knows endpoints, status codes and JSON.

mod automation;
mod browser;
mod calls;
mod comments;
mod error;
mod feedback;
mod interactions;
mod testing;
mod transport;
mod webhooks;

pub use browser::{BrowserTransport, beside_the_page};
pub use calls::{AuditFilter, ChangeFilter, ExportFormat};
pub use error::ApiError;
pub use feedback::ImportFile;
pub use interactions::InteractionFilter;
pub use transport::{HttpRequest, HttpResponse, LocalBoxFuture, Method, Transport};

use leptos::prelude::{expect_context, provide_context};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use review_api::{DEV_USER_HEADER, UserName};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// Typed calls to the proxy; cheap to clone.
#[derive(Clone)]
pub struct ApiClient {
    base: Arc<str>,
    transport: Arc<dyn Transport>,
    acting_as: Arc<Mutex<Option<UserName>>>,
    unsettled: Arc<Mutex<Unsettled>>,
}

/// Keys of the writes whose answer is not known, by what was written.
type Unsettled = BTreeMap<(String, String), String>;

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOf {
    /// Where the page begins; nothing means at the start.
    pub cursor: Option<String>,
    /// How many items it may have; nothing means as the proxy likes.
    pub limit: Option<u32>,
}

impl PageOf {
    /// The page after the one that named `cursor`.
    pub fn after(cursor: Option<String>) -> Self {
        Self {
            cursor,
            limit: None,
        }
    }

    /// The first page, with at most `limit` items.
    pub fn first(limit: u32) -> Self {
        Self {
            cursor: None,
            limit: Some(limit),
        }
    }
}

impl ApiClient {
    /// Creates a client whose paths all start with `base`, such as `/api`.
    pub fn new(base: impl Into<Arc<str>>, transport: impl Transport + 'static) -> Self {
        Self {
            base: base.into(),
            transport: Arc::new(transport),
            acting_as: Arc::default(),
            unsettled: Arc::default(),
        }
    }

    /// Makes this the client that [`Self::use_context`] returns below.
    pub fn provide(self) {
        provide_context(self);
    }

    /// Returns the client that `App` provided.
    pub fn use_context() -> Self {
        expect_context()
    }

    /// Sends every later request in the name of `user`, where the proxy allows it.
    pub fn act_as(&self, user: Option<UserName>) {
        *lock(&self.acting_as) = user;
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, ApiError> {
        let answer = self.exchange(Method::Get, &path, Vec::new(), None).await?;
        decode(&path, &answer)
    }

    /// Gets what is no JSON.
    async fn get_text(&self, path: String) -> Result<String, ApiError> {
        let answer = self.exchange(Method::Get, &path, Vec::new(), None).await?;
        Ok(answer.body)
    }

    async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: String,
        body: &B,
    ) -> Result<T, ApiError> {
        self.write(path, body, None).await
    }

    /// Posts what was decided on `revision` of something: where it is another one by now, nothing is done.
    async fn post_on<B: Serialize, T: DeserializeOwned>(
        &self,
        path: String,
        body: &B,
        revision: u64,
    ) -> Result<T, ApiError> {
        self.write(path, body, Some(revision)).await
    }

    async fn write<B: Serialize, T: DeserializeOwned>(
        &self,
        path: String,
        body: &B,
        revision: Option<u64>,
    ) -> Result<T, ApiError> {
        let body = encode(&path, body)?;
        self.write_text(path, body, revision.map(if_match)).await
    }

    /// Posts a text, which is JSON where `header` does not say otherwise.
    async fn write_text<T: DeserializeOwned>(
        &self,
        path: String,
        body: String,
        header: Option<(&'static str, String)>,
    ) -> Result<T, ApiError> {
        let written = (path.clone(), body.clone());
        // The same write that got no answer is sent under the same key, so that it happens once.
        let key = {
            let mut unsettled = lock(&self.unsettled);
            let known = unsettled.entry(written.clone());
            known.or_insert_with(|| self.transport.fresh_key()).clone()
        };
        let mut headers = vec![("idempotency-key", key)];
        headers.extend(header);
        let answer = self
            .exchange(Method::Post, &path, headers, Some(body))
            .await;
        if !matches!(&answer, Err(error) if error.outcome_unknown()) {
            lock(&self.unsettled).remove(&written);
        }
        decode(&path, &answer?)
    }

    async fn patch<B: Serialize, T: DeserializeOwned>(
        &self,
        path: String,
        body: &B,
        revision: u64,
    ) -> Result<T, ApiError> {
        let body = encode(&path, body)?;
        let answer = self
            .exchange(Method::Patch, &path, vec![if_match(revision)], Some(body))
            .await?;
        decode(&path, &answer)
    }

    async fn delete<T: DeserializeOwned>(
        &self,
        path: String,
        revision: u64,
    ) -> Result<T, ApiError> {
        let answer = self
            .exchange(Method::Delete, &path, vec![if_match(revision)], None)
            .await?;
        decode(&path, &answer)
    }

    /// The one place for base path, identity and status.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        mut headers: Vec<(&'static str, String)>,
        body: Option<String>,
    ) -> Result<HttpResponse, ApiError> {
        if let Some(user) = &*lock(&self.acting_as) {
            headers.push((DEV_USER_HEADER, user.0.clone()));
        }
        let url = format!("{}{path}", self.base);
        let request = HttpRequest {
            method,
            url,
            headers,
            body,
        };
        let answer = self.transport.send(request).await?;
        if (200..300).contains(&answer.status) {
            Ok(answer)
        } else {
            Err(ApiError::from_answer(&answer))
        }
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn encode<B: Serialize>(path: &str, body: &B) -> Result<String, ApiError> {
    serde_json::to_string(body).map_err(|error| ApiError::Undecodable {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn decode<T: DeserializeOwned>(path: &str, answer: &HttpResponse) -> Result<T, ApiError> {
    serde_json::from_str(&answer.body).map_err(|error| ApiError::Undecodable {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// The header that says which revision was seen.
fn if_match(revision: u64) -> (&'static str, String) {
    ("if-match", format!("\"{revision}\""))
}

/// Everything that may not stand bare in a path segment or a query value.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Escapes `text` so that it stays one path segment or one query value.
fn escaped(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, RESERVED)
}

/// Appends the pairs that have a value as a query.
fn with_query(path: &str, pairs: &[(&str, Option<String>)]) -> String {
    let mut path = path.to_owned();
    let given = pairs
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)));
    for (index, (name, value)) in given.enumerate() {
        path.push(if index == 0 { '?' } else { '&' });
        path.push_str(name);
        path.push('=');
        path.push_str(&escaped(value).to_string());
    }
    path
}

#[cfg(test)]
mod tests;
