//! Instructions that a change takes away, adds or rewords: what the agent will forget.

use crate::{PromptDiff, Row, Sides, tokens};

/// Words that begin an instruction.
const BEGINNINGS: [&str; 19] = [
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
    "no ",
    "if ",
    "before ",
    "when ",
];

/// Words that make an instruction of any sentence or list item they stand in.
const ANYWHERE: [&str; 7] = [
    " must ",
    " never ",
    " always ",
    " do not ",
    " may not ",
    " cannot ",
    " only ",
];

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
/// An instruction that only stands elsewhere afterwards counts neither as removed nor as added.
pub fn instructions(diff: &PromptDiff) -> Instructions {
    let mut found = Instructions::default();
    for hunk in &diff.hunks {
        let in_rules = hunk.path.iter().any(|title| {
            let title = title.to_lowercase();
            RULE_HEADINGS.iter().any(|word| title.contains(word))
        });
        for row in diff.rows.get(hunk.rows.clone()).unwrap_or_default() {
            let lines = row.lines();
            let before = lines
                .before
                .map(|line| of_line(diff.revisions.before.body(line), line, in_rules));
            let after = lines
                .after
                .map(|line| of_line(diff.revisions.after.body(line), line, in_rules));
            let (mut before, mut after) = (before.unwrap_or_default(), after.unwrap_or_default());
            if matches!(row, Row::Changed { .. }) {
                before.retain(|old| !take_equal(&mut after, old));
                let both = before.len().min(after.len());
                let pairs = before.drain(..both).zip(after.drain(..both));
                found
                    .reworded
                    .extend(pairs.map(|(before, after)| Sides::new(before, after)));
            }
            found.removed.extend(before);
            found.added.extend(after);
        }
    }
    let added = &mut found.added;
    found.removed.retain(|old| !take_equal(added, old));
    found
}

/// Takes an instruction with the same words as `wanted` out of `list`; says whether there was one.
fn take_equal(list: &mut Vec<Instruction>, wanted: &Instruction) -> bool {
    let place = list.iter().position(|other| other.text == wanted.text);
    place.map(|place| list.remove(place)).is_some()
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
        .filter(|sentence| instructs(sentence))
        .map(made)
        .collect()
}

fn instructs(sentence: &str) -> bool {
    let sentence = sentence
        .trim_start_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let begins = BEGINNINGS.iter().any(|word| {
        let rest = sentence.strip_prefix(word);
        rest.is_some_and(|rest| word.ends_with(' ') || !rest.starts_with(char::is_alphanumeric))
    });
    begins || ANYWHERE.iter().any(|word| sentence.contains(word))
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
            "# Tone\n- Cite the order.\n- Smile.\n",
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
}
