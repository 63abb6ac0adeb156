//! Which interactions wait in the workbench; all of it lies in the address.

use super::state::Labelling;
use crate::{
    api::InteractionFilter,
    browser::timers::Timer,
    keyboard::{Command, Keyboard},
    routes::QueryParam,
    ui::{Choice, SelectField, TextField, TimeField},
};
use leptos::prelude::*;
use review_api::Timestamp;
use std::time::Duration;

/// How long typing has to pause before the search is asked.
const TYPING_PAUSE: Duration = Duration::from_millis(200);

/// The parameters of the address.
#[derive(Clone, Copy)]
pub(super) struct Address {
    words: QueryParam,
    errors: QueryParam,
    from: QueryParam,
    to: QueryParam,
}

impl Address {
    /// Reads the address.
    pub(super) fn read() -> Self {
        Self {
            words: QueryParam::new("q"),
            errors: QueryParam::new("errors"),
            from: QueryParam::new("from"),
            to: QueryParam::new("to"),
        }
    }

    /// Returns what it asks for.
    pub(super) fn filter(self) -> InteractionFilter {
        untrack(|| InteractionFilter {
            rated: Some(false),
            q: self.words.get(),
            has_error: has_error(&self.errors.get()),
            from: self.from.get().parse().ok(),
            to: self.to.get().parse().ok(),
        })
    }
}

fn has_error(word: &str) -> Option<bool> {
    match word {
        "with" => Some(true),
        "without" => Some(false),
        _ => None,
    }
}

/// Words, errors and time.
#[component]
pub(super) fn Filters(labelling: Labelling, address: Address) -> impl IntoView {
    Keyboard::use_context().add(Command::new("Find an interaction", Some("/"), || {
        crate::browser::focus::first("[name=find]");
    }));
    let typing = StoredValue::new_local(None::<Timer>);
    let find = Callback::new(move |text: String| {
        address.words.set(text.clone());
        let pause = Timer::once(TYPING_PAUSE, move || {
            labelling.show(|filter| filter.q = text);
        });
        typing.set_value(Some(pause));
    });
    let choose = Callback::new(move |word: String| {
        labelling.show(|filter| filter.has_error = has_error(&word));
        address.errors.set(word);
    });
    let errors = vec![
        Choice::new("", "With or without"),
        Choice::new("with", "With an error"),
        Choice::new("without", "Without errors"),
    ];
    let time = |param: QueryParam| Signal::derive(move || param.get().parse::<Timestamp>().ok());
    let word = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    view! {
        <div class="toolbar labelling-filters" role="search" aria-label="Interactions that wait">
            <TextField
                label="Find by title"
                name="find"
                value=Signal::derive(move || address.words.get())
                on_input=find
            />
            <SelectField
                label="Errors"
                name="errors"
                choices=Signal::stored(errors)
                value=Signal::derive(move || address.errors.get())
                on_choose=choose
            />
            <TimeField
                label="Began from"
                name="from"
                value=time(address.from)
                on_choose=Callback::new(move |at| {
                    address.from.set(word(at));
                    labelling.show(|filter| filter.from = at);
                })
            />
            <TimeField
                label="Began before"
                name="to"
                value=time(address.to)
                on_choose=Callback::new(move |at| {
                    address.to.set(word(at));
                    labelling.show(|filter| filter.to = at);
                })
            />
        </div>
    }
}
