//! Showing what is folded.

use super::{layout::gap_rows, state::DiffNav};
use crate::browser::focus;
use leptos::prelude::*;
use prompt_diff::{CONTEXT_ROWS, Opened};
use std::ops::Range;

/// Rows that one press unfolds.
const UNFOLDED_AT_ONCE: usize = 20;

/// Which end of a fold to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfold {
    /// Rows below what stands above the fold.
    Top,
    /// Rows above what stands below the fold.
    Bottom,
    /// All of them.
    All,
}

impl DiffNav {
    /// Unfolds as much as is needed to see `row`.
    pub(super) fn reveal(self, row: usize) {
        let gap = self.diff_untracked().and_then(|diff| {
            let gap = diff.hunks.partition_point(|hunk| hunk.rows.end <= row);
            let rows = gap_rows(&diff, gap);
            rows.contains(&row).then_some((gap, rows))
        });
        let Some((gap, rows)) = gap else { return };
        self.opened.update(|opened| {
            if let Some(opened) = opened.get_mut(gap) {
                let (above, below) = (row - rows.start, rows.end - row);
                if above <= below {
                    opened.top = opened.top.max(above + 1 + CONTEXT_ROWS);
                } else {
                    opened.bottom = opened.bottom.max(below + CONTEXT_ROWS);
                }
            }
        });
    }

    /// Shows more of the gap before change number `gap`, of which `folded` is hidden; the keyboard goes to the diff
    /// if the bar goes.
    pub(super) fn unfold(self, gap: usize, folded: &Range<usize>, what: Unfold) {
        let rows = self.diff_untracked().map(|diff| gap_rows(&diff, gap));
        let Some(rows) = rows else { return };
        let above = folded.start.saturating_sub(rows.start);
        let below = rows.end.saturating_sub(folded.end);
        self.opened.update(|opened| {
            let Some(opened) = opened.get_mut(gap) else {
                return;
            };
            match what {
                Unfold::Top => opened.top = above + UNFOLDED_AT_ONCE,
                Unfold::Bottom => opened.bottom = below + UNFOLDED_AT_ONCE,
                Unfold::All => opened.top = rows.len(),
            }
        });
        request_animation_frame(|| {
            if focus::is_nowhere() {
                focus::first(".diff");
            }
        });
    }

    /// Unfolds everything, or folds everything again.
    pub(super) fn unfold_all(self, open: bool) {
        let how = if open { Opened::ALL } else { Opened::default() };
        self.opened.update(|opened| opened.fill(how));
    }

    /// Says whether nothing is folded.
    pub(super) fn is_unfolded(self) -> bool {
        self.opened
            .with(|opened| opened.iter().all(|opened| *opened == Opened::ALL))
    }
}
