//! No route without a rule: who may do what, route by route.

use super::routes::routes;
use super::support::TestApp;
use http::Method;
use serde_json::json;

const ROLES: [&str; 4] = ["viewer", "reviewer", "approver", "admin"];

#[test]
fn p6_the_table_names_every_route_of_the_document() {
    let document = serde_json::to_value(review_proxy::http::document()).unwrap();
    let mut documented: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let has_own_rule = path.starts_with("/api/hooks/") || !path.starts_with("/api/");
        if has_own_rule {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            documented.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    let mut named: Vec<String> = routes()
        .iter()
        .map(|(method, path, ..)| format!("{method} {path}"))
        .collect();
    documented.sort();
    named.sort();
    assert_eq!(named, documented);
}

#[tokio::test]
async fn strangers_get_nowhere() {
    let app = TestApp::start().await;
    for (method, path, body, _) in routes() {
        let path = path.replace("{id}", "x");
        let answer = app
            .send(app.request("stranger", method.clone(), &path, &body))
            .await;
        assert_eq!(answer.status, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn p6_each_role_gets_past_the_rules_that_it_should_and_no_others() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await.summary.id;
    let open = app
        .suggest(&agent, &["One.", "Two.", "Three.", "Four."])
        .await;
    let staged = app.staged(&agent, "Five.").await;
    for (method, path, body, least) in routes() {
        let least = ROLES.iter().position(|role| *role == least).unwrap();
        for (rank, role) in ROLES.into_iter().enumerate() {
            // Rules that look at a thing need one; it is not changed, since the digest is wrong, the
            // suggestion another one each time, or the revision not the one there is.
            let (path, body) = match path {
                "/api/suggestions/{id}/reject" => {
                    (path.replace("{id}", open[rank].as_str()), body.clone())
                }
                "/api/changes/{id}/approve" | "/api/changes/{id}/apply" => (
                    path.replace("{id}", staged.summary.id.as_str()),
                    json!({ "digest": staged.digest }),
                ),
                path if path.starts_with("/api/changes/{id}/") => (
                    path.replace("{id}", staged.summary.id.as_str()),
                    body.clone(),
                ),
                "/api/changes" if method == Method::POST => (
                    path.to_owned(),
                    json!({ "suggestion_ids": [open[0]], "base_version": 999 }),
                ),
                path => (path.replace("{id}", "x"), body.clone()),
            };
            let request = app
                .request(role, method.clone(), &path, &body)
                .header("if-match", "\"999\"");
            let answer = app.send(request).await;
            assert_eq!(
                answer.status == 403,
                rank < least,
                "{method} {path} as {role}: {} {}",
                answer.status,
                answer.text,
            );
            assert_ne!(answer.status, 401, "{method} {path} as {role}");
        }
    }
}

#[tokio::test]
async fn p12_nobody_approves_their_own_work_admins_included() {
    let app = TestApp::start().await;
    let agent = app.agent("SupportBot").await;
    let suggestion = app
        .suggest(&agent.summary.id, &["Be kind."])
        .await
        .remove(0);
    let body = json!({ "suggestion_ids": [suggestion], "base_version": agent.prompt.version });
    let change: review_api::Change = app.post("admin", "/api/changes", &body).await.ok();
    app.decide("admin", &change, "approve")
        .await
        .error(403, review_api::ErrorCode::Forbidden);
    app.decide("admin", &change, "apply")
        .await
        .error(409, review_api::ErrorCode::Conflict);
    let change: review_api::Change = app.decide("approver", &change, "approve").await.ok();
    app.decide("approver", &change, "approve")
        .await
        .error(409, review_api::ErrorCode::Conflict);
    let applied: review_api::Change = app.decide("admin", &change, "apply").await.ok();
    assert_eq!(applied.summary.state, review_api::ChangeState::Applied);
}
