//! An agent's dreaming settings: how they are, and the form that changes them.

use super::state::{PlanForm, SettingsForm};
use crate::{
    browser::clock::Clock,
    routes::Route,
    session::Session,
    ui::{Button, ButtonKind, Choice, Dialog, Notice, SelectField, SwitchField, TextField, Tone},
};
use leptos::prelude::*;
use review_api::{Agent, DreamingFrequency};
use review_core::{prices, rules, words};
use std::sync::Arc;

/// The settings as they are, and the way to change them.
#[component]
pub(super) fn SettingsFacts(
    /// The agent.
    agent: Signal<Arc<Agent>>,
    /// The form that changes them.
    form: SettingsForm,
) -> impl IntoView {
    let clock = Clock::use_context();
    let session = Session::use_context();
    let refusal = Signal::derive(move || {
        let verdict = rules::may_edit_settings(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let dreams = move || agent.with(|agent| words::schedule(&agent.summary.dreaming));
    let fewest = move || match agent.with(|agent| agent.summary.dreaming.plan.fewest_interactions) {
        1 => "with 1 new interaction or more".to_owned(),
        fewest => format!("with {fewest} new interactions or more"),
    };
    let limit = move || {
        agent.with(|agent| {
            let plan = &agent.summary.dreaming.plan;
            let tokens = plan
                .monthly_tokens
                .map(|most| format!("{} tokens", words::grouped(most)));
            let cost = plan
                .monthly_cost
                .as_ref()
                .map(|most| prices::money(most.micros, &most.currency));
            let limits: Vec<String> = tokens.into_iter().chain(cost).collect();
            if limits.is_empty() {
                "none".to_owned()
            } else {
                format!("{} a month", limits.join(" and "))
            }
        })
    };
    let next = move || {
        let due = agent.with(|agent| agent.summary.next_due_at);
        words::next_due(due, clock.get()).unwrap_or_else(|| "not planned".to_owned())
    };
    let deliveries = agent.with_untracked(|agent| {
        let id = agent.summary.id.clone();
        Route::AgentWebhook { id }.href()
    });
    let reflection = move || {
        agent.with(|agent| {
            let plan = &agent.summary.dreaming.plan;
            match (plan.reflects, &plan.reflection_model) {
                (false, _) => "off".to_owned(),
                (true, Some(model)) => format!("by {model}"),
                (true, None) => "by the agent’s own model".to_owned(),
            }
        })
    };
    let webhook = move || {
        let webhook = agent.with(|agent| agent.summary.dreaming.feedback_webhook.clone());
        webhook.unwrap_or_else(|| "none".to_owned())
    };
    view! {
        <section class="page-section" aria-labelledby="settings-title" data-about="settings">
            <div class="section-head">
                <h2 id="settings-title">"Dreaming"</h2>
            </div>
            <dl class="facts">
                <dt>"Dreams"</dt>
                <dd data-fact="dreams">{dreams}</dd>
                <dt>"Next"</dt>
                <dd>{next}</dd>
                <dt>"Worth it"</dt>
                <dd data-fact="fewest">{fewest}</dd>
                <dt>"Limit"</dt>
                <dd data-fact="limit">{limit}</dd>
                <dt>"Reflection"</dt>
                <dd data-fact="reflection">{reflection}</dd>
                <dt>"Webhook"</dt>
                <dd data-fact="webhook">{webhook}</dd>
            </dl>
            <p>
                <a href=deliveries data-action="open-webhook">
                    "Deliveries and secret"
                </a>
            </p>
            <div class="agent-edit">
                <Button on_press=Callback::new(move |()| form.edit()) refusal action="edit-settings">
                    "Edit settings"
                </Button>
            </div>
        </section>
    }
}

/// The form that changes the settings.
#[component]
pub(super) fn SettingsDialog(
    /// Its state.
    form: SettingsForm,
) -> impl IntoView {
    view! {
        <Dialog open=form.open title="Dreaming settings">
            <SettingsFields form />
        </Dialog>
    }
}

#[component]
fn SettingsFields(form: SettingsForm) -> impl IntoView {
    let failure = move || form.failure.get().map(|error| error.to_string());
    view! {
        <form
            class="form"
            data-form="settings"
            on:submit=move |event| {
                event.prevent_default();
                form.save();
            }
        >
            <SwitchField
                label="Dreams"
                name="dreaming_enabled"
                on=form.enabled
                on_switch=Callback::new(move |on| form.enabled.set(on))
            />
            <FrequencyField frequency=form.frequency />
            <PlanFields plan=form.plan frequency=form.frequency />
            <TextField
                label="Feedback webhook"
                name="feedback_webhook"
                value=form.webhook
                on_input=Callback::new(move |typed| form.webhook.set(typed))
                hint=Some("Each report is posted there. Leave it empty for none.".to_owned())
                error=Signal::derive(move || form.webhook_error())
            />
            <Show when=move || form.failure.with(Option::is_some)>
                <Notice tone=Tone::Bad about="settings-failure">
                    <span>"Not saved; what you typed is still here. " {failure}</span>
                    <Show when=move || form.is_outdated()>
                        <Button
                            on_press=Callback::new(move |()| form.save_over())
                            action="save-over"
                        >
                            "Save over the newer settings"
                        </Button>
                    </Show>
                </Notice>
            </Show>
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| form.open.set(false)) action="cancel">
                    "Close without saving"
                </Button>
                <Button
                    kind=ButtonKind::Primary
                    on_press=Callback::new(move |()| form.save())
                    busy=form.busy
                    action="save-settings"
                >
                    "Save settings"
                </Button>
            </div>
        </form>
    }
}

/// When, over how much and at what cost to dream.
#[component]
fn PlanFields(plan: PlanForm, frequency: RwSignal<DreamingFrequency>) -> impl IntoView {
    let hours = (0..24)
        .map(|hour| Choice::new(hour.to_string(), format!("{hour:02}:00")))
        .collect::<Vec<_>>();
    let days = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let days = days
        .into_iter()
        .zip(1..)
        .map(|(name, day)| Choice::new(day.to_string(), name))
        .collect::<Vec<_>>();
    let (hours, days) = (Signal::stored(hours), Signal::stored(days));
    let of_a_day = move || frequency.get() != DreamingFrequency::Hourly;
    let of_a_week = move || frequency.get() == DreamingFrequency::Weekly;
    view! {
        <Show when=of_a_week>
            <SelectField
                label="Day"
                name="weekday"
                choices=days
                value=plan.weekday
                on_choose=Callback::new(move |day| plan.weekday.set(day))
            />
        </Show>
        <Show when=of_a_day>
            <SelectField
                label="Hour"
                name="hour"
                choices=hours
                value=plan.hour
                on_choose=Callback::new(move |hour| plan.hour.set(hour))
            />
            <TextField
                label="Time zone"
                name="time_zone"
                value=plan.time_zone
                on_input=Callback::new(move |typed| plan.time_zone.set(typed))
                hint=Some("By its name, such as UTC or Europe/Berlin.".to_owned())
            />
        </Show>
        <TextField
            label="Fewest new interactions"
            name="fewest_interactions"
            value=plan.fewest
            on_input=Callback::new(move |typed| plan.fewest.set(typed))
            hint=Some("With fewer since the last dream, the slot is passed over.".to_owned())
            error=Signal::derive(move || plan.fewest_error())
        />
        <TextField
            label="Most tokens a month"
            name="monthly_tokens"
            value=plan.monthly_tokens
            on_input=Callback::new(move |typed| plan.monthly_tokens.set(typed))
            hint=Some("Dreams, reflections and tests that the policy begins count. Once they are used up, none begins until the next month. Leave it empty for no limit.".to_owned())
            error=Signal::derive(move || plan.monthly_tokens_error())
        />
        <Show when=move || plan.currency.with(|it| !it.is_empty())>
            <TextField
                label="Most money a month"
                name="monthly_cost"
                value=plan.monthly_cost
                on_input=Callback::new(move |typed| plan.monthly_cost.set(typed))
                hint=Some(
                    format!(
                        "In {}, at the prices that the review server was given. Where both limits are set, both hold.",
                        plan.currency.get_untracked(),
                    ),
                )
                error=Signal::derive(move || plan.monthly_cost_error())
            />
        </Show>
        <SwitchField
            label="Has a model reflect on each dream and propose edits of the prompt"
            name="reflects"
            on=plan.reflects
            on_switch=Callback::new(move |on| plan.reflects.set(on))
        />
        <Show when=move || plan.reflects.get()>
            <TextField
                label="Model that reflects"
                name="reflection_model"
                value=plan.reflection_model
                on_input=Callback::new(move |typed| plan.reflection_model.set(typed))
                hint=Some(
                    "Leave it empty for the agent’s own. Each reflection reads the prompt, ratings and what went wrong, and counts into the month’s tokens."
                        .to_owned(),
                )
            />
        </Show>
    }
}

/// How often to dream.
#[component]
pub(super) fn FrequencyField(
    /// What is chosen.
    frequency: RwSignal<DreamingFrequency>,
) -> impl IntoView {
    let choices = DreamingFrequency::ALL
        .map(|frequency| Choice::new(frequency.as_str(), frequency.as_str()))
        .to_vec();
    view! {
        <SelectField
            label="How often"
            name="dreaming_frequency"
            choices=Signal::stored(choices)
            value=Signal::derive(move || frequency.get().as_str().to_owned())
            on_choose=Callback::new(move |chosen: String| {
                let all = DreamingFrequency::ALL;
                if let Some(found) = all.into_iter().find(|known| known.as_str() == chosen) {
                    frequency.set(found);
                }
            })
            hint=Some(
                "Daily suits most agents; hourly only pays with many interactions an hour.".to_owned(),
            )
        />
    }
}
