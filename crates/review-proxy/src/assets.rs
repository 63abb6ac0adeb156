//! The console's files, read once at the start and served with the headers that keep them safe.

mod load;
mod policy;

pub use load::{Assets, BadAssets};

use crate::error::Error;
use crate::http::App;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use load::Asset;

const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8>\
    <title>Dream Review</title><h1>The console is not built</h1>\
    <p>This proxy runs without the console\u{2019}s files. Build them and start it with \
    <code>--assets DIR</code>, or host them elsewhere. The API is at <code>/api</code>.\n";

/// Serves a file of the console, or the console itself for addresses that are its own.
pub async fn serve(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if is_reserved(path) {
        return Error::not_found("page", path).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
        )
            .into_response();
    }
    let wants_page = accepts(request.headers(), &header::ACCEPT, "text/html");
    let name = if path == "/" { "/index.html" } else { path };
    if let Some(asset) = app.assets.get(name) {
        return answer(asset, request.headers());
    }
    let is_page = path
        .rsplit('/')
        .next()
        .is_none_or(|last| !last.contains('.'));
    match app.assets.get("/index.html") {
        Some(index) if wants_page && is_page => answer(index, request.headers()),
        None if wants_page && is_page => (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response(),
        _ => Error::not_found("page", path).into_response(),
    }
}

/// Says whether an address belongs to the proxy and never to the console.
fn is_reserved(path: &str) -> bool {
    ["/api", "/healthz", "/readyz"].into_iter().any(|reserved| {
        path.strip_prefix(reserved)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Says whether a list header names `wanted` without ruling it out by `q=0`.
fn accepts(headers: &HeaderMap, name: &header::HeaderName, wanted: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.split(',').any(|entry| {
                let mut parts = entry.split(';').map(str::trim);
                let is_wanted = parts
                    .next()
                    .is_some_and(|item| item.eq_ignore_ascii_case(wanted));
                is_wanted
                    && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
            })
        })
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response {
    let brotli = asset
        .brotli
        .as_ref()
        .filter(|_| accepts(headers, &header::ACCEPT_ENCODING, "br"));
    let same = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|tag| *tag == asset.etag);
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(brotli.unwrap_or(&asset.bytes).clone()))
    };
    let answer = response.headers_mut();
    answer.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(asset.caching),
    );
    answer.insert(header::ETAG, asset.etag.clone());
    if asset.brotli.is_some() {
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if !same {
        answer.insert(header::CONTENT_TYPE, asset.mime.clone());
        if brotli.is_some() {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxys_own_addresses_are_never_the_consoles() {
        for reserved in [
            "/api",
            "/api/",
            "/api/x",
            "/healthz",
            "/healthz/x",
            "/readyz",
        ] {
            assert!(is_reserved(reserved), "{reserved}");
        }
        for free in ["/", "/apiary", "/agents/api", "/healthzone"] {
            assert!(!is_reserved(free), "{free}");
        }
    }

    #[test]
    fn what_is_ruled_out_is_not_accepted() {
        let mut headers = HeaderMap::new();
        for (value, expected) in [
            ("gzip, br", true),
            ("gzip;q=1.0, BR;q=0.5", true),
            ("br;q=0", false),
            ("brotli", false),
            ("", false),
        ] {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(
                accepts(&headers, &header::ACCEPT_ENCODING, "br"),
                expected,
                "{value}"
            );
        }
    }
}
