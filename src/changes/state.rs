//! State of the list of changes, and of one change with what is on its way to it.

mod acts;
mod editing;
mod open;
mod restaging;
mod testing;
mod view;

pub(super) use editing::Editing;
pub(super) use open::OpenChange;
pub(super) use restaging::Restaging;
pub(super) use testing::Testing;
pub(super) use view::{Questions, View};

use crate::{
    api::{ApiClient, ApiError, ChangeFilter, PageOf},
    listing::Listing,
    routes::QueryParam,
};
use review_api::ChangeSummary;

/// Handle to the list of changes; `Copy`, lives as long as its page.
#[derive(Clone, Copy)]
pub(super) struct ChangesList {
    state: QueryParam,
    listing: Listing<ChangeSummary>,
}

impl ChangesList {
    /// Loads the first page of those that the address asks for.
    pub(super) fn open() -> Self {
        let api = ApiClient::use_context();
        let state = QueryParam::new("state");
        let listing = Listing::new(move |page: PageOf| {
            let (api, filter) = (api.clone(), filter(state));
            async move { api.changes(&filter, page).await }
        });
        Self { state, listing }
    }

    /// Returns the pages, for the four faces.
    pub(super) fn listing(self) -> Listing<ChangeSummary> {
        self.listing
    }

    /// Says whether applied and withdrawn changes are in the list too.
    pub(super) fn is_all(self) -> bool {
        filter(self.state).closed_too
    }

    /// Shows open changes only, or all of them.
    pub(super) fn show_all(self, all: bool) {
        self.state
            .set(if all { "all".to_owned() } else { String::new() });
    }
}

fn filter(state: QueryParam) -> ChangeFilter {
    ChangeFilter {
        closed_too: state.get() == "all",
        agent_id: None,
    }
}

/// What can be done with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Say yes to exactly what is on screen.
    Approve,
    /// Send it to the platform.
    Apply,
    /// Send it to the platform without its approvals.
    BreakGlass,
    /// Give it up.
    Withdraw,
    /// Give it another text to propose.
    Edit,
    /// Put it on the prompt as it is now.
    Restage,
    /// Stage the way back from it.
    RollBack,
    /// Say what was found in an application without approvals.
    ReviewGlass,
}

impl Act {
    /// Says that it did not happen.
    pub(super) fn failed(self) -> &'static str {
        match self {
            Self::Approve => "Not approved",
            Self::Apply | Self::BreakGlass => "Not applied",
            Self::Withdraw => "Not withdrawn",
            Self::Edit => "The edit is not saved; what you typed is kept",
            Self::Restage => "Not restaged; what you resolved is kept",
            Self::RollBack => "No rollback is staged",
            Self::ReviewGlass => "The review is not saved; what you typed is kept",
        }
    }

    /// Says that it happened; nothing where the page itself says so.
    pub(super) fn done(self) -> Option<&'static str> {
        match self {
            Self::Approve => Some("Approved."),
            Self::Withdraw => Some("Withdrawn. Nothing on the platform has changed."),
            Self::Edit => Some("Saved. Earlier approvals do not count for the new text."),
            Self::Restage => Some("Restaged. It needs its approvals anew."),
            Self::RollBack => Some("Staged a rollback. It needs its approvals."),
            Self::ReviewGlass => Some("The review is saved."),
            Self::Apply | Self::BreakGlass => None,
        }
    }
}

/// What went wrong, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// What was tried.
    pub(super) of: Act,
    /// Why it failed.
    pub(super) error: ApiError,
}
