//! `/v1/sessions/{id}/events/stream`: what happens from now on, as server-sent events.

use super::Shared;
use super::errors::ApiError;
use super::events::kind;
use super::query::Query;
use super::sessions::find;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Time between two pings.
const PING_EVERY: Duration = Duration::from_secs(15);

const PING: Bytes = Bytes::from_static(b"event: ping\ndata: {}\n\n");

pub(super) async fn stream(
    State(platform): State<Shared>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    query.only(&["event_deltas"])?;
    // Listening begins before the answer, so that nothing after the answer is missed.
    let heard = platform.heard.subscribe();
    platform.read(|model| find(model, &id).map(|_| ()))?;
    let mut pings: Interval = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let records = stream::unfold((heard, pings, id), |(mut heard, mut pings, id)| async {
        loop {
            tokio::select! {
                _ = pings.tick() => return Some((Ok::<_, Infallible>(PING), (heard, pings, id))),
                heard_event = heard.recv() => match heard_event {
                    Ok(event) if event.session_id == id => {
                        let event = event.event;
                        let record = format!("event: {}\ndata: {event}\n\n", kind(&event));
                        return Some((Ok(Bytes::from(record)), (heard, pings, id)));
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    });
    // The first ping comes at once, before anything else: it tells the client that the stream is open. No timer
    // decides that, since one that is due now may still be due only in the next millisecond.
    let records = stream::once(async { Ok(PING) }).chain(records);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, Body::from_stream(records)).into_response())
}
