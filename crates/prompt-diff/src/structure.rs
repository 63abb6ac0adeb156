//! The structure of a prompt: which headings and tagged blocks a line lies in.

use crate::Revision;
use std::{collections::HashMap, ops::Range};

/// Depth of a tagged block, of which any number may lie in one another.
const TAG: usize = 0;
/// Depth of a line in bold that stands alone, below any numbered heading.
const BOLD: usize = 7;
/// Depth of a line that ends in a colon and begins a paragraph.
const LEAD: usize = 8;
/// Longest line that can be a lead, in characters; longer ones are prose.
const LONGEST_LEAD: usize = 60;
/// Longest number before a list item, in digits; a year is longer.
const LONGEST_NUMBER: usize = 3;

/// What a line is in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Nothing but spaces.
    Blank,
    /// Prose.
    Text,
    /// A Markdown heading, a line in bold or a line with a colon that heads what follows.
    Heading {
        /// From 1; 7 for a line in bold, 8 for a line with a colon.
        level: u8,
    },
    /// The first line of a list item.
    Item {
        /// How deep the list lies in other lists, from 0.
        depth: u8,
        /// Whether items are numbered.
        ordered: bool,
    },
    /// A quotation.
    Quote,
    /// The first or last line of fenced code.
    Fence,
    /// A line of fenced code.
    Code,
    /// A line that opens a tagged block.
    TagOpen,
    /// A line that closes a tagged block.
    TagClose,
}

/// Headings and tagged blocks in one another that are told apart; a text with more is made to be slow.
const DEEPEST: usize = 24;

/// Blocks that are looked at to find the one around a line; more of them before it ends are no help to a reader.
const BLOCKS_LOOKED_AT: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    depth: usize,
    title: String,
    line: usize,
    parent: Option<usize>,
}

/// The structure of a text: what each line is, and which headings and blocks it lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    kinds: Vec<LineKind>,
    entries: Vec<Entry>,
    /// From which line on which entry is the innermost, ascending.
    changes: Vec<(usize, Option<usize>)>,
    /// Tagged blocks and fenced code, from the first line to the last, in the order of their ends.
    blocks: Vec<Range<usize>>,
}

impl Structure {
    /// Finds Markdown headings, lists, quotations, fenced code, tagged blocks, and lines in bold or with a
    /// colon that head a paragraph.
    pub fn new(revision: &Revision) -> Self {
        let mut found = Self {
            kinds: Vec::with_capacity(revision.line_count()),
            entries: Vec::new(),
            changes: Vec::new(),
            blocks: Vec::new(),
        };
        let last_close = last_closes(revision);
        let mut stack: Vec<usize> = Vec::new();
        let mut fence: Option<(&str, usize)> = None;
        let mut after_blank = true;
        for number in 0..revision.line_count() {
            if revision.is_continued(number) {
                found
                    .kinds
                    .push(found.kinds.last().copied().unwrap_or(LineKind::Text));
                continue;
            }
            let line = revision.body(number).trim_end();
            let trimmed = line.trim_start();
            let kind = match (fence, fence_mark(trimmed)) {
                (None, Some(mark)) => {
                    fence = Some((mark, number));
                    LineKind::Fence
                }
                (Some((open, start)), Some(mark)) if open == mark => {
                    fence = None;
                    found.blocks.push(start..number + 1);
                    LineKind::Fence
                }
                (Some(_), _) => LineKind::Code,
                (None, None) => found.prose(line, number, after_blank, &last_close, &mut stack),
            };
            found.kinds.push(kind);
            after_blank = matches!(kind, LineKind::Blank | LineKind::Heading { level: 1..=6 });
        }
        found
    }

    /// Takes in a line outside of code.
    fn prose(
        &mut self,
        line: &str,
        number: usize,
        after_blank: bool,
        last_close: &HashMap<&str, usize>,
        stack: &mut Vec<usize>,
    ) -> LineKind {
        if line.is_empty() {
            return LineKind::Blank;
        }
        if let Some(name) = closing_tag(line) {
            let opened = stack.iter().rposition(|&open| {
                let entry = self.entries.get(open);
                entry.is_some_and(|entry| entry.depth == TAG && is_tag(&entry.title, name))
            });
            let Some(place) = opened else {
                return LineKind::Text;
            };
            let start = stack
                .get(place)
                .and_then(|&open| self.entries.get(open))
                .map(|entry| entry.line);
            self.blocks.push(start.unwrap_or(number)..number + 1);
            stack.truncate(place);
            // The closing line itself still belongs to its block.
            self.changes.push((number + 1, stack.last().copied()));
            return LineKind::TagClose;
        }
        if let Some((depth, title)) = entry(line, after_blank, number, last_close)
            && (depth != TAG || stack.len() < DEEPEST)
        {
            if depth != TAG {
                let depth_of =
                    |open: &usize| self.entries.get(*open).map_or(TAG, |entry| entry.depth);
                let keep = stack
                    .iter()
                    .rposition(|open| depth_of(open) < depth || depth_of(open) == TAG);
                stack.truncate(keep.map_or(0, |last| last + 1));
            }
            let parent = stack.last().copied();
            stack.push(self.entries.len());
            self.changes.push((number, Some(self.entries.len())));
            self.entries.push(Entry {
                depth,
                title,
                line: number,
                parent,
            });
            return match u8::try_from(depth) {
                Ok(level) if depth != TAG => LineKind::Heading { level },
                _ => LineKind::TagOpen,
            };
        }
        if let Some((depth, ordered, _)) = list_item(line) {
            return LineKind::Item { depth, ordered };
        }
        if line.trim_start().starts_with('>') {
            return LineKind::Quote;
        }
        LineKind::Text
    }

    /// Returns what line `number` is.
    pub fn kind(&self, number: usize) -> LineKind {
        self.kinds.get(number).copied().unwrap_or(LineKind::Blank)
    }

    /// Returns the headings that line `number` lies under, outermost first; a heading lies under itself.
    pub fn path(&self, number: usize) -> Vec<String> {
        let mut path = Vec::new();
        let mut next = self.innermost(number);
        while let Some(entry) = next {
            path.push(entry.title.clone());
            next = entry.parent.and_then(|parent| self.entries.get(parent));
        }
        path.reverse();
        path
    }

    /// Returns the line of the innermost heading or opening tag that line `number` lies under.
    pub fn heading_line(&self, number: usize) -> Option<usize> {
        self.innermost(number).map(|entry| entry.line)
    }

    /// Returns the line of the innermost heading or opening tag above line `number`, other than that line itself.
    pub fn heading_above(&self, number: usize) -> Option<usize> {
        let mut entry = self.innermost(number)?;
        while entry.line >= number {
            entry = self.entries.get(entry.parent?)?;
        }
        Some(entry.line)
    }

    /// Returns the lines of the innermost tagged block or fenced code around line `number`, other than one that
    /// begins with it.
    pub fn block(&self, number: usize) -> Option<Range<usize>> {
        let first = self.blocks.partition_point(|block| block.end <= number);
        let around = self.blocks.get(first..).unwrap_or_default();
        let mut around = around.iter().take(BLOCKS_LOOKED_AT);
        around.find(|block| block.start < number).cloned()
    }

    fn innermost(&self, number: usize) -> Option<&Entry> {
        let holding = self.changes.partition_point(|(from, _)| *from <= number);
        let (_, entry) = self.changes.get(holding.checked_sub(1)?)?;
        self.entries.get((*entry)?)
    }
}

fn is_tag(title: &str, name: &str) -> bool {
    title
        .strip_prefix('<')
        .and_then(|title| title.strip_suffix('>'))
        == Some(name)
}

/// Returns the last line that closes each tag.
fn last_closes(revision: &Revision) -> HashMap<&str, usize> {
    (0..revision.line_count())
        .filter_map(|number| Some((closing_tag(revision.body(number))?, number)))
        .collect()
}

fn fence_mark(trimmed: &str) -> Option<&'static str> {
    ["```", "~~~"]
        .into_iter()
        .find(|mark| trimmed.starts_with(mark))
}

/// Returns depth, whether it is numbered, and the text of a list item.
pub(crate) fn list_item(line: &str) -> Option<(u8, bool, &str)> {
    let rest = line.trim_start();
    let indent: usize = line
        .bytes()
        .take(line.len() - rest.len())
        .map(|byte| if byte == b'\t' { 4 } else { 1 })
        .sum();
    let depth = u8::try_from(indent / 2).unwrap_or(u8::MAX);
    for mark in ["- ", "* ", "+ ", "• ", "– "] {
        if let Some(text) = rest.strip_prefix(mark) {
            return Some((depth, false, text.trim_start()));
        }
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let text = rest.get(digits..)?;
    let text = text
        .strip_prefix(". ")
        .or_else(|| text.strip_prefix(") "))?;
    (1..=LONGEST_NUMBER)
        .contains(&digits)
        .then(|| (depth, true, text.trim_start()))
}

fn entry(
    line: &str,
    after_blank: bool,
    number: usize,
    last_close: &HashMap<&str, usize>,
) -> Option<(usize, String)> {
    let made = |depth: usize, title: &str| {
        let title = title.trim();
        (!title.is_empty()).then(|| (depth, title.to_owned()))
    };
    let level = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&level) {
        let title = line.get(level..).filter(|rest| rest.starts_with(' '))?;
        return made(level, title.trim_end_matches('#'));
    }
    if let Some(name) = opening_tag(line) {
        let closed = last_close.get(name).is_some_and(|&close| close > number);
        return closed.then(|| (TAG, format!("<{name}>")));
    }
    if let Some(bold) = line.strip_prefix("**") {
        let bold = bold.trim_end_matches(':').strip_suffix("**")?;
        return made(BOLD, bold.trim_end_matches(':')).filter(|_| !bold.contains("**"));
    }
    let lead = line.strip_suffix(':').filter(|_| after_blank)?;
    let starts_a_word = lead.starts_with(char::is_alphabetic);
    (starts_a_word && lead.chars().count() <= LONGEST_LEAD)
        .then(|| made(LEAD, lead))
        .flatten()
}

/// Returns the name in `<name …>` where that is the whole line.
fn opening_tag(line: &str) -> Option<&str> {
    let inner = line.trim().strip_prefix('<')?.strip_suffix('>')?;
    let end = inner.find(char::is_whitespace).unwrap_or(inner.len());
    inner.get(..end).filter(|name| is_tag_name(name))
}

fn closing_tag(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix("</")?.strip_suffix('>')?;
    Some(name).filter(|name| is_tag_name(name))
}

fn is_tag_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, line: usize, expected: &str) {
        let structure = Structure::new(&Revision::new(text));
        assert_eq!(structure.path(line).join(" › "), expected);
    }

    const PROMPT: &str = "You help.\n\n# Refunds\nAsk first.\n## Limits\n$200\n# Tone\nBe kind.\n";

    #[test]
    fn a_line_lies_under_the_headings_above_it() {
        check(PROMPT, 0, "");
        check(PROMPT, 3, "Refunds");
        check(PROMPT, 5, "Refunds › Limits");
        check(PROMPT, 7, "Tone");
        check(PROMPT, 900, "Tone");
    }

    #[test]
    fn a_tagged_block_ends_where_it_is_closed() {
        let text =
            "# Rules\n<example id=\"1\">\n# Inside\ntext\n</example>\nafter\n<open>\nstill\n";
        check(text, 3, "Rules › <example> › Inside");
        check(text, 4, "Rules › <example> › Inside");
        check(text, 5, "Rules");
        check(text, 7, "Rules");
    }

    #[test]
    fn code_has_no_headings() {
        check("# Real\n```sh\n# comment\n```\nafter\n", 2, "Real");
        check("# Real\n```sh\n# comment\n```\nafter\n", 4, "Real");
    }

    #[test]
    fn leads_and_bold_lines_head_what_follows() {
        check("Intro.\n\nTone:\n- kind\n", 3, "Tone");
        check("# A\n**Limits:**\nx\n", 2, "A › Limits");
        check("Say this:\n- b\nnot a lead:\n", 2, "Say this");
    }

    #[test]
    fn each_line_has_its_kind() {
        let text = "# A\n\ntext\n- one\n  - two\n1. three\n> said\n```\ncode\n```\n<x>\nin\n</x>\n2026. no\n";
        let structure = Structure::new(&Revision::new(text));
        let kinds: Vec<_> = (0..15)
            .map(|line| format!("{:?}", structure.kind(line)))
            .collect();
        let expected = [
            "Heading { level: 1 }",
            "Blank",
            "Text",
            "Item { depth: 0, ordered: false }",
            "Item { depth: 1, ordered: false }",
            "Item { depth: 0, ordered: true }",
            "Quote",
            "Fence",
            "Code",
            "Fence",
            "TagOpen",
            "Text",
            "TagClose",
            "Text",
            "Blank",
        ];
        assert_eq!(kinds, expected);
        assert_eq!(structure.block(8), Some(7..10));
        assert_eq!(structure.block(11), Some(10..13));
        assert_eq!(structure.block(13), None);
        assert_eq!(structure.heading_line(5), Some(0));
    }
}
