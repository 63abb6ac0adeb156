//! A memory store on the platform, and a change of it on its way.

use super::support::{Answer, KEY, TestApp};
use demo_platform::{Fault, FaultKind};
use review_api::{AgentId, Change};
use review_core::manifest::steps::in_words;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Returns the SHA-256 of a text.
pub(crate) fn sha(text: &str) -> String {
    review_core::digest::sha256_hex(text)
}

/// Returns paths and texts as [`Store::texts`] does.
pub(crate) fn named(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = texts
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    owned.collect()
}

/// Returns an operation that makes a memory.
pub(crate) fn create(path: &str, content: &str) -> Value {
    json!({ "op": "create", "path": path, "content": content })
}

/// Puts paths and texts in order.
pub(crate) fn by_path<'a>(
    texts: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<(&'a str, &'a str)> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort_unstable();
    texts
}

/// Returns the steps of a change that are done, or those that are not.
pub(crate) fn steps(change: &Change, done: bool) -> Vec<String> {
    let steps = change.memory.as_ref().unwrap().steps.iter();
    steps
        .filter(|step| step.done_at.is_some() == done)
        .map(|step| in_words(&step.operation))
        .collect()
}

/// A store of its own, as the platform holds it.
pub(crate) struct Store<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) agent: AgentId,
    pub(crate) id: String,
    pub(crate) name: String,
    /// Memory ids by the path that they were made with.
    ids: BTreeMap<String, (String, String)>,
}

impl TestApp {
    /// Asks the platform itself about memories.
    pub(crate) async fn memory_call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let request = self
            .client
            .request(method.parse().unwrap(), self.platform_url(path))
            .bearer_auth(KEY)
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", "agent-memory-2026-07-22")
            .header("x-test", "foreign");
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = self.send(request).await;
        assert!(
            answer.status.is_success(),
            "{method} {path}: {}",
            answer.text
        );
        serde_json::from_str(&answer.text).unwrap_or_default()
    }

    /// Returns what the platform was asked about memories, except by the tests themselves.
    pub(crate) async fn memory_requests(&self) -> Vec<Value> {
        let url = self.platform_url("/__control/requests");
        let all: Value = self.send(self.client.get(url)).await.ok();
        let requests = all["data"].as_array().unwrap().iter();
        requests
            .filter(|it| {
                it["path"]
                    .as_str()
                    .unwrap()
                    .starts_with("/v1/memory_stores")
            })
            .filter(|it| it["headers"].get("x-test").is_none())
            .cloned()
            .collect()
    }

    /// Returns the writes among them.
    pub(crate) async fn memory_writes(&self) -> Vec<Value> {
        let mut requests = self.memory_requests().await;
        requests.retain(|it| it["method"] != "GET");
        requests
    }
}

impl<'a> Store<'a> {
    /// Makes a store with these memories.
    pub(crate) async fn make(app: &'a TestApp, memories: &[(&str, &str)]) -> Self {
        let agent = app.agent("SupportBot").await.summary.id;
        let name = "Notes of a test".to_owned();
        let body = json!({ "name": name });
        let made = app
            .memory_call("POST", "/v1/memory_stores", Some(body))
            .await;
        let mut store = Self {
            app,
            agent,
            id: made["id"].as_str().unwrap().to_owned(),
            name,
            ids: BTreeMap::new(),
        };
        for (path, text) in memories {
            let id = store.make_memory(path, text).await;
            store.ids.insert((*path).to_owned(), (id, sha(text)));
        }
        store
    }

    fn path(&self) -> String {
        format!("/v1/memory_stores/{}", self.id)
    }

    /// Makes a memory past the proxy.
    pub(crate) async fn make_memory(&self, path: &str, text: &str) -> String {
        let to = format!("{}/memories", self.path());
        let body = json!({ "path": path, "content": text });
        let made = self.app.memory_call("POST", &to, Some(body)).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Gives a memory another text past the proxy, whatever it has.
    pub(crate) async fn write(&self, path: &str, text: &str) {
        let to = format!("{}/memories/{}", self.path(), self.memory(path));
        self.app
            .memory_call("POST", &to, Some(json!({ "content": text })))
            .await;
    }

    /// Removes a memory past the proxy.
    pub(crate) async fn delete_now(&self, path: &str) {
        let to = format!("{}/memories/{}", self.path(), self.memory(path));
        self.app.memory_call("DELETE", &to, None).await;
    }

    pub(crate) async fn archive(&self) {
        let to = format!("{}/archive", self.path());
        self.app.memory_call("POST", &to, None).await;
    }

    pub(crate) async fn remove(&self) {
        self.app.memory_call("DELETE", &self.path(), None).await;
    }

    /// Blanks out every version with this text.
    pub(crate) async fn redact(&self, sha256: &str) {
        for version in self.versions().await {
            if version["content_sha256"] == sha256 {
                let id = version["id"].as_str().unwrap();
                let to = format!("{}/memory_versions/{id}/redact", self.path());
                self.app.memory_call("POST", &to, None).await;
            }
        }
    }

    /// Returns all versions, newest first.
    pub(crate) async fn versions(&self) -> Vec<Value> {
        self.all("memory_versions").await
    }

    async fn all(&self, kind: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut page = String::new();
        loop {
            let path = format!("{}/{kind}?limit=100{page}", self.path());
            let read = self.app.memory_call("GET", &path, None).await;
            all.extend(read["data"].as_array().unwrap().iter().cloned());
            match read["next_page"].as_str() {
                Some(next) => page = format!("&page={}", next.replace('=', "%3D")),
                None => return all,
            }
        }
    }

    /// Returns every path with its text.
    pub(crate) async fn texts(&self) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        for memory in self.all("memories").await {
            let id = memory["id"].as_str().unwrap();
            let path = format!("{}/memories/{id}", self.path());
            let full = self.app.memory_call("GET", &path, None).await;
            let text = |field: &str| full[field].as_str().unwrap().to_owned();
            texts.insert(text("path"), text("content"));
        }
        texts
    }

    /// Returns the id of a memory by the path that it was made with.
    pub(crate) fn memory(&self, path: &str) -> String {
        self.ids[path].0.clone()
    }

    /// Takes in what memories the store has now.
    pub(crate) async fn look(&mut self) {
        let memories = self.all("memories").await;
        let text = |memory: &Value, field: &str| memory[field].as_str().unwrap().to_owned();
        self.ids = memories
            .iter()
            .map(|it| {
                (
                    text(it, "path"),
                    (text(it, "id"), text(it, "content_sha256")),
                )
            })
            .collect();
    }

    pub(crate) fn edit(&self, path: &str, content: &str) -> Value {
        let (id, sha256) = &self.ids[path];
        json!({ "op": "edit", "memory_id": id, "path": path, "expected_sha256": sha256, "content": content })
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Value {
        let (id, sha256) = &self.ids[from];
        json!({ "op": "rename", "memory_id": id, "from": from, "to": to, "expected_sha256": sha256 })
    }

    pub(crate) fn delete(&self, path: &str) -> Value {
        let (id, sha256) = &self.ids[path];
        json!({ "op": "delete", "memory_id": id, "path": path, "expected_sha256": sha256 })
    }

    /// Asks to stage a manifest, as the reviewer.
    pub(crate) async fn stage(&self, manifest: &Value) -> Answer {
        self.stage_as("reviewer", manifest).await
    }

    pub(crate) async fn stage_as(&self, user: &str, manifest: &Value) -> Answer {
        let body = json!({ "agent_id": self.agent, "memory": manifest });
        self.app.post(user, "/api/changes", &body).await
    }

    pub(crate) async fn staged(&self, manifest: &Value) -> Change {
        self.stage(manifest).await.ok()
    }

    /// Approves a change, with its findings read.
    pub(crate) async fn approved(&self, change: &Change) -> Change {
        let body = json!({ "digest": change.digest, "findings_read": change.findings_sha256 });
        self.app
            .act("approver", change, "approve", &body)
            .await
            .ok()
    }

    /// Applies a change, approved first if need be.
    pub(crate) async fn applied(&self, change: &Change) -> Change {
        let change = match change.summary.state {
            review_api::ChangeState::Staged => self.approved(change).await,
            _ => change.clone(),
        };
        let body = json!({ "digest": change.digest });
        self.app.act("approver", &change, "apply", &body).await.ok()
    }

    /// Makes a request to this store go wrong, after `skip` others of its method.
    pub(crate) async fn fault(&self, kind: FaultKind, method: &str, skip: u32) {
        self.fault_times(kind, method, 1, skip).await;
    }

    pub(crate) async fn fault_times(&self, kind: FaultKind, method: &str, count: u32, skip: u32) {
        let fault = Fault {
            method: Some(method.to_owned()),
            count,
            skip,
            ..Fault::next(kind, &format!("{}/memories", self.path()))
        };
        self.add(&fault).await;
    }

    /// Takes in a store that was made before.
    pub(crate) async fn known(app: &'a TestApp, id: &str) -> Self {
        let agent = app.agent("SupportBot").await.summary.id;
        let mut store = Self {
            app,
            agent,
            id: id.to_owned(),
            name: String::new(),
            ids: BTreeMap::new(),
        };
        store.look().await;
        store
    }

    /// Lets the next write, of whatever method, hang before its effect or after it.
    pub(crate) async fn hang_next_write(&self, has_effect: bool) {
        for method in ["POST", "DELETE"] {
            let fault = Fault {
                method: Some(method.to_owned()),
                latency_ms: if has_effect { 60_000 } else { 0 },
                ..Fault::next(
                    if has_effect {
                        FaultKind::LateAnswer
                    } else {
                        FaultKind::Hang
                    },
                    &format!("{}/memories", self.path()),
                )
            };
            self.add(&fault).await;
        }
    }

    /// Lets each write wait a little.
    pub(crate) async fn slow_writes(&self, latency_ms: u64) {
        for method in ["POST", "DELETE"] {
            let fault = Fault {
                method: Some(method.to_owned()),
                latency_ms,
                count: 1_000,
                ..Fault::next(FaultKind::Latency, &format!("{}/memories", self.path()))
            };
            self.add(&fault).await;
        }
    }

    /// Holds the next reading of the text at `path` back until faults are cleared.
    pub(crate) async fn hold_reading(&self, path: &str) {
        let to = format!("{}/memories/{}", self.path(), self.memory(path));
        let fault = Fault {
            method: Some("GET".to_owned()),
            ..Fault::next(FaultKind::Held, &to)
        };
        self.add(&fault).await;
    }

    pub(crate) async fn clear_faults(&self) {
        let url = self.app.platform_url("/__control/faults");
        self.app.send(self.app.client.delete(url)).await;
    }

    async fn add(&self, fault: &Fault) {
        let url = self.app.platform_url("/__control/faults");
        let request = self.app.client.post(url).json(fault);
        assert!(self.app.send(request).await.status.is_success());
    }

    /// Returns what the proxy wrote to this store.
    pub(crate) async fn writes(&self) -> Vec<Value> {
        self.app.memory_writes().await
    }

    /// Returns what the proxy asked of memory stores.
    pub(crate) async fn requests(&self) -> Vec<Value> {
        self.app.memory_requests().await
    }

    pub(crate) async fn forget_requests(&self) {
        let url = self.app.platform_url("/__control/requests");
        self.app.send(self.app.client.delete(url)).await;
    }
}
