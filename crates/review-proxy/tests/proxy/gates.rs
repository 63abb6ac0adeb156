//! Who gets in: one host that is ours, the same site, a known user.

use super::support::TestApp;
use http::Method;
use review_api::{DEV_USER_HEADER, ErrorCode, Session};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

async fn raw(addr: SocketAddr, request: String) -> String {
    let exchange = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // A connection that is closed at once may end in a reset after the answer.
        let _ended = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    exchange.await.unwrap()
}

#[tokio::test]
async fn p5_a_request_names_exactly_one_host_and_it_is_this_machine() {
    let app = TestApp::start().await;
    let addr = app.proxy().addr;
    for (hosts, status) in [
        (format!("Host: {addr}\r\n"), 200),
        ("Host: localhost\r\n".to_owned(), 200),
        (String::new(), 400),
        (format!("Host: {addr}\r\nHost: {addr}\r\n"), 400),
        ("Host: rebound.example.com\r\n".to_owned(), 400),
        ("Host: \r\n".to_owned(), 400),
    ] {
        let request = format!("GET /api/session HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = raw(addr, request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{hosts:?}: {answer}"
        );
    }
}

#[tokio::test]
async fn p9_another_sites_page_writes_nothing() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let path = format!("/api/agents/{}", agent.summary.id);
    let own = format!("http://{}", app.proxy().addr);
    let body = json!({ "approvals_needed": 3 });
    for (site, origin, allowed) in [
        (Some("cross-site"), Some("https://evil.example"), false),
        (Some("same-site"), Some("http://127.0.0.1:1"), false),
        (Some("cross-site"), None, false),
        (None, Some("https://evil.example"), false),
        (None, Some("null"), false),
        (Some("same-origin"), Some(own.as_str()), true),
        (None, Some(own.as_str()), true),
        (None, None, true),
    ] {
        let mut request = app
            .request("admin", Method::PATCH, &path, &body)
            .header("if-match", app.seen_now(&path).await);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = app.send(request).await;
        if allowed {
            assert_eq!(answer.status, 200, "{site:?} {origin:?}: {}", answer.text);
        } else {
            answer.error(403, ErrorCode::Forbidden);
            assert_eq!(app.agent("SupportBot").await.revision, agent.revision);
        }
    }
    // The hook is signed instead, so pages elsewhere may send it and fail for want of a signature.
    let hook = app.client.post(app.url("/api/hooks/dreaming-report"));
    app.send(
        hook.header("origin", "https://elsewhere.example")
            .body("{}"),
    )
    .await
    .error(400, ErrorCode::BadRequest);
}

#[tokio::test]
async fn p9_an_allowed_origin_may_read_and_write_and_no_other() {
    let allowed = "https://review.example.com";
    let app = TestApp::start_with(|config| config.allow_origins = vec![allowed.to_owned()]).await;
    let preflight = async |origin: &str| {
        let request = app
            .client
            .request(Method::OPTIONS, app.url("/api/feedback"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                format!("content-type,{DEV_USER_HEADER}"),
            );
        app.send(request).await
    };
    let answer = preflight(allowed).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), allowed);
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains(DEV_USER_HEADER)
    );
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    for other in [
        "https://evil.example",
        "https://review.example.com.evil.example",
        "null",
    ] {
        assert_eq!(
            preflight(other).await.header("access-control-allow-origin"),
            "",
            "{other}"
        );
    }
    let write = |origin: &str| {
        app.request("viewer", Method::POST, "/api/feedback", &json!({}))
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site")
    };
    // It gets as far as the body.
    app.send(write(allowed))
        .await
        .error(400, ErrorCode::BadRequest);
    app.send(write("https://evil.example"))
        .await
        .error(403, ErrorCode::Forbidden);
    // Where none is allowed, nothing is said of origins at all.
    let plain = TestApp::start().await;
    assert_eq!(
        plain
            .get("/api/session")
            .await
            .header("access-control-allow-origin"),
        ""
    );
}

#[tokio::test]
async fn only_users_named_at_the_start_get_in() {
    let app = TestApp::start().await;
    let default: Session = app.send(app.client.get(app.url("/api/session"))).await.ok();
    assert_eq!(
        default.user.name.as_str(),
        "reviewer",
        "the first is the default"
    );
    assert_eq!(default.switchable.len(), 5);
    let admin: Session = app.get_as("admin", "/api/session").await.ok();
    assert_eq!(admin.user.name.as_str(), "admin");
    for nobody in ["root", "Admin", "admin,reviewer", ""] {
        app.get_as(nobody, "/api/session")
            .await
            .error(401, ErrorCode::Unauthenticated);
    }
    let twice = app
        .client
        .get(app.url("/api/session"))
        .header(DEV_USER_HEADER, "reviewer")
        .header(DEV_USER_HEADER, "admin");
    app.send(twice).await.error(401, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn without_users_nobody_gets_in_and_reports_still_do() {
    let app = TestApp::start_with(|config| config.dev_users.clear()).await;
    for path in ["/api/session", "/api/inbox", "/api/openapi.json"] {
        let request = app.client.get(app.url(path));
        app.send(request)
            .await
            .error(401, ErrorCode::Unauthenticated);
    }
    assert_eq!(
        app.send(app.client.get(app.url("/healthz"))).await.status,
        200
    );
    let body = json!({ "type": "dreaming_report", "agent_id": "agent_1", "suggestions": [] });
    assert_eq!(app.deliver("msg_1", &body.to_string()).await.status, 202);
}

#[tokio::test]
async fn p38_a_head_that_never_ends_is_cut_off() {
    let app = TestApp::start().await;
    // Blocks until the proxy closes the connection, which the read timeout of `raw` outlasts.
    let answer = raw(
        app.proxy().addr,
        "GET /api/session HTTP/1.1\r\nHost: 127".to_owned(),
    )
    .await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
        "{answer}"
    );
}

#[tokio::test]
async fn readiness_waits_for_the_first_read_of_the_platform() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = super::support::config(folder.path(), &format!("http://{free}"));
    let proxy = review_proxy::start(config).await.unwrap();
    let client = super::support::client();
    let url = |path: &str| format!("http://{}{path}", proxy.addr);
    assert_eq!(
        client.get(url("/healthz")).send().await.unwrap().status(),
        200
    );
    proxy.app.syncer.sync_now().await.unwrap_err();
    let answer = client.get(url("/readyz")).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    let text = answer.text().await.unwrap();
    assert!(text.contains("has not been read completely yet"), "{text}");
    assert!(text.contains("cannot be reached"), "{text}");
    proxy.shutdown().await;

    let app = TestApp::start().await;
    assert_eq!(
        app.get("/readyz").await.text,
        r#"{"ready":true,"reasons":[]}"#
    );
}
