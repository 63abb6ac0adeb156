//! A proxy and a platform, both in this process, each test with its own.

use crate::databases::Database;
use demo_platform::{Fault, FaultKind};
use http::{Method, StatusCode};
use review_api::{
    Agent, AgentId, Change, Comment, DEV_USER_HEADER, DreamingReport, ErrorBody, ErrorCode, Inbox,
    InboxSubject, Page, Prices, ReportSuggestion, Suggestion, SuggestionId, Timestamp,
};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use review_proxy::config::Config;
use review_proxy::{Pace, Running};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The platform's key; tests look for it where it must not be.
pub(crate) const KEY: &str = "sk-ant-canary-7f3a9c51e2d8b604";

/// The secret that reports are signed with.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Longest wait for something that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A proxy at work, and what it works with.
pub(crate) struct TestApp {
    pub(crate) proxy: Option<Running>,
    pub(crate) platform: Option<demo_platform::Running>,
    pub(crate) config: Config,
    pub(crate) client: reqwest::Client,
    /// Removed when the test ends.
    pub(crate) folder: TempDir,
}

/// An answer, taken in whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Reads the body of a success.
    #[track_caller]
    pub(crate) fn ok<T: DeserializeOwned>(self) -> T {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        serde_json::from_str(&self.text).unwrap()
    }

    /// Reads the body of an error, and checks its status and code.
    #[track_caller]
    pub(crate) fn error(self, status: u16, code: ErrorCode) -> ErrorBody {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        let body: ErrorBody = serde_json::from_str(&self.text).unwrap();
        assert_eq!(body.error.code, code, "{}", body.error.message);
        assert!(
            body.error.message.ends_with(['.', '\u{201d}']),
            "{}",
            body.error.message
        );
        body
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) fn client() -> reqwest::Client {
    // Refused when another test installed it already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_mins(1))
        .no_proxy()
        .build()
        .unwrap()
}

/// Waits until `found` gives something, or fails after a deadline.
pub(crate) async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn config(data: &Path, platform_url: &str) -> Config {
    let users = [
        "reviewer:reviewer",
        "approver:approver",
        "second:approver",
        "admin:admin",
        "viewer:viewer",
    ];
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        platform_url: platform_url.to_owned(),
        api_key: KEY.into(),
        data: data.join("proxy"),
        database_url: None,
        audit_key_file: None,
        assets: None,
        dev_users: users.iter().map(|user| user.parse().unwrap()).collect(),
        webhook_secrets: vec![Secret::parse(SECRET).unwrap()],
        platform_webhook_secrets: Vec::new(),
        webhook_key_file: None,
        allow_private_webhooks: false,
        platform_auth: review_proxy::platform::PlatformAuth::default(),
        allow_origins: Vec::new(),
        // Tests ask for a pass when they need one.
        sync_every: Duration::from_hours(1),
        pace: Pace {
            automate_every: Duration::from_hours(1),
            ..Pace::default()
        },
        watch_every: Duration::from_hours(1),
        prices: Prices::default(),
        log: "off".to_owned(),
    }
}

impl TestApp {
    /// Starts both, and waits for the first complete read of the platform.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts both, on a database.
    pub(crate) async fn start_on(database: &Database) -> Self {
        Self::start_so(|config| config.database_url = database.url().cloned()).await
    }

    /// Starts both, with other settings.
    ///
    /// The database is a file, or with `DREAM_REVIEW_TEST_ON=postgres` a schema on the test server.
    pub(crate) async fn start_with(edit: impl FnOnce(&mut Config)) -> Self {
        let on = std::env::var("DREAM_REVIEW_TEST_ON").unwrap_or_default();
        let database = match &*on {
            "postgres" => Database::postgres("every test of the proxy").await,
            _ => None,
        };
        let url = database.and_then(|database| database.url().cloned());
        Self::start_so(|config| {
            config.database_url = url;
            edit(config);
        })
        .await
    }

    async fn start_so(edit: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let local = demo_platform::Config {
            pace: demo_platform::Pace::by_hand(),
            ..demo_platform::Config::local(folder.path().join("platform"))
        };
        let platform = demo_platform::start(local).await.unwrap();
        let mut config = config(folder.path(), &platform.url());
        edit(&mut config);
        let proxy = review_proxy::start(config.clone()).await.unwrap();
        let app = Self {
            proxy: Some(proxy),
            platform: Some(platform),
            config,
            client: client(),
            folder,
        };
        app.synced().await;
        app
    }

    pub(crate) fn proxy(&self) -> &Running {
        self.proxy.as_ref().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.proxy().addr)
    }

    pub(crate) fn platform_url(&self, path: &str) -> String {
        format!("{}{path}", self.platform.as_ref().unwrap().url())
    }

    /// Reads the platform once more.
    pub(crate) async fn synced(&self) {
        self.proxy().app.syncer.sync_now().await.unwrap();
    }

    /// Stops the proxy and starts it again on the same data.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Starts a proxy that was stopped.
    pub(crate) async fn start_again(&mut self) {
        self.proxy = Some(review_proxy::start(self.config.clone()).await.unwrap());
    }

    pub(crate) async fn stop(&mut self) {
        self.proxy.take().unwrap().shutdown().await;
    }

    pub(crate) async fn stop_platform(&mut self) {
        self.platform.take().unwrap().shutdown().await;
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) async fn get_as(&self, user: &str, path: &str) -> Answer {
        self.send(
            self.client
                .get(self.url(path))
                .header(DEV_USER_HEADER, user),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as("viewer", path).await
    }

    pub(crate) fn request(
        &self,
        user: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> reqwest::RequestBuilder {
        self.client
            .request(method, self.url(path))
            .header(DEV_USER_HEADER, user)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Writes as someone does who has just looked at what they write to.
    pub(crate) async fn post(&self, user: &str, path: &str, body: &Value) -> Answer {
        let seen = self.seen_now(path).await;
        let request = self.request(user, Method::POST, path, body);
        self.send(request.header("if-match", seen)).await
    }

    pub(crate) async fn patch(&self, user: &str, path: &str, body: &Value) -> Answer {
        let seen = self.seen_now(path).await;
        let request = self.request(user, Method::PATCH, path, body);
        self.send(request.header("if-match", seen)).await
    }

    pub(crate) async fn delete(&self, user: &str, path: &str) -> Answer {
        let seen = self.seen_now(path).await;
        let request = self.request(user, Method::DELETE, path, &Value::Null);
        self.send(request.header("if-match", seen)).await
    }

    /// Returns the `ETag` that the thing has to which `path` belongs: `/api/kind/id` of it.
    pub(crate) async fn seen_now(&self, path: &str) -> String {
        let path = if path.starts_with("/api/automation/") {
            "/api/automation/"
        } else {
            path
        };
        let parts: Vec<&str> = path.splitn(5, '/').collect();
        if parts.len() < 4 {
            return "\"0\"".to_owned();
        }
        let answer = self.get(parts[..4].join("/").trim_end_matches('/')).await;
        match answer.header("etag") {
            "" => "\"0\"".to_owned(),
            tag => tag.to_owned(),
        }
    }

    /// Returns the first agent whose name has `q` in it.
    pub(crate) async fn agent(&self, q: &str) -> Agent {
        let page: Page<review_api::AgentSummary> =
            self.get(&format!("/api/agents?q={q}")).await.ok();
        self.get(&format!("/api/agents/{}", page.items[0].id))
            .await
            .ok()
    }

    /// Sends a report as a pipeline would.
    pub(crate) async fn deliver(&self, id: &str, body: &str) -> Answer {
        let now = Timestamp::now().as_second();
        let signature = Secret::parse(SECRET)
            .unwrap()
            .sign(id, now, body.as_bytes());
        let request = self
            .client
            .post(self.url("/api/hooks/dreaming-report"))
            .header("content-type", "application/json")
            .header(ID_HEADER, id)
            .header(TIMESTAMP_HEADER, now)
            .header(SIGNATURE_HEADER, signature)
            .body(body.to_owned());
        self.send(request).await
    }

    /// Brings in a report that proposes `prompts` for an agent, and returns its suggestions.
    pub(crate) async fn suggest(&self, agent: &AgentId, prompts: &[&str]) -> Vec<SuggestionId> {
        let suggestion = |prompt: &&str| ReportSuggestion {
            action: review_api::UPDATE_SYSTEM_PROMPT.to_owned(),
            new_prompt: (*prompt).to_owned(),
            title: Some("Ask before refunds".to_owned()),
            rationale: Some("Refunds went out twice.".to_owned()),
            patterns: Vec::new(),
        };
        let report = DreamingReport {
            kind: review_api::DREAMING_REPORT.to_owned(),
            agent_id: agent.clone(),
            dream_id: None,
            agent_version: None,
            completed_at: None,
            summary: Some("Two things keep going wrong.".to_owned()),
            patterns: Vec::new(),
            suggestions: prompts.iter().map(suggestion).collect(),
            metrics: Vec::new(),
            extra: serde_json::Map::new(),
        };
        let before = self.waiting_suggestions().await;
        let id = format!("msg_{}", Timestamp::now().as_nanosecond());
        let answer = self
            .deliver(&id, &serde_json::to_string(&report).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        until("the report is in the inbox", async || {
            let mut now = self.waiting_suggestions().await;
            now.retain(|id| !before.contains(id));
            (now.len() == prompts.len()).then_some(now)
        })
        .await
    }

    async fn waiting_suggestions(&self) -> Vec<SuggestionId> {
        let inbox: Inbox = self.get_as("reviewer", "/api/inbox?limit=100").await.ok();
        let subjects = inbox.items.into_iter().map(|item| item.subject);
        subjects
            .filter_map(|subject| match subject {
                InboxSubject::Suggestion { id } => Some(id),
                InboxSubject::Change { .. } | InboxSubject::Agent { .. } => None,
            })
            .collect()
    }

    pub(crate) async fn suggestion(&self, id: &SuggestionId) -> Suggestion {
        self.get(&format!("/api/suggestions/{id}")).await.ok()
    }

    pub(crate) async fn change(&self, id: &review_api::ChangeId) -> Change {
        self.get(&format!("/api/changes/{id}")).await.ok()
    }

    /// Stages a new prompt for an agent, as the reviewer.
    pub(crate) async fn staged(&self, agent: &AgentId, prompt: &str) -> Change {
        let suggestion = self.suggest(agent, &[prompt]).await.remove(0);
        let seen = self.suggestion(&suggestion).await;
        let body = json!({
            "suggestion_ids": [suggestion],
            "base_version": seen.current.version,
        });
        self.post("reviewer", "/api/changes", &body).await.ok()
    }

    /// Stages a new prompt for an agent and approves it.
    pub(crate) async fn approved(&self, agent: &AgentId, prompt: &str) -> Change {
        let change = self.staged(agent, prompt).await;
        self.decide("approver", &change, "approve").await.ok()
    }

    /// Approves or applies a change as it was seen.
    pub(crate) async fn decide(&self, user: &str, change: &Change, what: &str) -> Answer {
        let mut body = json!({ "digest": change.digest });
        if what == "approve" {
            body["findings_read"] = json!(change.findings_sha256);
        }
        self.act(user, change, what, &body).await
    }

    /// Does something to a change as it was seen.
    pub(crate) async fn act(
        &self,
        user: &str,
        change: &Change,
        what: &str,
        body: &Value,
    ) -> Answer {
        let path = format!("/api/changes/{}/{what}", change.summary.id);
        let request = self.request(user, Method::POST, &path, body);
        self.send(request.header("if-match", format!("\"{}\"", change.revision)))
            .await
    }

    /// Comments on `quote` in what a change proposes.
    pub(crate) async fn comment(&self, user: &str, change: &Change, quote: &str) -> Comment {
        let start = change.proposed.find(quote).unwrap();
        let body = json!({
            "subject": { "kind": "change", "id": change.summary.id },
            "side": "proposed",
            "start": start,
            "end": start + quote.len(),
            "text_sha256": review_core::digest::sha256_hex(&change.proposed),
            "text": "Why?",
        });
        self.post(user, "/api/comments", &body).await.ok()
    }

    /// Makes a request to the platform go wrong.
    pub(crate) async fn fault(&self, kind: FaultKind, method: &str, path_prefix: &str) {
        let fault = Fault {
            method: Some(method.to_owned()),
            ..Fault::next(kind, path_prefix)
        };
        let request = self
            .client
            .post(self.platform_url("/__control/faults"))
            .json(&fault);
        assert!(self.send(request).await.status.is_success());
    }

    /// Changes an agent's prompt behind the proxy's back.
    pub(crate) async fn edit_upstream(&self, agent: &AgentId, line: &str) {
        let url = self.platform_url(&format!("/__control/agents/{agent}/edit"));
        let request = self.client.post(url).json(&json!({ "append": line }));
        assert!(self.send(request).await.status.is_success());
    }

    /// Reads an agent from the platform itself.
    pub(crate) async fn upstream(&self, agent: &AgentId) -> Value {
        let request = self
            .client
            .get(self.platform_url(&format!("/v1/agents/{agent}")))
            .bearer_auth(KEY)
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", "managed-agents-2026-04-01");
        self.send(request).await.ok()
    }

    /// Returns the updates that the platform was asked for.
    pub(crate) async fn updates_upstream(&self, agent: &AgentId) -> Vec<Value> {
        let url = self.platform_url("/__control/requests");
        let all: Value = self.send(self.client.get(url)).await.ok();
        let path = format!("/v1/agents/{agent}");
        let requests = all["data"].as_array().unwrap().iter();
        requests
            .filter(|request| request["method"] == "POST" && request["path"] == path.as_str())
            .cloned()
            .collect()
    }

    /// Returns the newest lines of the ledger, newest first.
    pub(crate) async fn ledger(&self) -> Vec<review_api::AuditEntry> {
        let page: Page<review_api::AuditEntry> = self.get("/api/audit?limit=100").await.ok();
        page.items
    }

    /// Runs SQL on the proxy's database, as a fault of the disk or an operator would.
    pub(crate) async fn sql(&self, sql: &'static str) {
        let mut write = self.proxy().app.store.write().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut *write).await.unwrap();
        write.commit().await.unwrap();
    }
}
