//! A pair of things, one for each side of a diff.

/// One thing for each side: `before` the change and `after` it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Sides<T> {
    /// Of the text as it was.
    pub before: T,
    /// Of the text as proposed.
    pub after: T,
}

/// Names one side of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The text as it was.
    Before,
    /// The text as proposed.
    After,
}

impl<T> Sides<T> {
    /// Pairs two things.
    pub fn new(before: T, after: T) -> Self {
        Self { before, after }
    }

    /// Returns the thing of `side`.
    pub fn get(&self, side: Side) -> &T {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    /// Returns the thing of one side, to change it.
    pub(crate) fn get_mut(&mut self, is_after: bool) -> &mut T {
        if is_after {
            &mut self.after
        } else {
            &mut self.before
        }
    }

    /// Makes a pair of each thing's image.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Sides<U> {
        Sides {
            before: change(self.before),
            after: change(self.after),
        }
    }

    /// Borrows both things.
    pub fn as_ref(&self) -> Sides<&T> {
        Sides {
            before: &self.before,
            after: &self.after,
        }
    }
}
