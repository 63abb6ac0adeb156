//! The adapter against scripted bytes: what it sends, and what it makes of every kind of answer.

use super::*;
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "sk-ant-api03-EXAMPLE";
const AGENT: &str = r#"{"type":"agent","id":"agent_1","version":5,"name":"Support","model":{"id":"m"},
    "system":"new prompt","created_at":"2026-10-02T09:15:00Z","updated_at":"2026-11-20T04:02:11Z"}"#;

/// What the server does with one request.
enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Closes without a word.
    Nothing,
    /// Never answers.
    Silence,
}

fn reply(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into(),
    )
}

fn ok(body: &str) -> Reply {
    reply("200 OK", "request-id: req_1\r\n", body)
}

fn refusal(status: u16) -> Reply {
    let body = format!(
        r#"{{"type":"error","error":{{"type":"some_error","message":"no {status}"}},"request_id":"req_b"}}"#
    );
    reply(&format!("{status} Whatever"), "", &body)
}

/// A server that answers with what it was given, and remembers what it was asked.
struct Script {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Script {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Script {
    async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let log = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                log.lock().unwrap().push(request);
                match replies.pop_front() {
                    Some(Reply::Bytes(bytes)) => {
                        // The other side may have heard enough already.
                        let _heard_enough = stream.write_all(&bytes).await;
                        let _closed = stream.shutdown().await;
                    }
                    Some(Reply::Nothing) | None => {}
                    Some(Reply::Silence) => silent.push(stream),
                }
            }
        });
        Self { url, asked, task }
    }

    fn platform(&self) -> Platform {
        let timing = Timing {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(5),
            deadline: Duration::from_secs(5),
            retry_pause: Duration::from_millis(1),
            longest_retry_after: Duration::from_secs(5),
        };
        Platform::with_timing(&self.url, KEY.into(), timing).unwrap()
    }

    fn hasty_platform(&self) -> Platform {
        let timing = Timing {
            deadline: Duration::from_millis(50),
            retry_pause: Duration::from_millis(1),
            ..Timing::default()
        };
        Platform::with_timing(&self.url, KEY.into(), timing).unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        let mut chunk = [0; 4 * 1024];
        let count = stream.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the request ended early");
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// Returns the request line and the headers that differ from request to request.
fn told(request: &str) -> Vec<&str> {
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let mut told = vec![lines.next().unwrap()];
    let mut headers: Vec<&str> = lines
        .filter(|line| {
            !["host:", "user-agent:", "content-length:"]
                .iter()
                .any(|name| line.starts_with(name))
        })
        .collect();
    headers.sort_unstable();
    told.extend(headers);
    told
}

#[tokio::test]
async fn p3_each_area_has_its_own_beta_and_nothing_else_differs() {
    let list = || ok(r#"{"data":[],"next_page":null}"#);
    let script = Script::start([(); 6].map(|()| list())).await;
    let platform = script.platform();
    let page = PageQuery::after(20, Some("page_MjAyNQ==".to_owned()));
    platform.list_agents(&PageQuery::first(100)).await.unwrap();
    platform.agent_versions("agent_1", &page).await.unwrap();
    platform
        .list_dreams(
            Some("2026-11-01T00:00:00Z".parse().unwrap()),
            &PageQuery::default(),
        )
        .await
        .unwrap();
    let filter = SessionFilter {
        agent_id: Some("agent_1".to_owned()),
        created_from: None,
    };
    platform
        .list_sessions(&filter, &PageQuery::default())
        .await
        .unwrap();
    platform
        .session_events("sesn_1", EventOrder::OldestFirst, &page)
        .await
        .unwrap();
    let since = EventOrder::Since("2026-11-18T14:00:00Z".parse().unwrap());
    platform
        .session_events("sesn_1", since, &PageQuery::default())
        .await
        .unwrap();
    let asked = script.asked();
    let paths = [
        "GET /v1/agents?include_archived=true&limit=100 HTTP/1.1",
        "GET /v1/agents/agent_1/versions?limit=20&page=page_MjAyNQ%3D%3D HTTP/1.1",
        "GET /v1/dreams?created_at%5Bgt%5D=2026-11-01T00%3A00%3A00Z&include_archived=true HTTP/1.1",
        "GET /v1/sessions?agent_id=agent_1&order=desc&include_archived=true HTTP/1.1",
        "GET /v1/sessions/sesn_1/events?order=asc&limit=20&page=page_MjAyNQ%3D%3D HTTP/1.1",
        "GET /v1/sessions/sesn_1/events?order=asc&created_at%5Bgte%5D=2026-11-18T14%3A00%3A00Z HTTP/1.1",
    ];
    for (request, path) in asked.iter().zip(paths) {
        let beta = if path.contains("/dreams") {
            "anthropic-beta: dreaming-2026-04-21"
        } else {
            "anthropic-beta: managed-agents-2026-04-01"
        };
        assert_eq!(
            told(request),
            [
                path,
                "accept: application/json",
                beta,
                "anthropic-version: 2026-10-21",
                "authorization: Bearer sk-ant-api03-EXAMPLE",
            ]
        );
    }
    assert_eq!(asked.len(), paths.len());
}

#[tokio::test]
async fn p13_an_update_carries_the_version_in_its_body_and_is_sent_once() {
    let script = Script::start([ok(AGENT)]).await;
    let outcome = script
        .platform()
        .update_prompt("agent_1", 4, "new prompt")
        .await;
    let UpdateOutcome::Updated(agent) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(agent.version, 5);
    let asked = script.asked();
    let (_, body) = asked[0].split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"system":"new prompt","version":4}"#);
    assert_eq!(
        told(&asked[0]),
        [
            "POST /v1/agents/agent_1 HTTP/1.1",
            "accept: application/json",
            "anthropic-beta: managed-agents-2026-04-01",
            "anthropic-version: 2026-10-21",
            "authorization: Bearer sk-ant-api03-EXAMPLE",
            "content-type: application/json",
        ]
    );
}

#[tokio::test]
async fn p13_every_answer_to_an_update_has_its_outcome_and_none_is_tried_again() {
    let half = AGENT.get(..100).unwrap();
    let cut = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{half}",
        AGENT.len()
    );
    let other = AGENT.replace("new prompt", "someone else's");
    for (reply, expected) in [
        (refusal(409), "mismatch"),
        (refusal(412), "mismatch"),
        (refusal(400), "refused"),
        (refusal(401), "refused"),
        (refusal(403), "refused"),
        (refusal(404), "refused"),
        (refusal(413), "refused"),
        (refusal(422), "refused"),
        (refusal(429), "refused"),
        (refusal(408), "unknown"),
        (refusal(499), "unknown"),
        (refusal(500), "unknown"),
        (refusal(503), "unknown"),
        (refusal(529), "unknown"),
        (
            reply("502 Bad Gateway", "content-type: text/html\r\n", "<html>no"),
            "unknown",
        ),
        (
            reply("302 Found", "location: http://127.0.0.1:1/\r\n", ""),
            "unknown",
        ),
        (Reply::Nothing, "unknown"),
        (Reply::Bytes(cut.into()), "unknown"),
        (ok(half), "unknown"),
        (ok("<html>"), "unknown"),
        (ok(&other), "unknown"),
    ] {
        let script = Script::start([reply]).await;
        let outcome = script
            .platform()
            .update_prompt("agent_1", 4, "new prompt")
            .await;
        let got = match &outcome {
            UpdateOutcome::Updated(_) => "updated",
            UpdateOutcome::VersionMismatch { .. } => "mismatch",
            UpdateOutcome::Refused(_) => "refused",
            UpdateOutcome::NotSent(_) => "not sent",
            UpdateOutcome::Unknown(_) => "unknown",
        };
        assert_eq!(got, expected, "{outcome:?}");
        assert_eq!(script.asked().len(), 1, "{outcome:?}");
    }
}

#[tokio::test]
async fn an_update_without_an_answer_in_time_is_unknown() {
    let script = Script::start([Reply::Silence]).await;
    let outcome = script
        .hasty_platform()
        .update_prompt("agent_1", 4, "x")
        .await;
    let UpdateOutcome::Unknown(error) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.trouble, Trouble::TimedOut);
}

#[tokio::test]
async fn an_update_that_never_left_is_not_sent() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let platform = Platform::new(&url, KEY.into()).unwrap();
    let outcome = platform.update_prompt("agent_1", 4, "x").await;
    let UpdateOutcome::NotSent(error) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.trouble, Trouble::Unreachable);
    let outcome = platform.update_prompt("agent_1/../agent_2", 4, "x").await;
    assert!(matches!(outcome, UpdateOutcome::NotSent(_)), "{outcome:?}");
}

#[tokio::test]
async fn p42_a_read_is_tried_three_times_at_most() {
    for status in [429, 500, 502, 503, 504, 529] {
        let script = Script::start([refusal(status), refusal(status), ok(AGENT)]).await;
        script.platform().agent("agent_1").await.unwrap();
        assert_eq!(script.asked().len(), 3, "{status}");
        let script = Script::start((0..5).map(|_| refusal(status))).await;
        script.platform().agent("agent_1").await.unwrap_err();
        assert_eq!(script.asked().len(), 3, "{status}");
    }
    let script = Script::start([Reply::Nothing, ok(AGENT)]).await;
    script.platform().agent("agent_1").await.unwrap();
    for status in [400, 401, 402, 403, 404, 409] {
        let script = Script::start([refusal(status), ok(AGENT)]).await;
        let error = script.platform().agent("agent_1").await.unwrap_err();
        assert_eq!(script.asked().len(), 1, "{status}");
        assert_eq!(error.request_id.as_deref(), Some("req_b"));
        assert_eq!(error.message, Some(format!("no {status}")));
    }
}

#[tokio::test]
async fn p42_a_long_retry_after_is_handed_on_and_a_short_one_is_waited_for() {
    let limited = |wait: &str| {
        reply(
            "429 Too Many Requests",
            &format!("retry-after: {wait}\r\n"),
            "{}",
        )
    };
    let script = Script::start([limited("3600"), ok(AGENT)]).await;
    let error = script.platform().agent("agent_1").await.unwrap_err();
    assert_eq!(error.retry_after, Some(Duration::from_hours(1)));
    assert!(error.sentence().contains("3600 s"), "{error}");
    assert_eq!(script.asked().len(), 1);
    let script = Script::start([limited("0.01"), ok(AGENT)]).await;
    script.platform().agent("agent_1").await.unwrap();
}

#[tokio::test]
async fn p39_an_answer_that_is_too_large_is_not_read_to_its_end() {
    let body = format!(
        r#"{{"data":[],"x":"{}"}}"#,
        "x".repeat(transport::LARGEST_REPLY)
    );
    let script = Script::start([ok(&body)]).await;
    let error = script
        .platform()
        .list_agents(&PageQuery::default())
        .await
        .unwrap_err();
    assert_eq!(error.trouble, Trouble::Oversized);
}

#[tokio::test]
async fn odd_ids_never_leave() {
    let script = Script::start([]).await;
    let platform = script.platform();
    let long = format!("agent_{}", "a".repeat(128));
    for id in [
        "",
        "agent",
        "agent_",
        "_1",
        "agent_../x",
        "agent_1?x",
        "Agent_1",
        "agent_é",
        "agent_1 ",
        &long,
    ] {
        let error = platform.agent(id).await.unwrap_err();
        assert_eq!(error.trouble, Trouble::NotFound, "{id:?}");
    }
    assert!(script.asked().is_empty());
    assert!(is_sound_id("agent_011CZkYpogX7uDKUyvBTophP"));
}

#[tokio::test]
async fn a_missing_list_is_a_feature_that_is_off_and_a_missing_object_is_missing() {
    let script = Script::start([refusal(404), refusal(404)]).await;
    let platform = script.platform();
    let error = platform
        .list_dreams(None, &PageQuery::default())
        .await
        .unwrap_err();
    assert_eq!(error.trouble, Trouble::FeatureOff);
    let error = platform.dream("drm_1").await.unwrap_err();
    assert_eq!(error.trouble, Trouble::NotFound);
}

#[tokio::test]
async fn p1_the_key_is_in_no_error_and_no_debug_output() {
    let script = Script::start((0..3).map(|_| refusal(401))).await;
    let platform = script.platform();
    let error = platform.agent("agent_1").await.unwrap_err();
    for text in [format!("{error:?} {error}"), format!("{platform:?}")] {
        assert!(!text.contains("EXAMPLE"), "{text}");
    }
    assert!(error.sentence().contains("ANTHROPIC_API_KEY"));
}

#[test]
fn p2_only_loopback_may_be_plain() {
    let bad = |url: &str| Platform::new(url, KEY.into()).unwrap_err().to_string();
    for url in [
        "http://example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
    ] {
        assert!(bad(url).contains("https://"), "{url}");
    }
    assert!(bad("https://user:pass@example.com").contains("plain"));
    assert!(bad("https://example.com/?x=1").contains("plain"));
    assert!(bad("example.com").contains("not a URL"));
    for url in [
        "http://127.0.0.1:8080",
        "http://localhost:1/prefix",
        "http://[::1]:1",
    ] {
        Platform::new(url, KEY.into()).unwrap();
    }
    for key in ["", "a b", "a\n", "é"] {
        let error = Platform::new("http://127.0.0.1:1", key.into()).unwrap_err();
        assert!(matches!(error, BadPlatform::Key), "{key:?}");
    }
}

#[tokio::test]
async fn a_path_in_the_platforms_address_is_kept() {
    let script = Script::start([ok(AGENT)]).await;
    let platform = Platform::new(&format!("{}/gate/", script.url), KEY.into()).unwrap();
    platform.agent("agent_1").await.unwrap();
    assert!(script.asked()[0].starts_with("GET /gate/v1/agents/agent_1 "));
}
