//! What stays on screen from page to page: bar, rail, and where the page goes.

use super::{
    pages::page,
    palette::{KeySheet, PALETTE_KEYS, Palette},
};
use crate::{
    api::ApiClient,
    browser::{focus, location, media},
    head::Head,
    inbox::Inbox,
    keyboard::{Command, Keyboard},
    routes::{self, Route},
    session::{Session, UserSwitch},
    ui::{
        KeyHint, ToastRegion, Toasts,
        icon::{AgentIcon, AuditIcon, ChangeIcon, InboxIcon, Mark, SettingsIcon},
    },
};
use leptos::prelude::*;
use leptos_router::{
    components::{FlatRoutes, Route as RouteView},
    path,
};

/// The whole window.
#[component]
pub(super) fn Shell() -> impl IntoView {
    let head = Head::provide();
    let keyboard = Keyboard::provide();
    Inbox::provide(ApiClient::use_context());
    routes::provide_params();
    add_commands(keyboard);
    Effect::new(move |_| {
        let title = head.title();
        location::set_title(&title.map_or("Dream Review".to_owned(), |title| {
            format!("{title} · Dream Review")
        }));
    });
    view! {
        <a class="skip" href="#main">
            "Skip to the page"
        </a>
        <div class="shell">
            <Bar head />
            <Rail />
            <main id="main" class="main" tabindex="-1">
                <FlatRoutes fallback=|| ()>
                    <RouteView path=path!("/*any") view=Pages />
                </FlatRoutes>
            </main>
        </div>
        <ToastRegion toasts=Toasts::use_context() />
        <Palette />
        <KeySheet />
    }
}

/// The page of the place that the address names; another user or place makes it anew.
#[component]
fn Pages() -> impl IntoView {
    let route = routes::current();
    let session = Session::use_context();
    let shown = Memo::new(move |_| (route.get(), session.user().name));
    let first = StoredValue::new(true);
    Effect::new(move |_| {
        shown.track();
        if !first.try_get_value().unwrap_or(true) {
            request_animation_frame(|| {
                focus::first("main h1");
            });
        }
        first.try_set_value(false);
    });
    move || page(shown.get().0)
}

#[component]
fn Bar(
    /// What the bar says about the page.
    head: Head,
) -> impl IntoView {
    let keyboard = Keyboard::use_context();
    let crumbs = Memo::new(move |_| head.crumbs());
    let title = Memo::new(move |_| head.title().unwrap_or_default());
    let steps = move || {
        let crumbs = crumbs.get();
        let last = crumbs.len().saturating_sub(1);
        let steps = crumbs.into_iter().enumerate().map(|(index, crumb)| {
            view! {
                <li>
                    <a href=crumb.route.href() data-up=(index == last).then_some("")>
                        {crumb.label}
                    </a>
                </li>
            }
        });
        steps.collect_view()
    };
    let palette_keys = if media::has_command_key() {
        "⌘ K"
    } else {
        "Ctrl K"
    };
    view! {
        <header class="bar">
            <a class="brand" href=Route::Inbox.href() aria-label="Dream Review, to the inbox">
                <Mark />
            </a>
            <nav class="crumbs" aria-label="The way here">
                <ol>
                    {steps} <li aria-current="page">
                        <span>{move || title.get()}</span>
                    </li>
                </ol>
            </nav>
            <button
                type="button"
                class="palette-button"
                data-action="palette"
                on:click=move |_| keyboard.palette_open.set(true)
            >
                <span class="palette-word">"Commands"</span>
                <KeyHint keys=palette_keys />
            </button>
            <UserSwitch />
        </header>
    }
}

#[component]
fn Rail() -> impl IntoView {
    let inbox = Inbox::use_context();
    let waiting = move || inbox.total().filter(|total| *total > 0);
    view! {
        <nav class="rail" aria-label="Places">
            <RailLink route=Route::Inbox label="Inbox">
                <InboxIcon />
                {move || {
                    waiting()
                        .map(|total| {
                            view! {
                                <span class="rail-count" aria-label=format!("{total} waiting")>
                                    {total}
                                </span>
                            }
                        })
                }}
            </RailLink>
            <RailLink route=Route::Agents label="Agents">
                <AgentIcon />
            </RailLink>
            <RailLink route=Route::Changes label="Changes">
                <ChangeIcon />
            </RailLink>
            <RailLink route=Route::Audit label="Audit">
                <AuditIcon />
            </RailLink>
            <RailLink route=Route::Settings label="Settings" at_end=true>
                <SettingsIcon />
            </RailLink>
        </nav>
    }
}

/// The place in the rail under which `route` is found.
fn section(route: &Route) -> Route {
    match route {
        Route::Suggestion { .. } => Route::Inbox,
        Route::Agent { .. }
        | Route::NewAgent
        | Route::AgentInteractions { .. }
        | Route::Labelling { .. }
        | Route::FeedbackFiles { .. }
        | Route::AgentTrends { .. }
        | Route::AgentWebhook { .. }
        | Route::Dream { .. }
        | Route::DreamLog { .. }
        | Route::Interaction { .. } => Route::Agents,
        Route::Change { .. } => Route::Changes,
        place => place.clone(),
    }
}

#[component]
fn RailLink(
    route: Route,
    label: &'static str,
    #[prop(optional)] at_end: bool,
    /// Its picture, and a count where there is one.
    children: Children,
) -> impl IntoView {
    let href = route.href();
    let here = routes::current();
    let current = move || here.with(|here| (section(here) == route).then_some("page"));
    view! {
        <a class=if at_end { "rail-link rail-end" } else { "rail-link" } href=href aria-current=current>
            <span class="rail-word">{label}</span>
            {children()}
        </a>
    }
}

/// Offers what can be done everywhere, the last first: what is offered last is listed first.
fn add_commands(keyboard: Keyboard) {
    keyboard.add(Command::new("Show all keys", Some("?"), move || {
        keyboard.sheet_open.set(true);
    }));
    keyboard.add(Command::new(
        "Find a command",
        Some(PALETTE_KEYS),
        move || {
            keyboard.palette_open.update(|open| *open = !*open);
        },
    ));
    keyboard.add(Command::new("Previous row", Some("k"), || {
        focus::step("main [data-row]", -1);
    }));
    keyboard.add(Command::new("Next row", Some("j"), || {
        focus::step("main [data-row]", 1);
    }));
    keyboard.add(Command::new("Back up", Some("u"), || {
        focus::press("[data-up]");
    }));
    let go = routes::navigator();
    let places = [
        ("Go to the inbox", "g i", Route::Inbox),
        ("Go to the agents", "g a", Route::Agents),
        ("Go to the changes", "g c", Route::Changes),
        ("Go to the audit", "g l", Route::Audit),
        ("Go to the settings", "g s", Route::Settings),
    ];
    for (label, keys, route) in places.into_iter().rev() {
        keyboard.add(Command::new(label, Some(keys), move || {
            go.run(route.clone());
        }));
    }
}
