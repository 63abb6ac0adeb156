//! Who is asking, and whom they talk to.

use crate::{Prices, UserName};
use serde::{Deserialize, Serialize};

/// Header that names the user in place of a login, where the proxy was started with `--dev-user`.
pub const DEV_USER_HEADER: &str = "x-dream-review-user";

/// What a user may do; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything.
    Viewer,
    /// Rates interactions, stages and rejects suggestions.
    Reviewer,
    /// Approves and applies changes.
    Approver,
    /// Creates agents and changes their settings.
    Admin,
}

impl Role {
    /// All roles, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Reviewer, Self::Approver, Self::Admin];

    /// Returns the word used on the wire and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }
}

/// A person known to the proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Login name.
    pub name: UserName,
    /// What they may do.
    pub role: Role,
}

/// Answer of `GET /api/session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Who is asking.
    pub user: User,
    /// Users that the asker may act as, by [`DEV_USER_HEADER`]; empty wherever people log in.
    #[serde(default)]
    pub switchable: Vec<User>,
    /// [`crate::API_VERSION`] of the proxy.
    pub api_version: u32,
    /// Release of the proxy.
    pub proxy_version: String,
    /// Host name of the platform that the proxy talks to, for the settings page.
    pub platform: String,
    /// What tokens cost, as the proxy was told; none where it was not.
    #[serde(default)]
    pub prices: Prices,
}
