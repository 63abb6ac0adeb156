//! The four faces of what is loaded: loading, failed, empty, full.

use super::{Button, Notice, Tone};
use crate::{api::ApiError, query::Query};
use leptos::prelude::*;
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Loading,
    Failed,
    Full,
}

/// Shows a skeleton, then either the content or the reason that there is none, with a retry.
///
/// The content is made once and stays through reloads; it reads what changes from its signal.
#[component]
pub fn Faces<T, V>(
    /// What is loaded.
    query: Query<T>,
    /// What is loaded, as it stands in "Loading the agent": `the agent`.
    what: &'static str,
    /// What stands in its place until then, of the size of what comes.
    #[prop(into)]
    skeleton: ViewFn,
    /// The content, from the last good answer.
    children: impl Fn(Signal<Arc<T>>) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    T: PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let face = Memo::new(move |_| match query.get() {
        None => Face::Loading,
        Some(Err(_)) => Face::Failed,
        Some(Ok(_)) => Face::Full,
    });
    move || {
        match face.get() {
        Face::Loading => view! {
            <div class="loading" data-face="loading" aria-busy="true">
                <p class="loading-words" role="status">{format!("Loading {what}")}</p>
                {skeleton.run()}
            </div>
        }
        .into_any(),
        Face::Failed => view! { <LoadFailed what error=Signal::derive(move || query.get().and_then(Result::err)) on_retry=Callback::new(move |()| query.reload()) /> }
            .into_any(),
        Face::Full => match query.value_untracked() {
            None => ().into_any(),
            Some(first) => {
                let value = Memo::new(move |old: Option<&Arc<T>>| {
                    query
                        .value()
                        .or_else(|| old.cloned())
                        .unwrap_or_else(|| Arc::clone(&first))
                });
                view! {
                    <ReloadFailed query />
                    {children(value.into())}
                }
                .into_any()
            }
        },
    }
    }
}

/// Says why something could not be loaded and offers what may help.
#[component]
pub fn LoadFailed(
    /// What could not be loaded: `the agent`.
    what: &'static str,
    /// Why.
    #[prop(into)]
    error: Signal<Option<ApiError>>,
    /// Called to try again.
    on_retry: Callback<()>,
) -> impl IntoView {
    let retryable =
        move || error.with(|error| error.as_ref().is_none_or(ApiError::is_worth_a_retry));
    let gone = move || error.with(|error| error.as_ref().is_some_and(ApiError::is_not_found));
    view! {
        <div class="load-failed" data-face="failed" role="alert">
            <p class="empty-title">
                {move || {
                    if gone() { format!("Did not find {what}") } else { format!("Could not load {what}") }
                }}
            </p>
            <p class="empty-text">{move || error.get().map(|error| error.to_string())}</p>
            <Show when=retryable>
                <Button on_press=on_retry action="retry">
                    "Try again"
                </Button>
            </Show>
        </div>
    }
}

/// Says that what is shown may be old, over what is shown.
#[component]
pub fn ReloadFailed<T: PartialEq + Send + Sync + 'static>(
    /// What was loaded before and could not be loaded again.
    query: Query<T>,
) -> impl IntoView {
    let failure = Memo::new(move |_| query.reload_failure().map(|error| error.to_string()));
    view! {
        <Show when=move || failure.with(Option::is_some)>
            <Notice tone=Tone::Finding about="reload">
                <span>"This may be out of date. " {move || failure.get()}</span>
                <Button on_press=Callback::new(move |()| query.reload()) action="reload">
                    "Load again"
                </Button>
            </Notice>
        </Show>
    }
}
