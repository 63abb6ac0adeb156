//! Names of things: one type for each kind, so that none is taken for another.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Returns the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// An agent, by the platform's id (`agent_…`).
    AgentId
    /// An interaction, by the platform's session id (`sesn_…`).
    InteractionId
    /// A dream, by the platform's id (`drm_…`), or ours (`rpt_…`) for a report without one.
    DreamId
    /// A suggestion (`sug_…`).
    SuggestionId
    /// A change (`chg_…`).
    ChangeId
    /// One rating of an interaction (`fbk_…`).
    FeedbackId
    /// A comment on lines of a suggestion or of a change (`cmt_…`).
    CommentId
    /// A delivery of a report (`msg_…`).
    DeliveryId
    /// A user, by login name.
    UserName
    /// A memory store, by the platform's id (`memstore_…`).
    MemoryStoreId
    /// A memory, by the platform's id (`mem_…`); it keeps the id when it is renamed.
    MemoryId
}
