//! The inbox: what waits for the person who asks; what may be doing harm first, then the longest waiting.

use super::{Review, regression};
use crate::error::Result;
use crate::store::{Position, agents, automation, changes, now, suggestions, sync};
use jiff::{SignedDuration, Timestamp};
use review_api::{
    AgentHealth, AgentSummary, Change, ChangeState, Inbox, InboxItem, InboxReason, InboxSubject,
    POLICY_ACTOR, Role, User,
};
use review_core::rules;

/// Most agents whose health is told.
const MOST_HEALTH: u32 = 100;
/// Most acts of policies that are announced.
const MOST_ANNOUNCED: u32 = 20;
/// How long an act of a policy is announced: a week.
const ANNOUNCED_HOURS: i64 = 7 * 24;
/// How far before its time a thing is placed that comes before all others: five centuries.
const BEFORE_ALL: SignedDuration = SignedDuration::from_hours(500 * 8_766);

impl Review {
    /// Returns one page of what waits for `user`, and where the next one begins.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn inbox(
        &self,
        user: &User,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<(Inbox, Option<Position>)> {
        let now = now();
        let mut read = self.store.read().await?;
        let mut waiting: Vec<(Position, InboxItem)> = Vec::new();
        let mut total = 0;
        if user.role >= Role::Reviewer {
            total += suggestions::count_open(&mut read).await?;
            for suggestion in suggestions::waiting(&mut read, after, limit + 1).await? {
                let place = Position::of(suggestion.created_at, suggestion.id.as_str());
                waiting.push((place, decide(suggestion)));
            }
        }
        for change in changes::open(&mut read, now).await? {
            let Some(reason) = reason(user, &change, now) else {
                continue;
            };
            total += 1;
            let place = place(
                reason,
                change.summary.updated_at,
                change.summary.id.as_str(),
            );
            if after.is_none_or(|after| (place.at, &place.id) > (after.at, &after.id)) {
                waiting.push((place, item(change, reason)));
            }
        }
        if user.role >= Role::Reviewer {
            for item in regression::waiting(&mut read, now).await? {
                total += 1;
                let place = place(item.reason, item.since, item.agent_id.as_str());
                if after.is_none_or(|after| (place.at, &place.id) > (after.at, &after.id)) {
                    waiting.push((place, item));
                }
            }
        }
        waiting.sort_by(|(one, _), (other, _)| (one.at, &one.id).cmp(&(other.at, &other.id)));
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = waiting.len() > page;
        waiting.truncate(page);
        let next = waiting
            .last()
            .map(|(place, _)| place.clone())
            .filter(|_| has_more);
        let since = now - SignedDuration::from_hours(ANNOUNCED_HOURS);
        let automatic = automation::acts(&mut read, since, MOST_ANNOUNCED).await?;
        let paused = automation::paused(&mut read).await?;
        let health = agents::list(&mut read, None, None, MOST_HEALTH, now).await?;
        let inbox = Inbox {
            items: waiting.into_iter().map(|(_, item)| item).collect(),
            next_cursor: None,
            total,
            health: health.into_iter().map(to_health).collect(),
            automatic,
            paused,
            freshness: sync::freshness(&mut read).await?,
        };
        Ok((inbox, next))
    }
}

/// Returns where something stands in the order, which is that of time but for what may be doing harm at this moment.
fn place(reason: InboxReason, since: Timestamp, id: &str) -> Position {
    let at = match reason {
        InboxReason::Look | InboxReason::Regressed => {
            since.checked_sub(BEFORE_ALL).unwrap_or(Timestamp::MIN)
        }
        _ => since,
    };
    Position::of(at, id)
}

/// Says why a change waits for `user`, if it does.
fn reason(user: &User, change: &Change, now: Timestamp) -> Option<InboxReason> {
    match change.summary.state {
        ChangeState::Staged => rules::may_approve(user, change, now)
            .ok()
            .map(|()| InboxReason::Approve),
        ChangeState::Approved => rules::may_apply(user, change, now)
            .ok()
            .map(|()| InboxReason::Apply),
        ChangeState::Stale => {
            let staged_by = &change.summary.staged_by;
            // What a policy staged has nobody of its own.
            let is_anyones = staged_by.as_str() == POLICY_ACTOR && user.role >= Role::Reviewer;
            (is_anyones || *staged_by == user.name).then_some(InboxReason::Restage)
        }
        ChangeState::NeedsALook => (user.role >= Role::Approver).then_some(InboxReason::Look),
        ChangeState::Applied => rules::may_review_glass(user, change)
            .ok()
            .map(|()| InboxReason::Review),
        ChangeState::Applying | ChangeState::Withdrawn | ChangeState::Unknown => None,
    }
}

fn decide(suggestion: suggestions::Waiting) -> InboxItem {
    InboxItem {
        subject: InboxSubject::Suggestion { id: suggestion.id },
        reason: if suggestion.takes_back {
            InboxReason::TakeBack
        } else {
            InboxReason::Decide
        },
        title: suggestion.title,
        agent_id: suggestion.agent_id,
        agent_name: suggestion.agent_name,
        size: suggestion.size,
        metric: suggestion.metric,
        rejected_before: suggestion.rejected_before,
        since: suggestion.created_at,
    }
}

fn item(change: Change, reason: InboxReason) -> InboxItem {
    let summary = change.summary;
    InboxItem {
        subject: InboxSubject::Change { id: summary.id },
        reason,
        title: summary.title,
        agent_id: summary.agent_id,
        agent_name: summary.agent_name,
        size: summary.size,
        metric: None,
        rejected_before: false,
        since: summary.updated_at,
    }
}

fn to_health(agent: AgentSummary) -> AgentHealth {
    AgentHealth {
        agent_id: agent.id,
        agent_name: agent.name,
        dreaming_enabled: agent.dreaming.dreaming_enabled,
        last_dream: agent.last_dream,
        next_due_at: agent.next_due_at,
        warnings: agent.warnings,
    }
}
