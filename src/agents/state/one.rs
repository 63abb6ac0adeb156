//! State of one agent's page.

use crate::{api::ApiClient, browser::timers, listing::Listing, query::Query, routes::QueryParam};
use review_api::{Agent, AgentId, AgentVersion, DreamReport, Prompt};
use std::time::Duration;

/// How often a dream that runs is looked at.
const PERIOD: Duration = Duration::from_secs(6);

/// One agent, its versions and its dreams.
#[derive(Clone, Copy)]
pub(in crate::agents) struct OneAgent {
    /// The agent itself.
    pub(in crate::agents) agent: Query<Agent>,
    /// Its versions, newest first.
    pub(in crate::agents) versions: Listing<AgentVersion>,
    /// Its dreams, newest first.
    pub(in crate::agents) dreams: Listing<DreamReport>,
    /// The prompt of the version chosen.
    pub(in crate::agents) prompt: Query<Prompt>,
    version: QueryParam,
}

impl OneAgent {
    pub(in crate::agents) fn new(api: &ApiClient, id: &AgentId) -> Self {
        let agent = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.agent(&id).await }
            })
        };
        let versions = {
            let (api, id) = (api.clone(), id.clone());
            Listing::new(move |page| {
                let (api, id) = (api.clone(), id.clone());
                async move { api.agent_versions(&id, page).await }
            })
        };
        let dreams = {
            let (api, id) = (api.clone(), id.clone());
            Listing::new(move |page| {
                let (api, id) = (api.clone(), id.clone());
                async move { api.agent_dreams(&id, page).await }
            })
        };
        let version = QueryParam::new("version");
        let prompt = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                let version = version.get().parse().ok();
                async move { api.prompt(&id, version).await }
            })
        };
        let one = Self {
            agent,
            versions,
            dreams,
            prompt,
            version,
        };
        timers::every_while_visible(PERIOD, move || one.look_again());
        one
    }

    /// Returns the version whose prompt is to be read; nothing means the one that the agent has.
    pub(in crate::agents) fn version(self) -> Option<u32> {
        self.version.get().parse().ok()
    }

    /// Reads the prompt of another version; nothing means the one that the agent has.
    pub(in crate::agents) fn read_version(self, version: Option<u32>) {
        self.version.set(
            version
                .map(|version| version.to_string())
                .unwrap_or_default(),
        );
    }

    /// Asks again while a dream runs, as long as only the first page of dreams is open.
    fn look_again(self) {
        let dreams = self.dreams.first().value_untracked();
        let runs =
            dreams.is_some_and(|page| page.items.iter().any(|dream| !dream.status.is_final()));
        if runs {
            self.dreams.reload();
            self.agent.reload();
        }
    }
}
