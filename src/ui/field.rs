//! Fields of a form: a label, what is typed, a hint and what is wrong with it.

use super::unique_id;
use leptos::prelude::*;

/// Frames a field: label above, hint and error below.
#[component]
fn Framed(
    label: &'static str,
    id: String,
    note_id: String,
    #[prop(into)] hint: Signal<Option<String>>,
    #[prop(into)] error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" data-invalid=move || error.with(Option::is_some).to_string()>
            <label class="field-label" for=id>
                {label}
            </label>
            {children()}
            <p class="field-note" id=note_id>
                {move || error.get().or_else(|| hint.get())}
            </p>
        </div>
    }
}

/// One line of text.
#[component]
pub fn TextField(
    /// What it is for.
    label: &'static str,
    /// Name of the input, for tests and for the browser.
    name: &'static str,
    /// What is typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called with every change.
    on_input: Callback<String>,
    /// What to know before typing.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// What is wrong with what is typed.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let (id, note_id) = (unique_id("field"), unique_id("note"));
    let (input_id, described_by) = (id.clone(), note_id.clone());
    view! {
        <Framed label id note_id hint error>
            <input
                class="input"
                type="text"
                autocomplete="off"
                spellcheck="false"
                id=input_id
                name=name
                aria-describedby=described_by
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.get()
                on:input=move |event| on_input.run(event_target_value(&event))
            />
        </Framed>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// What it is for.
    label: &'static str,
    /// Name of the text area, for tests and for the browser.
    name: &'static str,
    /// What is typed.
    #[prop(into)]
    value: Signal<String>,
    /// Called with every change.
    on_input: Callback<String>,
    /// What to know before typing.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
    /// What is wrong with what is typed.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Lines shown at first.
    #[prop(default = 3)]
    rows: u32,
) -> impl IntoView {
    let (id, note_id) = (unique_id("field"), unique_id("note"));
    let (input_id, described_by) = (id.clone(), note_id.clone());
    view! {
        <Framed label id note_id hint error>
            <textarea
                class="input"
                rows=rows
                id=input_id
                name=name
                aria-describedby=described_by
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.get()
                on:input=move |event| on_input.run(event_target_value(&event))
            ></textarea>
        </Framed>
    }
}

/// One of the things that a [`SelectField`] offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen, as a word for programs.
    pub value: String,
    /// The same, for people.
    pub label: String,
}

impl Choice {
    /// Creates a choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// One of several things.
#[component]
pub fn SelectField(
    /// What it is for.
    label: &'static str,
    /// Name of the select, for tests and for the browser.
    name: &'static str,
    /// What is offered.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The value of what is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value chosen.
    on_choose: Callback<String>,
    /// What to know before choosing.
    #[prop(optional, into)]
    hint: Signal<Option<String>>,
) -> impl IntoView {
    let (id, note_id) = (unique_id("field"), unique_id("note"));
    let (input_id, described_by) = (id.clone(), note_id.clone());
    let options = move || {
        let chosen = value.get();
        choices
            .get()
            .into_iter()
            .map(|choice| {
                let selected = choice.value == chosen;
                view! {
                    <option value=choice.value prop:selected=selected>
                        {choice.label}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <Framed label id note_id hint error=Signal::stored(None::<String>)>
            <select
                class="input"
                id=input_id
                name=name
                aria-describedby=described_by
                on:change=move |event| on_choose.run(event_target_value(&event))
            >
                {options}
            </select>
        </Framed>
    }
}

/// On or off.
#[component]
pub fn SwitchField(
    /// What is on or off.
    label: &'static str,
    /// Name of the input, for tests and for the browser.
    name: &'static str,
    /// Whether it is on.
    #[prop(into)]
    on: Signal<bool>,
    /// Called with what it should be.
    on_switch: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <input
                type="checkbox"
                name=name
                prop:checked=move || on.get()
                on:change=move |event| on_switch.run(event_target_checked(&event))
            />
            <span>{label}</span>
        </label>
    }
}
