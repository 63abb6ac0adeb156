//! Sessions and their events.

use super::error::PlatformError;
use super::transport::Area;
use super::wire::{List, Session, SessionEvent};
use super::{PageQuery, Platform};
use jiff::Timestamp;

/// Which sessions to list.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Those of one agent.
    pub agent_id: Option<String>,
    /// Those that began at this time or later.
    pub created_from: Option<Timestamp>,
}

/// Which events come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOrder {
    /// The oldest.
    OldestFirst,
    /// The newest.
    NewestFirst,
    /// The oldest of those from this moment on.
    Since(Timestamp),
}

impl Platform {
    /// Reads one page of sessions, newest first; archived ones too.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn list_sessions(
        &self,
        filter: &SessionFilter,
        page: &PageQuery,
    ) -> Result<List<Session>, PlatformError> {
        let request = self
            .list(Area::Sessions, "read the interactions")
            .query_if("agent_id", filter.agent_id.as_deref())
            .query_if("created_at[gte]", filter.created_from)
            .query("order", "desc")
            .query("include_archived", true)
            .query_if("limit", page.limit)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Reads a session.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn session(&self, id: &str) -> Result<Session, PlatformError> {
        self.get(self.object(Area::Sessions, "read the interaction", id)?)
            .await
    }

    /// Reads one page of a session's events.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn session_events(
        &self,
        id: &str,
        order: EventOrder,
        page: &PageQuery,
    ) -> Result<List<SessionEvent>, PlatformError> {
        let (order, since) = match order {
            EventOrder::OldestFirst => ("asc", None),
            EventOrder::NewestFirst => ("desc", None),
            EventOrder::Since(since) => ("asc", Some(since)),
        };
        let request = self
            .object(Area::Sessions, "read the transcript", id)?
            .under("events")
            .query("order", order)
            .query_if("created_at[gte]", since)
            .query_if("limit", page.limit)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }
}
