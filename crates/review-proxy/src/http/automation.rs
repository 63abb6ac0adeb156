//! `/api/automation`: the one switch for what policies do by themselves.

use super::App;
use super::extract::{Body, Caller, Seen, Tagged};
use crate::error::Result;
use axum::extract::State;
use review_api::{AutomationSwitch, SwitchAutomation};

/// Shows whether the automation of all agents is paused, by whom, when and why.
#[utoipa::path(get, path = "/api/automation", tag = "automation",
    responses((status = 200, body = AutomationSwitch)))]
pub(super) async fn show(State(app): State<App>) -> Result<Tagged<AutomationSwitch>> {
    Ok(tagged(app.review.automation().await?))
}

/// Pauses the automation of all agents before its next act. Needs a reviewer and a reason; takes `If-Match`.
#[utoipa::path(post, path = "/api/automation/pause", tag = "automation",
    request_body = SwitchAutomation, responses((status = 200, body = AutomationSwitch)))]
pub(super) async fn pause(
    State(app): State<App>,
    Caller(user): Caller,
    Seen(seen): Seen,
    Body(body): Body<SwitchAutomation>,
) -> Result<Tagged<AutomationSwitch>> {
    let switch = app.review.switch_automation(&user, true, body, seen).await;
    Ok(tagged(switch?))
}

/// Lets the automation of all agents go on. Needs an admin and a reason; takes `If-Match`.
#[utoipa::path(post, path = "/api/automation/resume", tag = "automation",
    request_body = SwitchAutomation, responses((status = 200, body = AutomationSwitch)))]
pub(super) async fn resume(
    State(app): State<App>,
    Caller(user): Caller,
    Seen(seen): Seen,
    Body(body): Body<SwitchAutomation>,
) -> Result<Tagged<AutomationSwitch>> {
    let switch = app.review.switch_automation(&user, false, body, seen).await;
    Ok(tagged(switch?))
}

fn tagged(switch: AutomationSwitch) -> Tagged<AutomationSwitch> {
    Tagged {
        revision: switch.revision,
        body: switch,
    }
}
