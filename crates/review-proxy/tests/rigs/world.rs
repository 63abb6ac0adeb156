//! A platform in this process and proxies beside it, and what people do with them over HTTP.

use super::databases::Database;
use super::proxy::{KEY, PACE, PATIENCE, Proxy, SECRET, until};
use demo_platform::Fault;
use http::{Method, StatusCode};
use review_api::{
    Agent, AgentId, AuditHead, AuditVerification, Change, ChangeId, DEV_USER_HEADER, Inbox,
    InboxSubject, InteractionSummary, MemoryManifest, Page,
};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tempfile::TempDir;

/// An answer, taken in whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Result<Self, String> {
        Ok(Self {
            status: response.status(),
            text: response.text().await.map_err(|error| error.to_string())?,
        })
    }

    /// Reads the body of a success.
    pub(crate) fn ok<T: DeserializeOwned>(&self) -> Result<T, String> {
        if !self.status.is_success() {
            return Err(format!("{}: {}", self.status, self.text));
        }
        serde_json::from_str(&self.text).map_err(|error| format!("{error}: {}", self.text))
    }
}

/// Returns the address of an empty PostgreSQL, or nothing where there is no server.
pub(crate) async fn postgres(test: &str) -> Option<String> {
    match Database::postgres(test).await? {
        Database::Postgres(url) => Some(url.expose_secret().to_owned()),
        Database::Sqlite(_) => None,
    }
}

/// A platform, empty at first, and the proxies that work with it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) proxies: Vec<Proxy>,
    platform: demo_platform::Running,
    client: reqwest::Client,
    /// Removed when the test ends.
    folder: TempDir,
}

impl World {
    /// Starts a platform and one proxy.
    pub(crate) async fn start(database_url: Option<&str>) -> Self {
        Self::start_many(1, database_url, PACE).await
    }

    /// Starts a platform and `proxies` of them; several share the database at `database_url`.
    pub(crate) async fn start_many(
        proxies: usize,
        database_url: Option<&str>,
        pace: &'static str,
    ) -> Self {
        // Refused when another test installed it already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let local = demo_platform::Config {
            scale: 0,
            ..demo_platform::Config::local(folder.path().join("platform"))
        };
        let platform = demo_platform::start(local).await.unwrap();
        let mut world = Self {
            proxies: Vec::new(),
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(2 * PATIENCE)
                // A kept connection may be one to a process that is gone.
                .pool_max_idle_per_host(0)
                .no_proxy()
                .build()
                .unwrap(),
            platform,
            folder,
        };
        for number in 0..proxies {
            let folder = world.folder.path().join(format!("proxy{number}"));
            let proxy = Proxy::start(&folder, &world.platform.url(), database_url, pace).await;
            world.proxies.push(proxy);
        }
        world
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, String> {
        let response = request.send().await.map_err(|error| format!("{error:?}"))?;
        Answer::of(response).await
    }

    /// Reads from a proxy.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        at: usize,
        path: &str,
    ) -> Result<T, String> {
        let request = self.client.get(self.proxies[at].url(path));
        self.send(request.header(DEV_USER_HEADER, "admin"))
            .await?
            .ok()
    }

    /// Writes through a proxy, as `user`, with a key where one is given.
    pub(crate) async fn post(
        &self,
        at: usize,
        user: &str,
        path: &str,
        body: &Value,
        write: Write<'_>,
    ) -> Result<Answer, String> {
        let mut request = self
            .client
            .post(self.proxies[at].url(path))
            .header(DEV_USER_HEADER, user)
            .json(body);
        if let Some(key) = write.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(revision) = write.revision {
            request = request.header("if-match", format!("\"{revision}\""));
        }
        self.send(request).await
    }

    /// Changes the settings of an agent as it was seen.
    pub(crate) async fn set_up(&self, agent: &Agent, body: &Value) -> Result<Agent, String> {
        let path = format!("/api/agents/{}", agent.summary.id);
        let request = self.client.patch(self.proxies[0].url(&path)).json(body);
        let request = request
            .header(DEV_USER_HEADER, "admin")
            .header("if-match", format!("\"{}\"", agent.revision));
        self.send(request).await?.ok()
    }

    /// Has an agent asked so many things on the platform, and each answer rated as wrong where `expected` is right.
    ///
    /// The proxy is started again for that: it reads the platform when it starts.
    pub(crate) async fn labelled(
        &mut self,
        agent: &AgentId,
        cases: usize,
        expected: &str,
    ) -> Result<(), String> {
        for case in 0..cases {
            let text = format!("I want a refund for my kettle, case {case}");
            let body = json!({
                "agent": agent, "environment_id": "env_01", "title": "A refund",
                "initial_events": [{ "type": "user.message", "content": [{ "type": "text", "text": text }] }],
            });
            self.upstream(Method::POST, "/sessions", Some(body)).await;
        }
        self.proxies[0].kill();
        self.proxies[0].boot().await;
        let path = format!("/api/agents/{agent}/interactions?limit=100");
        let read = until("the interactions are read", PATIENCE, async || {
            let page: Page<InteractionSummary> = self.get(0, &path).await.ok()?;
            (page.items.len() == cases).then_some(page.items)
        });
        for interaction in read.await? {
            let body = json!({
                "agent_id": agent, "interaction_id": interaction.id, "rating": "negative",
                "expected": expected,
            });
            let rated = self.post(0, "reviewer", "/api/feedback", &body, Write::default());
            let _rated: Value = rated.await?.ok()?;
        }
        Ok(())
    }

    /// Makes an agent.
    pub(crate) async fn agent(&self, prompt: &str) -> Result<Agent, String> {
        let body =
            json!({ "name": "Agent", "model": "claude-sonnet-4-5", "system_prompt": prompt });
        let made = self.post(0, "admin", "/api/agents", &body, Write::default());
        made.await?.ok()
    }

    /// Has a dream propose a prompt; returns once the proxy has the report, and looks at nothing else.
    pub(crate) async fn reported(&self, agent: &AgentId, prompt: &str) -> Result<(), String> {
        let body = json!({
            "type": review_api::DREAMING_REPORT,
            "agent_id": agent,
            "suggestions": [{ "action": review_api::UPDATE_SYSTEM_PROMPT, "new_prompt": prompt }],
        })
        .to_string();
        let id = format!("msg_{agent}");
        let now = review_api::Timestamp::now().as_second();
        let secret = Secret::parse(SECRET).unwrap();
        let request = self
            .client
            .post(self.proxies[0].url("/api/hooks/dreaming-report"))
            .header("content-type", "application/json")
            .header(ID_HEADER, &id)
            .header(TIMESTAMP_HEADER, now)
            .header(SIGNATURE_HEADER, secret.sign(&id, now, body.as_bytes()))
            .body(body);
        let taken = self.send(request).await?;
        if taken.status != StatusCode::ACCEPTED {
            return Err(format!("the report: {}: {}", taken.status, taken.text));
        }
        Ok(())
    }

    /// Has a dream propose a prompt, and a person stage it.
    pub(crate) async fn staged(&self, agent: &AgentId, prompt: &str) -> Result<Change, String> {
        self.reported(agent, prompt).await?;
        let suggestion = until("the report is in the inbox", PATIENCE, async || {
            let inbox: Inbox = self.get(0, "/api/inbox?limit=100").await.ok()?;
            inbox.items.into_iter().find_map(|item| match item.subject {
                InboxSubject::Suggestion { id } if item.agent_id == *agent => Some(id),
                _ => None,
            })
        })
        .await?;
        let body = json!({ "suggestion_ids": [suggestion], "base_version": 1 });
        let staged = self.post(0, "reviewer", "/api/changes", &body, Write::default());
        staged.await?.ok()
    }

    /// Stages operations on a memory store.
    pub(crate) async fn staged_memory(
        &self,
        agent: &AgentId,
        manifest: &MemoryManifest,
    ) -> Result<Change, String> {
        let body = json!({ "agent_id": agent, "memory": manifest });
        let staged = self.post(0, "reviewer", "/api/changes", &body, Write::default());
        staged.await?.ok()
    }

    /// Stages a prompt and approves it.
    pub(crate) async fn approved(&self, agent: &AgentId, prompt: &str) -> Result<Change, String> {
        let change = self.staged(agent, prompt).await?;
        self.decide(0, &change, "approve", None).await?.ok()
    }

    /// Approves or applies a change as it was seen, through one of the proxies.
    pub(crate) async fn decide(
        &self,
        at: usize,
        change: &Change,
        what: &str,
        key: Option<&str>,
    ) -> Result<Answer, String> {
        let path = format!("/api/changes/{}/{what}", change.summary.id);
        let write = Write {
            key,
            revision: Some(change.revision),
        };
        let mut body = json!({ "digest": change.digest });
        if let (Some(findings), "approve") = (&change.findings_sha256, what) {
            body["findings_read"] = json!(findings);
        }
        self.post(at, "approver", &path, &body, write).await
    }

    /// Applies a change with a key while this task does something else.
    pub(crate) fn detached(
        &self,
        url: &str,
        change: &Change,
        key: &str,
    ) -> tokio::task::JoinHandle<Result<Answer, String>> {
        let request = self
            .client
            .post(format!("{url}/api/changes/{}/apply", change.summary.id))
            .header(DEV_USER_HEADER, "approver")
            .header("idempotency-key", key)
            .header("if-match", format!("\"{}\"", change.revision))
            .json(&json!({ "digest": change.digest }));
        tokio::spawn(async move {
            let response = request.send().await.map_err(|error| format!("{error:?}"))?;
            Answer::of(response).await
        })
    }

    /// Shows a change.
    pub(crate) async fn change(&self, at: usize, id: &ChangeId) -> Result<Change, String> {
        self.get(at, &format!("/api/changes/{id}")).await
    }

    /// Returns the last line of the audit, as someone would keep it elsewhere.
    pub(crate) async fn head(&self, at: usize) -> Result<AuditHead, String> {
        self.get(at, "/api/audit/head").await
    }

    /// Verifies the audit against its chain, its checkpoints and a head that was seen before; returns how
    /// many lines are good.
    pub(crate) async fn verified(&self, at: usize, seen: &AuditHead) -> Result<u64, String> {
        let path = format!(
            "/api/audit/verify?seen_seq={}&seen_hash={}&seen_at={}",
            seen.seq, seen.hash, seen.read_at
        );
        let verified: AuditVerification = self.get(at, &path).await?;
        match verified.bad {
            None if verified.next_cursor.is_none() => Ok(verified.good_to),
            None => Err("audit: not verified to its end".to_owned()),
            Some(bad) => Err(format!("audit: line {}: {}", bad.seq, bad.sentence)),
        }
    }

    fn control(&self, path: &str) -> String {
        format!("{}/__control{path}", self.platform.url())
    }

    /// Makes requests to the platform go wrong.
    pub(crate) async fn fault(&self, fault: &Fault) {
        let request = self.client.post(self.control("/faults")).json(fault);
        assert!(self.send(request).await.unwrap().status.is_success());
    }

    /// Forgets faults that nothing ran into, and what was asked so far.
    pub(crate) async fn fresh(&self) {
        for path in ["/faults", "/requests"] {
            let request = self.client.delete(self.control(path));
            assert!(self.send(request).await.unwrap().status.is_success());
        }
    }

    /// Changes an agent's prompt behind everybody's back.
    pub(crate) async fn edit_upstream(&self, agent: &AgentId) {
        let url = self.control(&format!("/agents/{agent}/edit"));
        let request = self
            .client
            .post(url)
            .json(&json!({ "append": "Mind the gap." }));
        assert!(self.send(request).await.unwrap().status.is_success());
    }

    /// Returns the bodies of the updates of an agent that the platform was asked for.
    pub(crate) async fn updates(&self, agent: &AgentId) -> Vec<Value> {
        let path = format!("/v1/agents/{agent}");
        let updates =
            |request: &Value| request["method"] == "POST" && request["path"] == path.as_str();
        let mut asked = self.asked(updates).await;
        asked
            .iter_mut()
            .map(|request| request["body"].take())
            .collect()
    }

    /// Returns what the platform was asked for since [`World::fresh`], as far as it is `wanted`.
    async fn asked(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let request = self.client.get(self.control("/requests"));
        let all: Value = self.send(request).await.unwrap().ok().unwrap();
        assert_eq!(all["dropped"], 0, "the recorder forgot something");
        let requests = all["data"].as_array().unwrap().iter();
        requests
            .filter(|request| wanted(request))
            .cloned()
            .collect()
    }

    /// Asks the platform itself.
    async fn upstream(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .client
            .request(method, format!("{}/v1{path}", self.platform.url()))
            .bearer_auth(KEY)
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", "managed-agents-2026-04-01");
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(request).await.unwrap().ok().unwrap()
    }

    /// Makes a memory store with memories of these paths and texts.
    pub(crate) async fn store(&self, memories: &[(String, String)]) -> String {
        let body = json!({ "name": "Notes" });
        let store = self
            .upstream(Method::POST, "/memory_stores", Some(body))
            .await;
        let id = store["id"].as_str().unwrap().to_owned();
        for (path, content) in memories {
            let body = json!({ "path": path, "content": content });
            let memories = format!("/memory_stores/{id}/memories");
            self.upstream(Method::POST, &memories, Some(body)).await;
        }
        id
    }

    /// Returns what a store holds: ids and texts by path.
    pub(crate) async fn memories(&self, store: &str) -> BTreeMap<String, (String, String)> {
        let mut held = BTreeMap::new();
        let mut page = String::new();
        loop {
            let path = format!("/memory_stores/{store}/memories?view=full&limit=20{page}");
            let all = self.upstream(Method::GET, &path, None).await;
            for memory in all["data"].as_array().unwrap() {
                let text = |name: &str| memory[name].as_str().unwrap().to_owned();
                held.insert(text("path"), (text("id"), text("content")));
            }
            match all["next_page"].as_str() {
                Some(next) => page = format!("&page={next}"),
                None => return held,
            }
        }
    }

    /// Returns the writes to a store that the platform was asked for.
    pub(crate) async fn memory_writes(&self, store: &str) -> Vec<Value> {
        let below = format!("/v1/memory_stores/{store}/memories");
        self.asked(|request| {
            request["method"] != "GET"
                && request["path"]
                    .as_str()
                    .is_some_and(|path| path.starts_with(&below))
        })
        .await
    }

    /// Returns an agent's prompts as the platform has them, by version from 1.
    pub(crate) async fn prompts(&self, agent: &AgentId) -> Vec<String> {
        let path = format!("/agents/{agent}/versions?limit=100");
        let all = self.upstream(Method::GET, &path, None).await;
        let mut versions: Vec<(u64, String)> = all["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|agent| {
                let system = agent["system"].as_str().unwrap_or_default();
                (agent["version"].as_u64().unwrap(), system.to_owned())
            })
            .collect();
        versions.sort_unstable();
        versions.into_iter().map(|(_, system)| system).collect()
    }

    /// Sleeps: the one place that lets time pass, for kills at random moments.
    pub(crate) async fn pass(time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// What goes with a write.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Write<'a> {
    /// The `Idempotency-Key`.
    pub(crate) key: Option<&'a str>,
    /// The revision seen, for `If-Match`.
    pub(crate) revision: Option<u64>,
}
