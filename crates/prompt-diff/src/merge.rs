//! Three-way merge: one text from what two people made of the same one.

use crate::{
    Revision, Sides, Structure,
    bounded::changed_runs,
    lines::{Block, changed_blocks},
    tokens,
    work::Work,
};
use imara_diff::{InternedInput, NoSliderHeuristic};
use std::ops::Range;

/// A part of a merged text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// Text that nobody changed, one side changed, or both changed alike.
    Clean(String),
    /// Text that both sides changed, each in its way: whole lines, of which any may be none.
    Conflict {
        /// As both found it.
        base: String,
        /// As it is now.
        current: String,
        /// As it was proposed.
        proposed: String,
        /// Headings that it lies under in the text as it is now, outermost first.
        path: Vec<String>,
    },
}

/// What to take in place of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The text as both found it.
    Base,
    /// The text as it is now.
    Current,
    /// The text as it was proposed.
    Proposed,
    /// Another text, taken as it is.
    Text(String),
}

/// A merged text, with conflicts where the two sides disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    pieces: Vec<Merged>,
}

impl Merge {
    /// Returns the parts in order; no two clean ones stand side by side, and none is empty.
    pub fn pieces(&self) -> &[Merged] {
        &self.pieces
    }

    /// Returns how many conflicts there are.
    pub fn conflict_count(&self) -> usize {
        let conflict = |piece: &&Merged| matches!(piece, Merged::Conflict { .. });
        self.pieces.iter().filter(conflict).count()
    }

    /// Returns the merged text; nothing where there are conflicts.
    pub fn text(&self) -> Option<String> {
        self.resolve(&[])
    }

    /// Returns the text with a choice for each conflict, first one first; nothing if their number differs.
    pub fn resolve(&self, choices: &[Choice]) -> Option<String> {
        let mut choices = choices.iter();
        let mut text = String::new();
        for piece in &self.pieces {
            text += match piece {
                Merged::Clean(clean) => clean,
                Merged::Conflict {
                    base,
                    current,
                    proposed,
                    ..
                } => match choices.next()? {
                    Choice::Base => base,
                    Choice::Current => current,
                    Choice::Proposed => proposed,
                    Choice::Text(other) => other,
                },
            };
        }
        choices.next().is_none().then_some(text)
    }

    fn push_clean(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Merged::Clean(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Merged::Clean(text.to_owned()));
        }
    }
}

/// Merges what became of `base` in two places: `current` is the text now, `proposed` the one to stage.
///
/// Edits of different lines are both taken, if an unchanged line lies between them; edits of the same lines
/// are both taken if an unchanged sentence lies between them. All else is a conflict, unless both sides made
/// the same edit. Line ends are bytes like any others.
pub fn merge(base: &str, current: &str, proposed: &str) -> Merge {
    let texts = Three {
        base,
        current,
        proposed,
    };
    let mut merge = Merge { pieces: Vec::new() };
    // Headings are looked for once there is a conflict, which is seldom.
    let mut outline = None;
    let mut line = 0;
    for piece in pieces(&texts, lines, &changed_lines) {
        let Disputed { texts, settled } = piece;
        let settled = settled.map(str::to_owned);
        match settled.or_else(|| by_sentence(&texts)) {
            Some(text) => merge.push_clean(&text),
            None => merge.pieces.push(Merged::Conflict {
                base: texts.base.to_owned(),
                current: texts.current.to_owned(),
                proposed: texts.proposed.to_owned(),
                path: outline
                    .get_or_insert_with(|| Structure::new(&Revision::new(current)))
                    .path(line),
            }),
        }
        line += texts.current.split_inclusive('\n').count();
    }
    merge
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Merges by sentences, if that leaves nothing in dispute.
fn by_sentence(texts: &Three<&str>) -> Option<String> {
    pieces(texts, tokens::sentences, &changed_sentences)
        .into_iter()
        .map(|piece| piece.settled)
        .collect()
}

fn changed_lines(before: &str, after: &str) -> Vec<Block> {
    let revisions = Sides::new(before, after).map(Revision::new);
    changed_blocks(&revisions, &mut Work::unbounded())
}

fn changed_sentences(before: &str, after: &str) -> Vec<Block> {
    let mut input = InternedInput::default();
    input.update_before(tokens::sentences(before).into_iter());
    input.update_after(tokens::sentences(after).into_iter());
    changed_runs(
        &input.before,
        &input.after,
        input.interner.num_tokens(),
        &|diff, before, after| diff.postprocess_with(before, after, NoSliderHeuristic),
        &mut Work::unbounded(),
    )
}

/// One thing for each of the three texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Three<T> {
    base: T,
    current: T,
    proposed: T,
}

/// A part of the three texts, and what becomes of it where that is clear.
struct Disputed<'a> {
    texts: Three<&'a str>,
    settled: Option<&'a str>,
}

/// Cuts three texts, alike, into parts that are settled and parts that are not.
fn pieces<'a>(
    texts: &Three<&'a str>,
    cut: fn(&str) -> Vec<&str>,
    changed: &dyn Fn(&str, &str) -> Vec<Block>,
) -> Vec<Disputed<'a>> {
    let base = Tokens::new(texts.base, cut);
    let current = Tokens::new(texts.current, cut);
    let proposed = Tokens::new(texts.proposed, cut);
    let edits = Edits {
        current: changed(texts.base, texts.current),
        proposed: changed(texts.base, texts.proposed),
    };
    regions(base.count(), &edits)
        .into_iter()
        .map(|Region { tokens, by }| {
            let texts = Three {
                base: base.text(&tokens.base),
                current: current.text(&tokens.current),
                proposed: proposed.text(&tokens.proposed),
            };
            let settled = match by {
                By::Nobody => Some(texts.base),
                By::Current => Some(texts.current),
                By::Proposed => Some(texts.proposed),
                By::Both => (texts.current == texts.proposed).then_some(texts.current),
            };
            Disputed { texts, settled }
        })
        .collect()
}

/// A text and where its tokens end.
struct Tokens<'a> {
    text: &'a str,
    ends: Vec<usize>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str, cut: fn(&str) -> Vec<&str>) -> Self {
        let mut end = 0;
        let ends = cut(text).into_iter().map(|token| {
            end += token.len();
            end
        });
        Self {
            text,
            ends: ends.collect(),
        }
    }

    fn count(&self) -> usize {
        self.ends.len()
    }

    fn text(&self, tokens: &Range<usize>) -> &'a str {
        let place = |number: usize| match number.checked_sub(1) {
            None => 0,
            Some(last) => self.ends.get(last).copied().unwrap_or(self.text.len()),
        };
        let range = place(tokens.start)..place(tokens.end);
        self.text.get(range).unwrap_or_default()
    }
}

/// What each side changed of the base.
struct Edits {
    current: Vec<Block>,
    proposed: Vec<Block>,
}

/// Who changed a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Nobody,
    Current,
    Proposed,
    Both,
}

/// Tokens of the three texts that stand for one another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Region {
    tokens: Three<Range<usize>>,
    by: By,
}

/// Cuts the tokens of the three texts into regions, from end to end.
///
/// Edits of both sides that overlap or meet are one region: between what two people wrote there must be
/// something that tells which comes first.
fn regions(base_count: usize, edits: &Edits) -> Vec<Region> {
    let mut current = edits.current.iter().peekable();
    let mut proposed = edits.proposed.iter().peekable();
    let mut regions = Vec::new();
    let mut place = Three {
        base: 0,
        current: 0,
        proposed: 0,
    };
    let mut push = |base_end: usize, grown: Sides<Growth>, by| {
        let end = Three {
            base: base_end,
            current: grown.before.end(place.current, base_end - place.base),
            proposed: grown.after.end(place.proposed, base_end - place.base),
        };
        let tokens = Three {
            base: place.base..end.base,
            current: place.current..end.current,
            proposed: place.proposed..end.proposed,
        };
        place = end;
        let parts = [&tokens.base, &tokens.current, &tokens.proposed];
        if parts.into_iter().any(|part| !part.is_empty()) {
            regions.push(Region { tokens, by });
        }
    };
    loop {
        let starts = [current.peek(), proposed.peek()].into_iter().flatten();
        let Some(start) = starts.map(|edit| edit.before.start).min() else {
            break;
        };
        push(start, Sides::default(), By::Nobody);
        let mut end = start;
        let mut grown = Sides::<Growth>::default();
        loop {
            if let Some(edit) = current.next_if(|edit| edit.before.start <= end) {
                end = end.max(edit.before.end);
                grown.before.add(edit);
            } else if let Some(edit) = proposed.next_if(|edit| edit.before.start <= end) {
                end = end.max(edit.before.end);
                grown.after.add(edit);
            } else {
                break;
            }
        }
        let by = match (grown.before.edited, grown.after.edited) {
            (true, true) => By::Both,
            (true, false) => By::Current,
            (false, _) => By::Proposed,
        };
        push(end, grown, by);
    }
    push(base_count, Sides::default(), By::Nobody);
    regions
}

/// How much longer or shorter than the base one side is in a region.
#[derive(Debug, Clone, Copy, Default)]
struct Growth {
    edited: bool,
    removed: usize,
    added: usize,
}

impl Growth {
    fn add(&mut self, edit: &Block) {
        self.edited = true;
        self.removed += edit.before.len();
        self.added += edit.after.len();
    }

    /// Returns where the side's part ends that begins at `start` and stands for `base_len` tokens.
    fn end(self, start: usize, base_len: usize) -> usize {
        (start + base_len + self.added).saturating_sub(self.removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes a merge as people know it from other tools.
    fn drawn(merge: &Merge) -> String {
        let draw = |piece: &Merged| match piece {
            Merged::Clean(text) => text.clone(),
            Merged::Conflict {
                base,
                current,
                proposed,
                ..
            } => format!("<{current}|{base}|{proposed}>"),
        };
        merge.pieces().iter().map(draw).collect()
    }

    #[track_caller]
    fn check(base: &str, current: &str, proposed: &str, expected: &str) {
        assert_eq!(drawn(&merge(base, current, proposed)), expected);
    }

    #[test]
    fn edits_of_different_lines_are_both_taken() {
        check("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\nd", "A\nb\nC\nd");
        check("a\nb\nc\n", "b\nc\n", "a\nb\nx\nc\n", "b\nx\nc\n");
    }

    #[test]
    fn edits_of_one_line_are_a_conflict_of_whole_lines() {
        check(
            "a\nb\nc\n",
            "a\none\nc\n",
            "a\nother\nc\n",
            "a\n<one\n|b\n|other\n>c\n",
        );
        check("a\nb\n", "a\n", "a\nB\n", "a\n<|b\n|B\n>");
    }

    #[test]
    fn edits_that_meet_are_a_conflict() {
        check("a\nb\n", "A\nb\n", "a\nB\n", "<A\nb\n|a\nb\n|a\nB\n>");
        check("", "one\n", "other\n", "<one\n||other\n>");
        check("a", "a\nb", "a\nc", "<a\nb|a|a\nc>");
    }

    #[test]
    fn the_same_edit_on_both_sides_is_taken_once() {
        check(
            "a\nb\nc\nd\n",
            "A\nb\nc\nd\n",
            "A\nb\nc\nD\n",
            "A\nb\nc\nD\n",
        );
        check("a\n", "", "", "");
    }

    #[test]
    fn edits_of_different_sentences_of_one_line_are_both_taken() {
        check(
            "Be kind. Be brief. Ask first.\n",
            "Be very kind. Be brief. Ask first.\n",
            "Be kind. Be brief. Ask twice.\n",
            "Be very kind. Be brief. Ask twice.\n",
        );
        check(
            "Be kind. Ask first.\n",
            "Be very kind. Ask first.\n",
            "Be kind. Ask twice.\n",
            "<Be very kind. Ask first.\n|Be kind. Ask first.\n|Be kind. Ask twice.\n>",
        );
    }

    #[test]
    fn line_ends_are_kept_as_they_are() {
        check("a\r\nb\r\nc", "a\r\nb\r\nC", "A\r\nb\r\nc", "A\r\nb\r\nC");
        check("a\r\nb\r\n", "a\nb\n", "a\r\nb\r\n", "a\nb\n");
    }

    #[test]
    fn each_conflict_wants_one_choice() {
        let merge = merge("a\nx\nb\ny\n", "a1\nx\nb1\ny\n", "a2\nx\nb2\ny\n");
        assert_eq!(merge.conflict_count(), 2);
        assert_eq!(merge.text(), None);
        let text = |choices: &[Choice]| merge.resolve(choices);
        assert_eq!(text(&[Choice::Current]), None);
        assert_eq!(
            text(&[Choice::Current, Choice::Proposed]).as_deref(),
            Some("a1\nx\nb2\ny\n")
        );
        assert_eq!(
            text(&[Choice::Base, Choice::Text("mine\n".to_owned())]).as_deref(),
            Some("a\nx\nmine\ny\n")
        );
        assert_eq!(text(&[Choice::Base, Choice::Base, Choice::Base]), None);
    }

    #[test]
    fn large_texts_are_merged_in_time() {
        // Twenty thousand lines, the last half in another order: quadratic work would take minutes.
        let lines: Vec<String> = (0..20_000).map(|line| format!("line {line}\n")).collect();
        let base = lines.concat();
        let current = format!("{}{}", lines[..10_000].concat(), {
            let mut rest = lines[10_000..].to_vec();
            rest.reverse();
            rest.concat()
        });
        let proposed = base.replacen("line 17\n", "line seventeen\n", 1);
        let merged = merge(&base, &current, &proposed);
        let expected = current.replacen("line 17\n", "line seventeen\n", 1);
        assert_eq!(merged.text(), Some(expected));
    }

    /// Texts of few different lines, so that sides often agree, with every kind of line end.
    fn any_text() -> impl Strategy<Value = String> {
        let line = prop::sample::select(vec![
            "a\n",
            "b\n",
            "c\r\n",
            "\n",
            "Do. Ask. Tell.\n",
            "Do. Ask. Show.\n",
            "Act. Ask. Tell.\n",
        ]);
        let tail = prop::sample::select(vec!["", "", "a", "z\r", "Do. Ask."]);
        (prop::collection::vec(line, 0..10), tail)
            .prop_map(|(lines, tail)| format!("{}{tail}", lines.concat()))
    }

    fn swapped(merge: Merge) -> Merge {
        let swap = |piece| match piece {
            Merged::Conflict {
                base,
                current,
                proposed,
                path: _,
            } => Merged::Conflict {
                base,
                current: proposed,
                proposed: current,
                path: Vec::new(),
            },
            clean @ Merged::Clean(_) => clean,
        };
        Merge {
            pieces: merge.pieces.into_iter().map(swap).collect(),
        }
    }

    /// Checks what holds for any three texts.
    fn check_laws(base: &str, one: &str, other: &str) -> Result<(), TestCaseError> {
        prop_assert_eq!(merge(base, base, one).text(), Some(one.to_owned()));
        prop_assert_eq!(merge(base, one, base).text(), Some(one.to_owned()));
        prop_assert_eq!(merge(base, one, one).text(), Some(one.to_owned()));

        let merged = merge(base, one, other);
        // The headings are those of the text as it is now, which differs.
        prop_assert_eq!(
            &swapped(merge(base, other, one)),
            &swapped(swapped(merged.clone()))
        );
        for pair in merged.pieces().windows(2) {
            let both_clean = pair.iter().all(|piece| matches!(piece, Merged::Clean(_)));
            prop_assert!(!both_clean, "{pair:?}");
        }
        let choices = vec![Choice::Current; merged.conflict_count()];
        prop_assert!(merged.resolve(&choices).is_some());
        prop_assert_eq!(merged.text().is_some(), choices.is_empty());
        Ok(())
    }

    #[test]
    fn a_conflict_names_the_headings_it_lies_under() {
        let text = |limit: &str| format!("# Refunds\nAsk first.\n## Limits\n{limit}\n# Tone\n");
        let merged = merge(&text("$200"), &text("$100"), &text("$50"));
        let paths: Vec<_> = merged
            .pieces()
            .iter()
            .filter_map(|piece| match piece {
                Merged::Conflict { path, .. } => Some(path.join(" › ")),
                Merged::Clean(_) => None,
            })
            .collect();
        assert_eq!(paths, ["Refunds › Limits"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_024))]

        #[test]
        fn the_laws_hold_for_like_texts(base in any_text(), one in any_text(), other in any_text()) {
            check_laws(&base, &one, &other)?;
        }

        #[test]
        fn the_laws_hold_for_any_texts(
            base in any::<String>(), one in any::<String>(), other in any::<String>(),
        ) {
            check_laws(&base, &one, &other)?;
        }

        #[test]
        fn regions_cover_all_three_texts_and_say_who_changed_what(
            base in any_text(), one in any_text(), other in any_text(),
        ) {
            let edits = Edits {
                current: changed_lines(&base, &one),
                proposed: changed_lines(&base, &other),
            };
            let [base, one, other] = [&base, &one, &other].map(|text| lines(text));
            let mut place = Three { base: 0, current: 0, proposed: 0 };
            let mut last = None;
            for Region { tokens, by } in regions(base.len(), &edits) {
                let starts = [tokens.base.start, tokens.current.start, tokens.proposed.start];
                prop_assert_eq!(starts, [place.base, place.current, place.proposed]);
                place = Three {
                    base: tokens.base.end,
                    current: tokens.current.end,
                    proposed: tokens.proposed.end,
                };
                if matches!(by, By::Nobody | By::Proposed) {
                    prop_assert_eq!(&base[tokens.base.clone()], &one[tokens.current]);
                }
                if matches!(by, By::Nobody | By::Current) {
                    prop_assert_eq!(&base[tokens.base], &other[tokens.proposed]);
                }
                prop_assert!((last == Some(By::Nobody)) != (by == By::Nobody) || last.is_none());
                last = Some(by);
            }
            prop_assert_eq!(
                [place.base, place.current, place.proposed],
                [base.len(), one.len(), other.len()]
            );
        }

        #[test]
        fn what_each_side_wrote_is_in_the_merge(base in any_text(), at in 0..12_usize, mine in 0..12_usize) {
            // A line put behind one without an end would change that one.
            let whole = |line: &&str| line.ends_with('\n');
            let base: Vec<&str> = lines(&base).into_iter().filter(whole).collect();
            let with = |at: usize, text: &str| {
                let mut lines = base.clone();
                lines.insert(at.min(lines.len()), text);
                lines.concat()
            };
            let merged = merge(&base.concat(), &with(at, "theirs\n"), &with(mine, "mine\n"));
            let drawn = drawn(&merged);
            prop_assert_eq!(drawn.matches("theirs\n").count(), 1);
            prop_assert_eq!(drawn.matches("mine\n").count(), 1);
        }
    }
}
