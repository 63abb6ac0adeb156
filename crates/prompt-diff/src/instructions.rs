//! Instructions that a change takes away, adds or rewords: what the agent will forget.

mod phrases;

use crate::{
    LineKind, PromptDiff, Revision, Sides, Structure,
    bags::{Bag, words},
    sentences::sentences,
    structure::list_item,
};
use phrases::{heads_rules, instructs};
use std::{collections::HashSet, ops::Range};

/// Most pairs of instructions that are compared to find reworded ones.
const MOST_COMPARISONS: usize = 10_000;

/// Two instructions that share so much are one in other words.
const ALIKE_FROM: f32 = 0.45;

/// Most lines of one passage.
const LONGEST_PASSAGE: usize = 200;

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
    let kept = texts.as_ref().map(Passages::keys);
    let mut pairing = Pairing::default();
    let (mut all_gone, mut all_new) = (Vec::new(), Vec::new());
    let mut seen = Sides::new(0, 0);
    for hunk in &diff.hunks {
        let of = |passages: &Passages<'_>,
                  lines: &Range<usize>,
                  seen: &mut usize,
                  other: &HashSet<u64>| {
            let touched = passages.around(lines);
            let new = touched.start.max(*seen)..touched.end;
            *seen = (*seen).max(new.end);
            passages
                .sentences(&new)
                .filter(|one| !other.contains(&one.key))
                .collect::<Vec<_>>()
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
        pairing.pair(&mut gone, &mut new);
        all_gone.append(&mut gone);
        all_new.append(&mut new);
    }
    // What went from one place and came to another in other words was reworded too.
    pairing.pair(&mut all_gone, &mut all_new);
    pairing.find_within(&mut all_gone);
    let instructing = |sentences: Vec<Sentence>| {
        let instructing = sentences.into_iter().filter(|one| one.instructs);
        instructing.map(|one| one.instruction).collect()
    };
    Instructions {
        removed: instructing(all_gone),
        added: instructing(all_new),
        reworded: pairing.reworded,
    }
}

/// Finds out which sentences became one another.
#[derive(Default)]
struct Pairing {
    reworded: Vec<Sides<Instruction>>,
    /// Sentences after the change that have a pair, of which more than one may have become the same.
    taken: Vec<(Bag, Instruction)>,
}

impl Pairing {
    /// Takes out the sentences that became one another, and notes those of which one is an instruction.
    fn pair(&mut self, gone: &mut Vec<Sentence>, new: &mut Vec<Sentence>) {
        if gone.len().saturating_mul(new.len()) > MOST_COMPARISONS {
            return;
        }
        let mut bags: Vec<Bag> = new
            .iter()
            .map(|one| Bag::new(&one.instruction.text))
            .collect();
        gone.retain(|old| {
            let bag = Bag::new(&old.instruction.text);
            let best = bags
                .iter()
                .enumerate()
                .map(|(place, other)| (bag.kinship(other), place))
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
                .filter(|(likeness, _)| *likeness >= ALIKE_FROM);
            let Some((_, place)) = best else { return true };
            let (bag, other) = (bags.remove(place), new.remove(place));
            if old.instructs || other.instructs {
                self.reworded.push(Sides::new(
                    old.instruction.clone(),
                    other.instruction.clone(),
                ));
            }
            self.taken.push((bag, other.instruction));
            false
        });
    }

    /// Takes out the instructions whose words are in a sentence that another one became too.
    fn find_within(&mut self, gone: &mut Vec<Sentence>) {
        if gone.len().saturating_mul(self.taken.len()) > MOST_COMPARISONS {
            return;
        }
        gone.retain(|one| {
            let bag = Bag::new(&one.instruction.text);
            let into = self
                .taken
                .iter()
                .find(|(other, _)| one.instructs && bag.is_within(other));
            if let Some((_, after)) = into {
                self.reworded
                    .push(Sides::new(one.instruction.clone(), after.clone()));
            }
            into.is_none()
        });
    }
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

    /// Returns what tells each sentence of the text from others.
    fn keys(&self) -> HashSet<u64> {
        let mut start = 0;
        let mut keys = HashSet::with_capacity(self.ends.len());
        for &end in &self.ends {
            if let Some((body, _)) = self.body(start..end) {
                let sentences = sentences(body, 1).filter_map(|range| body.get(range));
                keys.extend(sentences.map(|sentence| key(&words(sentence))));
            }
            start = end;
        }
        keys
    }

    /// Returns the prose of a passage and where it begins in the text; nothing for headings, code and the like.
    fn body(&self, lines: Range<usize>) -> Option<(&'a str, usize)> {
        let kind = self.structure.kind(lines.start);
        if !matches!(
            kind,
            LineKind::Text | LineKind::Item { .. } | LineKind::Quote
        ) {
            return None;
        }
        let start = self.revision.range(lines.start).start;
        let whole = self.revision.lines(lines);
        let body = match list_item(whole) {
            Some((_, _, text)) if matches!(kind, LineKind::Item { .. }) => text,
            _ => whole.trim_start_matches(['>', ' ']),
        };
        Some((body, start + (whole.len() - body.len())))
    }

    fn of_passage(&self, lines: Range<usize>) -> Vec<Sentence> {
        let Some((body, start)) = self.body(lines.clone()) else {
            return Vec::new();
        };
        let is_item = matches!(self.structure.kind(lines.start), LineKind::Item { .. });
        let is_rule = is_item && self.in_rules(lines.start);
        sentences(body, 1)
            .filter_map(|range| {
                let text = body.get(range.clone())?;
                let words = words(text);
                let text = text.trim_start_matches(['>', ' ']);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                (!words.is_empty()).then(|| Sentence {
                    instructs: is_rule || instructs(&text),
                    key: key(&words),
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
        self.structure
            .path(line)
            .iter()
            .any(|title| heads_rules(title))
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
