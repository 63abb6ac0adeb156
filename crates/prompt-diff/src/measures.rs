//! How much changed, for the head of a review: words, tokens, sections, references.

use crate::{
    PromptDiff, Row, RowKind, Side, Sides,
    bags::is_ideograph,
    references::{ReferenceKind, references},
    tokens,
};
use std::collections::BTreeMap;

/// An amount of text that changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Amount {
    /// Only after the change.
    pub added: usize,
    /// Only before it.
    pub removed: usize,
    /// Elsewhere after the change.
    pub moved: usize,
}

/// Something referred to, with the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What kind of thing it is.
    pub kind: ReferenceKind,
    /// Its text.
    pub text: String,
    /// Number of its line, from 0, on the side that it belongs to.
    pub line: usize,
}

/// What became of the references in changed lines. One that only moved is not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Those that are gone, without the figures of lines that are gone; [`References::is_gone_for_good`] says whether from the whole text.
    pub dropped: Vec<Reference>,
    /// Those that are new, without the figures of lines that are new.
    pub added: Vec<Reference>,
    /// Those that became another one of their kind in the same line.
    pub changed: Vec<Sides<Reference>>,
}

impl References {
    /// Says whether the text after has a dropped reference nowhere else.
    pub fn is_gone_for_good(reference: &Reference, diff: &PromptDiff) -> bool {
        !diff.revisions.after.text().contains(&reference.text)
    }
}

/// How much changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    /// Words; an ideograph counts as one.
    pub words: Amount,
    /// Characters as people count them, without line feeds.
    pub characters: Amount,
    /// About how many tokens each text is: an estimate by [`estimated_tokens`], to be labelled as one.
    pub estimated_tokens: Sides<usize>,
    /// Placeholders, addresses, dates and figures.
    pub references: References,
}

/// Estimates how many tokens a model reads in `text`: a token for four ASCII characters, for each ideograph and for
/// two other characters.
///
/// Every model counts otherwise; for English prose the estimate is seldom more than a fifth off.
pub fn estimated_tokens(text: &str) -> usize {
    let (mut ascii, mut ideographs, mut others) = (0_usize, 0_usize, 0_usize);
    if text.is_ascii() {
        ascii = text.len();
    } else {
        for c in text.chars() {
            if c.is_ascii() {
                ascii += 1;
            } else if is_ideograph(c) {
                ideographs += 1;
            } else {
                others += 1;
            }
        }
    }
    ascii.div_ceil(4) + ideographs + others.div_ceil(2)
}

/// Measures a diff. Compares the words of all changed rows, so it takes longer than the diff itself.
pub fn measures(diff: &PromptDiff) -> Measures {
    let mut measures = Measures {
        estimated_tokens: diff
            .revisions
            .as_ref()
            .map(|revision| estimated_tokens(revision.text())),
        ..Measures::default()
    };
    for hunk in &diff.hunks {
        for row in diff.rows(hunk.rows.clone()) {
            count(diff, &row, &mut measures);
            refer(diff, &row, &mut measures.references);
        }
    }
    cancel_moved(&mut measures.references);
    measures
}

/// Counts the words and characters of a row. A moved line counts where it stands after the change.
fn count(diff: &PromptDiff, row: &Row, measures: &mut Measures) {
    let is_moved = matches!(row.kind, RowKind::MovedHere { .. });
    if matches!(row.kind, RowKind::MovedAway { .. }) {
        return;
    }
    let words = diff.words_of(row);
    for side in [Side::Before, Side::After] {
        let Some(line) = compared_line(row, side) else {
            continue;
        };
        let body = diff.revisions.get(side).body(line);
        for span in words.spans.get(side) {
            let text = body.get(span.range.clone()).unwrap_or_default();
            let pick: fn(&mut Amount) -> &mut usize = match (span.changed, side) {
                (true, Side::Before) => |amount| &mut amount.removed,
                (true, Side::After) => |amount| &mut amount.added,
                (false, Side::After) if is_moved => |amount| &mut amount.moved,
                (false, _) => continue,
            };
            *pick(&mut measures.words) += word_count(text);
            *pick(&mut measures.characters) += tokens::graphemes(text);
        }
    }
}

/// Returns the line that a row is compared by: a moved one with the line that it was.
fn compared_line(row: &Row, side: Side) -> Option<usize> {
    match (row.kind, side) {
        (RowKind::MovedHere { from }, Side::Before) => Some(from),
        _ => *row.lines.get(side),
    }
}

fn word_count(text: &str) -> usize {
    let is_word = |word: &&str| word.contains(char::is_alphanumeric);
    tokens::words(text).into_iter().filter(is_word).count()
}

/// Compares the references of a row's lines.
fn refer(diff: &PromptDiff, row: &Row, found: &mut References) {
    if matches!(row.kind, RowKind::MovedAway { .. }) {
        return;
    }
    let of = |side: Side| -> Vec<Reference> {
        let Some(line) = compared_line(row, side) else {
            return Vec::new();
        };
        let body = diff.revisions.get(side).body(line);
        let named = references(body).into_iter();
        named
            .map(|(kind, range)| Reference {
                kind,
                text: body.get(range).unwrap_or_default().to_owned(),
                line,
            })
            .collect()
    };
    let mut dropped = of(Side::Before);
    let mut added = of(Side::After);
    dropped.retain(|gone| {
        let same = added
            .iter()
            .position(|new| new.kind == gone.kind && new.text == gone.text);
        same.map(|place| added.remove(place)).is_none()
    });
    if matches!(row.kind, RowKind::Changed | RowKind::MovedHere { .. }) {
        dropped.retain(|gone| {
            let Some(place) = added.iter().position(|new| new.kind == gone.kind) else {
                return true;
            };
            let new = added.remove(place);
            found.changed.push(Sides::new(gone.clone(), new));
            false
        });
    }
    // Of lines that are new or gone as a whole, figures say little by themselves.
    if matches!(row.kind, RowKind::Removed | RowKind::Added) {
        dropped.retain(|one| one.kind != ReferenceKind::Number);
        added.retain(|one| one.kind != ReferenceKind::Number);
    }
    found.dropped.append(&mut dropped);
    found.added.append(&mut added);
}

/// Takes out what was dropped in one line and added in another.
fn cancel_moved(found: &mut References) {
    let mut added: BTreeMap<(ReferenceKind, String), usize> = BTreeMap::new();
    for new in &found.added {
        *added.entry((new.kind, new.text.clone())).or_default() += 1;
    }
    let mut kept: BTreeMap<(ReferenceKind, String), usize> = BTreeMap::new();
    found.dropped.retain(|gone| {
        let key = (gone.kind, gone.text.clone());
        match added.get_mut(&key).filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                *kept.entry(key).or_default() += 1;
                false
            }
            None => true,
        }
    });
    found.added.retain(|new| {
        match kept
            .get_mut(&(new.kind, new.text.clone()))
            .filter(|count| **count > 0)
        {
            Some(count) => {
                *count -= 1;
                false
            }
            None => true,
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, diff};

    #[test]
    fn what_moved_is_neither_added_nor_removed() {
        let text = "Always cite the order number in the answer.\n";
        let middle = "one\ntwo\nthree\n";
        let diff = diff(
            &format!("{text}{middle}"),
            &format!("{middle}{text}"),
            &Limits::default(),
        );
        let measures = measures(&diff);
        assert_eq!(
            measures.words,
            Amount {
                added: 0,
                removed: 0,
                moved: 8
            }
        );
        assert_eq!(measures.characters.moved, 43);
    }

    #[test]
    fn references_that_change_stand_beside_one_another() {
        let before = "Refund up to $200 to {name}.\nMail a@example.com when they wait by 2026-01-01.\nkeep\nBye {sign}.\n";
        let after =
            "Bye {sign}.\nRefund up to $50 to {name}.\nMail b@example.com when they wait.\nkeep\n";
        let found = measures(&diff(before, after, &Limits::default())).references;
        let changed: Vec<_> = found
            .changed
            .iter()
            .map(|one| format!("{} > {}", one.before.text, one.after.text))
            .collect();
        assert_eq!(changed, ["$200 > $50", "a@example.com > b@example.com"]);
        let dropped: Vec<_> = found.dropped.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(dropped, ["2026-01-01"]);
        assert_eq!(found.added, []);
    }

    #[test]
    fn tokens_are_estimated_by_script() {
        assert_eq!(estimated_tokens("four char"), 3);
        assert_eq!(estimated_tokens("注文番号"), 4);
        assert_eq!(estimated_tokens("привет"), 3);
    }
}
