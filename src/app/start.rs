//! Start-up: find the proxy, agree with it on a version, learn who is asking.

use super::shell::Shell;
use crate::{
    api::{ApiClient, BrowserTransport},
    browser::clock::Clock,
    config::Config,
    diff_view, routes,
    session::{self, Session},
    ui::{Button, ButtonKind, SkeletonRows, Toasts, icon::Mark},
};
use leptos::prelude::*;
use leptos_router::components::Router;
use review_api::API_VERSION;

/// The console, with the proxy that `config.json` names.
#[component]
pub fn App() -> impl IntoView {
    let config = LocalResource::new(Config::load);
    diff_view::warm_up(|| ());
    move || match config.get() {
        None => view! { <Starting /> }.into_any(),
        Some(Err(reason)) => view! {
            <StartFailed reason on_retry=Callback::new(move |()| config.refetch()) />
        }
        .into_any(),
        Some(Ok(config)) => {
            let client = ApiClient::new(config.api_root(), BrowserTransport);
            view! { <Console client /> }.into_any()
        }
    }
}

/// The console, speaking through `client`.
#[component]
pub fn Console(
    /// Speaks to the proxy.
    client: ApiClient,
) -> impl IntoView {
    client.clone().provide();
    Clock::provide();
    Toasts::provide();
    let begun = {
        let client = client.clone();
        LocalResource::new(move || {
            let client = client.clone();
            async move {
                match session::begin(&client).await {
                    Ok(facts) if facts.api_version == API_VERSION => Ok(facts),
                    Ok(facts) => Err(format!(
                        "The review server (release {}) speaks version {} of the console API, this console \
                         version {API_VERSION}. Load the page again; if that does not help, bring both to the same release.",
                        facts.proxy_version, facts.api_version,
                    )),
                    Err(error) => Err(error.to_string()),
                }
            }
        })
    };
    move || match begun.get() {
        None => view! { <Starting /> }.into_any(),
        Some(Err(reason)) => view! {
            <StartFailed reason on_retry=Callback::new(move |()| begun.refetch()) />
        }
        .into_any(),
        Some(Ok(facts)) => {
            Session::provide(client.clone(), facts);
            view! {
                <Router base=routes::base()>
                    <Shell />
                </Router>
            }
            .into_any()
        }
    }
}

/// The shape of the console, before it is known who is asking.
#[component]
fn Starting() -> impl IntoView {
    view! {
        <div class="start" data-face="loading" aria-busy="true">
            <div class="bar">
                <span class="brand">
                    <Mark />
                    "Dream Review"
                </span>
            </div>
            <div class="start-body loading">
                <p class="loading-words" role="status">
                    "Looking for the review server"
                </p>
                <SkeletonRows />
            </div>
        </div>
    }
}

/// Why the console cannot start.
#[component]
fn StartFailed(
    /// What is wrong and what to do about it.
    reason: String,
    /// Called to try again.
    on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <main class="start-failed" data-face="failed" role="alert">
            <Mark />
            <h1>"Dream Review cannot start"</h1>
            <p>{reason}</p>
            <Button kind=ButtonKind::Primary on_press=on_retry action="retry">
                "Try again"
            </Button>
        </main>
    }
}
