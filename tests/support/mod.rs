//! A scripted proxy and a mounted view, for tests that run in a browser.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file takes what it needs"
)]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

pub mod fixtures;
pub mod hostile;

use dream_review::api::{
    ApiClient, ApiError, HttpRequest, HttpResponse, LocalBoxFuture, Method, Transport,
};
use leptos::{
    mount::{UnmountHandle, mount_to},
    prelude::*,
    tachys::view::Mountable,
    wasm_bindgen::JsCast,
    web_sys::HtmlElement,
};
use serde::Serialize;
use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    task::{Poll, Waker},
    time::Duration,
};

/// Answers each method and path as scripted and remembers what was asked.
///
/// Answers of one method and path come in the order they were scripted; the last one stays. A path is
/// given without `/api` and without its query.
#[derive(Clone, Default)]
pub struct ScriptedServer {
    answers: Arc<Mutex<Vec<Scripted>>>,
    asked: Arc<Mutex<Vec<HttpRequest>>>,
    held: Arc<Mutex<Held>>,
}

#[derive(Clone)]
struct Scripted {
    method: Method,
    path: String,
    answer: Result<HttpResponse, ApiError>,
}

#[derive(Default)]
struct Held {
    holding: bool,
    waiting: Vec<Waker>,
}

impl ScriptedServer {
    /// Answers with `status` and `body`.
    pub fn answering(self, method: Method, path: &str, status: u16, body: &impl Serialize) -> Self {
        self.answer(method, path, status, body);
        self
    }

    /// Answers a read with `body`.
    pub fn getting(self, path: &str, body: &impl Serialize) -> Self {
        self.answering(Method::Get, path, 200, body)
    }

    /// Refuses with the proxy's error shape.
    pub fn refusing(
        self,
        method: Method,
        path: &str,
        status: u16,
        code: &str,
        message: &str,
    ) -> Self {
        self.refuse(method, path, status, code, message);
        self
    }

    /// Does not answer.
    pub fn unreachable(self, method: Method, path: &str) -> Self {
        let lost = Err(ApiError::Unreachable("scripted".to_owned()));
        self.push(method, path, lost);
        self
    }

    /// Answers with `status` and `body` from now on, after what was scripted before was used up.
    pub fn answer(&self, method: Method, path: &str, status: u16, body: &impl Serialize) {
        let body = serde_json::to_string(body).unwrap();
        self.push(method, path, Ok(HttpResponse { status, body }));
    }

    /// Refuses from now on, after what was scripted before was used up.
    pub fn refuse(&self, method: Method, path: &str, status: u16, code: &str, message: &str) {
        let body = serde_json::json!({ "error": { "code": code, "message": message } });
        self.answer(method, path, status, &body);
    }

    /// Holds all answers back until [`Self::release`].
    pub fn hold(&self) {
        self.held.lock().unwrap().holding = true;
    }

    /// Lets the answers held back go.
    pub fn release(&self) {
        let mut held = self.held.lock().unwrap();
        held.holding = false;
        for waker in held.waiting.drain(..) {
            waker.wake();
        }
    }

    /// Returns everything that was asked.
    pub fn asked(&self) -> Vec<HttpRequest> {
        self.asked.lock().unwrap().clone()
    }

    /// Returns what was asked of one method and path, without `/api` and query.
    pub fn asked_of(&self, method: Method, path: &str) -> Vec<HttpRequest> {
        let mut asked = self.asked();
        asked.retain(|request| request.method == method && bare(&request.url) == path);
        asked
    }

    /// Returns a client that speaks to this server.
    pub fn client(&self) -> ApiClient {
        ApiClient::new("/api", self.clone())
    }

    fn push(&self, method: Method, path: &str, answer: Result<HttpResponse, ApiError>) {
        self.answers.lock().unwrap().push(Scripted {
            method,
            path: path.to_owned(),
            answer,
        });
    }

    fn next(&self, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
        let mut answers = self.answers.lock().unwrap();
        let fits = |scripted: &Scripted| {
            scripted.method == request.method && scripted.path == bare(&request.url)
        };
        let fitting: Vec<usize> = (0..answers.len())
            .filter(|&index| fits(&answers[index]))
            .collect();
        match fitting.as_slice() {
            // Pages that show comments have none where a test says nothing of them.
            [] if request.method == Method::Get && bare(&request.url) == "/comments" => {
                let body = r#"{"items":[]}"#.to_owned();
                Ok(HttpResponse { status: 200, body })
            }
            [] => Err(ApiError::Unreachable(format!(
                "no answer scripted for {} {}",
                request.method.as_str(),
                request.url
            ))),
            [last] => answers[*last].answer.clone(),
            [first, ..] => answers.remove(*first).answer,
        }
    }
}

fn bare(url: &str) -> &str {
    let path = url.strip_prefix("/api").unwrap_or(url);
    path.split('?').next().unwrap_or_default()
}

impl Transport for ScriptedServer {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<Result<HttpResponse, ApiError>> {
        self.asked.lock().unwrap().push(request.clone());
        let server = self.clone();
        Box::pin(async move {
            poll_fn(|context| {
                let mut held = server.held.lock().unwrap();
                if held.holding {
                    held.waiting.push(context.waker().clone());
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            })
            .await;
            server.next(&request)
        })
    }

    fn fresh_key(&self) -> String {
        format!("key-{}", self.asked.lock().unwrap().len())
    }
}

/// A view in an element of its own; both go when this is dropped.
///
/// A panic on wasm does not unwind: a failed test leaves its view behind.
pub struct Mounted<S: Mountable> {
    root: HtmlElement,
    owner: Owner,
    handle: Option<UnmountHandle<S>>,
}

/// Mounts `view` at the end of the body.
pub fn mounted<V: IntoView>(view: impl FnOnce() -> V + 'static) -> Mounted<V::State> {
    let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&root).unwrap();
    // Questions under way keep what asked them alive, so the end of the view is not left to chance.
    let owner = Owner::new();
    Mounted {
        handle: Some(owner.with(|| mount_to(root.clone(), view))),
        owner,
        root,
    }
}

impl<S: Mountable> Mounted<S> {
    /// Returns the first element that fits `selector`.
    pub fn find(&self, selector: &str) -> Option<HtmlElement> {
        self.root
            .query_selector(selector)
            .unwrap()
            .map(JsCast::unchecked_into)
    }

    /// Returns all elements that fit `selector`, in order.
    pub fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length())
            .map(|index| found.item(index).unwrap().unchecked_into())
            .collect()
    }

    /// Counts the elements that fit `selector`.
    pub fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).unwrap().length()
    }

    /// Returns the text of the first element that fits `selector`; empty where there is none.
    pub fn text(&self, selector: &str) -> String {
        self.find(selector)
            .and_then(|element| element.text_content())
            .unwrap_or_default()
    }

    /// Says whether `text` stands anywhere in the view.
    pub fn shows(&self, text: &str) -> bool {
        self.root.text_content().unwrap_or_default().contains(text)
    }

    /// Presses the first element that fits `selector`.
    pub fn click(&self, selector: &str) {
        self.find(selector)
            .unwrap_or_else(|| panic!("nothing matches {selector}"))
            .click();
    }

    /// Types `text` into the first field that fits `selector`, in place of what it held.
    pub fn type_into(&self, selector: &str, text: &str) {
        let field = self
            .find(selector)
            .unwrap_or_else(|| panic!("nothing matches {selector}"));
        js_sys::Reflect::set(&field, &"value".into(), &text.into()).unwrap();
        dispatch(&field, "input");
    }

    /// Chooses `value` in the first select that fits `selector`.
    pub fn choose(&self, selector: &str, value: &str) {
        let field = self
            .find(selector)
            .unwrap_or_else(|| panic!("nothing matches {selector}"));
        js_sys::Reflect::set(&field, &"value".into(), &value.into()).unwrap();
        dispatch(&field, "change");
    }

    /// Returns what the first field that fits `selector` holds.
    pub fn value(&self, selector: &str) -> String {
        let field = self
            .find(selector)
            .unwrap_or_else(|| panic!("nothing matches {selector}"));
        js_sys::Reflect::get(&field, &"value".into())
            .unwrap()
            .as_string()
            .unwrap()
    }
}

impl<S: Mountable> Drop for Mounted<S> {
    fn drop(&mut self) {
        self.handle.take();
        self.owner.cleanup();
        self.root.remove();
    }
}

fn dispatch(element: &HtmlElement, kind: &str) {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict(kind, &init).unwrap();
    element.dispatch_event(&event).unwrap();
}

/// Presses `key` wherever the keyboard is, with `Ctrl` where the key begins with `Mod+`; says whether a command
/// took it.
pub fn press(key: &str) -> bool {
    let init = web_sys::KeyboardEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_key(key.trim_start_matches("Mod+"));
    init.set_ctrl_key(key.starts_with("Mod+"));
    let event =
        web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    let target = document()
        .active_element()
        .unwrap_or_else(|| document().body().unwrap().unchecked_into());
    !target.dispatch_event(&event).unwrap()
}

/// Waits until `condition` holds, for 800 turns (four seconds and a bit) at most.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..800 {
        if condition() {
            return;
        }
        turn().await;
    }
    let page = document().body().unwrap().inner_text();
    panic!("never happened: {what}; the page says:\n{page}");
}

/// Waits for a real turn of the event loop, so that timers, frames and fetches run too.
pub async fn turn() {
    dream_review::browser::timers::sleep(Duration::from_millis(5)).await;
}

/// Goes to `path` without loading the page anew; call before a view with a router is mounted.
pub fn at(path: &str) {
    let history = window().history().unwrap();
    history
        .replace_state_with_url(&leptos::wasm_bindgen::JsValue::NULL, "", Some(path))
        .unwrap();
}
