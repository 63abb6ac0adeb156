//! Interactions: lists, transcripts, and how far their labelling is.
#![expect(clippy::missing_errors_doc, reason = "as in `calls`")]

use super::calls::{given, paged};
use super::{ApiClient, ApiError, PageOf, escaped, with_query};
use review_api::{
    AgentId, Interaction, InteractionId, InteractionSummary, LabellingProgress, LogEvent, Page,
    Timestamp,
};

type Answer<T> = Result<T, ApiError>;

/// Which interactions of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InteractionFilter {
    /// Only rated ones, only unrated ones, or any.
    pub rated: Option<bool>,
    /// Text to look for.
    pub q: String,
    /// Only those with an error in their transcript, only those without, or any.
    pub has_error: Option<bool>,
    /// Only those that began then or later.
    pub from: Option<Timestamp>,
    /// Only those that began before then.
    pub to: Option<Timestamp>,
}

impl InteractionFilter {
    fn pairs(&self) -> [(&'static str, Option<String>); 4] {
        [
            ("q", given(&self.q)),
            ("has_error", self.has_error.map(|has| has.to_string())),
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
        ]
    }
}

impl ApiClient {
    /// Returns a page of an agent's interactions, newest first.
    pub async fn agent_interactions(
        &self,
        id: &AgentId,
        filter: &InteractionFilter,
        page: PageOf,
    ) -> Answer<Page<InteractionSummary>> {
        let path = format!("/agents/{}/interactions", escaped(&id.0));
        let rated = filter.rated.map(|rated| if rated { "yes" } else { "no" });
        let [q, has_error, from, to] = filter.pairs();
        let pairs = [("rated", rated.map(str::to_owned)), q, has_error, from, to];
        self.get(paged(&path, page, pairs)).await
    }

    /// Returns how many of an agent's interactions are rated, and how many of those wanted wait for it.
    pub async fn labelling(
        &self,
        id: &AgentId,
        filter: &InteractionFilter,
    ) -> Answer<LabellingProgress> {
        let path = format!("/agents/{}/labelling", escaped(&id.0));
        self.get(with_query(&path, &filter.pairs())).await
    }

    /// Returns an interaction with the first page of its transcript.
    pub async fn interaction(&self, id: &InteractionId) -> Answer<Interaction> {
        self.get(format!("/interactions/{}", escaped(&id.0))).await
    }

    /// Returns a page of an interaction's transcript, oldest first.
    pub async fn transcript(&self, id: &InteractionId, page: PageOf) -> Answer<Page<LogEvent>> {
        let path = format!("/interactions/{}/transcript", escaped(&id.0));
        self.get(paged(&path, page, [])).await
    }
}
