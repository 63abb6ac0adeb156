//! Tables: a first line of names, then a line for each rating.

use super::fields::{Texts, mapping, row};
use super::write::{OWN_COLUMN, as_written};
use super::{Contents, note, too_many};
use csv::{ByteRecord, ReaderBuilder};
use review_api::{ImportColumns, ImportNote, MAX_IMPORT_ROWS};

/// What may stand between two cells.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

pub(super) fn read(bytes: &[u8], wanted: &ImportColumns) -> Contents {
    let delimiter = delimiter(bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut contents = Contents::default();
    let mut columns: Option<Columns> = None;
    // A quote that is never closed takes the rest of the file into one cell.
    let unclosed = unclosed_quote(bytes, delimiter);
    let mut lines = Lines::default();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let message = format!("The line cannot be read: {error}.");
                let line = lines.of(bytes, reader.position().byte());
                contents.errors.push(note(line, None, message));
                break;
            }
        }
        let begins = record.position().map_or(0, csv::Position::byte);
        let line = lines.of(bytes, begins);
        let Some(columns) = &columns else {
            match Columns::read(&record, line, wanted, &mut contents) {
                Some(read) => columns = Some(read),
                None => return contents,
            }
            continue;
        };
        contents.rows_total += 1;
        if contents.rows_total > MAX_IMPORT_ROWS {
            contents.errors.push(too_many(line));
            break;
        }
        if unclosed.is_some_and(|at| reader.position().byte() > at) {
            let message =
                "A quote is opened on this line and never closed. Close it, or double it.";
            contents.errors.push(note(line, None, message));
            break;
        }
        match columns
            .texts(&record, line)
            .and_then(|texts| row(line, texts))
        {
            Ok(row) => contents.rows.push(row),
            Err(errors) => contents.errors.extend(errors),
        }
    }
    if columns.is_none() && contents.errors.is_empty() {
        let message = "The file is empty. Its first line names the columns.";
        contents.errors.push(note(1, None, message));
    }
    contents
}

/// Counts lines: the reader counts them otherwise where they end with two characters.
struct Lines {
    at: usize,
    line: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Self { at: 0, line: 1 }
    }
}

impl Lines {
    /// Returns the line of what stands at `byte` or, where that is the end of a line, after it. Goes forwards only.
    fn of(&mut self, bytes: &[u8], byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).max(self.at);
        let ends = |byte: &&u8| matches!(byte, b'\n' | b'\r');
        let after = bytes.get(byte..).unwrap_or_default();
        let to = byte + after.iter().take_while(ends).count();
        let passed = bytes.get(self.at..to).unwrap_or_default();
        for (index, one) in passed.iter().enumerate() {
            let next = bytes.get(self.at + index + 1);
            if *one == b'\n' || (*one == b'\r' && next != Some(&b'\n')) {
                self.line += 1;
            }
        }
        self.at = to.min(bytes.len());
        self.line
    }
}

/// The columns of a table, and where what stands.
struct Columns {
    count: usize,
    at: [Option<usize>; 6],
    /// Whether the table was written here, so that what was put before formulas is taken away again.
    is_ours: bool,
}

impl Columns {
    fn read(
        record: &ByteRecord,
        line: u64,
        wanted: &ImportColumns,
        contents: &mut Contents,
    ) -> Option<Self> {
        let mut names = Vec::with_capacity(record.len());
        for cell in record {
            let Ok(name) = std::str::from_utf8(cell) else {
                contents
                    .errors
                    .push(not_utf8(line, "the names of the columns", cell));
                return None;
            };
            names.push(name.trim().to_owned());
        }
        let (mapping, errors) = mapping(&names, wanted, line);
        let at = |name: &Option<String>| {
            let name = name.as_ref()?;
            names.iter().position(|column| column == name)
        };
        let columns = Self {
            count: names.len(),
            at: [
                at(&mapping.interaction_id),
                at(&mapping.rating),
                at(&mapping.comment),
                at(&mapping.expected),
                at(&mapping.check_kind),
                at(&mapping.check_text),
            ],
            is_ours: names.iter().any(|name| name == OWN_COLUMN),
        };
        let is_sound = errors.is_empty();
        contents.columns = names;
        contents.mapping = mapping;
        contents.errors.extend(errors);
        is_sound.then_some(columns)
    }

    fn texts(&self, record: &ByteRecord, line: u64) -> Result<Texts, Vec<ImportNote>> {
        if record.len() != self.count {
            let message = format!(
                "The line has {} cells, the first line {}. Put quotes around a text that holds a comma or a line \
                 break.",
                record.len(),
                self.count
            );
            return Err(vec![note(line, None, message)]);
        }
        let mut errors = Vec::new();
        let mut text = |index: usize, field: &str| {
            let at = self.at.get(index).copied().flatten();
            let cell = at.and_then(|at| record.get(at)).unwrap_or_default();
            match std::str::from_utf8(cell) {
                Ok(text) if self.is_ours => as_written(text).to_owned(),
                Ok(text) => text.to_owned(),
                Err(_) => {
                    errors.push(not_utf8(line, field, cell));
                    String::new()
                }
            }
        };
        let texts = Texts {
            interaction_id: text(0, "interaction_id"),
            rating: text(1, "rating"),
            comment: text(2, "comment"),
            expected: text(3, "expected"),
            check_kind: text(4, "check_kind"),
            check_text: text(5, "check_text"),
        };
        if errors.is_empty() {
            Ok(texts)
        } else {
            Err(errors)
        }
    }
}

fn not_utf8(line: u64, field: &str, cell: &[u8]) -> ImportNote {
    let readable = cell.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let after: String = readable.chars().rev().take(20).collect();
    let after: String = after.chars().rev().collect();
    let message =
        format!("After {after:?} comes a byte that is not UTF-8. Save the file as UTF-8.");
    note(line, Some(field), message)
}

/// Finds what parts the cells of the first line: what stands there most often outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [0_usize; 3];
    let mut quoted = false;
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            byte => {
                for (count, delimiter) in counts.iter_mut().zip(DELIMITERS) {
                    *count += usize::from(*byte == delimiter);
                }
            }
        }
    }
    let found = counts.iter().zip(DELIMITERS).rev();
    let most = found.max_by_key(|(count, _)| **count);
    most.map_or(b',', |(_, delimiter)| delimiter)
}

/// Returns where the line begins in which a quote is opened that is never closed.
fn unclosed_quote(bytes: &[u8], delimiter: u8) -> Option<u64> {
    let (mut quoted, mut at_start, mut line_begins) = (false, true, 0);
    let mut rest = bytes.iter().enumerate().peekable();
    while let Some((index, byte)) = rest.next() {
        if quoted {
            if *byte == b'"' && rest.next_if(|(_, next)| **next == b'"').is_none() {
                quoted = false;
            }
            continue;
        }
        match *byte {
            b'"' if at_start => (quoted, at_start) = (true, false),
            b'\n' | b'\r' => (line_begins, at_start) = (index + 1, true),
            byte => at_start = byte == delimiter,
        }
    }
    quoted.then_some(line_begins as u64)
}
