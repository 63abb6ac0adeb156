//! Versions that do worse than the one before them, as things that wait for whoever may roll them back.

use crate::error::Result;
use crate::store::{Conn, Position, outcomes};
use jiff::Timestamp;
use review_api::{ChangeSize, InboxItem, InboxReason, InboxSubject};
use review_core::regression::{Comparison, RegressionRule, compare};

/// Versions read: the one that an agent has and the one before, and one for a copy that is behind.
const VERSIONS: u32 = 3;

/// Lists agents whose version does worse than the one before it.
pub(super) async fn waiting(conn: &mut Conn, now: Timestamp) -> Result<Vec<(Position, InboxItem)>> {
    let rule = RegressionRule::default();
    let mut waiting = Vec::new();
    for agent in outcomes::agents_measured(conn, 2 * rule.fewest).await? {
        let outcomes = outcomes::of(conn, &agent.id, agent.version, VERSIONS).await?;
        let Some(found) = compare(&outcomes, rule).filter(Comparison::is_regression) else {
            continue;
        };
        let made_at = outcomes.versions.iter().find(|it| it.version == found.now);
        // It waits since the version is in use: when it was found out depends on who rated when.
        let since = found.applied.as_ref().map(|applied| applied.at);
        let since = since.or(made_at.and_then(|it| it.made_at)).unwrap_or(now);
        let item = InboxItem {
            title: found.headline(),
            subject: InboxSubject::Agent {
                id: agent.id.clone(),
            },
            reason: InboxReason::Regressed,
            agent_name: agent.name,
            size: ChangeSize::default(),
            metric: found.metric,
            rejected_before: false,
            since,
            agent_id: agent.id.clone(),
        };
        waiting.push((Position::of(since, agent.id.as_str()), item));
    }
    Ok(waiting)
}
