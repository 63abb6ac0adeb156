use super::*;
use prompt_diff::{Limits, diff};
use review_api::{CommentResolution, CommentSubject, Timestamp};

const BEFORE: &str = "# Refunds\nRefund up to $200 without asking.\nBe kind to everyone.\n";
const AFTER: &str = "# Refunds\nRefund up to $50 without asking.\nBe kind to everyone.\n";

fn compared(before: &str, after: &str) -> PromptDiff {
    diff(before, after, &Limits::default())
}

fn comment(anchor: CommentAnchor, is_settled: bool) -> Comment {
    Comment {
        id: "cmt_1".into(),
        subject: CommentSubject::Change { id: "chg_1".into() },
        agent_id: "agent_1".into(),
        anchor,
        text: "Why?".to_owned(),
        author: "ann".into(),
        created_at: Timestamp::UNIX_EPOCH,
        edited_at: None,
        resolved: is_settled.then(|| CommentResolution {
            by: "bo".into(),
            at: Timestamp::UNIX_EPOCH,
        }),
        revision: 1,
    }
}

/// Anchors each row of a diff, and finds it again in the same diff.
#[track_caller]
fn check_rows(before: &str, after: &str) {
    let diff = compared(before, after);
    for row in 0..diff.row_count() {
        for side in [Side::Before, Side::After] {
            if diff.row(row).unwrap().lines.get(side).is_none() {
                continue;
            }
            let anchor = anchor_of(&diff, side, (row, row)).unwrap();
            let (found, _, is_moved) = standing(&diff, &anchor).unwrap();
            assert_eq!((found, is_moved), (row, false), "{anchor:?}");
        }
    }
}

#[test]
fn a_comment_stands_below_the_row_that_it_was_written_on() {
    check_rows(BEFORE, AFTER);
    check_rows("a\n\n\nb\n", "a\n\n\n\nc\n");
    check_rows("one\r\ntwo", "one\r\ntwo\r\nthree");
    // A line so long that it is read by the sentence.
    let long = (0..400).fold(String::new(), |text, n| text + &format!("Rule {n} holds. "));
    check_rows(&long, &long.replace("Rule 7 holds", "Rule 7 does not hold"));
}

#[test]
fn a_range_has_the_lines_of_its_side_only() {
    let diff = compared(BEFORE, AFTER);
    let last = diff.row_count() - 1;
    let all = anchor_of(&diff, Side::After, (0, last)).unwrap();
    assert_eq!((all.first_line, all.last_line), (1, 3));
    assert_eq!(all.quote, AFTER.trim_end());
    let base = anchor_of(&diff, Side::Before, (0, last)).unwrap();
    assert_eq!(base.quote, BEFORE.trim_end());
    assert_eq!(anchor_of(&diff, Side::After, (last + 1, last + 2)), None);
}

#[test]
fn comments_on_a_line_that_is_gone_are_set_apart() {
    let written = compared(BEFORE, AFTER);
    let row = written.row_of_line(Side::After, 1).unwrap();
    let refund = anchor_of(&written, Side::After, (row, row)).unwrap();
    let kind = anchor_of(&written, Side::After, (row + 1, row + 1)).unwrap();
    let comments = [comment(refund.clone(), false), comment(kind, true)];
    let talk = Talk::of(&written, &comments, Some(&refund));
    assert_eq!((talk.gone.len(), talk.open()), (0, 1));
    assert_eq!(talk.open_rows(), [row]);
    assert_eq!(talk.writing, Standing::Row(row));

    let later = compared(
        BEFORE,
        "# Refunds\nNever refund.\nNew.\nBe kind to everyone.\n",
    );
    let talk = Talk::of(&later, &comments, Some(&refund));
    assert_eq!((talk.gone.len(), talk.open()), (1, 1));
    assert_eq!(talk.writing, Standing::Gone);
    let placed: Vec<&Placed> = talk.by_row.values().flatten().collect();
    assert_eq!((placed[0].lines, placed[0].is_moved), ((4, 4), true));
    assert_eq!(talk.open_rows(), [0_usize; 0]);
    assert_eq!(talk.rows().len(), 1);
}

#[test]
fn lines_are_named_with_their_side() {
    let words = |lines| lines_in_words(lines, CommentSide::Proposed);
    assert_eq!(words((3, 3)), "line 3, proposed");
    assert_eq!(words((3, 5)), "lines 3 to 5, proposed");
    assert_eq!(
        lines_in_words((1, 1), CommentSide::Base),
        "line 1, the base"
    );
}
