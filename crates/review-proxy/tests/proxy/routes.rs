//! Every route of the API in one place: a route that is not here fails a test.

use http::Method;
use serde_json::{Value, json};

/// Every route of the API: method, path, body, and the least role that gets past the rule.
///
/// Paths name things that are not there, so whoever gets past is told 404 or 400, never 403.
#[expect(clippy::too_many_lines, reason = "a table of every route")]
pub(crate) fn routes() -> Vec<(Method, &'static str, Value, &'static str)> {
    let get = |path| (Method::GET, path, Value::Null, "viewer");
    let reason = json!({ "reason": "No." });
    let mut routes = vec![
        get("/api/session"),
        get("/api/inbox"),
        get("/api/automation"),
        get("/api/agents"),
        get("/api/agents/{id}"),
        get("/api/agents/{id}/versions"),
        get("/api/agents/{id}/prompt"),
        get("/api/agents/{id}/dreams"),
        get("/api/agents/{id}/dream-runs"),
        (
            Method::POST,
            "/api/agents/{id}/dreams",
            json!({}),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/dreams/{id}/cancel",
            json!({}),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/dreams/{id}/reflect",
            json!({}),
            "reviewer",
        ),
        get("/api/agents/{id}/interactions"),
        get("/api/agents/{id}/labelling"),
        (
            Method::GET,
            "/api/agents/{id}/feedback/export",
            Value::Null,
            "viewer",
        ),
        (
            Method::POST,
            "/api/agents/{id}/feedback/import",
            json!({}),
            "reviewer",
        ),
        get("/api/agents/{id}/feedback"),
        get("/api/dreams/{id}"),
        get("/api/dreams/{id}/log"),
        get("/api/interactions/{id}"),
        get("/api/interactions/{id}/transcript"),
        get("/api/suggestions/{id}"),
        get("/api/changes"),
        get("/api/changes/{id}"),
        get("/api/audit"),
        get("/api/audit/head"),
        get("/api/audit/export"),
        (Method::GET, "/api/audit/verify", Value::Null, "approver"),
        get("/api/openapi.json"),
        (
            Method::POST,
            "/api/agents",
            json!({ "name": "", "model": "" }),
            "admin",
        ),
        (
            Method::PATCH,
            "/api/agents/{id}",
            json!({ "approvals_needed": 0 }),
            "admin",
        ),
        (
            Method::POST,
            "/api/feedback",
            json!({ "agent_id": "a", "interaction_id": "i", "rating": "positive" }),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/suggestions/{id}/reject",
            reason,
            "reviewer",
        ),
        (
            Method::POST,
            "/api/changes",
            json!({ "suggestion_ids": [], "base_version": 1 }),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/agents/{id}/drift/seen",
            json!({ "version": 1 }),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/agents/{id}/regression/keep",
            json!({ "version": 1, "reason": "It is wanted." }),
            "approver",
        ),
        (
            Method::POST,
            "/api/changes/{id}/restage",
            json!({ "base_version": 1, "proposed": "x" }),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/changes/{id}/rollback",
            json!({}),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/changes/{id}/review-glass",
            json!({ "comment": "Seen." }),
            "approver",
        ),
        (
            Method::POST,
            "/api/changes/{id}/edit",
            json!({ "proposed": "x" }),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/changes/{id}/approve",
            json!({ "digest": "" }),
            "approver",
        ),
        (
            Method::POST,
            "/api/changes/{id}/apply",
            json!({ "digest": "" }),
            "approver",
        ),
        (
            Method::POST,
            "/api/changes/{id}/withdraw",
            json!({}),
            "reviewer",
        ),
        get("/api/comments"),
        get("/api/comments/{id}"),
        (
            Method::POST,
            "/api/comments",
            json!({
                "subject": { "kind": "change", "id": "x" },
                "side": "base",
                "start": 0,
                "end": 1,
                "text_sha256": "",
                "text": "Why?",
            }),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/comments/{id}/edit",
            json!({ "text": "Why?" }),
            "reviewer",
        ),
    ];
    routes.extend([
        (
            Method::POST,
            "/api/automation/pause",
            json!({ "reason": "" }),
            "reviewer",
        ),
        (
            Method::POST,
            "/api/automation/resume",
            json!({ "reason": "" }),
            "admin",
        ),
    ]);
    routes.extend(WEBHOOKS.map(get));
    routes.extend(WEBHOOK_WRITES.map(|path| (Method::POST, path, json!({}), "admin")));
    routes.extend([
        get("/api/feedback/{id}"),
        (
            Method::PATCH,
            "/api/feedback/{id}",
            json!({ "rating": "negative" }),
            "reviewer",
        ),
        (Method::DELETE, "/api/feedback/{id}", json!({}), "reviewer"),
    ]);
    routes.extend(SETTLED.map(|path| (Method::POST, path, json!({}), "reviewer")));
    routes.extend(MEMORIES.map(get));
    routes.extend(TESTS.map(|path| (Method::POST, path, json!({}), "reviewer")));
    routes.push(get("/api/changes/{id}/test"));
    routes.push(get("/api/changes/{id}/test/cases"));
    routes
}

/// Staging tests: begun and called off.
const TESTS: [&str; 2] = ["/api/changes/{id}/test", "/api/changes/{id}/test/cancel"];

/// Those that do something to a comment and need no words.
const SETTLED: [&str; 3] = [
    "/api/comments/{id}/delete",
    "/api/comments/{id}/resolve",
    "/api/comments/{id}/reopen",
];

/// Those that read what goes out, and how things went.
const WEBHOOKS: [&str; 5] = [
    "/api/agents/{id}/trends",
    "/api/agents/{id}/outcomes",
    "/api/agents/{id}/webhook",
    "/api/agents/{id}/deliveries",
    "/api/deliveries/{id}",
];

/// Those that do something with it.
const WEBHOOK_WRITES: [&str; 3] = [
    "/api/agents/{id}/webhook/secret",
    "/api/agents/{id}/webhook/test",
    "/api/deliveries/{id}/replay",
];

/// Those that read memories.
const MEMORIES: [&str; 3] = [
    "/api/memory-stores",
    "/api/memory-stores/{id}/memories",
    "/api/memory-stores/{id}/memories/{memory}",
];

/// The routes that change something: method, path and a body that can be read.
pub(crate) fn writes() -> Vec<(Method, &'static str, Value)> {
    let all = routes().into_iter();
    all.filter(|(method, ..)| *method != Method::GET)
        .map(|(method, path, body, _)| (method, path, body))
        .collect()
}

/// Those of them that change something that is there, and so must say which revision was seen.
pub(crate) fn writes_to_something() -> Vec<(Method, &'static str, Value)> {
    let mut writes = writes();
    // A dream and a file of ratings are new things, and calling a dream off twice is the same as once.
    let new = ["/dreams", "/cancel", "/reflect", "/import"];
    let edits_nothing = |path: &str| new.iter().any(|end| path.ends_with(end));
    let is_there = |path: &str| path.contains("{id}") || path.starts_with("/api/automation/");
    writes.retain(|(_, path, _)| is_there(path) && !edits_nothing(path));
    writes
}
