//! What carries requests: plain data out, plain data back.

use super::ApiError;
use std::pin::Pin;

/// A future that stays in its browser tab.
pub type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Sends plain data and brings plain data back; knows nothing of reviews.
pub trait Transport: Send + Sync {
    /// Sends `request` and waits for whatever comes back, whatever its status.
    ///
    /// Dropping the future stops the request.
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<Result<HttpResponse, ApiError>>;

    /// Returns a key that no other write has.
    fn fresh_key(&self) -> String;
}

/// HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or does something.
    Post,
    /// Changes fields of something.
    Patch,
    /// Takes something away.
    Delete,
}

impl Method {
    /// Returns the method as it goes over the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request; `url` is percent-encoded already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// What to do.
    pub method: Method,
    /// To what: the client's base, the path and the query.
    pub url: String,
    /// Headers beside the `content-type` of JSON.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, or what the `content-type` among the headers says.
    pub body: Option<String>,
}

impl HttpRequest {
    /// Returns the value of the header `name`, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| *known == name)?;
        Some(&found.1)
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body as text.
    pub body: String,
}
