//! A change put on a newer base: what is in dispute, and what somebody chose to take; pure.

use super::line_ends::{in_field, restored};
use prompt_diff::{Choice, Merge, Merged};
use review_core::digest::sha256_hex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lines that both sides changed, each in its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conflict {
    /// Names it by its texts, so that a choice survives a newer base that leaves them alone.
    pub(super) key: String,
    /// As both found it.
    pub(super) base: String,
    /// As it is on the platform now.
    pub(super) current: String,
    /// As the change proposes it.
    pub(super) proposed: String,
    /// Headings that it lies under, outermost first.
    pub(super) path: Vec<String>,
}

/// What is taken in place of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Taken {
    /// The platform's lines.
    Current,
    /// The proposal's lines.
    Proposed,
    /// The platform's lines, then the proposal's.
    Both,
    /// Lines that somebody wrote, as a text field holds them.
    Text(String),
}

/// What was chosen so far, by the conflicts' keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Choices {
    taken: BTreeMap<String, Taken>,
}

impl Choices {
    /// Reads kept choices; what cannot be read counts as none.
    pub(super) fn from_storage(kept: &str) -> Self {
        serde_json::from_str(kept).unwrap_or_default()
    }

    /// Returns the text to keep; empty where nothing was chosen.
    pub(super) fn to_storage(&self) -> String {
        if self.taken.is_empty() {
            return String::new();
        }
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns what is taken in place of the conflict of that key.
    pub(super) fn of(&self, key: &str) -> Option<&Taken> {
        self.taken.get(key)
    }

    /// Takes `taken` in its place; nothing puts the conflict into dispute again.
    pub(super) fn take(&mut self, key: &str, taken: Option<Taken>) {
        match taken {
            Some(taken) => self.taken.insert(key.to_owned(), taken),
            None => self.taken.remove(key),
        };
    }

    /// Counts those of `conflicts` that are resolved.
    pub(super) fn resolved(&self, conflicts: &[Conflict]) -> usize {
        let is_resolved = |conflict: &&Conflict| self.taken.contains_key(&conflict.key);
        conflicts.iter().filter(is_resolved).count()
    }
}

impl Conflict {
    /// Returns both sides' lines, the platform's first.
    pub(super) fn both(&self) -> String {
        let mut text = whole_lines(self.current.clone());
        text.push_str(&self.proposed);
        text
    }

    /// Returns what a text field for this conflict begins with: both sides' lines, without the last line end.
    pub(super) fn to_edit(&self) -> String {
        let text = in_field(&self.both());
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    }

    /// Returns what stands in the result if `taken` is taken.
    pub(super) fn text(&self, taken: &Taken) -> String {
        match taken {
            Taken::Current => self.current.clone(),
            Taken::Proposed => self.proposed.clone(),
            Taken::Both => self.both(),
            Taken::Text(written) => {
                let written = restored(&self.both(), written);
                let goes_on = [&self.base, &self.current, &self.proposed]
                    .iter()
                    .any(|side| side.ends_with(['\n', '\r']));
                if goes_on {
                    whole_lines(written)
                } else {
                    written
                }
            }
        }
    }
}

/// Ends the last line, if there is one without an end.
fn whole_lines(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with(['\n', '\r']) {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        text.push_str(end);
    }
    text
}

/// Returns the conflicts of `merge`, in order.
pub(super) fn conflicts(merge: &Merge) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = Vec::new();
    for piece in merge.pieces() {
        let Merged::Conflict {
            base,
            current,
            proposed,
            path,
        } = piece
        else {
            continue;
        };
        let texts = format!("{}:{base}{}:{current}{proposed}", base.len(), current.len());
        let stem = sha256_hex(&texts);
        let alike = found.iter().filter(|it| it.key.starts_with(&stem)).count();
        found.push(Conflict {
            key: format!("{stem}-{alike}"),
            base: base.clone(),
            current: current.clone(),
            proposed: proposed.clone(),
            path: path.clone(),
        });
    }
    found
}

/// Returns the merged text; nothing while a conflict is not resolved.
pub(super) fn result(merge: &Merge, conflicts: &[Conflict], choices: &Choices) -> Option<String> {
    let chosen: Option<Vec<Choice>> = conflicts
        .iter()
        .map(|conflict| Some(Choice::Text(conflict.text(choices.of(&conflict.key)?))))
        .collect();
    merge.resolve(&chosen?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prompt_diff::merge;

    const BASE: &str = "# Refunds\nUp to $200.\nBe brief.\n";
    const CURRENT: &str = "# Refunds\nUp to $100.\nBe brief.\n";
    const PROPOSED: &str = "# Refunds\nOnly with an order number.\nBe brief.\n";

    fn resolved(taken: Taken) -> Option<String> {
        let merge = merge(BASE, CURRENT, PROPOSED);
        let conflicts = conflicts(&merge);
        assert_eq!(conflicts.len(), 1);
        let mut choices = Choices::default();
        assert_eq!(result(&merge, &conflicts, &choices), None);
        choices.take(&conflicts[0].key, Some(taken));
        assert_eq!(choices.resolved(&conflicts), 1);
        result(&merge, &conflicts, &choices)
    }

    #[test]
    fn each_way_of_resolving_a_conflict_gives_its_text() {
        let table = [
            (Taken::Current, "Up to $100.\n"),
            (Taken::Proposed, "Only with an order number.\n"),
            (Taken::Both, "Up to $100.\nOnly with an order number.\n"),
            (Taken::Text("Ask first.".to_owned()), "Ask first.\n"),
            (Taken::Text(String::new()), ""),
        ];
        for (taken, middle) in table {
            let expected = format!("# Refunds\n{middle}Be brief.\n");
            assert_eq!(resolved(taken), Some(expected));
        }
    }

    #[test]
    fn a_choice_survives_being_kept_and_a_base_that_moved_elsewhere() {
        let first = merge(BASE, CURRENT, PROPOSED);
        let mut choices = Choices::default();
        let found = conflicts(&first);
        choices.take(&found[0].key, Some(Taken::Text("Ask first.".to_owned())));
        let kept = Choices::from_storage(&choices.to_storage());
        assert_eq!(kept, choices);
        let moved = format!("New opening.\n\n{CURRENT}");
        let second = merge(BASE, &moved, PROPOSED);
        assert_eq!(kept.resolved(&conflicts(&second)), 1);
        assert_eq!(
            result(&second, &conflicts(&second), &kept).unwrap(),
            "New opening.\n\n# Refunds\nAsk first.\nBe brief.\n"
        );
    }

    #[test]
    fn two_conflicts_with_the_same_texts_are_chosen_apart() {
        let twice = |line: &str| format!("a\n{line}\nb\n{line}\nc\n");
        let merge = merge(&twice("x"), &twice("y"), &twice("z"));
        let found = conflicts(&merge);
        assert_eq!(found.len(), 2);
        assert_ne!(found[0].key, found[1].key);
    }

    #[test]
    fn a_clean_merge_needs_no_choice() {
        let merge = merge("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");
        assert_eq!(
            result(&merge, &conflicts(&merge), &Choices::default()).as_deref(),
            Some("A\nb\nC\n")
        );
    }
}
