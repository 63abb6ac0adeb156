//! Which rows of a long list to draw.

use std::ops::Range;

/// Rows to draw for a scroll position, with `overscan` spare rows on each side.
///
/// All lengths are CSS pixels and every row is `row_px` high. Empty only if `total` is 0; any position,
/// however wild, gives a range that lies in the list.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and both ends are clamped to the list"
)]
pub fn visible_rows(
    scroll_px: f64,
    view_px: f64,
    row_px: f64,
    total: usize,
    overscan: usize,
) -> Range<usize> {
    let first = (scroll_px / row_px).floor() as usize;
    let last = ((scroll_px + view_px) / row_px).ceil() as usize;
    let end = last.saturating_add(overscan).clamp(total.min(1), total);
    let start = first.saturating_sub(overscan).min(end.saturating_sub(1));
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_window_covers_the_view() {
        assert_eq!(visible_rows(100.0, 60.0, 20.0, 50_000, 0), 5..8);
        assert_eq!(visible_rows(110.0, 60.0, 20.0, 50_000, 2), 3..11);
        assert_eq!(visible_rows(0.0, 60.0, 20.0, 50_000, 2), 0..5);
        assert_eq!(visible_rows(0.0, 60.0, 20.0, 0, 2), 0..0);
    }

    proptest! {
        #[test]
        fn the_window_lies_in_the_list(
            scroll in any::<f64>(), view in any::<f64>(), row in any::<f64>(),
            total in 0_usize..100_000, overscan in 0_usize..100,
        ) {
            let rows = visible_rows(scroll, view, row, total, overscan);
            prop_assert!(rows.end <= total);
            prop_assert_eq!(rows.is_empty(), total == 0);
        }
    }
}
