//! What it takes to change an agent: the policy as it is, and the form that changes it.

use super::{
    automation::{AutomationFields, in_short},
    state::PolicyForm,
};
use crate::{
    session::Session,
    ui::{Button, ButtonKind, Dialog, Notice, SwitchField, TextField, Tone},
};
use leptos::prelude::*;
use review_api::{Agent, Policy, Role, User, UserName};
use review_core::{
    rules,
    words::{grouped, listed},
};
use std::sync::Arc;

/// The policy as it is, and the way to change it.
#[component]
pub(super) fn PolicyFacts(
    /// The agent.
    agent: Signal<Arc<Agent>>,
    /// The form that changes it.
    form: PolicyForm,
) -> impl IntoView {
    let session = Session::use_context();
    let refusal = Signal::derive(move || {
        let verdict = rules::may_edit_settings(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let policy = Memo::new(move |_| agent.with(|agent| agent.policy.clone()));
    let edit = move |()| edit_policy(session, form);
    view! {
        <section class="page-section" aria-labelledby="policy-title" data-about="policy">
            <div class="section-head">
                <h2 id="policy-title">"Policy"</h2>
                <span class="section-note">{move || format!("v{}", policy.with(|policy| policy.version))}</span>
            </div>
            <dl class="facts">
                <dt>"Approvals"</dt>
                <dd data-fact="approvals">{move || policy.with(|it| format!("{} needed", it.approvals_needed))}</dd>
                <dt>"From"</dt>
                <dd data-fact="approvers">{move || policy.with(people)}</dd>
                <dt>"Lapse"</dt>
                <dd data-fact="lapse">{move || policy.with(lapse)}</dd>
                <dt>"Staging test"</dt>
                <dd data-fact="staging-test">
                    {move || if policy.with(|it| it.staging_test_required) { "asked for" } else { "not asked for" }}
                </dd>
                <dt>"Automation"</dt>
                <dd data-fact="automation">{move || policy.with(in_short)}</dd>
            </dl>
            <div class="agent-edit">
                <Button on_press=Callback::new(edit) refusal action="edit-policy">
                    "Edit policy"
                </Button>
            </div>
        </section>
    }
}

fn people(policy: &Policy) -> String {
    let people: Vec<&str> = policy.approvers.iter().map(UserName::as_str).collect();
    if people.is_empty() {
        "anyone whose role may approve".to_owned()
    } else {
        listed(&people)
    }
}

fn lapse(policy: &Policy) -> String {
    match policy.approvals_lapse_after_hours {
        None => "never".to_owned(),
        Some(1) => "after 1 hour".to_owned(),
        Some(hours) => format!("after {} hours", grouped(u64::from(hours))),
    }
}

/// Opens the form with the policy as it is.
pub(super) fn edit_policy(session: Session, form: PolicyForm) {
    let known: Vec<_> = approvers(session)
        .into_iter()
        .map(|user| user.name)
        .collect();
    form.edit(&known);
}

/// Returns the people known here whose role may approve.
fn approvers(session: Session) -> Vec<User> {
    let facts = session.facts();
    let mut known: Vec<User> = facts
        .switchable
        .iter()
        .chain([&facts.user])
        .filter(|user| user.role >= Role::Approver)
        .cloned()
        .collect();
    known.sort_by(|one, other| one.name.cmp(&other.name));
    known.dedup_by(|one, other| one.name == other.name);
    known
}

/// The form that changes the policy.
#[component]
pub(super) fn PolicyDialog(
    /// Its state.
    form: PolicyForm,
) -> impl IntoView {
    view! {
        <Dialog open=form.open title="Policy">
            <Fields form />
        </Dialog>
    }
}

#[component]
fn Fields(form: PolicyForm) -> impl IntoView {
    view! {
        <form
            class="form"
            data-form="policy"
            on:submit=move |event| {
                event.prevent_default();
                form.save();
            }
        >
            <TextField
                label="Approvals that a change needs"
                name="approvals_needed"
                value=form.approvals
                on_input=Callback::new(move |typed| form.approvals.set(typed))
                hint=Some("From people who had no hand in it.".to_owned())
                error=Signal::derive(move || form.approvals_error())
            />
            <Approvers form />
            <TextField
                label="Hours after which an approval lapses"
                name="lapse_hours"
                value=form.hours
                on_input=Callback::new(move |typed| form.hours.set(typed))
                hint=Some("Empty: it never lapses.".to_owned())
                error=Signal::derive(move || form.hours_error())
            />
            <div>
                <SwitchField
                    label="Ask for a staging test"
                    name="staging_test"
                    on=form.staging_test
                    on_switch=Callback::new(move |on| form.staging_test.set(on))
                />
                <p class="field-note">
                    "Approving and applying a change want a passed test of exactly its bytes."
                </p>
            </div>
            <AutomationFields form />
            <Consequence form />
            <Failure form />
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| form.open.set(false)) action="cancel-policy">
                    "Close without saving"
                </Button>
                <Button
                    kind=ButtonKind::Primary
                    on_press=Callback::new(move |()| form.save())
                    busy=form.busy
                    action="save-policy"
                >
                    "Save policy"
                </Button>
            </div>
        </form>
    }
}

#[component]
fn Approvers(form: PolicyForm) -> impl IntoView {
    let known = approvers(Session::use_context());
    let boxes = known
        .into_iter()
        .map(|user| {
            let name = user.name.clone();
            let is_chosen = {
                let name = name.clone();
                move || form.approvers.with(|chosen| chosen.contains(&name))
            };
            view! {
                <label class="switch">
                    <input
                        type="checkbox"
                        name="approver"
                        value=name.0.clone()
                        prop:checked=is_chosen
                        on:change=move |event| form.choose(&name, event_target_checked(&event))
                    />
                    <span>{user.name.0.clone()} " (" {user.role.as_str()} ")"</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field approvers">
            <legend class="field-label">"Whose approvals count"</legend>
            {boxes}
            <TextField
                label="Others, by login name"
                name="other_approvers"
                value=form.others
                on_input=Callback::new(move |typed| form.others.set(typed))
                hint=Some("Parted by commas. Nobody chosen or named: anyone whose role may approve.".to_owned())
                error=Signal::derive(move || form.too_few_people())
            />
        </fieldset>
    }
}

/// What saving does to changes that wait.
#[component]
fn Consequence(form: PolicyForm) -> impl IntoView {
    let words = move || match form.open_changes() {
        0 => "No change waits for this agent, so no approval is void by it.".to_owned(),
        1 => "1 change waits for this agent; its approvals are void once another policy is saved."
            .to_owned(),
        more => format!(
            "{more} changes wait for this agent; their approvals are void once another policy is saved."
        ),
    };
    view! { <p class="field-note" data-about="policy-consequence">{words}</p> }
}

#[component]
fn Failure(form: PolicyForm) -> impl IntoView {
    let failure = move || form.failure.get().map(|error| error.to_string());
    let newer = move || {
        form.newer().map(|policy| {
            format!(
                "Policy v{} by now: {} needed, from {}, lapse {}.",
                policy.version,
                policy.approvals_needed,
                people(&policy),
                lapse(&policy)
            )
        })
    };
    view! {
        <Show when=move || failure().is_some()>
            <Notice tone=Tone::Bad about="policy-failure">
                <div>
                    <p>"Not saved; what you typed is still here. " {failure}</p>
                    <p data-about="policy-newer">{newer}</p>
                </div>
                <Show when=move || newer().is_some()>
                    <Button on_press=Callback::new(move |()| form.save_over()) action="save-policy-over">
                        "Save over the newer policy"
                    </Button>
                </Show>
            </Notice>
        </Show>
    }
}
