//! State of the page on how one agent did over time.

use crate::{api::ApiClient, query::Query};
use review_api::{Agent, AgentId, Outcomes, Trends};

/// Handle to the trends of one agent; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(in crate::agents) struct Trending {
    /// Whose trends.
    pub(in crate::agents) agent: Query<Agent>,
    /// The numbers.
    pub(in crate::agents) trends: Query<Trends>,
    /// How each version did.
    pub(in crate::agents) outcomes: Query<Outcomes>,
}

impl Trending {
    pub(in crate::agents) fn new(api: &ApiClient, id: &AgentId) -> Self {
        let agent = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.agent(&id).await }
            })
        };
        let trends = {
            let (api, id) = (api.clone(), id.clone());
            Query::new(move || {
                let (api, id) = (api.clone(), id.clone());
                async move { api.trends(&id).await }
            })
        };
        Self {
            agent,
            trends,
            outcomes: outcomes(api, id),
        }
    }
}

/// Asks how the versions of an agent did.
pub(in crate::agents) fn outcomes(api: &ApiClient, id: &AgentId) -> Query<Outcomes> {
    let (api, id) = (api.clone(), id.clone());
    Query::new(move || {
        let (api, id) = (api.clone(), id.clone());
        async move { api.outcomes(&id).await }
    })
}
