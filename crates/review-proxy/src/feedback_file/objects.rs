//! JSON lines: one object for each rating.

use super::fields::{Texts, mapping, row};
use super::{Contents, note, too_many};
use crate::hooks::strict;
use review_api::{ImportColumns, ImportNote, MAX_IMPORT_ROWS};
use serde_json::{Map, Value};

/// Most different names of fields that are shown.
const MOST_COLUMNS: usize = 100;

pub(super) fn read(bytes: &[u8], wanted: &ImportColumns) -> Contents {
    let mut contents = Contents::default();
    let mut objects: Vec<(u64, Map<String, Value>)> = Vec::new();
    for (line, text) in (1_u64..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        contents.rows_total += 1;
        if contents.rows_total > MAX_IMPORT_ROWS {
            contents.errors.push(too_many(line));
            break;
        }
        match object(text) {
            Ok(object) => {
                for name in object.keys() {
                    if contents.columns.len() < MOST_COLUMNS && !contents.columns.contains(name) {
                        contents.columns.push(name.clone());
                    }
                }
                objects.push((line, object));
            }
            Err(message) => contents.errors.push(note(line, None, message)),
        }
    }
    if contents.rows_total == 0 {
        let message = "The file is empty. It has a JSON object on each line.";
        contents.errors.push(note(1, None, message));
        return contents;
    }
    if objects.is_empty() {
        return contents;
    }
    let first = objects.first().map_or(1, |(line, _)| *line);
    let (mapping, errors) = mapping(&contents.columns, wanted, first);
    let is_sound = errors.is_empty();
    contents.errors.extend(errors);
    contents.mapping = mapping;
    if is_sound {
        for (line, object) in objects {
            match texts(&contents.mapping, line, &object).and_then(|texts| row(line, texts)) {
                Ok(row) => contents.rows.push(row),
                Err(errors) => contents.errors.extend(errors),
            }
        }
    }
    contents
}

fn object(text: &[u8]) -> Result<Map<String, Value>, String> {
    let text = std::str::from_utf8(text)
        .map_err(|_| "The line is not UTF-8. Save the file as UTF-8.".to_owned())?;
    let read = strict::check(text).and_then(|()| serde_json::from_str(text));
    match read {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("The line is no JSON object: it begins with { and ends with }.".to_owned()),
        Err(error) => Err(format!("The line is no JSON: {error}.")),
    }
}

fn texts(
    mapping: &ImportColumns,
    line: u64,
    object: &Map<String, Value>,
) -> Result<Texts, Vec<ImportNote>> {
    let mut errors = Vec::new();
    let mut text = |name: &Option<String>, field: &str| match name
        .as_ref()
        .and_then(|name| object.get(name))
    {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            errors.push(note(line, Some(field), "It is no text. Put it in quotes."));
            String::new()
        }
    };
    let mut texts = Texts {
        interaction_id: text(&mapping.interaction_id, "interaction_id"),
        rating: text(&mapping.rating, "rating"),
        comment: text(&mapping.comment, "comment"),
        expected: text(&mapping.expected, "expected"),
        check_kind: text(&mapping.check_kind, "check_kind"),
        check_text: text(&mapping.check_text, "check_text"),
    };
    // As the API writes a check.
    if let Some(Value::Object(check)) = object.get("check")
        && mapping.check_kind.is_none()
    {
        let part = |name: &str| check.get(name).and_then(Value::as_str);
        texts.check_kind = part("kind").map(str::to_owned).unwrap_or_default();
        let looked_for = ["text", "pattern", "rubric"].into_iter().find_map(part);
        texts.check_text = looked_for.map(str::to_owned).unwrap_or_default();
        if texts.check_kind.is_empty() {
            errors.push(note(line, Some("check"), "The check has no kind."));
        }
    }
    if errors.is_empty() {
        Ok(texts)
    } else {
        Err(errors)
    }
}
