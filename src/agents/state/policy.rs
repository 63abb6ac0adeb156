//! State of the form for an agent's policy: what it takes to change the agent.

use crate::{
    api::{ApiClient, ApiError},
    query::Query,
    toasts::Toasts,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{
    Agent, AgentId, Automation, AutomationMode, ErrorCode, MOST_AUTOMATIC_LINES, PatchAgent,
    Policy, UserName,
};

/// Most approvals that a policy may ask for.
const MOST_APPROVALS: u32 = 10;

/// Most hours after which an approval may lapse: a year.
const MOST_HOURS: u32 = 8_760;

/// The policy as it is being edited; nothing typed is lost when saving fails.
#[derive(Clone, Copy)]
pub(in crate::agents) struct PolicyForm {
    api: StoredValue<ApiClient>,
    id: StoredValue<AgentId>,
    agent: Query<Agent>,
    toasts: Toasts,
    /// Whether the form is open.
    pub(in crate::agents) open: RwSignal<bool>,
    /// Approvals that a change shall need, as typed.
    pub(in crate::agents) approvals: RwSignal<String>,
    /// The people chosen whose approvals count.
    pub(in crate::agents) approvers: RwSignal<Vec<UserName>>,
    /// Login names of others, as typed.
    pub(in crate::agents) others: RwSignal<String>,
    /// Hours after which approvals shall lapse, as typed; empty for never.
    pub(in crate::agents) hours: RwSignal<String>,
    /// Whether a staging test shall be asked for.
    pub(in crate::agents) staging_test: RwSignal<bool>,
    /// What the policy shall do by itself, as a word for programs.
    pub(in crate::agents) automation_mode: RwSignal<String>,
    /// Most lines that it shall apply by itself, as typed.
    pub(in crate::agents) automation_most_lines: RwSignal<String>,
    /// Whether it shall apply without approvals.
    pub(in crate::agents) automation_without_approvals: RwSignal<bool>,
    /// The agent as it was when the form was opened or last taken over.
    began_on: RwSignal<Option<(u64, Policy)>>,
    /// Whether it is being saved.
    pub(in crate::agents) busy: RwSignal<bool>,
    /// Why it was not saved.
    pub(in crate::agents) failure: RwSignal<Option<ApiError>>,
}

impl PolicyForm {
    pub(in crate::agents) fn new(api: &ApiClient, id: &AgentId, agent: Query<Agent>) -> Self {
        Self {
            api: StoredValue::new(api.clone()),
            id: StoredValue::new(id.clone()),
            agent,
            toasts: Toasts::use_context(),
            open: RwSignal::new(false),
            approvals: RwSignal::new(String::new()),
            approvers: RwSignal::new(Vec::new()),
            others: RwSignal::new(String::new()),
            hours: RwSignal::new(String::new()),
            staging_test: RwSignal::new(false),
            automation_mode: RwSignal::new(String::new()),
            automation_most_lines: RwSignal::new(String::new()),
            automation_without_approvals: RwSignal::new(false),
            began_on: RwSignal::new(None),
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
        }
    }

    /// Opens the form with the policy as it is; `known` are the people who can be chosen by name.
    pub(in crate::agents) fn edit(self, known: &[UserName]) {
        let Some(agent) = self.agent.value_untracked() else {
            return;
        };
        let policy = &agent.policy;
        let (chosen, others): (Vec<_>, Vec<_>) = policy
            .approvers
            .iter()
            .cloned()
            .partition(|name| known.contains(name));
        let others: Vec<_> = others.into_iter().map(|name| name.0).collect();
        self.approvals.set(policy.approvals_needed.to_string());
        self.approvers.set(chosen);
        self.others.set(others.join(", "));
        let hours = policy.approvals_lapse_after_hours;
        self.hours
            .set(hours.map(|hours| hours.to_string()).unwrap_or_default());
        self.staging_test.set(policy.staging_test_required);
        let automation = &policy.automation;
        self.automation_mode
            .set(automation.mode.as_str().to_owned());
        self.automation_most_lines
            .set(automation.most_lines.to_string());
        self.automation_without_approvals
            .set(automation.without_approvals);
        self.began_on.set(Some((agent.revision, policy.clone())));
        self.failure.set(None);
        self.open.set(true);
    }

    /// Chooses somebody, or not any more.
    pub(in crate::agents) fn choose(self, name: &UserName, chosen: bool) {
        self.approvers.update(|approvers| {
            approvers.retain(|known| known != name);
            if chosen {
                approvers.push(name.clone());
            }
        });
    }

    /// Returns how many changes wait, whose approvals a new policy makes void.
    pub(in crate::agents) fn open_changes(self) -> u32 {
        let agent = self.agent.value();
        agent.map_or(0, |agent| agent.summary.open_changes)
    }

    /// Says what is wrong with the number of approvals typed.
    pub(in crate::agents) fn approvals_error(self) -> Option<String> {
        let wrong = number(&self.approvals.get(), MOST_APPROVALS).is_none();
        wrong.then(|| format!("Give a number from 1 to {MOST_APPROVALS}."))
    }

    /// Says what is wrong with the hours typed.
    pub(in crate::agents) fn hours_error(self) -> Option<String> {
        let typed = self.hours.get();
        let wrong = !typed.trim().is_empty() && number(&typed, MOST_HOURS).is_none();
        wrong.then(|| {
            "Give hours from 1 to 8,760, or leave it empty: then they never lapse.".to_owned()
        })
    }

    /// Returns what the policy shall do by itself.
    pub(in crate::agents) fn automation(self) -> AutomationMode {
        let chosen = self.automation_mode.get();
        let known = AutomationMode::ALL.into_iter();
        let mut known = known.filter(|mode| mode.as_str() == chosen);
        known.next().unwrap_or_default()
    }

    /// Returns the most lines that it shall apply by itself; nothing where what is typed is no such number.
    pub(in crate::agents) fn automation_lines(self) -> Option<u32> {
        number(&self.automation_most_lines.get(), MOST_AUTOMATIC_LINES)
    }

    /// Says what is wrong with the lines typed.
    pub(in crate::agents) fn automation_lines_error(self) -> Option<String> {
        let matters = self.automation() == AutomationMode::Apply;
        (matters && self.automation_lines().is_none())
            .then(|| format!("Give a number from 1 to {MOST_AUTOMATIC_LINES}."))
    }

    /// Says that fewer people are named than approvals needed.
    pub(in crate::agents) fn too_few_people(self) -> Option<String> {
        let people = named(&self.approvers.get(), &self.others.get()).len();
        let needed = number(&self.approvals.get(), MOST_APPROVALS)? as usize;
        (people > 0 && people < needed).then(|| {
            format!("{people} named and {needed} needed: no change could ever have its approvals.")
        })
    }

    /// Returns the policy that somebody else saved since the form was opened.
    pub(in crate::agents) fn newer(self) -> Option<Policy> {
        let is_refused = self
            .failure
            .with(|failure| failure.as_ref().and_then(ApiError::code) == Some(ErrorCode::Changed));
        let now = self.agent.value()?;
        let began_on = self.began_on.get()?;
        (is_refused && now.revision != began_on.0).then(|| now.policy.clone())
    }

    /// Goes on with what is typed over the policy as it is now.
    pub(in crate::agents) fn save_over(self) {
        if let Some(now) = self.agent.value_untracked() {
            self.began_on.set(Some((now.revision, now.policy.clone())));
            self.save();
        }
    }

    /// Sends what is typed.
    pub(in crate::agents) fn save(self) {
        let Some((body, revision)) = untrack(|| self.body()) else {
            return;
        };
        if self.busy.try_get_untracked() != Some(false) {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        let (api, id) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.patch_agent(&id, &body, revision).await;
            self.busy.try_set(false);
            match answer {
                Ok(agent) => {
                    let version = agent.policy.version;
                    self.toasts.say(format!("Saved policy v{version}."));
                    self.agent.set(agent);
                    self.open.try_set(false);
                }
                Err(error) => {
                    match error.present::<Agent>() {
                        Some(present) => self.agent.set(present),
                        None if error.code() == Some(ErrorCode::Changed) => self.agent.reload(),
                        None => {}
                    }
                    self.failure.try_set(Some(error));
                }
            }
        });
    }

    /// Returns what to send and on which revision, or nothing while something typed is wrong.
    fn body(self) -> Option<(PatchAgent, u64)> {
        if self.approvals_error().is_some()
            || self.hours_error().is_some()
            || self.too_few_people().is_some()
            || self.automation_lines_error().is_some()
        {
            return None;
        }
        let (revision, before) = self.began_on.get()?;
        let wanted = Policy {
            version: before.version,
            approvals_needed: number(&self.approvals.get(), MOST_APPROVALS)?,
            staging_test_required: self.staging_test.get(),
            approvers: named(&self.approvers.get(), &self.others.get()),
            approvals_lapse_after_hours: number(&self.hours.get(), MOST_HOURS),
            automation: Automation {
                mode: self.automation(),
                // A number that does not matter stays as it was.
                most_lines: self
                    .automation_lines()
                    .unwrap_or(before.automation.most_lines),
                without_approvals: self.automation_without_approvals.get(),
            },
        };
        Some((difference(&before, &wanted), revision))
    }
}

/// Returns what has to be sent to get from one policy to another.
fn difference(before: &Policy, wanted: &Policy) -> PatchAgent {
    let hours = wanted.approvals_lapse_after_hours;
    PatchAgent {
        approvals_needed: (before.approvals_needed != wanted.approvals_needed)
            .then_some(wanted.approvals_needed),
        staging_test_required: (before.staging_test_required != wanted.staging_test_required)
            .then_some(wanted.staging_test_required),
        approvers: (before.approvers != wanted.approvers).then(|| wanted.approvers.clone()),
        // 0 means never.
        approvals_lapse_after_hours: (before.approvals_lapse_after_hours != hours)
            .then(|| hours.unwrap_or_default()),
        automation: (before.automation != wanted.automation).then_some(wanted.automation),
        ..PatchAgent::default()
    }
}

fn number(typed: &str, most: u32) -> Option<u32> {
    let number = typed.trim().parse().ok()?;
    (1..=most).contains(&number).then_some(number)
}

/// Returns the people chosen and those typed, each once.
fn named(chosen: &[UserName], typed: &str) -> Vec<UserName> {
    let mut people = chosen.to_vec();
    let names = typed.split([',', ' ', '\n']).map(str::trim);
    for name in names.filter(|name| !name.is_empty()) {
        if !people.iter().any(|known| known.as_str() == name) {
            people.push(name.into());
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_are_a_small_number_and_never_none() {
        let table = [
            ("1", Some(1)),
            (" 10 ", Some(10)),
            ("0", None),
            ("11", None),
            ("", None),
            ("-1", None),
        ];
        for (typed, expected) in table {
            assert_eq!(number(typed, MOST_APPROVALS), expected, "{typed}");
        }
    }

    #[test]
    fn only_what_is_another_is_sent() {
        let before = Policy::default();
        assert_eq!(difference(&before, &before), PatchAgent::default());
        let mut wanted = Policy {
            approvals_lapse_after_hours: Some(24),
            ..Policy::default()
        };
        let sent = difference(&before, &wanted);
        assert_eq!(sent.approvals_lapse_after_hours, Some(24));
        assert_eq!(sent.approvals_needed, None);
        let lapsing = wanted.clone();
        wanted.approvals_lapse_after_hours = None;
        assert_eq!(
            difference(&lapsing, &wanted).approvals_lapse_after_hours,
            Some(0)
        );
    }

    #[test]
    fn people_are_named_once_however_they_are_given() {
        let people = named(&["ann".into()], "bo, ann  cy,,");
        assert_eq!(people, ["ann", "bo", "cy"].map(UserName::from));
    }
}
