//! Instructions that a change takes away, adds or rewords: what the agent will forget.

use crate::{Edit, PromptDiff, Revision, RowKind, Sides, tokens};

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

/// Words that begin an instruction where they begin a list item.
const IMPERATIVES: [&str; 24] = [
    "answer", "ask", "call", "check", "cite", "confirm", "escalate", "explain", "give", "include",
    "keep", "list", "look", "mention", "offer", "open", "quote", "read", "say", "send", "stop",
    "tell", "use", "write",
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
    /// Those that stand in a changed line before and after it.
    pub reworded: Vec<Sides<Instruction>>,
}

/// Finds the instructions among the changed lines.
///
/// An instruction that only stands elsewhere afterwards counts neither as removed nor as added. What counts
/// as an instruction is told by its words, so this is a help for the reader and no proof.
pub fn instructions(diff: &PromptDiff) -> Instructions {
    let mut found = Instructions::default();
    let (before, after) = (diff.revisions.before.text(), diff.revisions.after.text());
    for (number, hunk) in diff.hunks.iter().enumerate() {
        let in_rules = diff.hunk_path(number).iter().any(|title| {
            let title = title.to_lowercase();
            RULE_HEADINGS.iter().any(|word| title.contains(word))
        });
        for row in diff.rows(hunk.rows.clone()) {
            let lines = row.lines;
            let of = |line: Option<usize>, revision: &Revision, other: &str| {
                let line = line.map(|line| of_line(revision.body(line), line, in_rules));
                let mut line = line.unwrap_or_default();
                line.retain(|one| !other.contains(&one.text));
                line
            };
            let mut gone = of(lines.before, &diff.revisions.before, after);
            let mut new = of(lines.after, &diff.revisions.after, before);
            let is_reworded =
                row.kind == RowKind::Changed && diff.words_of(&row).edit != Edit::Rewritten;
            if is_reworded {
                let both = gone.len().min(new.len());
                let pairs = gone.drain(..both).zip(new.drain(..both));
                let pairs = pairs.map(|(before, after)| Sides::new(before, after));
                found.reworded.extend(pairs);
            }
            found.removed.extend(gone);
            found.added.extend(new);
        }
    }
    found
}

fn of_line(body: &str, line: usize, in_rules: bool) -> Vec<Instruction> {
    let (text, is_item) = without_mark(body.trim());
    if text.is_empty() || text.starts_with('#') {
        return Vec::new();
    }
    let made = |text: &str| Instruction {
        line,
        text: text.trim().to_owned(),
    };
    if is_item && in_rules {
        return vec![made(text)];
    }
    let sentences = tokens::sentences(text);
    sentences
        .into_iter()
        .filter(|sentence| instructs(sentence, is_item))
        .map(made)
        .collect()
}

fn instructs(sentence: &str, is_item: bool) -> bool {
    let sentence = sentence.to_lowercase();
    let begins = |part: &str| {
        let part = part.trim_start_matches(|c: char| !c.is_alphanumeric());
        let begins_with = |word: &&str| -> bool {
            let rest = part.strip_prefix(*word);
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        BEGINNINGS.iter().any(&begins_with) || (is_item && IMPERATIVES.iter().any(&begins_with))
    };
    // A rule may carry a label: "Food safety: if somebody is hurt, …".
    let labelled = sentence.split_once(": ");
    let labelled = labelled.filter(|(label, _)| label.chars().count() <= LONGEST_LABEL);
    begins(&sentence)
        || labelled.is_some_and(|(_, rest)| begins(rest))
        || ANYWHERE.iter().any(|word| sentence.contains(word))
}

/// Takes the mark off a list item or a quotation; says whether it is a list item.
fn without_mark(line: &str) -> (&str, bool) {
    let line = line.trim_start_matches(['>', ' ']);
    for mark in ["- ", "* ", "+ ", "• ", "– "] {
        if let Some(rest) = line.strip_prefix(mark) {
            return (rest.trim_start(), true);
        }
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let numbered = line
        .get(digits..)
        .and_then(|rest| rest.strip_prefix(". ").or(rest.strip_prefix(") ")));
    match numbered {
        Some(rest) if digits > 0 => (rest.trim_start(), true),
        _ => (line, false),
    }
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
            "Always cite.\na\nb\nc\nd\n",
            "a\nb\nc\nd\nAlways cite.\n",
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
