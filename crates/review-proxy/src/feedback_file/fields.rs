//! The fields of a rating: by which names they go, and what may stand in them.

use super::note;
use review_api::{
    Check, ImportColumns, ImportNote, ImportRow, InteractionId, MAX_COMMENT_BYTES, Rating,
};
use review_core::checks;

/// Longest id of an interaction, in bytes.
const LONGEST_ID: usize = 200;

/// Names by which each field is found where nobody says which column it is.
const USUAL: [(&str, &[&str]); 6] = [
    (
        "interaction_id",
        &[
            "interaction_id",
            "interaction",
            "session_id",
            "session",
            "id",
        ],
    ),
    ("rating", &["rating", "label", "feedback", "verdict"]),
    (
        "comment",
        &["comment", "comments", "note", "notes", "reason"],
    ),
    (
        "expected",
        &["expected", "expected_answer", "reference", "ideal"],
    ),
    ("check_kind", &["check_kind"]),
    ("check_text", &["check_text"]),
];

fn slots(columns: &mut ImportColumns) -> [&mut Option<String>; 6] {
    [
        &mut columns.interaction_id,
        &mut columns.rating,
        &mut columns.comment,
        &mut columns.expected,
        &mut columns.check_kind,
        &mut columns.check_text,
    ]
}

/// Finds which of `columns` is what, and says which are missing.
pub(super) fn mapping(
    columns: &[String],
    wanted: &ImportColumns,
    at: u64,
) -> (ImportColumns, Vec<ImportNote>) {
    let mut mapping = wanted.clone();
    let mut errors = Vec::new();
    for (slot, (field, usual)) in slots(&mut mapping).into_iter().zip(USUAL) {
        match slot.as_deref() {
            Some("") => *slot = None,
            Some(named) if !columns.iter().any(|column| column == named) => {
                let message = format!(
                    "There is no column {named:?}. The file has: {}.",
                    columns.join(", ")
                );
                errors.push(note(at, Some(field), message));
            }
            Some(_) => {}
            None => {
                let named = |name: &&str| {
                    let plain =
                        |column: &str| column.trim().to_lowercase().replace([' ', '-'], "_");
                    let same = |column: &&String| plain(column) == *name;
                    columns.iter().find(same).cloned()
                };
                *slot = usual.iter().find_map(named);
            }
        }
        if slot.is_none() && matches!(field, "interaction_id" | "rating") {
            let message = format!(
                "Say which column holds the {}: none has a name that tells.",
                field.replace('_', " ")
            );
            errors.push(note(at, Some(field), message));
        }
    }
    (mapping, errors)
}

/// The texts of one line, by field; what is absent or blank is nothing.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) interaction_id: String,
    pub(super) rating: String,
    pub(super) comment: String,
    pub(super) expected: String,
    pub(super) check_kind: String,
    pub(super) check_text: String,
}

/// Makes a rating of the texts of one line.
///
/// # Errors
/// With everything that is wrong with them.
pub(super) fn row(line: u64, texts: Texts) -> Result<ImportRow, Vec<ImportNote>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| errors.push(note(line, Some(field), message));
    let id = texts.interaction_id.trim();
    if id.is_empty() {
        wrong(
            "interaction_id",
            "It is empty. Give the id of the interaction, such as sesn_….".to_owned(),
        );
    } else if id.len() > LONGEST_ID || id.chars().any(char::is_control) {
        wrong(
            "interaction_id",
            "This is no id of an interaction.".to_owned(),
        );
    }
    let rating = rating(&texts.rating);
    if rating.is_none() {
        let shown: String = texts.rating.chars().take(40).collect();
        wrong(
            "rating",
            format!("{shown:?} is no rating. Write positive or negative."),
        );
    }
    let comment = said("comment", texts.comment, &mut wrong);
    let expected = said("expected", texts.expected, &mut wrong);
    let check = check(texts.check_kind.trim(), texts.check_text, &mut wrong);
    match (rating, errors.is_empty()) {
        (Some(rating), true) => Ok(ImportRow {
            line,
            interaction_id: InteractionId(id.to_owned()),
            rating,
            comment,
            expected,
            check,
        }),
        _ => Err(errors),
    }
}

/// Reads a rating. Numbers are not taken: 1 is the worst of five in one file and the best of two in another.
fn rating(word: &str) -> Option<Rating> {
    match word.trim().to_lowercase().as_str() {
        "positive" | "pos" | "good" | "up" | "+1" | "👍" => Some(Rating::Positive),
        "negative" | "neg" | "bad" | "down" | "-1" | "👎" => Some(Rating::Negative),
        _ => None,
    }
}

fn said(field: &str, text: String, wrong: &mut impl FnMut(&str, String)) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    if text.contains('\0') {
        wrong(
            field,
            "It holds the character NUL, which cannot be kept. Remove it.".to_owned(),
        );
    }
    if text.len() > MAX_COMMENT_BYTES {
        wrong(
            field,
            format!(
                "It has {} bytes; the most is {MAX_COMMENT_BYTES}. Shorten it.",
                text.len()
            ),
        );
    }
    Some(text)
}

fn check(kind: &str, text: String, wrong: &mut impl FnMut(&str, String)) -> Option<Check> {
    let check = match kind {
        "" if text.is_empty() => return None,
        "contains" => Check::Contains { text },
        "does_not_contain" => Check::DoesNotContain { text },
        "matches" => Check::Matches { pattern: text },
        "judged" => Check::Judged { rubric: text },
        _ => {
            let message = format!(
                "{kind:?} is no kind of check. Write contains, does_not_contain, matches or judged."
            );
            wrong("check_kind", message);
            return None;
        }
    };
    match checks::validate(&check) {
        Ok(()) => Some(check),
        Err(problem) => {
            wrong("check_text", problem.sentence);
            None
        }
    }
}
