//! The OpenAPI document: pinned, and true.

use super::routes::routes;
use super::support::TestApp;
use http::Method;
use serde_json::Value;

#[test]
fn the_document_is_pinned() {
    insta::assert_json_snapshot!(review_proxy::http::document());
}

#[tokio::test]
async fn every_operation_of_the_document_exists() {
    let app = TestApp::start().await;
    let document: Value = app.get("/api/openapi.json").await.ok();
    let mut count = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, _) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let request = app
                .client
                .request(method.clone(), app.url(&path.replace("{id}", "x")));
            let answer = app.send(request).await;
            assert_ne!(answer.status, 405, "{method} {path}");
            let unknown = answer.status == 404 && answer.text.contains("no page");
            assert!(!unknown, "{method} {path}: {}", answer.text);
            count += 1;
        }
    }
    assert!(count > routes().len(), "{count}");
}
