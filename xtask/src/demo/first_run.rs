//! What the demo's own team has set up when one looks at it for the first time.
//!
//! Dreaming settings and ratings live in the proxy, not on the platform, so the seeded agents come without any.
//! They are set and given through the console API, as people would, and stand in the audit like everything else.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::project::write;

/// Users of the demo.
const ADMIN: &str = "admin";
const REVIEWER: &str = "reviewer";
/// The agent with rated interactions.
const RATED: &str = "SupportBot";
/// How long the first copy of the platform's agents may take.
const COPIED_WITHIN: Duration = Duration::from_secs(30);
/// How often is asked whether they are there.
const LOOK: Duration = Duration::from_millis(100);

/// Gives the agents their settings, once for each state folder; `done` is the mark that it was done.
pub(super) fn set_up(proxy: &str, done: &Path) -> Result<()> {
    if done.exists() {
        return Ok(());
    }
    let host = proxy.trim_start_matches("http://");
    for agent in agents(host)? {
        let text = |name: &str| agent.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(settings) = settings(text("name")) else {
            continue;
        };
        let path = format!("/api/agents/{}", text("id"));
        // What is set is set on what is there.
        let seen = ask(host, "GET", &path, None)?;
        let revision = seen.get("revision").and_then(Value::as_u64);
        send(host, ADMIN, "PATCH", &path, Some(&settings), revision)?;
        if text("name") == RATED {
            rate(host, text("id"))?;
        }
    }
    write(done, "")
}

/// Rates interactions of one agent, so that a staging test of it can be run at once: enough to decide, most of
/// them about refunds, where its dream proposes a rule, and one that the rule makes worse.
fn rate(host: &str, agent: &str) -> Result<()> {
    let mut given = [0; LABELS.len()];
    for interaction in interactions(host, agent)? {
        let text = |name: &str| {
            let value = interaction.get(name).and_then(Value::as_str);
            value.unwrap_or_default()
        };
        let of_kind = LABELS.iter().zip(&mut given);
        let label = of_kind
            .into_iter()
            .find(|(label, given)| text("title").starts_with(label.title) && **given < label.most);
        let Some((label, given)) = label else {
            continue;
        };
        *given += 1;
        let rating = label.rating(agent, text("id"));
        send(host, REVIEWER, "POST", "/api/feedback", Some(&rating), None)?;
    }
    Ok(())
}

/// What the demo's reviewer said about interactions of one kind.
struct Label {
    /// How their titles begin.
    title: &'static str,
    /// How many of them are rated.
    most: usize,
    rating: &'static str,
    comment: &'static str,
    /// What a right answer has, or has not.
    check: (&'static str, &'static str),
}

impl Label {
    fn rating(&self, agent: &str, interaction: &str) -> Value {
        let (kind, text) = self.check;
        json!({
            "agent_id": agent,
            "interaction_id": interaction,
            "rating": self.rating,
            "comment": self.comment,
            "check": { "kind": kind, "text": text },
        })
    }
}

/// More than the 20 that a staging test takes to decide.
const LABELS: [Label; 3] = [
    Label {
        title: "Refund wanted for",
        most: 10,
        rating: "negative",
        comment: "Refunded the latest order without asking which one it is about.",
        check: ("contains", "order number"),
    },
    Label {
        title: "Refund of a present",
        most: 1,
        rating: "positive",
        comment: "Good: does not ask for a number that nobody has.",
        check: ("does_not_contain", "give me the order number"),
    },
    Label {
        title: "Where is order",
        most: 12,
        rating: "positive",
        comment: "Right, and no voucher for an ordinary delay.",
        check: ("does_not_contain", "voucher"),
    },
];

/// All interactions of an agent, newest first.
fn interactions(host: &str, agent: &str) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut path = format!("/api/agents/{agent}/interactions?limit=100");
    loop {
        let page = ask(host, "GET", &path, None)?;
        let items = page.get("items").and_then(Value::as_array);
        all.extend(items.cloned().unwrap_or_default());
        let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) else {
            return Ok(all);
        };
        path = format!("/api/agents/{agent}/interactions?limit=100&cursor={cursor}");
    }
}

/// Settings as real teams have them: good ones, and some that the console warns about.
fn settings(agent: &str) -> Option<Value> {
    let (frequency, webhook) = match agent {
        "SupportBot" => ("daily", "https://hooks.example.com/support-dreams"),
        "Code Review" => ("hourly", ""),
        "Sales Research" => ("weekly", "https://hooks.example.com/sales-dreams"),
        "On-call Runbooks" => ("daily", ""),
        _ => return None,
    };
    let mut settings = json!({ "dreaming_enabled": true, "dreaming_frequency": frequency });
    if let (false, Some(settings)) = (webhook.is_empty(), settings.as_object_mut()) {
        settings.insert("feedback_webhook".to_owned(), json!(webhook));
    }
    Some(settings)
}

/// The agents, as soon as the proxy has copied all of them.
fn agents(host: &str) -> Result<Vec<Value>> {
    let begun = Instant::now();
    while begun.elapsed() < COPIED_WITHIN {
        if ask(host, "GET", "/readyz", None).is_ok() {
            let page = ask(host, "GET", "/api/agents?limit=100", None)?;
            return Ok(page
                .get("items")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default());
        }
        thread::sleep(LOOK);
    }
    Err(Failure::new(
        "the proxy did not copy the demo's agents in time; see target/demo/proxy.log",
    ))
}

/// One request, as the demo's admin; the answer's body as JSON.
fn ask(host: &str, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    send(host, ADMIN, method, path, body, None)
}

/// The same, as `user` and decided on a revision.
fn send(
    host: &str,
    user: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
    revision: Option<u64>,
) -> Result<Value> {
    let failed = |error: std::io::Error| Failure::new(format!("{method} {path}: {error}"));
    let body = body.map(Value::to_string).unwrap_or_default();
    let seen = revision.map_or(String::new(), |it| format!("if-match: \"{it}\"\r\n"));
    let mut connection = TcpStream::connect(host).map_err(failed)?;
    connection
        .set_read_timeout(Some(COPIED_WITHIN))
        .map_err(failed)?;
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-dream-review-user: {user}\r\n\
         content-type: application/json\r\n{seen}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len(),
    )
    .map_err(failed)?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).map_err(failed)?;
    parse(&answer).map_err(|problem| Failure::new(format!("{method} {path}: {problem}")))
}

/// Takes a whole HTTP answer apart; the proxy sends short ones with a length, not in chunks.
fn parse(answer: &str) -> std::result::Result<Value, String> {
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("the answer has no end of head")?;
    let status = head.lines().next().unwrap_or_default();
    if !(status.contains(" 200 ") || status.contains(" 201 ")) {
        return Err(format!("{status}: {body}"));
    }
    Ok(serde_json::from_str(body).unwrap_or(Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let good = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"items\":[]}";
        assert_eq!(parse(good), Ok(json!({ "items": [] })));
        let made = "HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(parse(made), Ok(json!({})));
        let refused = "HTTP/1.1 503 Service Unavailable\r\n\r\nnot yet";
        assert!(parse(refused).unwrap_err().contains("503"));
        assert!(parse("HTTP/1.1 200 OK").is_err());
    }

    #[test]
    fn known_agents_dream_and_others_are_left_alone() {
        assert_eq!(
            settings("Code Review").unwrap()["dreaming_frequency"],
            "hourly"
        );
        assert_eq!(settings("Legal Intake"), None);
    }
    #[test]
    fn the_ratings_are_enough_for_a_staging_test_to_decide() {
        let rated: usize = LABELS.iter().map(|label| label.most).sum();
        assert!(rated >= 20);
        let rating = LABELS[0].rating("agent_1", "sesn_1");
        assert_eq!(rating["check"]["kind"], "contains");
        assert_eq!(rating["rating"], "negative");
    }
}
