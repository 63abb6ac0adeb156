//! A platform in this process, a client that speaks its wire format, and a receiver of reports.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a part of each test, which may panic and may leave parts of it unused"
)]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use demo_platform::{Config, Fault, Pace, ReportTarget, Running, start};
use reqwest::{Method, Response};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER, verify};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::Notify;

/// Longest that a test waits for anything.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The value of `anthropic-beta` that opens a path.
pub fn beta(path: &str) -> &'static str {
    if path.starts_with("/v1/dreams") {
        "dreaming-2026-04-21"
    } else if path.starts_with("/v1/memory_stores") {
        "agent-memory-2026-07-22"
    } else {
        "managed-agents-2026-04-01"
    }
}

/// A platform with its folder and a client.
pub struct Rig {
    pub platform: Option<Running>,
    pub folder: TempDir,
    pub url: String,
    pub http: reqwest::Client,
}

/// An answer: status, headers and JSON body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.json().await.unwrap_or(Value::Null),
        }
    }

    /// The body of an answer that went well.
    #[track_caller]
    pub fn good(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{}: {}",
            self.status,
            self.body
        );
        self.body
    }

    /// The message of an error with this status and type.
    #[track_caller]
    pub fn bad(self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["type"], "error", "{}", self.body);
        assert_eq!(self.body["error"]["type"], kind, "{}", self.body);
        let id = self.headers["request-id"].to_str().unwrap();
        assert_eq!(self.body["request_id"], id);
        self.body["error"].clone()
    }
}

pub fn client() -> reqwest::Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(DEADLINE)
        .build()
        .unwrap()
}

pub fn config(folder: &Path) -> Config {
    Config {
        pace: Pace::by_hand(),
        ..Config::local(folder)
    }
}

impl Rig {
    /// A platform whose new dreams stand still until they are moved on by hand.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        adjust(&mut config);
        let platform = start(config).await.unwrap();
        Self {
            url: platform.url(),
            platform: Some(platform),
            folder,
            http: client(),
        }
    }

    /// Stops the platform and starts it again on the same folder.
    pub async fn restart(&mut self, adjust: impl FnOnce(&mut Config)) {
        self.platform.take().unwrap().shutdown().await;
        let mut config = config(self.folder.path());
        adjust(&mut config);
        let platform = start(config).await.unwrap();
        self.url = platform.url();
        self.platform = Some(platform);
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .header("authorization", "Bearer sk-ant-api03-TEST")
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", beta(path))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(
            self.request(Method::POST, path)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// An action: a post without a body.
    pub async fn act(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::POST, path).send().await.unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    pub async fn fault(&self, fault: Fault) {
        let answer = self.post("/__control/faults", json!(fault)).await;
        assert_eq!(answer.status, 204);
    }

    /// All rows of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut page = String::new();
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let body = self
                .get(&format!("{path}{join}limit=100{page}"))
                .await
                .good();
            rows.extend(body["data"].as_array().unwrap().iter().cloned());
            match body["next_page"].as_str() {
                Some(next) => page = format!("&page={next}"),
                None => return rows,
            }
        }
    }

    /// The seeded agent of this name.
    pub async fn agent(&self, name: &str) -> Value {
        let agents = self.all("/v1/agents").await;
        agents
            .into_iter()
            .find(|agent| agent["name"] == name)
            .unwrap()
    }

    /// The memory store of a seeded agent.
    pub async fn store_of(&self, agent: &Value) -> String {
        let stores = self.all("/v1/memory_stores").await;
        let mut of_agent: Vec<_> = stores
            .into_iter()
            .filter(|store| store["metadata"]["agent"] == agent["id"])
            .collect();
        of_agent.sort_by_key(|store| store["created_at"].to_string());
        text(&of_agent[0]["id"])
    }

    /// Asks for a dream over some sessions of an agent.
    pub async fn dream(&self, agent_name: &str) -> Value {
        let agent = self.agent(agent_name).await;
        let body = self.dream_request(&agent).await;
        self.post("/v1/dreams", body).await.good()
    }

    pub async fn dream_request(&self, agent: &Value) -> Value {
        let path = format!("/v1/sessions?agent_id={}", text(&agent["id"]));
        let sessions = self.all(&path).await;
        let mut ids: Vec<_> = sessions
            .iter()
            .take(60)
            .map(|row| text(&row["id"]))
            .collect();
        ids.reverse();
        json!({
            "inputs": [
                {"type": "memory_store", "memory_store_id": self.store_of(agent).await},
                {"type": "sessions", "session_ids": ids},
            ],
            "model": "claude-opus-5-5",
        })
    }
}

/// A JSON string as text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

/// Waits until something holds; the first answer that is something is returned.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            started.elapsed() < DEADLINE,
            "{what}: not within {DEADLINE:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A secret for tests.
pub const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// One delivery, as it came.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: String,
    pub body: Value,
    pub signature_is_good: bool,
}

#[derive(Default)]
struct Inbox {
    deliveries: Mutex<Vec<Delivery>>,
    refuse: Mutex<u32>,
    rang: Notify,
}

/// A receiver of reports that can refuse some first.
pub struct Receiver {
    pub target: ReportTarget,
    inbox: Arc<Inbox>,
}

async fn take(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |name| headers[name].to_str().unwrap();
    let signed = verify(
        &[Secret::parse(SECRET).unwrap()],
        header(ID_HEADER),
        header(TIMESTAMP_HEADER),
        header(SIGNATURE_HEADER),
        &body,
        jiff::Timestamp::now().as_second(),
    );
    inbox.deliveries.lock().unwrap().push(Delivery {
        id: header(ID_HEADER).to_owned(),
        body: serde_json::from_slice(&body).unwrap(),
        signature_is_good: signed.is_ok(),
    });
    let mut refuse = inbox.refuse.lock().unwrap();
    let refused = *refuse > 0;
    *refuse = refuse.saturating_sub(1);
    drop(refuse);
    inbox.rang.notify_one();
    if refused {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::ACCEPTED
    }
}

impl Receiver {
    pub async fn start(refuse: u32) -> Self {
        let inbox = Arc::new(Inbox::default());
        *inbox.refuse.lock().unwrap() = refuse;
        let router = Router::new()
            .route("/hook", post(take))
            .with_state(Arc::clone(&inbox));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            target: ReportTarget {
                url,
                secret: Secret::parse(SECRET).unwrap(),
            },
            inbox,
        }
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.inbox.deliveries.lock().unwrap().clone()
    }

    /// Waits until as many deliveries have come.
    pub async fn has(&self, count: usize) {
        let waiting = async {
            while self.deliveries().len() < count {
                self.inbox.rang.notified().await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting)
            .await
            .expect("deliveries within the deadline");
    }
}
