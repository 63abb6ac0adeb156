//! The OpenAPI document, from the annotations of the handlers and the wire types.

use axum::Json;
use review_api::ErrorBody;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dream Review console API",
        version = "1",
        description = "Where teams decide what their agents may learn. Every answer that is not a \
            success has the shape of ErrorBody. Writes take an Idempotency-Key; writes to what carries \
            an ETag need If-Match: 428 without it, 412 if it moved on.",
    ),
    paths(
        super::session::show,
        super::inbox::show,
        super::automation::show,
        super::automation::pause,
        super::automation::resume,
        super::agents::list,
        super::agents::create,
        super::agents::show,
        super::agents::edit,
        super::agents::drift_seen,
        super::agents::versions,
        super::agents::prompt,
        super::dreams::list,
        super::dreams::show,
        super::dreams::log,
        super::dreams::dream_now,
        super::dreams::runs,
        super::dreams::cancel,
        super::dreams::reflect,
        super::interactions::list,
        super::interactions::labelling,
        super::interactions::show,
        super::interactions::transcript,
        super::feedback::create,
        super::feedback::list,
        super::feedback_files::import,
        super::feedback_files::export,
        super::suggestions::show,
        super::suggestions::reject,
        super::changes::list,
        super::changes::stage,
        super::changes::show,
        super::changes::edit,
        super::changes::restage,
        super::changes::rollback,
        super::changes::review_glass,
        super::changes::approve,
        super::changes::apply,
        super::changes::withdraw,
        super::staging_tests::show,
        super::staging_tests::begin,
        super::staging_tests::cancel,
        super::staging_tests::cases,
        super::comments::list,
        super::comments::create,
        super::comments::show,
        super::comments::edit,
        super::comments::delete,
        super::comments::resolve,
        super::comments::reopen,
        super::memory_stores::list,
        super::memory_stores::memories,
        super::memory_stores::memory,
        super::audit::list,
        super::audit::head,
        super::audit::verify,
        super::audit::export,
        super::feedback::show,
        super::feedback::edit,
        super::feedback::withdraw,
        super::hooks::receive,
        super::hooks::hint,
        super::trends::show,
        super::trends::by_version,
        super::trends::keep,
        super::webhooks::show,
        super::webhooks::secret,
        super::webhooks::test,
        super::webhooks::list,
        super::webhooks::delivery,
        super::webhooks::replay,
        super::health::healthz,
        super::health::readyz,
        show,
    ),
    components(schemas(ErrorBody)),
    modifiers(&Errors),
)]
struct Document;

/// Gives every operation of the API the one shape of errors.
struct Errors;

impl Modify for Errors {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let schema = Ref::from_schema_name("ErrorBody");
        let content = ContentBuilder::new()
            .schema(Some(RefOr::Ref(schema)))
            .build();
        let response = ResponseBuilder::new()
            .description("What went wrong and what to do")
            .content("application/json", content)
            .build();
        for (path, item) in &mut document.paths.paths {
            if !path.starts_with("/api/") {
                continue;
            }
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                let responses = &mut operation.responses.responses;
                responses.insert("default".to_owned(), RefOr::T(response.clone()));
            }
        }
    }
}

/// Returns the OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    // The derive writes an empty licence where the package names none.
    document.info.license = None;
    document
}

/// Shows this document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "openapi",
    responses((status = 200, description = "The OpenAPI document", content_type = "application/json")))]
pub(super) async fn show() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
