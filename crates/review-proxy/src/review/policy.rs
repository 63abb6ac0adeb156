//! The policy of an agent: checked, edited, and handed on to the changes that wait.

use super::changes::{existing, rewrite};
use crate::error::{Error, Result};
use crate::store::settings::Settings;
use crate::store::{Conn, changes};
use jiff::Timestamp;
use review_api::{
    AgentId, AuditAction, Automation, AutomationMode, MOST_AUTOMATIC_LINES, PatchAgent, Policy,
    Role, User,
};
use serde_json::json;

/// Most approvals that a policy may ask for.
const MOST_APPROVALS: u32 = 10;
/// Most people whom a policy may name.
const MOST_APPROVERS: usize = 100;
/// Longest time for which an approval may count: a year.
const LONGEST_LAPSE_HOURS: u32 = 8_760;

/// Returns the policy after an edit; its version counts up if it is another one.
///
/// `known` is everyone who can sign in; empty where that is not known.
///
/// # Errors
/// With the field that is wrong.
pub(super) fn edited(policy: &Policy, edit: &PatchAgent, known: &[User]) -> Result<Policy> {
    let mut after = policy.clone();
    if let Some(needed) = edit.approvals_needed {
        if !(1..=MOST_APPROVALS).contains(&needed) {
            let message = format!("Ask for 1 to {MOST_APPROVALS} approvals.");
            return Err(Error::field("approvals_needed", message));
        }
        after.approvals_needed = needed;
    }
    if let Some(required) = edit.staging_test_required {
        after.staging_test_required = required;
    }
    if let Some(approvers) = &edit.approvers {
        after.approvers.clone_from(approvers);
        check_approvers(&after, known)?;
    }
    if let Some(hours) = edit.approvals_lapse_after_hours {
        if hours > LONGEST_LAPSE_HOURS {
            let message = format!(
                "Let approvals lapse after 1 to {LONGEST_LAPSE_HOURS} hours, or after 0 for never."
            );
            return Err(Error::field("approvals_lapse_after_hours", message));
        }
        after.approvals_lapse_after_hours = (hours > 0).then_some(hours);
    }
    if let Some(automation) = edit.automation {
        check_automation(automation)?;
        after.automation = automation;
    }
    if !after.approvers.is_empty() && after.approvers.len() < after.approvals_needed as usize {
        let message = format!(
            "{} approvals cannot come from {} people: name more of them, or ask for fewer.",
            after.approvals_needed,
            after.approvers.len()
        );
        let field = if edit.approvers.is_some() {
            "approvers"
        } else {
            "approvals_needed"
        };
        return Err(Error::field(field, message));
    }
    if after != *policy {
        after.version += 1;
    }
    Ok(after)
}

fn check_automation(automation: Automation) -> Result<()> {
    if automation.mode == AutomationMode::Unknown {
        let known = AutomationMode::ALL.map(AutomationMode::as_str).join(", ");
        let message = format!("There is no such mode of automation; the modes are {known}.");
        return Err(Error::field("automation", message));
    }
    if !(1..=MOST_AUTOMATIC_LINES).contains(&automation.most_lines) {
        let message = format!(
            "Let the policy apply at most 1 to {MOST_AUTOMATIC_LINES} lines by itself (most_lines)."
        );
        return Err(Error::field("automation", message));
    }
    Ok(())
}

/// Returns since when a policy acts by itself: suggestions that came before it was switched on are left to people.
pub(super) fn automatic_since(
    before: &Settings,
    after: &Policy,
    now: Timestamp,
) -> Option<Timestamp> {
    if !after.automation.mode.is_on() {
        return None;
    }
    before.automation_since.or(Some(now))
}

fn check_approvers(policy: &Policy, known: &[User]) -> Result<()> {
    let refused = |message: String| Err(Error::field("approvers", message));
    let approvers = &policy.approvers;
    if approvers.len() > MOST_APPROVERS {
        return refused(format!("Name at most {MOST_APPROVERS} approvers."));
    }
    for (place, name) in approvers.iter().enumerate() {
        if approvers.iter().take(place).any(|other| other == name) {
            return refused(format!("{:?} is named twice.", name.as_str()));
        }
        if known.is_empty() {
            continue;
        }
        match known.iter().find(|user| user.name == *name) {
            None => {
                let name: String = name.as_str().chars().take(80).collect();
                return refused(format!("There is no user {name:?}."));
            }
            Some(user) if user.role < Role::Approver => {
                return refused(format!(
                    "{} is signed up as {}, and only an approver or an admin may approve.",
                    name,
                    user.role.as_str()
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Gives waiting changes the policy that holds now; its version is part of their digest, so their
/// approvals are void.
pub(super) async fn hand_on(
    conn: &mut Conn,
    actor: &str,
    id: &AgentId,
    policy: &Policy,
    at: Timestamp,
) -> Result<()> {
    for change_id in changes::waiting_of(conn, id).await? {
        let change = existing(conn, &change_id).await?;
        let mut after = change.clone();
        after.policy = policy.clone();
        let detail = json!({ "policy_before": change.policy, "policy": policy });
        let by = (actor, AuditAction::PolicyChanged);
        rewrite(conn, &change, after, by, detail, at).await?;
    }
    Ok(())
}
