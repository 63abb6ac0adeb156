//! The console API: every route in one table, one file per kind of thing.

mod agents;
mod audit;
mod automation;
mod changes;
mod comments;
mod cursor;
mod dreams;
mod extract;
mod feedback;
mod feedback_files;
mod frame;
mod guard;
mod health;
mod hooks;
mod idempotency;
mod inbox;
mod interactions;
mod memory_stores;
mod openapi;
mod serve;
mod session;
mod staging_tests;
mod suggestions;
mod trends;
mod webhooks;

pub use idempotency::keep_keys_tidy;
pub use openapi::document;
pub use serve::{Limits, serve};

use crate::assets::Assets;
use crate::auth::Users;
use crate::automation::Automator;
use crate::dreaming::{Reader, Reflector, Scheduler, Syncer};
use crate::error::Error;
use crate::hooks::{EVENT_LIMIT_BYTES, Hints, REPORT_LIMIT_BYTES, Receiver};
use crate::ledger::Checkpointer;
use crate::outgoing::Dispatcher;
use crate::pace::Pace;
use crate::platform::Platform;
use crate::review::Review;
use crate::store::Store;
use crate::testing::Tester;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, Uri, header};
use review_api::{ErrorCode, MAX_IMPORT_BYTES, Prices};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Largest body of a write: a prompt of the longest length, escaped, and what goes with it.
const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// What the routes work with; clones share it.
#[derive(Debug, Clone)]
pub struct App {
    /// The review state.
    pub store: Store,
    /// The agent platform.
    pub platform: Platform,
    /// The rules at work.
    pub review: Review,
    /// The copier of the platform's lists.
    pub syncer: Syncer,
    /// The one who asks for dreams.
    pub scheduler: Scheduler,
    /// Who runs staging tests.
    pub tester: Tester,
    /// Who acts as the agents' policies.
    pub automator: Automator,
    /// The one who has dreams reflected on.
    pub reflector: Reflector,
    /// The reader of transcripts.
    pub reader: Reader,
    /// The receiver of reports.
    pub receiver: Receiver,
    /// The receiver of the platform's hints.
    pub hints: Hints,
    /// The one who posts reports.
    pub dispatcher: Dispatcher,
    /// Who verifies the ledger and vouches for it.
    pub checkpointer: Checkpointer,
    /// Everyone known.
    pub users: Arc<Users>,
    /// The console's files.
    pub assets: Arc<Assets>,
    /// Other origins whose consoles may use this proxy, exactly as browsers send them.
    pub allowed_origins: Arc<[String]>,
    /// What tokens cost.
    pub prices: Arc<Prices>,
    /// How long to wait for what.
    pub pace: Pace,
    /// Requests that must come to their end, whoever hangs up meanwhile.
    pub tasks: TaskTracker,
}

/// Returns every route of the proxy.
pub fn router(app: App) -> Router {
    let api = of_changes()
        .route("/api/session", get(session::show))
        .route("/api/inbox", get(inbox::show))
        .route("/api/agents", get(agents::list).post(agents::create))
        .route("/api/agents/{id}", get(agents::show).patch(agents::edit))
        .route("/api/agents/{id}/versions", get(agents::versions))
        .route("/api/agents/{id}/prompt", get(agents::prompt))
        .route("/api/agents/{id}/drift/seen", post(agents::drift_seen))
        .route(
            "/api/agents/{id}/dreams",
            get(dreams::list).post(dreams::dream_now),
        )
        .route("/api/agents/{id}/dream-runs", get(dreams::runs))
        .route("/api/agents/{id}/interactions", get(interactions::list))
        .route("/api/agents/{id}/labelling", get(interactions::labelling))
        .route("/api/agents/{id}/feedback", get(feedback::list))
        .route(
            "/api/agents/{id}/feedback/import",
            post(feedback_files::import).layer(DefaultBodyLimit::max(MAX_IMPORT_BYTES)),
        )
        .route(
            "/api/agents/{id}/feedback/export",
            get(feedback_files::export),
        )
        .route("/api/dreams/{id}", get(dreams::show))
        .route("/api/dreams/{id}/log", get(dreams::log))
        .route("/api/dreams/{id}/cancel", post(dreams::cancel))
        .route("/api/dreams/{id}/reflect", post(dreams::reflect))
        .route("/api/interactions/{id}", get(interactions::show))
        .route(
            "/api/interactions/{id}/transcript",
            get(interactions::transcript),
        )
        .route("/api/feedback", post(feedback::create))
        .route("/api/suggestions/{id}", get(suggestions::show))
        .route("/api/suggestions/{id}/reject", post(suggestions::reject))
        .route("/api/comments", get(comments::list).post(comments::create))
        .route("/api/comments/{id}", get(comments::show))
        .route("/api/comments/{id}/edit", post(comments::edit))
        .route("/api/comments/{id}/delete", post(comments::delete))
        .route("/api/comments/{id}/resolve", post(comments::resolve))
        .route("/api/comments/{id}/reopen", post(comments::reopen))
        .route("/api/memory-stores", get(memory_stores::list))
        .route(
            "/api/memory-stores/{id}/memories",
            get(memory_stores::memories),
        )
        .route(
            "/api/memory-stores/{id}/memories/{memory}",
            get(memory_stores::memory),
        )
        .route("/api/audit", get(audit::list))
        .route("/api/audit/head", get(audit::head))
        .route("/api/audit/verify", get(audit::verify))
        .route("/api/audit/export", get(audit::export))
        .route("/api/agents/{id}/trends", get(trends::show))
        .route("/api/agents/{id}/outcomes", get(trends::by_version))
        .route("/api/agents/{id}/regression/keep", post(trends::keep))
        .route("/api/agents/{id}/webhook", get(webhooks::show))
        .route("/api/agents/{id}/webhook/secret", post(webhooks::secret))
        .route("/api/agents/{id}/webhook/test", post(webhooks::test))
        .route("/api/agents/{id}/deliveries", get(webhooks::list))
        .route("/api/deliveries/{id}", get(webhooks::delivery))
        .route("/api/deliveries/{id}/replay", post(webhooks::replay))
        .route(
            "/api/feedback/{id}",
            get(feedback::show)
                .patch(feedback::edit)
                .delete(feedback::withdraw),
        )
        .route("/api/automation", get(automation::show))
        .route("/api/automation/pause", post(automation::pause))
        .route("/api/automation/resume", post(automation::resume))
        .route("/api/openapi.json", get(openapi::show))
        .layer(from_fn_with_state(app.clone(), idempotency::once_per_key))
        .layer(from_fn_with_state(app.clone(), guard::signed_in))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES));
    let hints = Router::new()
        .route("/api/hooks/platform", post(hooks::hint))
        .layer(DefaultBodyLimit::max(EVENT_LIMIT_BYTES));
    let open = Router::new()
        .route("/api/hooks/dreaming-report", post(hooks::receive))
        .layer(DefaultBodyLimit::max(REPORT_LIMIT_BYTES))
        .merge(hints)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));
    let router = api
        .merge(open)
        .fallback(crate::assets::serve)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app.clone())
        .layer(guard::same_site(&app.allowed_origins));
    let router = if app.allowed_origins.is_empty() {
        router
    } else {
        router.layer(guard::other_origins(&app.allowed_origins))
    };
    router
        .layer(from_fn(guard::one_known_host))
        .layer(from_fn_with_state(app, frame::around))
}

/// Returns the routes of what was staged.
fn of_changes() -> Router<App> {
    Router::new()
        .route("/api/changes", get(changes::list).post(changes::stage))
        .route("/api/changes/{id}", get(changes::show))
        .route("/api/changes/{id}/edit", post(changes::edit))
        .route("/api/changes/{id}/restage", post(changes::restage))
        .route("/api/changes/{id}/rollback", post(changes::rollback))
        .route(
            "/api/changes/{id}/review-glass",
            post(changes::review_glass),
        )
        .route("/api/changes/{id}/approve", post(changes::approve))
        .route("/api/changes/{id}/apply", post(changes::apply))
        .route("/api/changes/{id}/withdraw", post(changes::withdraw))
        .route(
            "/api/changes/{id}/test",
            get(staging_tests::show).post(staging_tests::begin),
        )
        .route("/api/changes/{id}/test/cancel", post(staging_tests::cancel))
        .route("/api/changes/{id}/test/cases", get(staging_tests::cases))
}

async fn wrong_method(uri: Uri) -> Response {
    let message = format!("{} does not take this method.", uri.path());
    let error = Error::new(ErrorCode::BadRequest, message);
    (StatusCode::METHOD_NOT_ALLOWED, axum::Json(error.body())).into_response()
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = (self.status(), axum::Json(self.body())).into_response();
        response.extensions_mut().insert(self.code);
        if let Some(wait) = self.retry_after_secs {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}
