use super::*;
use proptest::prelude::*;

/// Returns the anchor of lines `first` to `last` of `text`, from 1.
fn on(text: &str, first: usize, last: usize) -> CommentAnchor {
    let range = bytes_of(text, first, last);
    anchor(CommentSide::Proposed, text, range).unwrap()
}

fn bytes_of(text: &str, first: usize, last: usize) -> Range<usize> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(feed, _)| feed + 1))
        .collect();
    let end = starts
        .get(last)
        .map_or(text.len(), |next| next.saturating_sub(1));
    starts[first - 1]..end
}

/// Draws a place: `3-4`, `3-4 moved`, or `gone`.
fn drawn(place: &Place) -> String {
    match place {
        Place::There {
            lines: (first, last),
            is_moved,
            ..
        } => format!("{first}-{last}{}", if *is_moved { " moved" } else { "" }),
        Place::Gone => "gone".to_owned(),
    }
}

#[track_caller]
fn check(before: &str, (first, last): (usize, usize), after: &str, expected: &str) {
    let anchor = on(before, first, last);
    assert_eq!(
        drawn(&place(&anchor, after)),
        expected,
        "{anchor:?} in {after:?}"
    );
}

const RULES: &str =
    "# Refunds\nRefund up to $200.\nAsk for the order.\n# Tone\nBe kind to everyone.\n";

#[test]
fn a_line_that_is_still_there_is_found_wherever_it_went() {
    check(RULES, (5, 5), RULES, "5-5");
    check(RULES, (5, 5), &format!("# First\n{RULES}"), "6-6 moved");
    check(RULES, (5, 5), "Be kind to everyone.", "1-1 moved");
    check(RULES, (2, 3), &RULES.replace("# Tone", "# Voice"), "2-3");
    let swapped =
        "# Tone\nBe kind to everyone.\n# Refunds\nRefund up to $200.\nAsk for the order.\n";
    check(RULES, (5, 5), swapped, "2-2 moved");
}

#[test]
fn a_line_with_another_word_is_gone() {
    check(RULES, (2, 2), &RULES.replace("$200", "$50"), "gone");
    check(
        RULES,
        (2, 3),
        &RULES.replace("the order", "an order"),
        "gone",
    );
    check(RULES, (2, 2), "", "gone");
    // Not a line, only a part of one.
    check(
        RULES,
        (2, 2),
        "You may say: Refund up to $200. Or not.\n",
        "gone",
    );
}

#[test]
fn of_equal_lines_the_one_in_its_old_company_is_meant() {
    let before = "<example>\nAsk first.\n</example>\nA\n<example>\nAsk again.\n</example>\nB\n";
    // The first example is gone: the closing tag of the second is not the first one's.
    let after = "A\n<example>\nAsk again.\n</example>\nB\n";
    check(before, (7, 7), after, "4-4 moved");
    check(before, (3, 3), after, "gone");
    // Both are there, and something was put in before them.
    check(before, (7, 7), &format!("x\ny\nz\n{before}"), "10-10 moved");
    check(before, (3, 3), &format!("x\ny\nz\n{before}"), "6-6 moved");
}

#[test]
fn equal_lines_in_equal_company_keep_their_count_from_the_nearer_end() {
    let before = "Be kind.\n".repeat(40);
    check(&before, (20, 20), &before, "20-20");
    check(&before, (20, 20), &format!("New.\n{before}"), "21-21 moved");
    check(&before, (20, 20), &format!("{before}New.\n"), "20-20");
}

#[test]
fn short_lines_need_something_around_them() {
    check("a\n}\nb\n", (2, 2), "x\n}\ny\n", "gone");
    check(
        "rules before it\n}\nb\n",
        (2, 2),
        "rules before it\n}\ny\n",
        "2-2",
    );
    // That it was the last line tells nothing of another place.
    check("a\n}\n", (2, 2), "x\n}\ny\n", "gone");
    check("a\n}\n", (2, 2), "x\ny\n}\n", "3-3 moved");
    // An empty line, too.
    check(
        "first rule\n\nsecond rule\n",
        (2, 2),
        "first rule\n\nother\n",
        "2-2",
    );
    check(
        "first rule\n\nsecond rule\n",
        (2, 2),
        "other\n\nothers\n",
        "gone",
    );
}

#[test]
fn line_ends_of_both_kinds_are_ends() {
    let text = "Ask for the order.\r\nBe kind to everyone.\r\n";
    let quoted = anchor(CommentSide::Base, text, 0..18).unwrap();
    assert_eq!(quoted.quote, "Ask for the order.");
    assert_eq!(
        drawn(&place(&quoted, &format!("New.\r\n{text}"))),
        "2-2 moved"
    );
    assert_eq!(
        drawn(&place(&quoted, "Ask for the order. Always.\r\n")),
        "gone"
    );
}

#[test]
fn a_part_of_a_long_line_is_found_within_it() {
    let text = "Ask for the order number first. Then refund at most half of it. Be brief.";
    let part = anchor(CommentSide::Proposed, text, 32..64).unwrap();
    assert_eq!(part.quote, "Then refund at most half of it. ");
    let longer = text.replace("Be brief.", "Be very brief.");
    let Place::There { range, .. } = place(&part, &format!("Say hello. {longer}")) else {
        panic!("it is there")
    };
    assert_eq!(range, 43..75);
}

#[test]
fn what_cannot_be_quoted_is_not() {
    let cut = |text: &str, range| anchor(CommentSide::Base, text, range);
    assert_eq!(cut("é", 0..1), None, "within a character");
    assert_eq!(cut("abc", 2..9), None, "behind the text");
    assert_eq!(cut("abc\n", 0..4), None, "with the line feed");
    #[expect(clippy::reversed_empty_ranges, reason = "the case")]
    let backwards = 3..1;
    assert_eq!(cut("abc", backwards), None);
    let long = "x".repeat(MAX_QUOTE_BYTES + 1);
    assert_eq!(cut(&long, 0..long.len()), None);
    assert!(cut(&long, 1..long.len()).is_some());
}

#[test]
fn a_text_made_to_be_slow_takes_its_length() {
    // Looked at in full at each of its places, each of these takes minutes.
    let text = "a".repeat(400_000);
    for start in [0, 7, 399_000 - MAX_QUOTE_BYTES] {
        let anchored = anchor(CommentSide::Base, &text, start..start + MAX_QUOTE_BYTES).unwrap();
        let range = start..start + MAX_QUOTE_BYTES;
        assert!(
            matches!(place(&anchored, &text), Place::There { range: there, .. } if there == range)
        );
    }
    let text = "\n".repeat(400_000);
    let anchored = anchor(CommentSide::Base, &text, 200_000..200_000).unwrap();
    assert_eq!(drawn(&place(&anchored, &text)), "200001-200001");
}

/// Lines none of which is like another.
fn distinct(count: usize, name: &str) -> Vec<String> {
    (0..count)
        .map(|number| format!("{name} number {number} of the rules"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn an_unchanged_text_keeps_every_place(
        lines in prop::collection::vec("[ab}é]{0,3}", 1..30),
        at in any::<prop::sample::Index>(),
        more in 0_usize..4,
    ) {
        let text = lines.join("\n");
        let first = at.index(lines.len()) + 1;
        let last = (first + more).min(lines.len());
        let range = bytes_of(&text, first, last);
        if let Some(anchor) = anchor(CommentSide::Proposed, &text, range.clone()) {
            let place = place(&anchor, &text);
            prop_assert_eq!(place, Place::There { range, lines: (first, last), is_moved: false });
        }
    }

    #[test]
    fn lines_put_in_before_move_it_by_their_number(
        count in 1_usize..40,
        at in any::<prop::sample::Index>(),
        into in any::<prop::sample::Index>(),
        new in 0_usize..20,
        more in 0_usize..4,
    ) {
        let lines = distinct(count, "line");
        let first = at.index(count) + 1;
        let last = (first + more).min(count);
        let anchor = on(&lines.join("\n"), first, last);
        let mut after = lines;
        let into = into.index(first);
        after.splice(into..into, distinct(new, "new"));
        let place = place(&anchor, &after.join("\n"));
        let expected = format!("{}-{}{}", first + new, last + new, if new > 0 { " moved" } else { "" });
        prop_assert_eq!(drawn(&place), expected);
    }

    #[test]
    fn a_line_that_is_deleted_is_said_to_be_gone(
        count in 2_usize..40,
        at in any::<prop::sample::Index>(),
    ) {
        let mut lines = distinct(count, "line");
        let first = at.index(count) + 1;
        let anchor = on(&lines.join("\n"), first, first);
        lines.remove(first - 1);
        prop_assert_eq!(place(&anchor, &lines.join("\n")), Place::Gone);
    }

    #[test]
    fn what_is_found_is_always_what_was_quoted(
        before in "[ab\n]{0,40}|\\PC{0,20}(\n\\PC{0,20}){0,5}",
        after in "[ab\n]{0,40}|\\PC{0,20}(\n\\PC{0,20}){0,5}",
        start in any::<prop::sample::Index>(),
        end in any::<prop::sample::Index>(),
    ) {
        let places: Vec<usize> = before.char_indices().map(|(place, _)| place).chain([before.len()]).collect();
        let (start, end) = (*start.get(&places), *end.get(&places));
        let Some(anchor) = anchor(CommentSide::Base, &before, start.min(end)..start.max(end)) else {
            return Ok(());
        };
        for text in [&before, &after] {
            if let Place::There { range, .. } = place(&anchor, text) {
                prop_assert_eq!(text.get(range), Some(anchor.quote.as_str()));
            }
        }
        prop_assert_ne!(place(&anchor, &before), Place::Gone);
    }

    #[test]
    fn whatever_an_anchor_says_it_is_looked_for_without_a_panic(
        quote in "[ab\n]{0,6}", before in "[ab\n]{0,6}", after in "[ab\n]{0,6}",
        start in any::<u32>(), text_bytes in any::<u32>(), first_line in any::<u32>(),
        text in "[ab\n]{0,40}",
    ) {
        let anchor = CommentAnchor {
            path: None, side: CommentSide::Unknown, first_line, last_line: 0, start, text_bytes, quote, before, after,
        };
        place(&anchor, &text);
    }

    #[test]
    fn occurrences_are_all_there_are(text in "[ab]{0,40}", wanted in "[ab]{1,5}") {
        let found: Vec<usize> = occurrences(text.as_bytes(), wanted.as_bytes()).collect();
        let expected: Vec<usize> = (0..text.len()).filter(|&place| text[place..].starts_with(&wanted)).collect();
        prop_assert_eq!(found, expected);
    }
}
