//! Where a comment stands, in the text that it was written on and in any later one.
//!
//! A comment is about bytes that were there: the quotation. In another text it stands where those very bytes
//! stand; where they stand nowhere, its line is gone. What looks nearly like it is never taken for it.
//!
//! Of several places the one counts around which most is as it was; of equal ones the one that lies nearest to
//! the old place, counted from the beginning or from the end of the text, whichever is nearer, so that lines
//! put in before or after move nothing. Short quotations, and those found more than once, need something around
//! them that is as it was. All of that takes time in proportion to text and quotation.

use review_api::{CommentAnchor, CommentSide, MAX_CONTEXT_BYTES, MAX_QUOTE_BYTES};
use std::cmp::Reverse;
use std::ops::Range;

/// A quotation with fewer letters and digits than this may stand anywhere by chance.
const TELLING_LETTERS: usize = 8;

/// So many bytes on one side that are as they were tell a place, or all to the end of the text.
const TELLING_CONTEXT_BYTES: usize = 12;

/// Of more places than this only those nearest to the old place are looked at: all others say the same.
const MOST_PLACES: usize = 256;

/// Where a comment stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Its lines are there.
    There {
        /// Their bytes, without the line feed at their end.
        range: Range<usize>,
        /// Their numbers, from 1, the last one included.
        lines: (usize, usize),
        /// Whether the numbers are others than when the comment was written.
        is_moved: bool,
    },
    /// They are not there any more, or nothing tells which of several places is theirs.
    Gone,
}

/// Makes the anchor of a comment on `range` of `text`.
///
/// Nothing if the range does not lie between characters of the text, is longer than [`MAX_QUOTE_BYTES`], ends in a
/// line feed (which is no part of a line here), or if the text is longer than 4 GiB.
pub fn anchor(side: CommentSide, text: &str, range: Range<usize>) -> Option<CommentAnchor> {
    let quote = text.get(range.clone())?;
    if quote.len() > MAX_QUOTE_BYTES || quote.ends_with('\n') {
        return None;
    }
    let (before, after) = (text.get(..range.start)?, text.get(range.end..)?);
    let number = |number: usize| u32::try_from(number).ok();
    let (first, last) = lines_of(text, &range);
    Some(CommentAnchor {
        path: None,
        side,
        first_line: number(first)?,
        last_line: number(last)?,
        start: number(range.start)?,
        text_bytes: number(text.len())?,
        quote: quote.to_owned(),
        before: last_bytes(before).to_owned(),
        after: first_bytes(after).to_owned(),
    })
}

/// Finds the lines of `anchor` in `text`.
pub fn place(anchor: &CommentAnchor, text: &str) -> Place {
    let mut starts: Vec<usize> = occurrences(text.as_bytes(), anchor.quote.as_bytes())
        .filter(|start| fits_lines(anchor, text, *start))
        .collect();
    let count = starts.len();
    if count > MOST_PLACES {
        let distance = |start: &usize| (distance(anchor, text, *start), *start);
        starts.select_nth_unstable_by_key(MOST_PLACES, distance);
        starts.truncate(MOST_PLACES);
    }
    let candidates = starts
        .into_iter()
        .filter_map(|start| Candidate::at(anchor, text, start));
    let best = candidates.max_by_key(|candidate| candidate.rank());
    let letters = anchor.quote.chars().filter(|c| c.is_alphanumeric());
    let tells = count == 1 && letters.take(TELLING_LETTERS).count() == TELLING_LETTERS;
    match best.filter(|best| tells || best.is_known) {
        Some(best) => {
            let range = best.start..best.start + anchor.quote.len();
            let lines = lines_of(text, &range);
            let written = (to_usize(anchor.first_line), to_usize(anchor.last_line));
            Place::There {
                is_moved: lines != written,
                range,
                lines,
            }
        }
        None => Place::Gone,
    }
}

/// A place where the quotation stands.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    start: usize,
    /// Bytes around it that are as they were.
    context: usize,
    /// Bytes between it and the old place, from the nearer end of the text.
    distance: usize,
    /// Whether enough is as it was, on one side at least.
    is_known: bool,
}

impl Candidate {
    fn at(anchor: &CommentAnchor, text: &str, start: usize) -> Option<Self> {
        let (before, after) = around(anchor, text, start)?;
        let (before, after) = (last_bytes(before), first_bytes(after));
        let same_before = common(anchor.before.bytes().rev(), before.bytes().rev());
        let same_after = common(anchor.after.bytes(), after.bytes());
        // Where less is kept, the text ended there, which tells as much.
        let is_known = |same: usize, kept: &str, here: &str| {
            same >= TELLING_CONTEXT_BYTES || (same == kept.len() && same == here.len())
        };
        Some(Self {
            start,
            context: same_before + same_after,
            distance: distance(anchor, text, start),
            is_known: is_known(same_before, &anchor.before, before)
                || is_known(same_after, &anchor.after, after),
        })
    }

    fn rank(self) -> (usize, Reverse<usize>, Reverse<usize>) {
        (self.context, Reverse(self.distance), Reverse(self.start))
    }
}

/// Returns the text before and after a quotation that begins at `start`.
fn around<'a>(anchor: &CommentAnchor, text: &'a str, start: usize) -> Option<(&'a str, &'a str)> {
    let end = start.checked_add(anchor.quote.len())?;
    Some((text.get(..start)?, text.get(end..)?))
}

/// Says whether a line begins and ends where the lines quoted began and ended.
fn fits_lines(anchor: &CommentAnchor, text: &str, start: usize) -> bool {
    around(anchor, text, start).is_some_and(|(before, after)| {
        let begins = before.is_empty() || before.ends_with('\n');
        (begins || !begins_line(anchor)) && (is_line_end(after) || !is_line_end(&anchor.after))
    })
}

/// Returns the bytes between `start` and the old place, from the nearer end of the text.
fn distance(anchor: &CommentAnchor, text: &str, start: usize) -> usize {
    let old = to_usize(anchor.start);
    let old_from_end = to_usize(anchor.text_bytes).saturating_sub(old);
    let from_end = text.len().saturating_sub(start);
    start.abs_diff(old).min(from_end.abs_diff(old_from_end))
}

fn begins_line(anchor: &CommentAnchor) -> bool {
    anchor.before.is_empty() || anchor.before.ends_with('\n')
}

fn is_line_end(after: &str) -> bool {
    after.is_empty() || after.starts_with('\n') || after.starts_with("\r\n")
}

/// Counts the bytes that two sequences begin with alike.
fn common(one: impl Iterator<Item = u8>, other: impl Iterator<Item = u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// Returns the numbers of the first and the last line of `range`, from 1.
fn lines_of(text: &str, range: &Range<usize>) -> (usize, usize) {
    let feeds = |part: Range<usize>| {
        let part = text.get(part).unwrap_or_default();
        part.matches('\n').count()
    };
    let first = 1 + feeds(0..range.start);
    (first, first + feeds(range.clone()))
}

/// Returns the beginning of a text, as far as it is kept.
fn first_bytes(text: &str) -> &str {
    let mut end = text.len().min(MAX_CONTEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Returns the end of a text, as far as it is kept.
fn last_bytes(text: &str) -> &str {
    let mut start = text.len().saturating_sub(MAX_CONTEXT_BYTES);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..).unwrap_or_default()
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Returns where `wanted` stands in `text`, overlapping places too, in time in proportion to both.
///
/// The search of Knuth, Morris and Pratt, "Fast pattern matching in strings", SIAM Journal on Computing 6 (1977).
fn occurrences<'a>(text: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let borders = borders(wanted);
    let mut matched = 0;
    // The empty quotation stands before every byte and at the end; of those, empty lines are left in the end.
    let empty = if wanted.is_empty() {
        0..text.len() + 1
    } else {
        0..0
    };
    let full = text.iter().enumerate().filter_map(move |(place, byte)| {
        if wanted.is_empty() {
            return None;
        }
        while matched > 0 && wanted.get(matched) != Some(byte) {
            matched = border(&borders, matched);
        }
        if wanted.get(matched) == Some(byte) {
            matched += 1;
        }
        if matched < wanted.len() {
            return None;
        }
        matched = border(&borders, matched);
        Some(place + 1 - wanted.len())
    });
    empty.chain(full)
}

/// Returns the length of the longest proper beginning of the first `length` bytes that is also their end.
fn border(borders: &[usize], length: usize) -> usize {
    let last = length.checked_sub(1);
    last.and_then(|last| borders.get(last).copied())
        .unwrap_or_default()
}

fn borders(wanted: &[u8]) -> Vec<usize> {
    let mut borders = Vec::with_capacity(wanted.len());
    let mut length = 0;
    for (place, byte) in wanted.iter().enumerate() {
        if place > 0 {
            while length > 0 && wanted.get(length) != Some(byte) {
                length = border(&borders, length);
            }
            if wanted.get(length) == Some(byte) {
                length += 1;
            }
        }
        borders.push(length);
    }
    borders
}

#[cfg(test)]
mod tests;
