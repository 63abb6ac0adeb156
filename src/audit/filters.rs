//! What is looked for in the ledger, and taking the lines found away as a file.

use super::state::{ACTIONS, Audit, time_of, word};
use crate::{
    api::ExportFormat,
    routes::QueryParam,
    ui::{Button, Choice, Notice, SelectField, TextField, TimeField, Tone},
};
use leptos::prelude::*;
use review_api::Timestamp;
use review_core::words;

#[component]
pub(super) fn Filters(audit: Audit) -> impl IntoView {
    let agents = Signal::derive(move || {
        let known = audit.agents.value();
        let known = known.iter().flat_map(|page| &page.items);
        let mut choices = vec![Choice::new("", "All agents")];
        choices.extend(known.map(|agent| Choice::new(agent.id.as_str(), agent.name.as_str())));
        let wanted = audit.agent.get();
        // An agent that is not on the first page of agents can still be what the address asks for.
        if !choices.iter().any(|choice| choice.value == wanted) {
            choices.push(Choice::new(wanted.clone(), wanted));
        }
        choices
    });
    let actions: Vec<_> = [Choice::new("", "Every act")]
        .into_iter()
        .chain(ACTIONS.map(|action| Choice::new(word(action), words::audit_action(action))))
        .collect();
    view! {
        <div class="toolbar audit-filters" role="search" aria-label="Filter the audit">
            <SelectField
                label="Agent"
                name="agent"
                choices=agents
                value=Signal::derive(move || audit.agent.get())
                on_choose=Callback::new(move |chosen| audit.agent.set(chosen))
            />
            <SelectField
                label="Act"
                name="action"
                choices=Signal::stored(actions)
                value=Signal::derive(move || audit.action.get())
                on_choose=Callback::new(move |chosen| audit.action.set(chosen))
            />
            <TextField
                label="Who"
                name="actor"
                value=Signal::derive(move || audit.actor.get())
                on_input=Callback::new(move |typed| audit.actor.set(typed))
            />
            <TimeField
                label="From"
                name="from"
                value=Signal::derive(move || time_of(&audit.from.get()))
                on_choose=Callback::new(move |at| set_time(audit.from, at))
            />
            <TimeField
                label="To"
                name="to"
                value=Signal::derive(move || time_of(&audit.to.get()))
                on_choose=Callback::new(move |at| set_time(audit.to, at))
            />
        </div>
        <Export audit />
    }
}

/// Puts a time into the address, which holds it for everywhere.
fn set_time(param: QueryParam, at: Option<Timestamp>) {
    param.set(at.map(|at| at.to_string()).unwrap_or_default());
}

#[component]
fn Export(audit: Audit) -> impl IntoView {
    let busy = move |format| Signal::derive(move || audit.is_exporting(format));
    let failure = move || audit.export_failure().map(|error| error.to_string());
    let what = move || {
        if audit.is_filtered() {
            "Take the lines found away:"
        } else {
            "Take the whole ledger away:"
        }
    };
    view! {
        <div class="audit-export">
            <span class="section-note">{what}</span>
            <Button
                on_press=Callback::new(move |()| audit.export(ExportFormat::Jsonl))
                busy=busy(ExportFormat::Jsonl)
                action="export-jsonl"
            >
                "JSON lines"
            </Button>
            <Button
                on_press=Callback::new(move |()| audit.export(ExportFormat::Csv))
                busy=busy(ExportFormat::Csv)
                action="export-csv"
            >
                "CSV"
            </Button>
        </div>
        <Show when=move || failure().is_some()>
            <Notice tone=Tone::Bad about="export-failure">
                <span>"No file was saved. " {failure}</span>
            </Notice>
        </Show>
    }
}
