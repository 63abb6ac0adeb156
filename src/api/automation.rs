//! The one switch for what policies do by themselves.
#![expect(clippy::missing_errors_doc, reason = "as in `calls`")]

use super::{ApiClient, ApiError};
use review_api::{AutomationSwitch, SwitchAutomation};

impl ApiClient {
    /// Returns whether the automation of all agents is paused, by whom, when and why.
    pub async fn automation(&self) -> Result<AutomationSwitch, ApiError> {
        self.get("/automation".to_owned()).await
    }

    /// Pauses the automation of all agents, or lets it go on, unless somebody did so since `revision`.
    pub async fn switch_automation(
        &self,
        is_pause: bool,
        reason: String,
        revision: u64,
    ) -> Result<AutomationSwitch, ApiError> {
        let path = if is_pause {
            "/automation/pause"
        } else {
            "/automation/resume"
        };
        let body = SwitchAutomation { reason };
        self.post_on(path.to_owned(), &body, revision).await
    }
}
