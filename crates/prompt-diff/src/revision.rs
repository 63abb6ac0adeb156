//! One side's text, cut into lines.

use std::{ops::Range, sync::Arc};

/// One side's text, cut into lines; cheap to clone.
///
/// Texts are at most 4 GiB long: places are kept as 32-bit numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    text: Arc<str>,
    /// Where each line ends, its line feed included.
    ends: Arc<[u32]>,
    /// Numbers of the lines that go on with the text line before them, ascending.
    continued: Arc<[u32]>,
}

/// What a line is called on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label {
    /// Number of the text line, from 1.
    pub number: usize,
    /// Which part of a long text line it is, from 1; nothing if it is a whole one.
    pub part: Option<usize>,
}

impl Revision {
    /// Cuts `text` at its line feeds. The empty text has no lines.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let ends = line_ends(&text);
        Self {
            text,
            ends: ends.into(),
            continued: Arc::default(),
        }
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns how many lines there are.
    pub fn line_count(&self) -> usize {
        self.ends.len()
    }

    /// Returns line `number`, counted from 0, with its line feed; the empty text if there is no such line.
    pub fn line(&self, number: usize) -> &str {
        self.text.get(self.range(number)).unwrap_or_default()
    }

    /// Returns where line `number` lies in the text, in bytes; an empty range at the end if there is none.
    pub fn range(&self, number: usize) -> Range<usize> {
        self.place(number)..self.place(number.saturating_add(1))
    }

    /// Returns the bytes of lines in order, as far as there are any.
    pub(crate) fn line_bytes(&self, numbers: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let bytes = self.text.as_bytes();
        let mut start = self.place(numbers.start);
        let ends = self.ends.get(numbers).unwrap_or_default();
        ends.iter().map(move |&end| {
            let line = bytes.get(start..end as usize).unwrap_or_default();
            start = end as usize;
            line
        })
    }

    /// Returns line `number` without its line feed.
    pub fn body(&self, number: usize) -> &str {
        let line = self.line(number);
        line.strip_suffix('\n').unwrap_or(line)
    }

    /// Says whether line `number` ends in a line feed, as all but the last one do and parts of long lines.
    pub fn ends_in_line_feed(&self, number: usize) -> bool {
        self.line(number).ends_with('\n')
    }

    /// Returns the text of a run of lines, as far as it lies in the text.
    pub fn lines(&self, numbers: Range<usize>) -> &str {
        let range = self.place(numbers.start)..self.place(numbers.end);
        self.text.get(range).unwrap_or_default()
    }

    /// Returns the line that holds byte `place`; the number of lines if it lies behind the text.
    pub fn line_at(&self, place: usize) -> usize {
        self.ends.partition_point(|&end| end as usize <= place)
    }

    /// Returns what line `number` is called on screen.
    pub fn label(&self, number: usize) -> Label {
        let parts_until = |number: usize| {
            self.continued
                .partition_point(|&line| line as usize <= number)
        };
        let first = self.first_part(number);
        let is_part = first != number || self.is_continued(number.saturating_add(1));
        Label {
            number: number + 1 - parts_until(number),
            part: is_part.then(|| number - first + 1),
        }
    }

    /// Says whether line `number` goes on with the text line that the line before it is part of.
    pub fn is_continued(&self, number: usize) -> bool {
        u32::try_from(number).is_ok_and(|number| self.continued.binary_search(&number).is_ok())
    }

    /// Returns the first part of the text line that line `number` is part of.
    fn first_part(&self, mut number: usize) -> usize {
        while self.is_continued(number) {
            number -= 1;
        }
        number
    }

    fn place(&self, number: usize) -> usize {
        match number.checked_sub(1) {
            None => 0,
            Some(last) => self
                .ends
                .get(last)
                .map_or(self.text.len(), |&end| end as usize),
        }
    }

    /// Puts other ends in the place of those found at line feeds.
    pub(crate) fn with_parts(&self, ends: Vec<u32>, continued: Vec<u32>) -> Self {
        Self {
            text: Arc::clone(&self.text),
            ends: ends.into(),
            continued: continued.into(),
        }
    }
}

fn line_ends(text: &str) -> Vec<u32> {
    let place = |end: usize| u32::try_from(end).unwrap_or(u32::MAX);
    let mut ends = Vec::with_capacity(text.len() / 48 + 1);
    ends.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|feed| place(feed + 1)));
    if !text.is_empty() && !text.ends_with('\n') {
        ends.push(place(text.len()));
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_number_and_none_is_made_up() {
        let revision = Revision::new("a\n\nlast");
        let lines: Vec<_> = (0..5).map(|number| revision.line(number)).collect();
        assert_eq!(lines, ["a\n", "\n", "last", "", ""]);
        assert_eq!(revision.body(0), "a");
        assert_eq!(revision.line_count(), 3);
        assert!(!revision.ends_in_line_feed(2));
        assert_eq!(Revision::new("").line_count(), 0);
        assert_eq!(
            [0, 1, 2, 3, 9].map(|place| revision.line_at(place)),
            [0, 0, 1, 2, 3]
        );
    }

    #[test]
    fn parts_of_a_line_have_its_number() {
        let whole = Revision::new("a\nOne. Two. Three.\nb\n");
        let revision = whole.with_parts(vec![2, 7, 12, 19, 21], vec![2, 3]);
        assert_eq!(revision.line(2), "Two. ");
        let labels: Vec<_> = (0..5)
            .map(|line| revision.label(line))
            .map(|label| (label.number, label.part))
            .collect();
        assert_eq!(
            labels,
            [
                (1, None),
                (2, Some(1)),
                (2, Some(2)),
                (2, Some(3)),
                (3, None)
            ]
        );
    }
}
