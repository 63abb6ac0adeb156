//! The only module that writes and reads the console's URLs.

use crate::browser::location;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use review_api::{AgentId, ChangeId, DreamId, InteractionId, SubjectKind, SuggestionId};

/// Value of the parameter `ask` of a change's address that opens the question whether to roll it back.
pub const ASK_ROLL_BACK: &str = "roll-back";

/// A place in the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// What waits.
    Inbox,
    /// All agents.
    Agents,
    /// One agent.
    Agent {
        /// Which.
        id: AgentId,
    },
    /// The form for a new agent.
    NewAgent,
    /// The interactions of one agent.
    AgentInteractions {
        /// Which agent's.
        id: AgentId,
    },
    /// The unrated interactions of one agent, one after the other.
    Labelling {
        /// Which agent's.
        id: AgentId,
    },
    /// Files of the ratings of one agent.
    FeedbackFiles {
        /// Which agent's.
        id: AgentId,
    },
    /// The webhook of one agent.
    AgentWebhook {
        /// Which agent's.
        id: AgentId,
    },
    /// How one agent did over time.
    AgentTrends {
        /// Which agent.
        id: AgentId,
    },
    /// One dream's report.
    Dream {
        /// Which.
        id: DreamId,
    },
    /// One dream's raw log.
    DreamLog {
        /// Which dream's.
        id: DreamId,
    },
    /// One suggestion.
    Suggestion {
        /// Which.
        id: SuggestionId,
    },
    /// All changes.
    Changes,
    /// One change.
    Change {
        /// Which.
        id: ChangeId,
    },
    /// One interaction.
    Interaction {
        /// Which.
        id: InteractionId,
    },
    /// The ledger.
    Audit,
    /// Settings, and what this is.
    Settings,
    /// No such place.
    NotFound,
}

/// Where the console lies on its host, without a slash at the end; empty at the root.
pub fn base() -> &'static str {
    let built = option_env!("TRUNK_BUILD_PUBLIC_URL").unwrap_or("");
    // A whole address or a relative one cannot be a router's base.
    if built.starts_with('/') {
        built.trim_end_matches('/')
    } else {
        ""
    }
}

impl Route {
    /// Returns the path without the base, as [`navigate`] wants it.
    pub fn path(&self) -> String {
        match self {
            Self::Inbox => "/".to_owned(),
            Self::Agents => "/agents".to_owned(),
            Self::Agent { id } => format!("/agents/{}", segment(&id.0)),
            Self::NewAgent => "/agents/new".to_owned(),
            Self::AgentInteractions { id } => format!("/agents/{}/interactions", segment(&id.0)),
            Self::Labelling { id } => format!("/agents/{}/labelling", segment(&id.0)),
            Self::FeedbackFiles { id } => format!("/agents/{}/feedback", segment(&id.0)),
            Self::AgentWebhook { id } => format!("/agents/{}/webhook", segment(&id.0)),
            Self::AgentTrends { id } => format!("/agents/{}/trends", segment(&id.0)),
            Self::Dream { id } => format!("/dreams/{}", segment(&id.0)),
            Self::DreamLog { id } => format!("/dreams/{}/log", segment(&id.0)),
            Self::Suggestion { id } => format!("/suggestions/{}", segment(&id.0)),
            Self::Changes => "/changes".to_owned(),
            Self::Change { id } => format!("/changes/{}", segment(&id.0)),
            Self::Interaction { id } => format!("/interactions/{}", segment(&id.0)),
            Self::Audit => "/audit".to_owned(),
            Self::Settings => "/settings".to_owned(),
            Self::NotFound => "/not-found".to_owned(),
        }
    }

    /// Returns the path with the base, as links want it.
    pub fn href(&self) -> String {
        format!("{}{}", base(), self.path())
    }

    /// Returns the link to this place with one query parameter.
    pub fn href_with(&self, name: &str, value: &str) -> String {
        format!("{}?{name}={}", self.href(), segment(value))
    }

    /// Reads the path of a URL, with or without the base.
    pub fn parse(path: &str) -> Self {
        let below = path
            .strip_prefix(base())
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            .unwrap_or(path);
        let decoded: Option<Vec<String>> = below
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| Some(percent_decode_str(part).decode_utf8().ok()?.into_owned()))
            .collect();
        let Some(parts) = decoded else {
            return Self::NotFound;
        };
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [] => Self::Inbox,
            ["agents"] => Self::Agents,
            ["agents", "new"] => Self::NewAgent,
            ["agents", id] => Self::Agent { id: (*id).into() },
            ["agents", id, "interactions"] => Self::AgentInteractions { id: (*id).into() },
            ["agents", id, "labelling"] => Self::Labelling { id: (*id).into() },
            ["agents", id, "feedback"] => Self::FeedbackFiles { id: (*id).into() },
            ["agents", id, "webhook"] => Self::AgentWebhook { id: (*id).into() },
            ["agents", id, "trends"] => Self::AgentTrends { id: (*id).into() },
            ["dreams", id] => Self::Dream { id: (*id).into() },
            ["dreams", id, "log"] => Self::DreamLog { id: (*id).into() },
            ["suggestions", id] => Self::Suggestion { id: (*id).into() },
            ["changes"] => Self::Changes,
            ["changes", id] => Self::Change { id: (*id).into() },
            ["interactions", id] => Self::Interaction { id: (*id).into() },
            ["audit"] => Self::Audit,
            ["settings"] => Self::Settings,
            _ => Self::NotFound,
        }
    }

    /// Returns the place of something named in the ledger, where it has one.
    pub fn of_subject(kind: SubjectKind, id: &str) -> Option<Self> {
        match kind {
            SubjectKind::Agent => Some(Self::Agent { id: id.into() }),
            SubjectKind::Dream => Some(Self::Dream { id: id.into() }),
            SubjectKind::Interaction => Some(Self::Interaction { id: id.into() }),
            SubjectKind::Suggestion => Some(Self::Suggestion { id: id.into() }),
            SubjectKind::Change => Some(Self::Change { id: id.into() }),
            SubjectKind::Automation => Some(Self::Settings),
            SubjectKind::Unknown => None,
        }
    }
}

fn segment(text: &str) -> impl std::fmt::Display {
    const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');
    utf8_percent_encode(text, KEPT)
}

/// Where the router is going: it makes a page before the address bar says that this is the page.
#[derive(Debug, Clone, Copy)]
struct Going {
    pathname: Memo<String>,
    search: Memo<String>,
}

impl Going {
    /// Says whether the address bar still has the page before. It has the newer parameters otherwise, which are
    /// written past the router.
    fn is_under_way(self) -> bool {
        self.pathname
            .with_untracked(|path| *path != location::path())
    }
}

/// Lets every [`QueryParam`] below know where the router is going. Needs the router around it.
pub fn provide_params() {
    let place = use_location();
    provide_context(Going {
        pathname: place.pathname,
        search: place.search,
    });
}

/// Returns the place that the address bar names. Needs the router around it.
pub fn current() -> Memo<Route> {
    let path = use_location().pathname;
    Memo::new(move |_| Route::parse(&path.get()))
}

/// Returns a callback that goes to a place, as pressing a link would. Needs the router around it.
pub fn navigator() -> Callback<Route> {
    let navigate = use_navigate();
    Callback::new(move |route: Route| navigate(&route.path(), NavigateOptions::default()))
}

/// A filter that lies in the address bar, so that it can be sent to a colleague.
///
/// Written without a step in the history; the router decodes queries twice, so it is not asked.
#[derive(Debug, Clone, Copy)]
pub struct QueryParam {
    name: &'static str,
    value: RwSignal<String>,
}

impl QueryParam {
    /// Reads the parameter `name` of the address; empty where it has none.
    pub fn new(name: &'static str) -> Self {
        let value = match use_context::<Going>() {
            Some(going) if going.is_under_way() => going
                .search
                .with_untracked(|search| location::query_of(search, name)),
            _ => location::query(name),
        };
        Self {
            name,
            value: RwSignal::new(value.unwrap_or_default()),
        }
    }

    /// Returns the value; empty means no filter.
    pub fn get(self) -> String {
        self.value.get()
    }

    /// Sets the value here and in the address bar.
    pub fn set(self, value: String) {
        location::replace_query(self.name, &value);
        self.value.set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_an_address_that_leads_back_to_it() {
        let odd = "a/b %25.ä+#?";
        let places = [
            Route::Inbox,
            Route::Agents,
            Route::Agent { id: odd.into() },
            Route::NewAgent,
            Route::AgentInteractions { id: odd.into() },
            Route::Labelling { id: odd.into() },
            Route::FeedbackFiles { id: odd.into() },
            Route::AgentWebhook { id: odd.into() },
            Route::AgentTrends { id: odd.into() },
            Route::Dream { id: odd.into() },
            Route::DreamLog { id: odd.into() },
            Route::Suggestion { id: odd.into() },
            Route::Changes,
            Route::Change { id: odd.into() },
            Route::Interaction { id: odd.into() },
            Route::Audit,
            Route::Settings,
        ];
        for place in places {
            assert_eq!(Route::parse(&place.href()), place, "{}", place.href());
            assert_eq!(Route::parse(&format!("{}/", place.path())), place);
        }
    }

    #[test]
    fn other_addresses_are_no_place() {
        for path in ["/nowhere", "/agents/a/b", "/dreams", "/agents/%FF"] {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
    }
}
