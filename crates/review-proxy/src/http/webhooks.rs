//! `/api/agents/{id}/webhook` and `/api/deliveries`: where reports go out, and what became of each.

use super::App;
use super::changes::Empty;
use super::cursor::Query;
use super::dreams::WantedPage;
use super::extract::{Body, Caller, Created, Id, Params, Seen, Tagged, page_limit};
use super::idempotency::ShownOnce;
use crate::error::{Error, Result};
use crate::store::{Position, outgoing};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use review_api::{
    AgentId, AgentWebhook, Delivery, DeliveryDetail, DeliveryId, ErrorCode, Page, WebhookSecret,
};
use review_core::rules;

/// Shows where an agent's reports are posted and whether anything stands against it.
#[utoipa::path(get, path = "/api/agents/{id}/webhook", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = AgentWebhook)))]
pub(super) async fn show(
    State(app): State<App>,
    Id(id): Id<AgentId>,
) -> Result<Json<AgentWebhook>> {
    app.review.agent(&id).await?;
    Ok(Json(app.dispatcher.webhook(&id).await?))
}

/// Shows the secret that an agent's reports are signed with if nobody has seen it, and makes a new one otherwise;
/// the one before counts for 24 hours. Needs an admin; takes the agent's `If-Match`.
#[utoipa::path(post, path = "/api/agents/{id}/webhook/secret", tag = "webhooks",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = WebhookSecret)))]
pub(super) async fn secret(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<AgentId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Response> {
    rules::may_look_after_webhook(&user)?;
    app.review.agent(&id).await?;
    let secret = app.dispatcher.show_secret(&user, &id, seen).await?;
    let mut response = Json(secret).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    // The same request again must neither make another secret nor find this one kept anywhere.
    let message = "The secret was shown when this was asked for first, and is kept nowhere. Ask for a new one.";
    let again = ShownOnce(Error::new(ErrorCode::Conflict, message));
    response.extensions_mut().insert(again);
    Ok(response)
}

/// Sends something to an agent's webhook, once, to see what becomes of it. Needs an admin; takes the agent's
/// `If-Match`.
#[utoipa::path(post, path = "/api/agents/{id}/webhook/test", tag = "webhooks",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 201, body = Delivery)))]
pub(super) async fn test(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<AgentId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Created<Delivery>> {
    rules::may_look_after_webhook(&user)?;
    app.review.agent(&id).await?;
    let delivery = app.dispatcher.test(&user, &id, seen).await?;
    Ok(Created {
        location: format!("/api/deliveries/{}", delivery.id),
        revision: Some(delivery.revision),
        body: delivery,
    })
}

/// Lists what was posted to an agent's webhook, newest first.
#[utoipa::path(get, path = "/api/agents/{id}/deliveries", tag = "webhooks",
    params(("id" = String, Path), WantedPage),
    responses((status = 200, body = Page<Delivery>)))]
pub(super) async fn list(
    State(app): State<App>,
    Id(id): Id<AgentId>,
    Params(page): Params<WantedPage>,
) -> Result<Json<Page<Delivery>>> {
    let limit = page_limit(page.limit)?;
    let query = Query::of("/api/agents/{id}/deliveries", &id);
    let after: Option<Position> = query.place(page.cursor.as_deref())?;
    app.review.agent(&id).await?;
    let mut read = app.store.read().await?;
    let mut items = outgoing::list(&mut read, &id, after.as_ref(), limit + 1).await?;
    let place = |last: &Delivery| Position::of(last.created_at, last.id.as_str());
    let next_cursor = query.cut(&mut items, limit, place);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: None,
    }))
}

/// Shows a delivery with what was tried.
#[utoipa::path(get, path = "/api/deliveries/{id}", tag = "webhooks", params(("id" = String, Path)),
    responses((status = 200, body = DeliveryDetail)))]
pub(super) async fn delivery(
    State(app): State<App>,
    Id(id): Id<DeliveryId>,
) -> Result<Tagged<DeliveryDetail>> {
    let body = app.dispatcher.delivery(&id).await?;
    Ok(Tagged {
        revision: body.delivery.revision,
        body,
    })
}

/// Has something delivered again, under the same `webhook-id`. Needs an admin; takes `If-Match`.
#[utoipa::path(post, path = "/api/deliveries/{id}/replay", tag = "webhooks",
    params(("id" = String, Path)), request_body = Empty,
    responses((status = 200, body = Delivery)))]
pub(super) async fn replay(
    State(app): State<App>,
    Caller(user): Caller,
    Id(id): Id<DeliveryId>,
    Seen(seen): Seen,
    Body(Empty {}): Body<Empty>,
) -> Result<Tagged<Delivery>> {
    let body = app.dispatcher.deliver_again(&user, &id, seen).await?;
    Ok(Tagged {
        revision: body.revision,
        body,
    })
}
