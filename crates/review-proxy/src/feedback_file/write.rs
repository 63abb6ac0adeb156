//! Ratings written out, as JSON lines or as a table that no spreadsheet takes for formulas.

use review_api::{Check, Feedback};

/// The column that only files written here have.
pub(super) const OWN_COLUMN: &str = "feedback_id";

/// What a cell must not begin with: programs that open the file would take it for a formula. The apostrophe is
/// among them so that what was put before a cell can be told from what stood there.
const SIGNS: [char; 12] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\'',
];

const COLUMNS: [&str; 11] = [
    OWN_COLUMN,
    "interaction_id",
    "rating",
    "comment",
    "expected",
    "check_kind",
    "check_text",
    "author",
    "source",
    "created_at",
    "edited_at",
];

/// Returns the first line of a table.
///
/// # Errors
/// If it cannot be written, which memory does not do.
pub fn csv_head() -> Result<Vec<u8>, csv::Error> {
    table([COLUMNS.map(str::to_owned)])
}

/// Returns ratings as lines of a table.
///
/// # Errors
/// If they cannot be written, which memory does not do.
pub fn csv_lines(ratings: &[Feedback]) -> Result<Vec<u8>, csv::Error> {
    table(ratings.iter().map(cells))
}

/// Returns ratings as JSON lines.
///
/// # Errors
/// If they cannot be written, which memory does not do.
pub fn jsonl_lines(ratings: &[Feedback]) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for rating in ratings {
        serde_json::to_writer(&mut lines, rating)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn table<const N: usize>(
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

fn cells(rating: &Feedback) -> [String; 11] {
    let (kind, text) = match &rating.check {
        None => ("", ""),
        Some(Check::Contains { text }) => ("contains", text.as_str()),
        Some(Check::DoesNotContain { text }) => ("does_not_contain", text.as_str()),
        Some(Check::Matches { pattern }) => ("matches", pattern.as_str()),
        Some(Check::Judged { rubric }) => ("judged", rubric.as_str()),
    };
    let source = serde_json::to_value(rating.source).unwrap_or_default();
    let said = |text: &Option<String>| text.as_deref().map(harmless).unwrap_or_default();
    [
        rating.id.0.clone(),
        harmless(rating.interaction_id.as_str()),
        rating.rating.as_str().to_owned(),
        said(&rating.comment),
        said(&rating.expected),
        kind.to_owned(),
        harmless(text),
        harmless(rating.author.as_str()),
        source.as_str().unwrap_or_default().to_owned(),
        rating.created_at.to_string(),
        rating
            .edited_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
    ]
}

fn harmless(text: &str) -> String {
    if text.starts_with(SIGNS) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Returns a cell of a table written here as it was before [`harmless`].
pub(super) fn as_written(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(SIGNS) => text,
        _ => cell,
    }
}
