//! Who gets in: one host that is ours, the same site, a known user.

use super::App;
use crate::error::Error;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, Method, header};
use review_api::{DEV_USER_HEADER, ErrorCode};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// The one write that other sites may send: it is signed.
const HOOK: &str = "/api/hooks/dreaming-report";

/// How long browsers may remember what another origin may do.
const PREFLIGHT_AGE: Duration = Duration::from_mins(10);

/// Refuses requests that do not name exactly one host, or name one that is not this machine.
///
/// Without a login the proxy is on loopback, where any page could reach it under a name of its own that
/// it points here (DNS rebinding); such a page is "same origin" to the browser, and only the name tells.
pub(super) async fn one_known_host(request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => "",
    };
    if is_loopback_name(host) {
        return next.run(request).await;
    }
    let message = "The request must name exactly one host, and this proxy answers to 127.0.0.1, \
                   [::1] and localhost only.";
    let mut response = Error::new(ErrorCode::BadRequest, message).into_response();
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn is_loopback_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<http::uri::Authority>() else {
        return false;
    };
    if host.contains('@') {
        return false;
    }
    let name = authority.host();
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

type Refuse = fn(ProtectionError) -> Response;

/// Refuses writes that another site's page sends, except from the origins allowed.
pub(super) fn same_site(allowed: &[String]) -> CsrfLayer<Refuse> {
    let mut layer = CsrfLayer::new().with_insecure_bypass(|_, uri| uri.path() == HOOK);
    for origin in allowed {
        // Each was checked by the configuration, so none is refused here.
        if let Ok(with_origin) = layer.clone().add_trusted_origin(origin) {
            layer = with_origin;
        }
    }
    layer.with_rejection_response(refuse_other_site as Refuse)
}

fn refuse_other_site(_: ProtectionError) -> Response {
    let message = "This write came from another site's page, so nothing was done. Use the console at \
                   the proxy's own address, or allow its origin with --allow-origin.";
    Error::new(ErrorCode::Forbidden, message).into_response()
}

/// Tells browsers which other origins may read answers.
pub(super) fn other_origins(allowed: &[String]) -> CorsLayer {
    let origins = allowed
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::CONTENT_TYPE,
            header::IF_MATCH,
            HeaderName::from_static(super::idempotency::HEADER),
            HeaderName::from_static(DEV_USER_HEADER),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(PREFLIGHT_AGE)
}

/// Finds out who asks, or refuses.
pub(super) async fn signed_in(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut names = request.headers().get_all(DEV_USER_HEADER).iter();
    let found = match (names.next(), names.next()) {
        (Some(_), Some(_)) => Err(Error::new(
            ErrorCode::Unauthenticated,
            format!("The header {DEV_USER_HEADER} stands twice; name one user."),
        )),
        (name, _) => app.users.find(name.map(HeaderValue::as_bytes)).cloned(),
    };
    let user = match found {
        Ok(user) => user,
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(user.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(user);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_ours() {
        for ours in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "localhost:1",
            "LOCALHOST",
            "[::1]:80",
            "[::1]",
        ] {
            assert!(is_loopback_name(ours), "{ours}");
        }
        for other in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "localhost@example.com",
            "x@127.0.0.1",
            "192.0.2.1",
            "127.0.0.1, localhost",
            "0.0.0.0",
        ] {
            assert!(!is_loopback_name(other), "{other}");
        }
    }
}
