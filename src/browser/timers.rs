//! Things that happen later, and end with whoever asked for them.

use leptos::prelude::*;
use std::{cell::Cell, future::poll_fn, mem::replace, rc::Rc, task::Poll, time::Duration};

/// How long to wait for quiet where the browser does not tell.
const UNTOLD_IDLE: Duration = Duration::from_millis(200);

/// Something that will happen, unless this is dropped before.
#[derive(Debug)]
pub struct Timer(Option<TimeoutHandle>);

impl Timer {
    /// Calls `run` once, after `delay`.
    pub fn once(delay: Duration, run: impl FnOnce() + 'static) -> Self {
        Self(set_timeout_with_handle(run, delay).ok())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.clear();
        }
    }
}

/// Calls `run` every `period` until the owner that asked is gone.
pub fn every(period: Duration, run: impl Fn() + 'static) {
    if let Ok(handle) = set_interval_with_handle(run, period) {
        on_cleanup(move || handle.clear());
    }
}

/// Calls `run` every `period` while somebody can see the tab, until the owner that asked is gone.
pub fn every_while_visible(period: Duration, run: impl Fn() + 'static) {
    every(period, move || {
        if super::media::is_visible() {
            run();
        }
    });
}

/// Waits.
pub async fn sleep(delay: Duration) {
    let mut armed = false;
    poll_fn(move |context| {
        if replace(&mut armed, true) {
            return Poll::Ready(());
        }
        let waker = context.waker().clone();
        set_timeout(move || waker.wake(), delay);
        Poll::Pending
    })
    .await;
}

/// Calls `run` when the browser has nothing else to do; soon, where it does not say when that is (Safari).
pub fn when_idle(run: impl FnOnce() + 'static) {
    let run = Cell::new(Some(run));
    let run = Rc::new(move || {
        if let Some(run) = run.take() {
            run();
        }
    });
    let asked = {
        let run = Rc::clone(&run);
        leptos::leptos_dom::helpers::request_idle_callback_with_handle(move || run())
    };
    if asked.is_err() {
        set_timeout(move || run(), UNTOLD_IDLE);
    }
}
