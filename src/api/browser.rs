//! Transport over the browser's fetch.

use super::{ApiError, HttpRequest, HttpResponse, LocalBoxFuture, Method, Transport};
use crate::{
    browser::{random, timers::Timer},
    routes,
};
use gloo_net::http::{Request, Response};
use std::{cell::Cell, rc::Rc, time::Duration};
use web_sys::AbortController;

/// How long an answer may take. Applying waits for the platform, hence so long.
const DEADLINE: Duration = Duration::from_secs(45);

/// Requests by the browser's `fetch`.
#[derive(Debug, Clone, Copy, Default)]
pub struct BrowserTransport;

impl Transport for BrowserTransport {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<Result<HttpResponse, ApiError>> {
        Box::pin(async move {
            let abort = Abort::after(DEADLINE);
            let result = fetched(request, &abort).await;
            abort.settle();
            match result {
                Err(ApiError::Unreachable(_)) if abort.timed_out.get() => Err(ApiError::TimedOut),
                result => result,
            }
        })
    }

    fn fresh_key(&self) -> String {
        random::key()
    }
}

async fn fetched(request: HttpRequest, abort: &Abort) -> Result<HttpResponse, ApiError> {
    let builder = match request.method {
        Method::Get => Request::get(&request.url),
        Method::Post => Request::post(&request.url),
        Method::Patch => Request::patch(&request.url),
        Method::Delete => Request::delete(&request.url),
    };
    let names_its_kind = request.header("content-type").is_some();
    let signal = abort.controller.as_ref().map(AbortController::signal);
    let builder = builder
        .abort_signal(signal.as_ref())
        .header("accept", "application/json");
    let builder = request
        .headers
        .iter()
        .fold(builder, |builder, (name, value)| {
            builder.header(name, value)
        });
    let built = match request.body {
        None => builder.build(),
        Some(body) if names_its_kind => builder.body(body),
        Some(body) => builder
            .header("content-type", "application/json")
            .body(body),
    };
    let response = built
        .map_err(unreachable)?
        .send()
        .await
        .map_err(unreachable)?;
    answer(response).await
}

async fn answer(response: Response) -> Result<HttpResponse, ApiError> {
    let status = response.status();
    let body = response.text().await.map_err(unreachable)?;
    Ok(HttpResponse { status, body })
}

fn unreachable(error: gloo_net::Error) -> ApiError {
    ApiError::Unreachable(error.to_string())
}

/// Returns the text of a file beside the page; nothing where there is no such file.
///
/// # Errors
/// With the reason, as the middle of a sentence.
pub async fn beside_the_page(name: &str) -> Result<Option<String>, String> {
    let url = format!("{}/{name}", routes::base());
    let Ok(answer) = Request::get(&url).send().await else {
        return Err("the server that holds this console does not answer".to_owned());
    };
    // Static hosts answer with the console's own page where a file is missing.
    let is_page = answer
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    if answer.status() == 404 || (answer.ok() && is_page) {
        return Ok(None);
    }
    if !answer.ok() {
        return Err(format!(
            "its server answered with status {}",
            answer.status()
        ));
    }
    let text = answer.text().await.map_err(|error| error.to_string())?;
    Ok(Some(text))
}

/// Stops the request when dropped before it has settled, or when its time is up.
struct Abort {
    controller: Option<AbortController>,
    settled: Cell<bool>,
    timed_out: Rc<Cell<bool>>,
    _deadline: Timer,
}

impl Abort {
    fn after(deadline: Duration) -> Self {
        let controller = AbortController::new().ok();
        let timed_out = Rc::new(Cell::new(false));
        let (stop, late) = (controller.clone(), Rc::clone(&timed_out));
        let deadline = Timer::once(deadline, move || {
            late.set(true);
            if let Some(controller) = &stop {
                controller.abort();
            }
        });
        Self {
            controller,
            settled: Cell::new(false),
            timed_out,
            _deadline: deadline,
        }
    }

    fn settle(&self) {
        self.settled.set(true);
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let (false, Some(controller)) = (self.settled.get(), &self.controller) {
            controller.abort();
        }
    }
}
