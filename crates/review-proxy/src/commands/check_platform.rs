//! Asks the platform ten questions that change nothing, and says what it answers: the first thing to do with a key.

use super::{CommandError, Outcome};
use crate::config::Upstream;
use crate::platform::{
    EventOrder, List, PageQuery, Platform, PlatformError, SessionFilter, Timing,
};
use std::fmt::Write as _;

/// Items asked for per list: enough to find one to look into.
const FEW: u32 = 5;

/// Asks, and tells.
///
/// # Errors
/// If the address or the key cannot be used at all.
pub(super) async fn check(upstream: &Upstream, timing: Timing) -> Result<Outcome, CommandError> {
    let key = upstream.api_key.clone();
    let platform = Platform::with_timing(&upstream.platform_url, key, timing)?
        .authenticating(upstream.platform_auth);
    let mut report = Report::new(&platform.host());
    ask(&platform, &mut report).await;
    Ok(report.ended())
}

/// The ten questions. What an answer lacks leaves out those that need it.
async fn ask(platform: &Platform, report: &mut Report) {
    let few = PageQuery::first(FEW);
    let agents = report.list("agents", platform.list_agents(&few).await);
    let agent = agents.and_then(|list| list.into_iter().next());
    match &agent {
        None => {
            for question in [
                "an agent",
                "its versions",
                "its first version",
                "its sessions",
            ] {
                report.not_asked(question, "there is no agent");
            }
        }
        Some(agent) => {
            let found = platform.agent(&agent.id).await.map(|found| {
                let chars = found.prompt().chars().count();
                format!("version {}, prompt of {chars} characters", found.version)
            });
            report.one("an agent", found);
            report.list(
                "its versions",
                platform.agent_versions(&agent.id, &few).await,
            );
            let first = platform.agent_version(&agent.id, 1).await;
            report.one(
                "its first version",
                first.map(|it| format!("version {}", it.version)),
            );
            let its = SessionFilter {
                agent_id: Some(agent.id.clone()),
                ..SessionFilter::default()
            };
            let sessions = report.list("its sessions", platform.list_sessions(&its, &few).await);
            let session = sessions.and_then(|list| list.into_iter().next());
            if let Some(session) = session {
                let order = EventOrder::OldestFirst;
                let events = platform.session_events(&session.id, order, &few).await;
                report.list("the events of a session", events);
            } else {
                report.not_asked("the events of a session", "there is no session");
            }
        }
    }
    if agent.is_none() {
        report.not_asked("the events of a session", "there is no session");
    }
    report.list("dreams", platform.list_dreams(None, &few).await);
    let stores = report.list("memory stores", platform.list_memory_stores(&few).await);
    if let Some(store) = stores.and_then(|list| list.into_iter().next()) {
        let memories = platform.list_memories(&store.id, &few).await;
        report.list("the memories of a store", memories);
        let versions = platform.list_memory_versions(&store.id, None, &few).await;
        report.list("the versions of its memories", versions);
    } else {
        for question in ["the memories of a store", "the versions of its memories"] {
            report.not_asked(question, "there is no memory store");
        }
    }
}

/// What came of it, line by line. No name, no text and no id of the platform's is in it: it can be shown around.
struct Report {
    said: String,
    asked: u32,
    failed: u32,
    left_out: u32,
}

impl Report {
    fn new(host: &str) -> Self {
        Self {
            said: format!("Asking {host}; nothing is changed there.\n"),
            asked: 0,
            failed: 0,
            left_out: 0,
        }
    }

    fn line(&mut self, mark: &str, question: &str, what: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.said, "{mark:<4} {question:<29} {what}");
    }

    fn one(&mut self, question: &str, answer: Result<String, PlatformError>) {
        self.asked += 1;
        match answer {
            Ok(what) => self.line("ok", question, &what),
            Err(error) => {
                self.failed += 1;
                self.line("FAIL", question, &error.sentence());
            }
        }
    }

    fn list<T>(
        &mut self,
        question: &str,
        answer: Result<List<T>, PlatformError>,
    ) -> Option<Vec<T>> {
        match answer {
            Ok(list) if list.unreadable > 0 => {
                self.asked += 1;
                self.failed += 1;
                let (bad, good) = (list.unreadable, list.data.len());
                let what = format!("{bad} of {} could not be read", bad + good);
                self.line("FAIL", question, &what);
                Some(list.data)
            }
            Ok(list) => {
                let more = if list.next_page.is_some() {
                    ", and more"
                } else {
                    ""
                };
                self.one(question, Ok(format!("{}{more}", list.data.len())));
                Some(list.data)
            }
            Err(error) => {
                self.one(question, Err(error));
                None
            }
        }
    }

    fn not_asked(&mut self, question: &str, why: &str) {
        self.left_out += 1;
        self.line("-", question, &format!("not asked: {why}"));
    }

    fn ended(mut self) -> Outcome {
        let Self {
            asked,
            failed,
            left_out,
            ..
        } = self;
        let sum = format!(
            "{} of {asked} questions answered, {left_out} not asked.",
            asked - failed
        );
        self.said.push_str(&sum);
        if failed == 0 {
            Outcome::Good(self.said)
        } else {
            Outcome::Bad(self.said)
        }
    }
}
