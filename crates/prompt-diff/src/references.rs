//! What a text refers to by name or number: placeholders, addresses, dates and figures.
//!
//! A changed figure or a lost placeholder is a small edit with a large effect, so readers see these by
//! themselves. They are told by their form alone.

use crate::structure::list_item;
use std::ops::Range;

/// What kind of thing is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// A place that is filled in later: `{name}`, `{{name}}`, `${name}`, `$NAME`, or `<name>` within a line.
    Placeholder,
    /// A web address.
    Url,
    /// An e-mail address.
    Email,
    /// A day: `2026-11-24`, `24.11.2026`, `11/24/2026`, `24 November 2026` or `November 24, 2026`.
    Date,
    /// A figure with its currency, per cent or unit.
    Number,
}

/// Months as dates have them, in full or by three letters.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Longest placeholder, in bytes; more between braces is code.
const LONGEST_PLACEHOLDER: usize = 60;

/// Returns the placeholders of `before` that stand nowhere in `after`, each once, in the order of the text.
pub fn lost_placeholders(before: &str, after: &str) -> Vec<String> {
    let mut lost: Vec<String> = Vec::new();
    for line in before.lines() {
        for (kind, range) in references(line) {
            let text = line.get(range).unwrap_or_default();
            let is_lost = kind == ReferenceKind::Placeholder && !after.contains(text);
            if is_lost && !lost.iter().any(|one| one == text) {
                lost.push(text.to_owned());
            }
        }
    }
    lost
}

/// Finds the references in a line, in order and without overlap.
pub(crate) fn references(line: &str) -> Vec<(ReferenceKind, Range<usize>)> {
    let mut found = Vec::new();
    if !line
        .bytes()
        .any(|byte| matches!(byte, b'{' | b'$' | b'<' | b'@' | b':' | b'0'..=b'9'))
    {
        return found;
    }
    // The number of a list item says nothing.
    let mut place = match list_item(line) {
        Some((_, true, text)) => line.len() - text.len(),
        _ => 0,
    };
    while let Some(rest) = line.get(place..).filter(|rest| !rest.is_empty()) {
        match one(line, place, rest) {
            Some((kind, length)) => {
                found.push((kind, place..place + length));
                place += length;
            }
            None => place += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    found
}

/// Reads the reference that begins at `place`, if one does; returns its length.
fn one(line: &str, place: usize, rest: &str) -> Option<(ReferenceKind, usize)> {
    let first = rest.bytes().next()?;
    let previous = line.get(..place)?.chars().next_back();
    let at_word_start = !previous.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let found = match first {
        b'{' | b'$' | b'<' | b'%' => {
            placeholder(line, rest).map(|length| (ReferenceKind::Placeholder, length))
        }
        _ => None,
    };
    if found.is_some() || !at_word_start {
        return found;
    }
    address(rest).or_else(|| {
        date(rest)
            .map(|length| (ReferenceKind::Date, length))
            .or_else(|| number(rest).map(|length| (ReferenceKind::Number, length)))
    })
}

fn placeholder(line: &str, rest: &str) -> Option<usize> {
    let is_name = |name: &str| {
        let mut letters = name.chars();
        letters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_')
            && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let between = |open: &str, close: &str| {
        let inner = rest.strip_prefix(open)?;
        let end = inner
            .find(close)
            .filter(|&end| end <= LONGEST_PLACEHOLDER)?;
        Some((inner.get(..end)?.trim(), open.len() + end + close.len()))
    };
    if let Some((name, length)) = between("{{", "}}") {
        let name = name.trim_start_matches(['#', '/', '^', '>', '&', '{', ' ']);
        return (!name.is_empty() && !name.contains(['"', ':', '\n'])).then_some(length);
    }
    for (open, close) in [("${", "}"), ("{", "}")] {
        if let Some((name, length)) = between(open, close) {
            return is_name(name).then_some(length);
        }
    }
    if let Some((name, length)) = between("<", ">") {
        // A tag that is closed is markup, and one that has the line for itself is a block.
        let is_tag = line.contains(&format!("</{name}>")) || line.trim() == format!("<{name}>");
        return (is_name(name) && !is_tag).then_some(length);
    }
    let name = rest.strip_prefix('$')?;
    let length = name
        .bytes()
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        .count();
    let is_variable = length >= 2 && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    is_variable.then_some(length + 1)
}

fn address(rest: &str) -> Option<(ReferenceKind, usize)> {
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|'))
        .unwrap_or(rest.len());
    let word = rest.get(..end)?;
    let word = word.trim_end_matches([
        '.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '_', '。', '、',
    ]);
    let is_url = ["http://", "https://", "www."].into_iter().any(|start| {
        word.get(..start.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(start))
            && word.len() > start.len()
    });
    if is_url {
        return Some((ReferenceKind::Url, word.len()));
    }
    let (local, domain) = word.split_once('@')?;
    let is_local = !local.is_empty()
        && local
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%'));
    let is_domain = domain.split('.').count() > 1
        && domain
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'));
    (is_local && is_domain).then_some((ReferenceKind::Email, word.len()))
}

fn date(rest: &str) -> Option<usize> {
    numeric_date(rest).or_else(|| named_date(rest))
}

/// Reads `2026-11-24`, `24.11.2026` or `11/24/2026`.
fn numeric_date(rest: &str) -> Option<usize> {
    for mark in ['-', '.', '/'] {
        let mut parts = [0; 3];
        let mut length = 0;
        let mut left = rest;
        for (number, part) in parts.iter_mut().enumerate() {
            *part = digits(left);
            let passed = *part + usize::from(number < 2);
            if number < 2 && !left.get(*part..)?.starts_with(mark) {
                *part = 0;
            }
            length += passed;
            left = left.get(passed.min(left.len())..)?;
        }
        let is_date = matches!(parts, [4, 1..=2, 1..=2]) || matches!(parts, [1..=2, 1..=2, 4]);
        if is_date && !left.starts_with(char::is_alphanumeric) {
            return Some(length);
        }
    }
    None
}

/// Reads `24 November 2026`, `24 Nov`, `November 24, 2026` or `Nov 24`.
fn named_date(rest: &str) -> Option<usize> {
    let month = |text: &str| {
        let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
        let word = text.get(..length)?.to_ascii_lowercase();
        let named = |month: &str| word == month || (length == 3 && month.starts_with(&word));
        MONTHS.iter().any(|month| named(month)).then_some(length)
    };
    let day = digits(rest);
    let mut length = if (1..=2).contains(&day) {
        let space = rest.get(day..)?.strip_prefix(' ')?;
        day + 1 + month(space)?
    } else if rest.starts_with(|c: char| c.is_ascii_uppercase()) {
        let month = month(rest)?;
        let day = digits(rest.get(month..)?.strip_prefix(' ')?);
        (1..=2).contains(&day).then_some(month + 1 + day)?
    } else {
        return None;
    };
    let after = rest.get(length..)?;
    let year = after.strip_prefix(", ").or_else(|| after.strip_prefix(' '));
    if let Some(year) = year.filter(|year| digits(year) == 4) {
        length = rest.len() - year.len() + 4;
    }
    Some(length)
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Reads a figure such as `$1,200.50`, `30 %`, `24h` or `5`.
fn number(rest: &str) -> Option<usize> {
    let currency = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '$' | '€' | '£' | '¥'))
        .map_or(0, char::len_utf8);
    let text = rest.get(currency..)?;
    let mut length = digits(text);
    if length == 0 {
        return None;
    }
    // Groups and decimals: a mark counts only with a digit behind it.
    while text
        .get(length..)
        .is_some_and(|more| more.starts_with(['.', ',', ':', '\'']))
        && text.get(length + 1..).is_some_and(|more| digits(more) > 0)
    {
        length += 1 + digits(text.get(length + 1..).unwrap_or_default());
    }
    let after = text.get(length..)?;
    let unit = after.bytes().take_while(u8::is_ascii_alphabetic).count();
    let spaced = after
        .strip_prefix([' ', '\u{A0}', '\u{202F}'])
        .filter(|sign| sign.starts_with(['%', '€', '$', '£']));
    length += match spaced {
        Some(sign) => after.len() - sign.len() + sign.chars().next().map_or(0, char::len_utf8),
        None if after.starts_with(['%', '€', '£']) => {
            after.chars().next().map_or(0, char::len_utf8)
        }
        None if unit <= 4 => unit,
        None => 0,
    };
    Some(currency + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let drawn: Vec<_> = references(line)
            .into_iter()
            .map(|(kind, range)| format!("{kind:?} {}", &line[range]))
            .collect();
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_placeholder_is_lost_once_it_stands_nowhere() {
        let lost = lost_placeholders("Hi {name} of {team}, {name}.\nBy $USER", "{team} by {user}");
        assert_eq!(lost, ["{name}", "$USER"]);
        assert!(lost_placeholders("Hi {name}", "Dear\n{name}").is_empty());
    }

    #[test]
    fn placeholders_are_told_from_code_and_tags() {
        check(
            "Hi {name}, {{ order.id }} and ${TOTAL} for $USER or <customer>",
            &[
                "Placeholder {name}",
                "Placeholder {{ order.id }}",
                "Placeholder ${TOTAL}",
                "Placeholder $USER",
                "Placeholder <customer>",
            ],
        );
        check(
            "{\"a\": b} <b>bold</b> if (x) { y }",
            &["Placeholder { y }"],
        );
        check("<example>", &[]);
        check("{{#if vip}}", &["Placeholder {{#if vip}}"]);
    }

    #[test]
    fn addresses_end_before_their_marks() {
        check(
            "See https://example.com/a?b=1, (www.example.org) or mail ops.team@example.com.",
            &[
                "Url https://example.com/a?b=1",
                "Url www.example.org",
                "Email ops.team@example.com",
            ],
        );
        check("@here and a@b", &[]);
    }

    #[test]
    fn dates_are_no_numbers() {
        check(
            "From 2026-11-24 to 24.12.2026, 11/30/2026, 3 March 2027 or March 4, 2027",
            &[
                "Date 2026-11-24",
                "Date 24.12.2026",
                "Date 11/30/2026",
                "Date 3 March 2027",
                "Date March 4, 2027",
            ],
        );
    }

    #[test]
    fn figures_come_with_their_sign_and_unit() {
        check(
            "$200, 1,200.50 €, 30 %, 24h, 17:30 and 5 of gpt4",
            &[
                "Number $200",
                "Number 1,200.50 €",
                "Number 30 %",
                "Number 24h",
                "Number 17:30",
                "Number 5",
            ],
        );
        check("3. Wait 2 days", &["Number 2"]);
    }
}
