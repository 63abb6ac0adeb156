//! The console's files: the right headers, and nothing that was not built.

use super::support::{Answer, TestApp};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const BOOT: &str = "import init from '/app-0123456789abcdef.js';\ninit();";

async fn app() -> TestApp {
    let outside = tempfile::tempdir().unwrap();
    let dist = outside.path().join("dist");
    std::fs::create_dir(&dist).unwrap();
    std::fs::write(outside.path().join("secret.txt"), "outside").unwrap();
    let index = format!("<!doctype html><script type=\"module\">{BOOT}</script><p>console</p>");
    std::fs::write(dist.join("index.html"), index).unwrap();
    std::fs::write(dist.join("config.json"), "{}").unwrap();
    std::fs::write(dist.join("app-0123456789abcdef.js"), "let a = 1;").unwrap();
    std::fs::write(dist.join("app-0123456789abcdef.js.br"), "compressed").unwrap();
    std::fs::write(dist.join("app-0123456789abcdef_bg.wasm"), "\0asm").unwrap();
    std::fs::write(dist.join(".hidden"), "hidden").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path().join("secret.txt"), dist.join("link.txt")).unwrap();
    TestApp::start_with(|config| config.assets = Some(dist)).await
}

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = app.client.get(app.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request).await
}

#[tokio::test]
async fn files_come_with_their_type_and_their_caching() {
    let app = app().await;
    for (path, mime, caching) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/config.json", "application/json", "no-cache"),
        (
            "/app-0123456789abcdef.js",
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        (
            "/app-0123456789abcdef_bg.wasm",
            "application/wasm",
            "public, max-age=31536000, immutable",
        ),
    ] {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), mime, "{path}");
        assert_eq!(answer.header("cache-control"), caching, "{path}");
        let again = get(&app, path, &[("if-none-match", answer.header("etag"))]).await;
        assert_eq!(
            (again.status.as_u16(), again.text.as_str()),
            (304, ""),
            "{path}"
        );
    }
}

#[tokio::test]
async fn brotli_goes_to_those_who_take_it() {
    let app = app().await;
    let path = "/app-0123456789abcdef.js";
    let packed = get(&app, path, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(packed.header("content-encoding"), "br");
    assert_eq!(
        packed.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(packed.header("vary"), "accept-encoding");
    assert_eq!(packed.text, "compressed");
    for refusing in ["gzip", "br;q=0", "identity"] {
        let plain = get(&app, path, &[("accept-encoding", refusing)]).await;
        assert_eq!(plain.header("content-encoding"), "", "{refusing}");
        assert_eq!(plain.text, "let a = 1;");
    }
    assert_eq!(
        get(&app, "/app-0123456789abcdef.js.br", &[]).await.status,
        404
    );
}

#[tokio::test]
async fn only_pages_fall_back_to_the_console_and_never_under_the_api() {
    let app = app().await;
    let page = [("accept", "text/html,application/xhtml+xml")];
    for path in ["/", "/inbox", "/agents/agent_1/dreams", "/apiary"] {
        let answer = get(&app, path, &page).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text.contains("console"), "{path}");
    }
    for path in [
        "/api/unknown",
        "/api",
        "/healthz/x",
        "/readyz/x",
        "/missing.js",
        "/a.b",
    ] {
        let answer = get(&app, path, &page).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text.contains("<p>console"), "{path}");
    }
    assert_eq!(
        get(&app, "/inbox", &[("accept", "application/json")])
            .await
            .status,
        404
    );
    assert_eq!(
        app.send(app.client.post(app.url("/inbox"))).await.status,
        405
    );
}

#[tokio::test]
async fn nothing_outside_the_folder_is_reached() {
    let app = app().await;
    let addr = app.proxy().addr;
    let raw = move |path: String| {
        let mut stream = TcpStream::connect(addr).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/./../secret.txt",
        "//secret.txt",
        "/x/../../secret.txt",
        "/link.txt",
        "/.hidden",
        "/etc/passwd",
        "//etc/passwd",
        "/%00",
    ] {
        let answer = tokio::task::spawn_blocking({
            let path = path.to_owned();
            move || raw(path)
        });
        let answer = answer.await.unwrap();
        let refused = answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400");
        assert!(refused, "{path}: {answer}");
        for leak in ["outside", "hidden\n", "root:"] {
            assert!(!answer.contains(leak), "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn p28_every_answer_carries_the_strict_headers_and_the_hash_of_the_boot_script() {
    let app = app().await;
    let hash = STANDARD.encode(Sha256::digest(BOOT));
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}'; style-src \
         'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri \
         'none'; form-action 'self'; frame-ancestors 'none'"
    );
    for path in [
        "/",
        "/inbox",
        "/missing.js",
        "/api/session",
        "/api/unknown",
        "/healthz",
        "/readyz",
    ] {
        let answer = get(&app, path, &[("accept", "text/html")]).await;
        for (name, value) in [
            ("content-security-policy", policy.as_str()),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
        assert!(answer.header("x-request-id").starts_with("req_"), "{path}");
        assert_eq!(answer.header("server"), "", "{path}");
        if path.starts_with("/api") || path == "/healthz" {
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn without_files_the_proxy_says_that_the_console_is_not_built() {
    let app = TestApp::start().await;
    let answer = get(&app, "/", &[("accept", "text/html")]).await;
    assert_eq!(answer.status, 404);
    assert!(
        answer.text.contains("The console is not built"),
        "{}",
        answer.text
    );
    assert!(
        !answer.text.contains("<style"),
        "the policy would not let it"
    );
}
