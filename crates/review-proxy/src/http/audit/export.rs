//! `GET /api/audit/export`: the ledger as a file, streamed.

use super::known;
use crate::error::{Error, Result};
use crate::http::App;
use crate::http::extract::Params;
use crate::store::audit::{self, Filter};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header;
use jiff::Timestamp;
use review_api::{AgentId, AuditAction, AuditEntry};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Lines read and sent at once.
const BATCH: u32 = 500;

/// What a cell must not begin with: programs that open the file would take it for a formula.
const FORMULA_SIGNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－'];

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http) enum Format {
    /// One JSON object a line, as the list has them; keeps everything that the hashes seal.
    Jsonl,
    /// A table for people. A cell that would be taken for a formula begins with an apostrophe.
    Csv,
}

/// Which lines, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Wanted {
    /// `jsonl` or `csv`.
    #[param(inline)]
    format: Format,
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
}

/// Sends the ledger as a file, oldest line first.
///
/// Lines that are written meanwhile may or may not be in it. A connection that breaks off before its end
/// means that the file is not complete.
#[utoipa::path(get, path = "/api/audit/export", tag = "audit", params(Wanted),
    responses((status = 200, description = "The lines", content(
        (String = "application/x-ndjson"), (String = "text/csv")))))]
pub(in crate::http) async fn export(
    State(app): State<App>,
    Params(wanted): Params<Wanted>,
) -> Result<Response> {
    known(wanted.action)?;
    let format = wanted.format;
    let filter = Filter {
        agent_id: wanted.agent_id,
        actor: wanted.actor,
        action: wanted.action,
        from: wanted.from,
        to: wanted.to,
        before: None,
    };
    // The first batch before the answer begins, so that a database that fails is an answer too.
    let (first, place) = batch(&app, &filter, 0, format).await?;
    let head = match format {
        Format::Jsonl => Vec::new(),
        Format::Csv => csv([COLUMNS])?,
    };
    let start = (Some(Bytes::from([head, first].concat())), place);
    let body = stream::try_unfold(start, move |(ready, place)| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            if let Some(ready) = ready {
                return Ok(Some((ready, (None, place))));
            }
            let Some(place) = place else {
                return Ok(None);
            };
            let (lines, place) = batch(&app, &filter, place, format).await?;
            Ok::<_, Error>(Some((Bytes::from(lines), (None, place))))
        }
    });
    let (kind, name) = match format {
        Format::Jsonl => ("application/x-ndjson", "audit.jsonl"),
        Format::Csv => ("text/csv; charset=utf-8", "audit.csv"),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// Returns the lines after number `after` as they are sent, and where to go on if there may be more.
async fn batch(
    app: &App,
    filter: &Filter,
    after: u64,
    format: Format,
) -> Result<(Vec<u8>, Option<u64>)> {
    let mut read = app.store.read().await?;
    let entries = audit::onwards(&mut read, filter, after, BATCH).await?;
    drop(read);
    let is_full = u32::try_from(entries.len()) == Ok(BATCH);
    let place = entries.last().filter(|_| is_full).map(|last| last.seq);
    let lines = match format {
        Format::Jsonl => jsonl(&entries)?,
        Format::Csv => csv(entries.iter().map(cells))?,
    };
    Ok((lines, place))
}

fn jsonl(entries: &[AuditEntry]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry).map_err(|error| unwritable(&error))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

const COLUMNS: [&str; 11] = [
    "seq",
    "at",
    "actor",
    "action",
    "subject_kind",
    "subject_id",
    "subject_title",
    "agent_id",
    "detail",
    "prev_hash",
    "hash",
];

/// Returns a line's cells, in the order of [`COLUMNS`].
fn cells(entry: &AuditEntry) -> [String; 11] {
    let word = |value: serde_json::Result<serde_json::Value>| match value {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    };
    [
        entry.seq.to_string(),
        entry.at.to_string(),
        harmless(&entry.actor),
        word(serde_json::to_value(entry.action)),
        word(serde_json::to_value(entry.subject_kind)),
        harmless(&entry.subject_id),
        harmless(&entry.subject_title),
        entry
            .agent_id
            .as_ref()
            .map_or_else(String::new, |id| harmless(id.as_str())),
        harmless(&entry.detail.to_string()),
        entry.prev_hash.clone(),
        entry.hash.clone(),
    ]
}

fn harmless(text: &str) -> String {
    if text.starts_with(FORMULA_SIGNS) || text.starts_with('＠') {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn csv<R: IntoIterator<Item = C>, C: AsRef<[u8]>>(
    rows: impl IntoIterator<Item = R>,
) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row)
            .map_err(|error| unwritable(&error))?;
    }
    writer.into_inner().map_err(|error| unwritable(&error))
}

/// Writing into memory does not fail; if it does all the same, it is said.
fn unwritable(error: &dyn std::error::Error) -> Error {
    tracing::error!(%error, "a line of the ledger could not be written out");
    Error::new(
        review_api::ErrorCode::Internal,
        "A line of the ledger could not be written out; the proxy's log says why.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        for (text, cell) in [
            ("", ""),
            ("ann", "ann"),
            ("a=b", "a=b"),
            ("'quoted'", "'quoted'"),
            ("=HYPERLINK(\"//evil\")", "'=HYPERLINK(\"//evil\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r\n=1", "'\r\n=1"),
            ("＝1", "'＝1"),
            ("＠a", "'＠a"),
        ] {
            assert_eq!(harmless(text), cell);
        }
    }

    #[test]
    fn a_row_stays_one_row_whatever_is_in_it() {
        let written = csv([["a\"b", "c,d", "e\r\nf", "g;h", "é"]]).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text, "\"a\"\"b\",\"c,d\",\"e\r\nf\",g;h,é\r\n");
    }
}
