//! Transcripts and raw logs, read through from the platform page by page.

use super::log;
use crate::platform::{EventOrder, PageQuery, Platform, PlatformError, Trouble};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use review_api::{LogEvent, Page};

/// Longest cursor accepted, in bytes.
const LONGEST_CURSOR: usize = 4_096;
/// Separates our cursors from anybody else's; the number changes with their format.
const MARK: &str = "log1";

/// Why a page of a log cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The cursor is not one of this log, or too old.
    #[error("This page can no longer be found. Start again from the first page.")]
    BadCursor,
    /// The platform did not answer.
    #[error(transparent)]
    Platform(#[from] PlatformError),
}

/// Reads one page of a session's log, oldest first, from `since` on where that is given; `cursor` is what an earlier
/// page of the same `since` gave.
///
/// # Errors
/// As [`LogError`] says.
pub async fn page(
    platform: &Platform,
    session_id: &str,
    limit: u32,
    cursor: Option<&str>,
    since: Option<Timestamp>,
) -> Result<Page<LogEvent>, LogError> {
    let page = cursor
        .map(|cursor| unwrap(cursor, session_id).ok_or(LogError::BadCursor))
        .transpose()?;
    let had_cursor = page.is_some();
    let mut query = PageQuery::after(limit, page);
    let events = loop {
        let order = since.map_or(EventOrder::OldestFirst, EventOrder::Since);
        let answer = platform.session_events(session_id, order, &query).await;
        match answer {
            Ok(events) => break events,
            Err(error) => match (error.trouble, query.limit) {
                // Tools answer with whole files: fewer lines may fit.
                (Trouble::Oversized, Some(limit @ 2..)) => query.limit = Some((limit / 4).max(1)),
                (Trouble::Refused, _) if had_cursor => return Err(LogError::BadCursor),
                _ => return Err(error.into()),
            },
        }
    };
    Ok(Page {
        items: log::lines(&events.data),
        next_cursor: events.next_page.map(|page| wrap(&page, session_id)),
        freshness: None,
    })
}

/// Names the session too, so that a cursor leads nowhere in another log.
fn wrap(page: &str, session_id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{MARK}\n{session_id}\n{page}"))
}

fn unwrap(cursor: &str, session_id: &str) -> Option<String> {
    if cursor.len() > LONGEST_CURSOR {
        return None;
    }
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.splitn(3, '\n');
    let ours = parts.next()? == MARK && parts.next()? == session_id;
    parts.next().filter(|_| ours).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_opaque_and_of_its_own_log() {
        let cursor = wrap("page_MjAyNQ==", "sesn_1");
        assert!(!cursor.contains("page_"));
        assert_eq!(unwrap(&cursor, "sesn_1").as_deref(), Some("page_MjAyNQ=="));
        assert_eq!(unwrap(&cursor, "sesn_2"), None);
        for odd in ["", "page_MjAyNQ==", "%%%", &"A".repeat(5_000)] {
            assert_eq!(unwrap(odd, "sesn_1"), None);
        }
    }
}
