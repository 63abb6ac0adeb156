//! `/api/audit`: who did what to what, when; whether that is what was written; and all of it to take away.

mod export;
mod verify;

pub(super) use export::{__path_export, export};
pub(super) use verify::{__path_head, __path_verify, head, verify};

use super::App;
use super::cursor::Query;
use super::extract::{Params, page_limit};
use crate::error::{Error, Result};
use crate::store::audit::{self, Filter};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use review_api::{AgentId, AuditAction, AuditEntry, Page};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which lines, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only those that concern this agent.
    #[param(value_type = Option<String>)]
    agent_id: Option<AgentId>,
    /// Only those of this person or machine.
    actor: Option<String>,
    /// Only those of this action.
    action: Option<AuditAction>,
    /// Only those of this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Items wanted, 1 to 100; 20 where absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the ledger, newest first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(Wanted),
    responses((status = 200, body = Page<AuditEntry>)))]
pub(super) async fn list(
    State(app): State<App>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Page<AuditEntry>>> {
    let limit = page_limit(wanted.limit)?;
    known(wanted.action)?;
    let query = Query::of(
        "/api/audit",
        (
            &wanted.agent_id,
            &wanted.actor,
            wanted.action,
            wanted.from,
            wanted.to,
        ),
    );
    let filter = Filter {
        before: query.place(wanted.cursor.as_deref())?,
        agent_id: wanted.agent_id,
        actor: wanted.actor,
        action: wanted.action,
        from: wanted.from,
        to: wanted.to,
    };
    let mut read = app.store.read().await?;
    let mut items = audit::list(&mut read, &filter, limit + 1).await?;
    let next_cursor = query.cut(&mut items, limit, |last| last.seq);
    Ok(Json(Page {
        items,
        next_cursor,
        freshness: None,
    }))
}

/// Refuses an action that does not exist.
fn known(action: Option<AuditAction>) -> Result<()> {
    if action == Some(AuditAction::Unknown) {
        return Err(Error::field(
            "action",
            "There is no such action; see /api/openapi.json.",
        ));
    }
    Ok(())
}
