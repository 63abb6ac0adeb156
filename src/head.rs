//! What the bar and the window say about the page that is open.

use crate::routes::Route;
use leptos::prelude::*;

/// One step of the way to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// Its words.
    pub label: String,
    /// Its place.
    pub route: Route,
}

impl Crumb {
    /// Creates a step.
    pub fn new(label: impl Into<String>, route: Route) -> Self {
        Self {
            label: label.into(),
            route,
        }
    }
}

/// What the bar and the window say about the page that is open.
#[derive(Debug, Clone, Copy)]
pub struct Head(RwSignal<Option<Open>>);

#[derive(Debug, Clone, Copy)]
struct Open {
    number: u32,
    title: Signal<String>,
    crumbs: Signal<Vec<Crumb>>,
}

impl Head {
    /// Creates the head. Call once, in the shell.
    pub fn provide() -> Self {
        let head = Self(RwSignal::new(None));
        provide_context(head);
        head
    }

    /// Returns the title of the open page.
    pub fn title(self) -> Option<String> {
        self.0.get()?.title.try_get()
    }

    /// Returns the way to the open page.
    pub fn crumbs(self) -> Vec<Crumb> {
        let open = self.0.get();
        open.and_then(|open| open.crumbs.try_get())
            .unwrap_or_default()
    }

    /// Shows `title` and `crumbs` until the owner that asked is gone.
    pub fn show(title: Signal<String>, crumbs: Signal<Vec<Crumb>>) {
        let Some(Self(open)) = use_context() else {
            return;
        };
        let number = open.with_untracked(|open| open.map_or(0, |open| open.number.wrapping_add(1)));
        open.set(Some(Open {
            number,
            title,
            crumbs,
        }));
        on_cleanup(move || {
            open.try_update(|open| {
                if open.is_some_and(|open| open.number == number) {
                    *open = None;
                }
            });
        });
    }
}
