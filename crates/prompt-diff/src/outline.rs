//! The structure of a prompt: which headings and tagged blocks a line lies in.

use crate::Revision;
use std::collections::HashMap;

/// Depth of a tagged block, of which any number may lie in one another.
const TAG: usize = 0;
/// Depth of a line in bold that stands alone, below any numbered heading.
const BOLD: usize = 7;
/// Depth of a line that ends in a colon and begins a paragraph.
const LEAD: usize = 8;
/// Longest line that can be a lead, in characters; longer ones are prose.
const LONGEST_LEAD: usize = 60;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    depth: usize,
    title: String,
}

/// The headings of a text and where they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// From which line on which path holds, ascending.
    changes: Vec<(usize, Vec<String>)>,
}

impl Outline {
    /// Finds Markdown headings, tagged blocks, and lines in bold or with a colon that head a paragraph.
    pub fn new(revision: &Revision) -> Self {
        let lines: Vec<&str> = (0..revision.line_count())
            .map(|number| revision.body(number).trim_end())
            .collect();
        let last_close: HashMap<&str, usize> = lines
            .iter()
            .enumerate()
            .filter_map(|(number, line)| Some((closing_tag(line)?, number)))
            .collect();
        let mut stack: Vec<Entry> = Vec::new();
        let mut changes = Vec::new();
        let mut fence: Option<&str> = None;
        let mut after_blank = true;
        for (number, line) in lines.iter().enumerate() {
            let trimmed = line.trim_start();
            let mark = ["```", "~~~"]
                .into_iter()
                .find(|mark| trimmed.starts_with(mark));
            match (fence, mark) {
                (None, Some(mark)) => fence = Some(mark),
                (Some(open), Some(mark)) if open == mark => fence = None,
                _ => {}
            }
            if fence.is_none() && mark.is_none() {
                if let Some(name) = closing_tag(line) {
                    if close(&mut stack, name) {
                        // The closing line itself still belongs to its block.
                        changes.push((number + 1, titles(&stack)));
                    }
                } else if let Some(entry) = entry(line, after_blank, number, &last_close) {
                    if entry.depth != TAG {
                        let keep = stack
                            .iter()
                            .rposition(|open| open.depth < entry.depth || open.depth == TAG);
                        stack.truncate(keep.map_or(0, |last| last + 1));
                    }
                    stack.push(entry);
                    changes.push((number, titles(&stack)));
                }
            }
            after_blank = trimmed.is_empty() || trimmed.starts_with('#');
        }
        Self { changes }
    }

    /// Returns the headings that line `number` lies under, outermost first; a heading lies under itself.
    pub fn path(&self, number: usize) -> Vec<String> {
        let holding = self.changes.partition_point(|(from, _)| *from <= number);
        let path = holding
            .checked_sub(1)
            .and_then(|last| self.changes.get(last));
        path.map(|(_, path)| path.clone()).unwrap_or_default()
    }
}

fn titles(stack: &[Entry]) -> Vec<String> {
    stack.iter().map(|entry| entry.title.clone()).collect()
}

/// Ends the innermost block called `name` with all headings in it; says whether there was one.
fn close(stack: &mut Vec<Entry>, name: &str) -> bool {
    let opened = stack
        .iter()
        .rposition(|entry| entry.depth == TAG && entry.title == format!("<{name}>"));
    if let Some(place) = opened {
        stack.truncate(place);
    }
    opened.is_some()
}

fn entry(
    line: &str,
    after_blank: bool,
    number: usize,
    last_close: &HashMap<&str, usize>,
) -> Option<Entry> {
    let made = |depth, title: &str| {
        let title = title.trim();
        (!title.is_empty()).then(|| Entry {
            depth,
            title: title.to_owned(),
        })
    };
    let level = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&level) {
        let title = line.get(level..).filter(|rest| rest.starts_with(' '))?;
        return made(level, title.trim_end_matches('#'));
    }
    if let Some(name) = opening_tag(line) {
        let closed = last_close.get(name).is_some_and(|&close| close > number);
        return closed.then(|| Entry {
            depth: TAG,
            title: format!("<{name}>"),
        });
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
        let outline = Outline::new(&Revision::new(text));
        assert_eq!(outline.path(line).join(" › "), expected);
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
}
