//! `GET /api/session`: who is asking, and whom they talk to.

use super::App;
use super::extract::Caller;
use axum::Json;
use axum::extract::State;
use review_api::{API_VERSION, Session};

/// Says who is asking and which release answers.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = Session)))]
pub(super) async fn show(State(app): State<App>, Caller(user): Caller) -> Json<Session> {
    Json(Session {
        user,
        switchable: app.users.switchable().to_vec(),
        api_version: API_VERSION,
        proxy_version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: app.platform.host(),
        prices: (*app.prices).clone(),
    })
}
