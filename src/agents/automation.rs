//! What a policy does by itself: the choice, with what it will do in plain words.

use super::state::PolicyForm;
use crate::ui::{Choice, SelectField, SwitchField, TextField};
use leptos::prelude::*;
use review_api::{Automation, AutomationMode, MOST_AUTOMATIC_LINES, Policy};
use review_core::words;

/// The policy's own acts in a line, for the facts.
pub(super) fn in_short(policy: &Policy) -> String {
    let automation = &policy.automation;
    let words = words::automation_mode(automation.mode);
    if automation.mode != AutomationMode::Apply {
        return words.to_owned();
    }
    let approvals = if automation.without_approvals {
        "without approvals"
    } else {
        "once approved"
    };
    format!(
        "{words}: at most {} lines, {approvals}",
        automation.most_lines
    )
}

/// Says what a policy will do by itself, sentence by sentence.
fn what_it_does(automation: Automation) -> Vec<String> {
    let staged = "Each new suggestion for the prompt is staged as a change, and its staging test begins. That takes tokens, \
                  and the tools of an agent that has some really run. Suggestions about memories are left to people: changes of memories cannot be tested yet.";
    match automation.mode {
        AutomationMode::StageAndTest => vec![
            staged.to_owned(),
            "Nothing is applied by itself: people approve and apply.".to_owned(),
        ],
        AutomationMode::Apply => {
            let approvals = if automation.without_approvals {
                "It needs nobody’s approval."
            } else {
                "It waits for the approvals that the policy asks for."
            };
            vec![
                staged.to_owned(),
                format!(
                    "The change is applied only where its test came to its end and is better beyond chance with no case worse, no \
                     finding stands, no instruction is removed or reworded, nobody edited it, the prompt has not moved, and it \
                     changes at most {} lines. {approvals}",
                    automation.most_lines
                ),
                "Else it waits for people, and says every reason why.".to_owned(),
            ]
        }
        AutomationMode::Off | AutomationMode::Unknown => {
            vec!["Nothing happens by itself: people stage, test, approve and apply.".to_owned()]
        }
    }
}

/// The part of the policy's form that is about what it does by itself.
#[component]
pub(super) fn AutomationFields(form: PolicyForm) -> impl IntoView {
    let choices = Signal::stored(
        AutomationMode::ALL
            .into_iter()
            .map(|mode| {
                let label = match mode {
                    AutomationMode::Off | AutomationMode::Unknown => "Nothing",
                    AutomationMode::StageAndTest => "Stage and test new suggestions",
                    AutomationMode::Apply => "Stage, test, and apply what nothing stands against",
                };
                Choice::new(mode.as_str(), label)
            })
            .collect::<Vec<_>>(),
    );
    let applies = Memo::new(move |_| form.automation() == AutomationMode::Apply);
    let sentences = move || {
        let shown = Automation {
            mode: form.automation(),
            most_lines: form.automation_lines().unwrap_or_default(),
            without_approvals: form.automation_without_approvals.get(),
        };
        // A number that is none is said below its field, not here.
        let has_number = form.automation_lines().is_some() || !applies.get();
        has_number
            .then(|| what_it_does(shown))
            .into_iter()
            .flatten()
            .map(|sentence| view! { <p class="field-note">{sentence}</p> })
            .collect_view()
    };
    view! {
        <SelectField
            label="What the policy does by itself"
            name="automation"
            choices
            value=form.automation_mode
            on_choose=Callback::new(move |mode| form.automation_mode.set(mode))
        />
        <Show when=move || applies.get()>
            <TextField
                label="Most lines that it applies by itself"
                name="automation_lines"
                value=form.automation_most_lines
                on_input=Callback::new(move |typed| form.automation_most_lines.set(typed))
                hint=Some(format!("Added and removed together, 1 to {MOST_AUTOMATIC_LINES}."))
                error=Signal::derive(move || form.automation_lines_error())
            />
            <SwitchField
                label="Apply without people’s approvals"
                name="automation_without_approvals"
                on=form.automation_without_approvals
                on_switch=Callback::new(move |on| form.automation_without_approvals.set(on))
            />
        </Show>
        <div data-about="automation-words">{sentences}</div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_applies_by_itself_says_by_whose_yes() {
        let mut policy = Policy::default();
        assert_eq!(in_short(&policy), "nothing by itself");
        policy.automation.mode = AutomationMode::Apply;
        assert_eq!(
            in_short(&policy),
            "stages, tests and applies by itself: at most 20 lines, once approved"
        );
        let waits = what_it_does(policy.automation).join(" ");
        assert!(waits.contains("waits for the approvals"), "{waits}");
        policy.automation.without_approvals = true;
        assert!(in_short(&policy).ends_with("without approvals"));
        let alone = what_it_does(policy.automation).join(" ");
        assert!(alone.contains("nobody’s approval"), "{alone}");
    }
}
