//! What a search has found in a diff, and the line where one writes what to find.

use super::state::DiffNav;
use crate::{browser::focus, ui::Button};
use leptos::prelude::*;
use prompt_diff::{Hit, PromptDiff, Side, search};
use std::{collections::HashMap, ops::Range, sync::Arc};

/// More places than this are counted no further.
const MOST_HITS: usize = 5_000;

/// All places of a text, in the order of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    by_row: HashMap<usize, Vec<usize>>,
}

impl Found {
    /// Finds `wanted` in both texts of `diff`; an unchanged line counts once.
    pub(super) fn of(diff: &PromptDiff, wanted: &str) -> Self {
        let hits = search(diff, wanted, MOST_HITS);
        let mut by_row: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, hit) in hits.iter().enumerate() {
            by_row.entry(hit.row).or_default().push(number);
        }
        Self { hits, by_row }
    }

    /// Says whether there may be more places than were counted.
    pub(super) fn is_cut_off(&self) -> bool {
        self.hits.len() == MOST_HITS
    }
}

/// What is to be marked in the lines drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    pub(super) found: Arc<Found>,
    pub(super) current: Option<usize>,
}

impl Marks {
    /// Returns the hits of one side of a row; those of an unchanged row are on both.
    pub(super) fn of(&self, row: usize, side: Side, is_same: bool) -> Vec<(Range<usize>, bool)> {
        let Some(numbers) = self.found.by_row.get(&row) else {
            return Vec::new();
        };
        numbers
            .iter()
            .filter_map(|number| Some((*number, self.found.hits.get(*number)?)))
            .filter(|(_, hit)| is_same || hit.side == side)
            .map(|(number, hit)| (hit.range.clone(), self.current == Some(number)))
            .collect()
    }

    /// Returns a number that changes when the marks of a row do; 0 where there are none.
    pub(super) fn stamp(&self, row: usize, version: u32) -> u32 {
        if self.found.by_row.contains_key(&row) {
            version
        } else {
            0
        }
    }
}

/// The line where one writes what to find.
#[component]
pub(super) fn SearchBar(nav: DiffNav) -> impl IntoView {
    let search = nav.search();
    let words = move || {
        let all = search
            .found()
            .with(|found| (found.hits.len(), found.is_cut_off()));
        match (search.text().is_empty(), all, search.current()) {
            (true, ..) => String::new(),
            (_, (0, _), _) => "Not found".to_owned(),
            (_, (1, _), _) => "1 place".to_owned(),
            (_, (all, more), current) => {
                let all = if more {
                    format!("over {all}")
                } else {
                    all.to_string()
                };
                current.map_or_else(
                    || format!("{all} places"),
                    |at| format!("{} of {all}", at + 1),
                )
            }
        }
    };
    let close = move || {
        search.close();
        focus::first(".diff");
    };
    let pressed = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            nav.step_hit(if event.shift_key() { -1 } else { 1 });
        }
        "Escape" => {
            event.prevent_default();
            close();
        }
        _ => {}
    };
    view! {
        <Show when=move || search.is_open()>
            <div class="diff-search" role="search" aria-label="Find in both texts">
                <input
                    class="field-input"
                    type="search"
                    aria-label="Find in both texts, folded lines too"
                    placeholder="Find in both texts"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=search.text()
                    on:input=move |event| search.set_text(event_target_value(&event))
                    on:keydown=pressed
                />
                <span class="diff-search-count" role="status" data-about="found">
                    {words}
                </span>
                <Button on_press=Callback::new(move |()| nav.step_hit(-1)) action="previous-hit">
                    "Previous"
                </Button>
                <Button on_press=Callback::new(move |()| nav.step_hit(1)) action="next-hit">
                    "Next"
                </Button>
                <Button on_press=Callback::new(move |()| close()) action="close-search">
                    "Close"
                </Button>
            </div>
        </Show>
    }
}
