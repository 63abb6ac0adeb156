//! Instructions that a change takes away, adds or rewords: what the agent will forget.

use crate::{
    LineKind, PromptDiff, Revision, Sides, Structure,
    bags::{Bag, words},
    sentences::sentences,
    structure::list_item,
};
use std::{collections::HashSet, ops::Range};

/// Words that begin an instruction.
const BEGINNINGS: [&str; 20] = [
    "must",
    "never",
    "always",
    "do not",
    "don't",
    "don’t",
    "only",
    "avoid",
    "ensure",
    "make sure",
    "refuse",
    "you must",
    "you may",
    "you should",
    "under no circumstances",
    "no",
    "if",
    "before",
    "when",
    "unless",
];

/// Verbs that begin an instruction.
const IMPERATIVES: [&str; 60] = [
    "address",
    "answer",
    "apologise",
    "apologize",
    "ask",
    "assume",
    "be",
    "begin",
    "call",
    "check",
    "cite",
    "close",
    "confirm",
    "create",
    "decline",
    "describe",
    "end",
    "escalate",
    "explain",
    "flag",
    "follow",
    "give",
    "greet",
    "hand",
    "include",
    "keep",
    "leave",
    "let",
    "link",
    "list",
    "log",
    "look",
    "mention",
    "note",
    "offer",
    "open",
    "page",
    "praise",
    "prefer",
    "provide",
    "quote",
    "read",
    "remember",
    "reply",
    "respond",
    "return",
    "say",
    "send",
    "start",
    "state",
    "stop",
    "summarise",
    "summarize",
    "tell",
    "treat",
    "use",
    "verify",
    "wait",
    "write",
    "thank",
];

/// Words that make an instruction of any sentence or list item they stand in.
const ANYWHERE: [&str; 6] = [
    " must ",
    " never ",
    " always ",
    " do not ",
    " may not ",
    " cannot ",
];

/// The same in scripts without spaces: must, never, do not.
const ANYWHERE_UNSPACED: [&str; 10] = [
    "必ず",
    "絶対",
    "しないで",
    "てはいけ",
    "てはなら",
    "必须",
    "不要",
    "不得",
    "禁止",
    "务必",
];

/// Most pairs of instructions that are compared to find reworded ones.
const MOST_COMPARISONS: usize = 10_000;

/// Two instructions that share so much are one in other words.
const ALIKE_FROM: f32 = 0.45;

/// Most lines of one passage.
const LONGEST_PASSAGE: usize = 200;

/// Longest label before a rule, in characters.
const LONGEST_LABEL: usize = 40;

/// Words in a heading that make a rule of each item in the list below it.
const RULE_HEADINGS: [&str; 9] = [
    "rule",
    "polic",
    "must",
    "never",
    "always",
    "constraint",
    "instruction",
    "guideline",
    "limit",
];

/// An instruction, with the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Number of its line, from 0, on the side that it belongs to.
    pub line: usize,
    /// The sentence or list item, without its list mark.
    pub text: String,
}

/// What becomes of instructions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instructions {
    /// Those that are gone.
    pub removed: Vec<Instruction>,
    /// Those that are new.
    pub added: Vec<Instruction>,
    /// Those that are there in other words.
    pub reworded: Vec<Sides<Instruction>>,
}

/// Finds the instructions among the changed lines.
///
/// A sentence that goes over several lines is read as one. An instruction that only stands elsewhere afterwards,
/// or is only wrapped or capitalised otherwise, counts neither as removed nor as added. What counts as an
/// instruction is told by its words, so this is a help for the reader and no proof.
pub fn instructions(diff: &PromptDiff) -> Instructions {
    let structures = diff.structures();
    let texts = Sides::new(
        Passages::new(&diff.revisions.before, &structures.before),
        Passages::new(&diff.revisions.after, &structures.after),
    );
    let kept = texts.as_ref().map(|passages| {
        passages
            .sentences(&(0..passages.ends.len()))
            .map(|one| one.key)
            .collect::<HashSet<u64>>()
    });
    let mut found = Instructions::default();
    let mut seen = Sides::new(0, 0);
    for hunk in &diff.hunks {
        let of = |passages: &Passages<'_>,
                  lines: &Range<usize>,
                  seen: &mut usize,
                  other: &HashSet<u64>| {
            let touched = passages.around(lines);
            let new = touched.start.max(*seen)..touched.end;
            *seen = (*seen).max(new.end);
            let sentences = passages.sentences(&new);
            let lost = sentences.filter(|one| one.instructs && !other.contains(&one.key));
            lost.map(|one| one.instruction).collect::<Vec<_>>()
        };
        let mut gone = of(
            &texts.before,
            &hunk.lines.before,
            &mut seen.before,
            &kept.after,
        );
        let mut new = of(
            &texts.after,
            &hunk.lines.after,
            &mut seen.after,
            &kept.before,
        );
        pair_reworded(&mut gone, &mut new, &mut found.reworded);
        found.removed.append(&mut gone);
        found.added.append(&mut new);
    }
    // What went from one place and came to another in other words was reworded too.
    if found.removed.len().saturating_mul(found.added.len()) <= MOST_COMPARISONS {
        pair_reworded(&mut found.removed, &mut found.added, &mut found.reworded);
    }
    found
}

/// Takes out the instructions that became one another.
fn pair_reworded(
    gone: &mut Vec<Instruction>,
    new: &mut Vec<Instruction>,
    reworded: &mut Vec<Sides<Instruction>>,
) {
    if gone.len().saturating_mul(new.len()) > MOST_COMPARISONS {
        return;
    }
    let mut bags: Vec<Bag> = new.iter().map(|one| Bag::new(&one.text)).collect();
    gone.retain(|old| {
        let bag = Bag::new(&old.text);
        let best = bags
            .iter()
            .enumerate()
            .map(|(place, other)| (bag.likeness(other), place))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .filter(|(likeness, _)| *likeness >= ALIKE_FROM);
        let Some((_, place)) = best else { return true };
        bags.remove(place);
        reworded.push(Sides::new(old.clone(), new.remove(place)));
        false
    });
}

/// A text as passages: list items with their further lines, and paragraphs.
struct Passages<'a> {
    revision: &'a Revision,
    structure: &'a Structure,
    /// The line behind each passage.
    ends: Vec<usize>,
}

/// A sentence or list item.
struct Sentence {
    instruction: Instruction,
    instructs: bool,
    /// What tells it from others, whatever its spaces and capitals.
    key: u64,
}

impl<'a> Passages<'a> {
    fn new(revision: &'a Revision, structure: &'a Structure) -> Self {
        let mut ends: Vec<usize> = Vec::new();
        let mut length = 0;
        for line in 0..revision.line_count() {
            let kind = structure.kind(line);
            let goes_on = match kind {
                _ if revision.is_continued(line) => true,
                LineKind::Text => {
                    line > 0
                        && matches!(
                            structure.kind(line - 1),
                            LineKind::Text | LineKind::Item { .. }
                        )
                }
                LineKind::Quote => line > 0 && structure.kind(line - 1) == LineKind::Quote,
                _ => false,
            };
            match ends.last_mut() {
                Some(end) if goes_on && length < LONGEST_PASSAGE => {
                    *end = line + 1;
                    length += 1;
                }
                _ => {
                    ends.push(line + 1);
                    length = 1;
                }
            }
        }
        Self {
            revision,
            structure,
            ends,
        }
    }

    /// Returns the passages that lines lie in.
    fn around(&self, lines: &Range<usize>) -> Range<usize> {
        if lines.is_empty() {
            return 0..0;
        }
        let of = |line: usize| self.ends.partition_point(|&end| end <= line);
        of(lines.start)..(of(lines.end - 1) + 1).min(self.ends.len())
    }

    /// Returns the sentences of passages. An item of a list of rules is one, whatever it says.
    fn sentences(&self, passages: &Range<usize>) -> impl Iterator<Item = Sentence> {
        passages.clone().flat_map(|passage| {
            let start = passage
                .checked_sub(1)
                .and_then(|last| self.ends.get(last))
                .copied()
                .unwrap_or_default();
            let end = self.ends.get(passage).copied().unwrap_or(start);
            self.of_passage(start..end)
        })
    }

    fn of_passage(&self, lines: Range<usize>) -> Vec<Sentence> {
        let kind = self.structure.kind(lines.start);
        if !matches!(
            kind,
            LineKind::Text | LineKind::Item { .. } | LineKind::Quote
        ) {
            return Vec::new();
        }
        let whole = self.revision.lines(lines.clone());
        let body = match list_item(whole) {
            Some((_, _, text)) if matches!(kind, LineKind::Item { .. }) => text,
            _ => whole.trim_start_matches(['>', ' ']),
        };
        let start = self.revision.range(lines.start).start + (whole.len() - body.len());
        let is_item = matches!(kind, LineKind::Item { .. });
        let is_rule = is_item && self.in_rules(lines.start);
        sentences(body, 1)
            .filter_map(|range| {
                let text = body.get(range.clone())?;
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let bag = words(&text);
                (!bag.is_empty()).then(|| Sentence {
                    instructs: is_rule || instructs(&text),
                    key: key(&bag),
                    instruction: Instruction {
                        line: self.revision.line_at(start + range.start),
                        text,
                    },
                })
            })
            .collect()
    }

    /// Says whether a line stands under a heading that speaks of rules.
    fn in_rules(&self, line: usize) -> bool {
        self.structure.path(line).iter().any(|title| {
            let title = title.to_lowercase();
            RULE_HEADINGS.iter().any(|word| title.contains(word))
        })
    }
}

/// Mixes the words of a sentence, in their order.
fn key(words: &[u32]) -> u64 {
    words.iter().fold(0xCBF2_9CE4_8422_2325, |key, &word| {
        (key ^ u64::from(word))
            .wrapping_mul(0x0100_0000_01B3)
            .rotate_left(23)
    })
}

fn instructs(sentence: &str) -> bool {
    let sentence = sentence.to_lowercase();
    let begins = |part: &str| {
        let part = part.trim_start_matches(|c: char| !c.is_alphanumeric());
        let begins_with = |word: &&str| -> bool {
            let rest = part.strip_prefix(*word);
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        BEGINNINGS.iter().any(&begins_with) || IMPERATIVES.iter().any(&begins_with)
    };
    // A rule may carry a label: "Food safety: if somebody is hurt, …".
    let labelled = sentence.split_once(": ");
    let labelled = labelled.filter(|(label, _)| label.chars().count() <= LONGEST_LABEL);
    begins(&sentence)
        || labelled.is_some_and(|(_, rest)| begins(rest))
        || ANYWHERE.iter().any(|word| sentence.contains(word))
        || ANYWHERE_UNSPACED.iter().any(|word| sentence.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, diff};

    #[track_caller]
    fn check(before: &str, after: &str, expected: &[&str]) {
        let found = instructions(&diff(before, after, &Limits::default()));
        let mut drawn: Vec<String> = Vec::new();
        drawn.extend(found.removed.iter().map(|one| format!("- {}", one.text)));
        drawn.extend(found.added.iter().map(|one| format!("+ {}", one.text)));
        drawn.extend(
            found
                .reworded
                .iter()
                .map(|pair| format!("~ {} > {}", pair.before.text, pair.after.text)),
        );
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_rule_that_goes_is_named() {
        check(
            "You help.\nNever promise a date.\nBe kind.\n",
            "You help.\nBe kind.\n",
            &["- Never promise a date."],
        );
    }

    #[test]
    fn a_rule_lost_from_a_paragraph_is_named() {
        check(
            "You help customers. Never promise a date. Stay calm whatever they say.\n",
            "You help customers. Stay calm whatever they say.\n",
            &["- Never promise a date."],
        );
    }

    #[test]
    fn a_reworded_rule_is_not_lost() {
        check(
            "- Never refund above $200 without a manager.\n",
            "- Never refund above $50 without a manager.\n",
            &[
                "~ Never refund above $200 without a manager. > Never refund above $50 without a manager.",
            ],
        );
    }

    #[test]
    fn items_of_a_list_of_rules_are_rules() {
        check(
            "# Rules\n- Cite the order.\n- Smile.\n",
            "# Rules\n- Smile.\n",
            &["- Cite the order."],
        );
        check(
            "# Tone\n- Two lines.\n- Smile.\n",
            "# Tone\n- Smile.\n",
            &[],
        );
    }

    #[test]
    fn a_rule_that_moved_is_neither_lost_nor_new() {
        check(
            "Always cite.\n\na\nb\nc\nd\n",
            "\na\nb\nc\nd.\nAlways cite.\n",
            &[],
        );
    }

    #[test]
    fn a_labelled_rule_that_is_rewritten_away_is_lost() {
        check(
            "- Food safety: if a lid broke, tell them to stop using the item. This comes before politeness.\n",
            "- If a customer reports damage, offer a replacement or money.\n",
            &[
                "- Food safety: if a lid broke, tell them to stop using the item.",
                "+ If a customer reports damage, offer a replacement or money.",
            ],
        );
    }

    #[test]
    fn a_rule_that_moved_into_a_changed_line_is_not_lost() {
        check(
            "Be calm. Stay kind.\nIf they insult you, go on.\n",
            "Be calm. If they insult you, go on.\n",
            &[],
        );
    }
}
