//! Counts work, so that no pair of texts takes longer than it may.

/// Units of work that are left; one is about the cost of looking at one byte.
///
/// There is no clock in it: the same texts give the same diff on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    limit: u64,
    spent: u64,
    /// Lines that were not compared one by one.
    pub(crate) uncompared: usize,
    /// Lines among which changed ones that moved were not looked for.
    pub(crate) unsought: usize,
}

impl Work {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            spent: 0,
            uncompared: 0,
            unsought: 0,
        }
    }

    /// Work without a limit, for steps that are bounded by themselves.
    pub(crate) fn unbounded() -> Self {
        Self::new(u64::MAX)
    }

    /// Takes `units` if that many are left; says whether it did.
    #[must_use]
    pub(crate) fn take(&mut self, units: usize) -> bool {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        let spent = self.spent.saturating_add(units);
        let is_left = spent <= self.limit;
        if is_left {
            self.spent = spent;
        }
        is_left
    }

    /// Notes that `lines` were left uncompared.
    pub(crate) fn leave_lines(&mut self, lines: usize) {
        self.uncompared += lines;
    }

    /// Notes that among `lines` moved ones were not looked for.
    pub(crate) fn leave_moves(&mut self, lines: usize) {
        self.unsought += lines;
    }

    /// Returns what was spent.
    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }
}
