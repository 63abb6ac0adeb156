//! The accept loop: like axum's, but able to end a connection without an answer.

use super::guard::NoAnswer;
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Time that open requests get to end after a stop.
const GRACE: Duration = Duration::from_millis(500);

/// Serves until `stop`, then lets open requests end for a moment.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, router.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    let _all_ended = tokio::time::timeout(GRACE * 2, connections.wait()).await;
}

async fn connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    // Answers are small and wanted now.
    let _best_effort = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let request: Request = request.map(axum::body::Body::new);
            let response = router
                .oneshot(request)
                .await
                .unwrap_or_else(|infallible| match infallible {});
            match response.extensions().get::<NoAnswer>() {
                Some(_) => Err("ended without an answer, on demand"),
                None => Ok(response),
            }
        }
    });
    let builder = Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // A client that went away, or a fault on demand: nothing to do about either.
        _ended = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ended = tokio::time::timeout(GRACE, connection).await;
        }
    }
}
