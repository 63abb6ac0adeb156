//! Files of ratings: read with an error for each line that is wrong, and written so that they read back.
//!
//! No database and no network: what is in a file depends on its bytes and on the columns named, on nothing else.

mod fields;
mod objects;
mod table;
mod write;

#[cfg(test)]
mod tests;

pub use write::{csv_head, csv_lines, jsonl_lines};

use review_api::{FeedbackFormat, ImportColumns, ImportNote, ImportRow, MAX_IMPORT_ROWS};

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Columns, or fields of its objects, in their order.
    pub columns: Vec<String>,
    /// Which of them were read as what.
    pub mapping: ImportColumns,
    /// Ratings in it, right or wrong.
    pub rows_total: usize,
    /// The ratings that are right.
    pub rows: Vec<ImportRow>,
    /// What is wrong, line by line.
    pub errors: Vec<ImportNote>,
}

/// Reads a file. Columns that `wanted` does not name are found by their usual names; one that it names as an
/// empty text is not read.
pub fn read(bytes: &[u8], format: FeedbackFormat, wanted: &ImportColumns) -> Contents {
    // Spreadsheets write a mark of the byte order that is no part of the first name.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut contents = match format {
        FeedbackFormat::Csv => table::read(bytes, wanted),
        FeedbackFormat::Jsonl => objects::read(bytes, wanted),
    };
    contents.errors.sort_by_key(|error| error.line);
    contents
}

/// Says that there is more than one file may hold.
fn too_many(line: u64) -> ImportNote {
    note(
        line,
        None,
        format!("The file has more than {MAX_IMPORT_ROWS} ratings. Split it at this line."),
    )
}

fn note(line: u64, field: Option<&str>, message: impl Into<String>) -> ImportNote {
    ImportNote {
        line,
        field: field.map(str::to_owned),
        message: message.into(),
    }
}
