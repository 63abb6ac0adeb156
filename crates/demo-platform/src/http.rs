//! The HTTP surface: the platform's resources under `/v1`, and our own controls under `/__control`.

mod agents;
mod body;
mod control;
mod dreams;
pub(crate) mod errors;
mod events;
mod guard;
mod memories;
mod memory_stores;
mod memory_versions;
mod messages;
mod paging;
mod query;
mod serve;
mod session_parts;
mod sessions;
mod stream;

pub(crate) use serve::serve;
pub(crate) use sessions::mount_path;

use crate::platform::Platform;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use errors::ApiError;
use std::sync::Arc;

/// What every handler gets.
type Shared = Arc<Platform>;

/// Returns all routes.
pub(crate) fn router(platform: &Shared) -> Router {
    let stores = "/v1/memory_stores";
    Router::new()
        .route("/v1/agents", get(agents::list).post(agents::create))
        .route(
            "/v1/agents/{id}",
            get(agents::retrieve).post(agents::update),
        )
        .route("/v1/agents/{id}/versions", get(agents::versions))
        .route("/v1/agents/{id}/archive", post(agents::archive))
        .route("/v1/sessions", get(sessions::list).post(sessions::create))
        .route(
            "/v1/sessions/{id}",
            get(sessions::retrieve)
                .post(sessions::update)
                .delete(sessions::delete),
        )
        .route("/v1/sessions/{id}/archive", post(sessions::archive))
        .route("/v1/sessions/{id}/resources", get(session_parts::resources))
        .route("/v1/sessions/{id}/threads", get(session_parts::threads))
        .route(
            "/v1/sessions/{id}/events",
            get(events::list).post(events::send),
        )
        .route("/v1/sessions/{id}/events/stream", get(stream::stream))
        .route("/v1/dreams", get(dreams::list).post(dreams::create))
        .route("/v1/dreams/{id}", get(dreams::retrieve))
        .route("/v1/dreams/{id}/cancel", post(dreams::cancel))
        .route("/v1/dreams/{id}/archive", post(dreams::archive))
        .route(stores, get(memory_stores::list).post(memory_stores::create))
        .route(
            &format!("{stores}/{{store}}"),
            get(memory_stores::retrieve)
                .post(memory_stores::update)
                .delete(memory_stores::delete),
        )
        .route(
            &format!("{stores}/{{store}}/archive"),
            post(memory_stores::archive),
        )
        .route(
            &format!("{stores}/{{store}}/memories"),
            get(memories::list).post(memories::create),
        )
        .route(
            &format!("{stores}/{{store}}/memories/{{id}}"),
            get(memories::retrieve)
                .post(memories::update)
                .delete(memories::delete),
        )
        .route(
            &format!("{stores}/{{store}}/memory_versions"),
            get(memory_versions::list),
        )
        .route(
            &format!("{stores}/{{store}}/memory_versions/{{id}}"),
            get(memory_versions::retrieve),
        )
        .route(
            &format!("{stores}/{{store}}/memory_versions/{{id}}/redact"),
            post(memory_versions::redact),
        )
        .route("/v1/messages", post(messages::create))
        .nest("/__control", control::router())
        .fallback(|| async { ApiError::not_found("There is nothing at this path.") })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        // The guard has a limit of its own, as high as the platform's.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(platform), guard::guard))
        .with_state(Arc::clone(platform))
}
