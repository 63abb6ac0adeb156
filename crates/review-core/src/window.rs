//! Which rows of a long list to draw, and where they stand.

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

/// Where the rows of a list stand whose heights are estimated until they are measured.
///
/// Lengths are CSS pixels. A changed height and the top of any row take logarithmic time
/// ([Fenwick 1994](https://doi.org/10.1002/spe.4380240306)), so a list may have as many rows as a text has lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heights {
    px: Vec<f64>,
    /// Element `i - 1` holds the sum of the `i & -i` heights that end with row `i - 1`.
    sums: Vec<f64>,
}

/// Heights are kept as multiples of this, as browsers lay out, so that sums stay exact.
const LAYOUT_UNIT_PX: f64 = 1.0 / 64.0;

impl Heights {
    /// Starts with estimates, one for each row.
    pub fn new(estimates: impl IntoIterator<Item = f64>) -> Self {
        let px: Vec<f64> = estimates.into_iter().map(snapped).collect();
        let mut sums = px.clone();
        for place in 1..=sums.len() {
            let parent = place + lowest_bit(place);
            let own = sums.get(place - 1).copied().unwrap_or_default();
            if let Some(sum) = sums.get_mut(parent - 1) {
                *sum += own;
            }
        }
        Self { px, sums }
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.px.len()
    }

    /// Says whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.px.is_empty()
    }

    /// Returns the height of `row`; 0 where there is no such row.
    pub fn height(&self, row: usize) -> f64 {
        self.px.get(row).copied().unwrap_or_default()
    }

    /// Sets the height of `row`, once it is known better.
    pub fn set(&mut self, row: usize, px: f64) {
        let px = snapped(px);
        let Some(old) = self.px.get_mut(row) else {
            return;
        };
        let by = px - *old;
        *old = px;
        let mut place = row + 1;
        while let Some(sum) = self.sums.get_mut(place - 1) {
            *sum += by;
            place += lowest_bit(place);
        }
    }

    /// Returns where `row` begins: the height of all rows before it.
    pub fn top(&self, row: usize) -> f64 {
        let mut place = row.min(self.len());
        let mut top = 0.0;
        while place > 0 {
            top += self.sums.get(place - 1).copied().unwrap_or_default();
            place -= lowest_bit(place);
        }
        top
    }

    /// Returns the height of all rows.
    pub fn total(&self) -> f64 {
        self.top(self.len())
    }

    /// Returns the row at `px` from the top: the last one that begins there or above; the first and the last row
    /// answer for what is above and below them. 0 if there is no row.
    pub fn row_at(&self, px: f64) -> usize {
        let (mut row, mut above) = (0, 0.0);
        let mut step = self.len().checked_ilog2().map_or(0, |bits| 1_usize << bits);
        while step > 0 {
            if let Some(sum) = self.sums.get(row + step - 1)
                && above + sum <= px
            {
                row += step;
                above += sum;
            }
            step /= 2;
        }
        row.min(self.len().saturating_sub(1))
    }

    /// Returns the rows that lie between `top_px` and `bottom_px`, at least partly. Empty only if there is no row.
    pub fn rows_between(&self, top_px: f64, bottom_px: f64) -> Range<usize> {
        if self.is_empty() {
            return 0..0;
        }
        let start = self.row_at(top_px);
        start..self.row_at(bottom_px.max(top_px)).max(start) + 1
    }
}

fn lowest_bit(place: usize) -> usize {
    place & place.wrapping_neg()
}

fn snapped(px: f64) -> f64 {
    if px.is_finite() && px > 0.0 {
        (px / LAYOUT_UNIT_PX).round() * LAYOUT_UNIT_PX
    } else {
        0.0
    }
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

        #[test]
        fn rows_stand_where_the_heights_before_them_end(
            estimates in proptest::collection::vec(0.0_f64..300.0, 0..80),
            changes in proptest::collection::vec((0_usize..90, -5.0_f64..500.0), 0..40),
            px in -50.0_f64..20_000.0,
        ) {
            let mut heights = Heights::new(estimates.iter().copied());
            let mut plain: Vec<f64> = estimates.iter().map(|px| snapped(*px)).collect();
            for (row, px) in changes {
                heights.set(row, px);
                if let Some(height) = plain.get_mut(row) {
                    *height = snapped(px);
                }
            }
            let tops: Vec<f64> = (0..=plain.len()).map(|row| plain[..row].iter().sum()).collect();
            for (row, top) in tops.iter().enumerate() {
                prop_assert!((heights.top(row) - top).abs() < 1e-9);
            }
            prop_assert!((heights.total() - tops[plain.len()]).abs() < 1e-9);
            let expected = tops.iter().take(plain.len()).rposition(|top| *top <= px).unwrap_or_default();
            prop_assert_eq!(heights.row_at(px), expected);
            let rows = heights.rows_between(px, px + 900.0);
            prop_assert_eq!(rows.is_empty(), plain.is_empty());
            prop_assert!(rows.end <= plain.len());
        }
    }

    #[test]
    fn no_position_is_too_wild_for_the_heights() {
        let heights = Heights::new([20.0, 40.0, f64::NAN, -3.0, 20.0]);
        for px in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e300] {
            assert!(heights.row_at(px) < 5, "{px}");
            assert!(!heights.rows_between(px, -px).is_empty(), "{px}");
        }
        assert_eq!(heights.rows_between(19.0, 21.0), 0..2);
        assert_eq!(Heights::default().rows_between(0.0, 900.0), 0..0);
    }
}
