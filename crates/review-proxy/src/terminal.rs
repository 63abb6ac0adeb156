//! What is written to terminals and logs: nothing that would move the cursor, reorder a line or forge one.
//!
//! Names, paths and errors hold what others chose. [`shown`] is for a sentence, in which a line break may be ours;
//! [`Log`] is for lines of JSON, where what cannot be seen stands inside strings only.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use tracing_subscriber::fmt::MakeWriter;

/// Says whether a terminal might act on `c` or hide it. A line feed ends a line, and is for whoever writes it.
fn is_unsafe(c: char) -> bool {
    c != '\n' && (c.is_control() || prompt_diff::class_of(c).is_some())
}

/// Returns `text` with everything that cannot be seen written out, such as `\u{1b}`; line feeds stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, |out, c| {
        // Writing to a string cannot fail.
        let _written = write!(out, "{}", c.escape_unicode());
    })
}

/// Returns a path in quotes, on one line, as it can be told from the words around it.
pub(crate) fn quoted(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

/// Returns a line of JSON with everything that cannot be seen written out, such as `\u202e`: it means the same.
fn shown_in_json(line: &str) -> Cow<'_, str> {
    escaped(line, |out, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _written = write!(out, "\\u{unit:04x}");
        }
    })
}

fn escaped(text: &str, write: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            write(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Where log lines go: one line of JSON for each event, in characters that can be seen.
#[derive(Debug, Clone, Copy)]
pub struct Log;

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl io::Write for Log {
    /// Writes a whole event: the subscriber hands over one at a time.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        io::stderr().write_all(shown_in_json(&line).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_can_be_seen_stays_and_the_rest_is_written_out() {
        for (text, expected) in [
            ("Grüße, 请先确认.\nNext.", "Grüße, 请先确认.\nNext."),
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("a\rb\u{7}", "a\\u{d}b\\u{7}"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("\u{202e}txt\u{2066}", "\\u{202e}txt\\u{2066}"),
            ("a\u{2028}b\u{200b}", "a\\u{2028}b\\u{200b}"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    proptest! {
        #[test]
        fn p30_a_line_of_json_means_the_same_and_has_nothing_hidden(text in any::<String>()) {
            let line = serde_json::json!({ "message": text }).to_string();
            let safe = shown_in_json(&line);
            prop_assert!(!safe.contains(is_unsafe) && !safe.contains('\n'), "{safe:?}");
            let read: serde_json::Value = serde_json::from_str(&safe).unwrap();
            prop_assert_eq!(&read["message"], &text);
        }
    }
}
