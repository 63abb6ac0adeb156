//! One method for each route of the console API.
//!
//! Every one of them fails as [`ApiError`] says.
#![expect(
    clippy::missing_errors_doc,
    reason = "the module says it once for all of them"
)]

use super::{ApiClient, ApiError, PageOf, escaped, with_query};
use review_api::{
    Agent, AgentId, AgentSummary, AgentVersion, ApplyChange, ApproveChange, AuditAction,
    AuditEntry, AuditHead, AuditVerification, Change, ChangeId, ChangeSummary, CreateAgent,
    DreamId, DreamReport, DreamRun, DriftSeen, EditChange, Feedback, Inbox, LogEvent, Page,
    PatchAgent, Prompt, RejectSuggestion, RestageChange, ReviewGlass, Session, StageChange,
    Suggestion, SuggestionId, Timestamp,
};
use serde::Serialize;

/// A body that says no more than the address does.
#[derive(Serialize)]
struct Empty {}

type Answer<T> = Result<T, ApiError>;

/// Which lines of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only those about this agent.
    pub agent_id: Option<AgentId>,
    /// Only what this person or program did.
    pub actor: Option<String>,
    /// Only this kind of act.
    pub action: Option<AuditAction>,
    /// Only what was done then or later.
    pub from: Option<Timestamp>,
    /// Only what was done before then.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    fn pairs(&self) -> [(&'static str, Option<String>); 5] {
        let action = self
            .action
            .and_then(|action| serde_json::to_value(action).ok())
            .and_then(|action| action.as_str().map(str::to_owned));
        [
            ("agent_id", self.agent_id.as_ref().map(|id| id.0.clone())),
            ("actor", self.actor.clone()),
            ("action", action),
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
        ]
    }
}

/// What a file of the ledger is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// A JSON object for each line, with everything that the hashes seal.
    Jsonl,
    /// A table for people.
    Csv,
}

impl ExportFormat {
    /// Returns the word used on the wire and as the file's ending.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// Returns the media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jsonl => "application/x-ndjson",
            Self::Csv => "text/csv;charset=utf-8",
        }
    }
}

/// Which changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Whether applied and withdrawn ones are in the list too.
    pub closed_too: bool,
    /// Only those of this agent.
    pub agent_id: Option<AgentId>,
}

impl ApiClient {
    /// Says who is asking and whom they talk to.
    pub async fn session(&self) -> Answer<Session> {
        self.get("/session".to_owned()).await
    }

    /// Returns a page of what waits for the asker, longest first, with the dreaming health of the agents.
    pub async fn inbox(&self, page: PageOf) -> Answer<Inbox> {
        self.get(paged("/inbox", page, [])).await
    }

    /// Returns a page of the agents whose name or id has `q` in it, by name.
    pub async fn agents(&self, q: &str, page: PageOf) -> Answer<Page<AgentSummary>> {
        self.get(paged("/agents", page, [("q", given(q))])).await
    }

    /// Creates an agent.
    pub async fn create_agent(&self, body: &CreateAgent) -> Answer<Agent> {
        self.post("/agents".to_owned(), body).await
    }

    /// Returns an agent in full.
    pub async fn agent(&self, id: &AgentId) -> Answer<Agent> {
        self.get(format!("/agents/{}", escaped(&id.0))).await
    }

    /// Changes an agent's settings, unless they are no longer those of `revision`.
    pub async fn patch_agent(
        &self,
        id: &AgentId,
        body: &PatchAgent,
        revision: u64,
    ) -> Answer<Agent> {
        let path = format!("/agents/{}", escaped(&id.0));
        self.patch(path, body, revision).await
    }

    /// Returns a page of an agent's versions, newest first.
    pub async fn agent_versions(&self, id: &AgentId, page: PageOf) -> Answer<Page<AgentVersion>> {
        let path = format!("/agents/{}/versions", escaped(&id.0));
        self.get(paged(&path, page, [])).await
    }

    /// Returns an agent's prompt, as it is or as it was in `version`.
    pub async fn prompt(&self, id: &AgentId, version: Option<u32>) -> Answer<Prompt> {
        let path = format!("/agents/{}/prompt", escaped(&id.0));
        let version = version.map(|version| version.to_string());
        self.get(with_query(&path, &[("version", version)])).await
    }

    /// Returns a page of an agent's dreams, newest first.
    pub async fn agent_dreams(&self, id: &AgentId, page: PageOf) -> Answer<Page<DreamReport>> {
        let path = format!("/agents/{}/dreams", escaped(&id.0));
        self.get(paged(&path, page, [])).await
    }

    /// Has an agent dream now.
    pub async fn dream_now(&self, id: &AgentId) -> Answer<DreamRun> {
        let path = format!("/agents/{}/dreams", escaped(&id.0));
        self.post(path, &Empty {}).await
    }

    /// Returns a page of what became of an agent's slots, newest first.
    pub async fn dream_runs(&self, id: &AgentId, page: PageOf) -> Answer<Page<DreamRun>> {
        let path = format!("/agents/{}/dream-runs", escaped(&id.0));
        self.get(paged(&path, page, [])).await
    }

    /// Calls a dream off.
    pub async fn cancel_dream(&self, id: &DreamId) -> Answer<DreamReport> {
        let path = format!("/dreams/{}/cancel", escaped(&id.0));
        self.post(path, &Empty {}).await
    }

    /// Has a dream reflected on.
    pub async fn reflect(&self, id: &DreamId) -> Answer<DreamReport> {
        let path = format!("/dreams/{}/reflect", escaped(&id.0));
        self.post(path, &Empty {}).await
    }

    /// Returns a page of the ratings of an agent's interactions, newest first.
    pub async fn agent_feedback(&self, id: &AgentId, page: PageOf) -> Answer<Page<Feedback>> {
        let path = format!("/agents/{}/feedback", escaped(&id.0));
        self.get(paged(&path, page, [])).await
    }

    /// Returns a dream with its report.
    pub async fn dream(&self, id: &DreamId) -> Answer<DreamReport> {
        self.get(format!("/dreams/{}", escaped(&id.0))).await
    }

    /// Returns a page of a dream's raw log, oldest first, from a moment on where one is given.
    pub async fn dream_log(
        &self,
        id: &DreamId,
        since: Option<Timestamp>,
        page: PageOf,
    ) -> Answer<Page<LogEvent>> {
        let path = format!("/dreams/{}/log", escaped(&id.0));
        let since = since.map(|since| since.to_string());
        self.get(paged(&path, page, [("since", since)])).await
    }

    /// Returns a suggestion in full.
    pub async fn suggestion(&self, id: &SuggestionId) -> Answer<Suggestion> {
        self.get(format!("/suggestions/{}", escaped(&id.0))).await
    }

    /// Turns a suggestion down, as it was in `revision`.
    pub async fn reject_suggestion(
        &self,
        id: &SuggestionId,
        body: &RejectSuggestion,
        revision: u64,
    ) -> Answer<Suggestion> {
        let path = format!("/suggestions/{}/reject", escaped(&id.0));
        self.post_on(path, body, revision).await
    }

    /// Says that the person looked at a prompt which was changed past this console.
    pub async fn drift_seen(&self, id: &AgentId, body: &DriftSeen, revision: u64) -> Answer<Agent> {
        let path = format!("/agents/{}/drift/seen", escaped(&id.0));
        self.post_on(path, body, revision).await
    }

    /// Stages a change.
    pub async fn stage_change(&self, body: &StageChange) -> Answer<Change> {
        self.post("/changes".to_owned(), body).await
    }

    /// Returns a page of the changes, newest first.
    pub async fn changes(
        &self,
        filter: &ChangeFilter,
        page: PageOf,
    ) -> Answer<Page<ChangeSummary>> {
        let state = if filter.closed_too { "all" } else { "open" };
        let pairs = [
            ("state", Some(state.to_owned())),
            ("agent_id", filter.agent_id.as_ref().map(|id| id.0.clone())),
        ];
        self.get(paged("/changes", page, pairs)).await
    }

    /// Returns a change in full.
    pub async fn change(&self, id: &ChangeId) -> Answer<Change> {
        self.get(format!("/changes/{}", escaped(&id.0))).await
    }

    /// Says yes to a change, exactly as seen.
    pub async fn approve_change(
        &self,
        id: &ChangeId,
        seen: &ApproveChange,
        revision: u64,
    ) -> Answer<Change> {
        self.decide(id, "approve", seen, revision).await
    }

    /// Sends a change to the platform, exactly as seen.
    pub async fn apply_change(
        &self,
        id: &ChangeId,
        seen: &ApplyChange,
        revision: u64,
    ) -> Answer<Change> {
        self.decide(id, "apply", seen, revision).await
    }

    /// Gives a change up, as it was in `revision`.
    pub async fn withdraw_change(&self, id: &ChangeId, revision: u64) -> Answer<Change> {
        self.decide(id, "withdraw", &Empty {}, revision).await
    }

    /// Gives a waiting change another text to propose.
    pub async fn edit_change(
        &self,
        id: &ChangeId,
        body: &EditChange,
        revision: u64,
    ) -> Answer<Change> {
        self.decide(id, "edit", body, revision).await
    }

    /// Puts a change that is out of date on the prompt as it is now.
    pub async fn restage_change(
        &self,
        id: &ChangeId,
        body: &RestageChange,
        revision: u64,
    ) -> Answer<Change> {
        self.decide(id, "restage", body, revision).await
    }

    /// Stages the way back from an applied change; the answer is the new change.
    pub async fn roll_back_change(&self, id: &ChangeId, revision: u64) -> Answer<Change> {
        self.decide(id, "rollback", &Empty {}, revision).await
    }

    /// Says what someone found who looked at an application without approvals.
    pub async fn review_glass(
        &self,
        id: &ChangeId,
        body: &ReviewGlass,
        revision: u64,
    ) -> Answer<Change> {
        self.decide(id, "review-glass", body, revision).await
    }

    async fn decide(
        &self,
        id: &ChangeId,
        what: &str,
        body: &impl Serialize,
        revision: u64,
    ) -> Answer<Change> {
        let path = format!("/changes/{}/{what}", escaped(&id.0));
        self.post_on(path, body, revision).await
    }

    /// Returns a page of the ledger, newest first.
    pub async fn audit(&self, filter: &AuditFilter, page: PageOf) -> Answer<Page<AuditEntry>> {
        self.get(paged("/audit", page, filter.pairs())).await
    }

    /// Returns the last line of the ledger.
    pub async fn audit_head(&self) -> Answer<AuditHead> {
        self.get("/audit/head".to_owned()).await
    }

    /// Verifies the ledger from its beginning or from `cursor` on, as far as one request may go.
    ///
    /// It is held against a last line that was `seen`, given as its number, its hash and when it was read.
    pub async fn verify_audit(
        &self,
        seen: Option<&(u64, String, Timestamp)>,
        cursor: Option<String>,
    ) -> Answer<AuditVerification> {
        let pairs = [
            ("seen_seq", seen.map(|(seq, ..)| seq.to_string())),
            ("seen_hash", seen.map(|(_, hash, _)| hash.clone())),
            ("seen_at", seen.map(|(.., at)| at.to_string())),
            ("cursor", cursor),
        ];
        self.get(with_query("/audit/verify", &pairs)).await
    }

    /// Returns the ledger, or the lines of it that `filter` asks for, as the text of a file, oldest first.
    pub async fn export_audit(&self, filter: &AuditFilter, format: ExportFormat) -> Answer<String> {
        let mut pairs = vec![("format", Some(format.as_str().to_owned()))];
        pairs.extend(filter.pairs());
        self.get_text(with_query("/audit/export", &pairs)).await
    }
}

pub(super) fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn paged<const N: usize>(
    path: &str,
    page: PageOf,
    pairs: [(&str, Option<String>); N],
) -> String {
    let mut all = Vec::from(pairs);
    all.push(("limit", page.limit.map(|limit| limit.to_string())));
    all.push(("cursor", page.cursor));
    with_query(path, &all)
}
