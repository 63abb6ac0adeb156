//! Walks through the pages of one list of the platform.

use crate::platform::{List, PageQuery, PlatformError, Trouble};

/// Most items that the platform gives at once.
pub(super) const MOST_ITEMS: u32 = 100;

/// A walk through a list, from its first page on.
///
/// Agents and sessions carry whole prompts, so a full page can be larger than the largest answer taken;
/// then the walk goes on with smaller pages.
#[derive(Debug)]
pub(super) struct Pages {
    /// Items to ask for at once, for the next walk too.
    pub(super) items: u32,
    next: Option<String>,
    left: usize,
}

impl Pages {
    /// Begins a walk of at most `most` pages.
    pub(super) fn new(items: u32, most: usize) -> Self {
        Self {
            items: items.clamp(1, MOST_ITEMS),
            next: None,
            left: most,
        }
    }

    /// Returns what to ask for next; nothing at the end.
    pub(super) fn query(&self) -> Option<PageQuery> {
        (self.left > 0).then(|| PageQuery::after(self.items, self.next.clone()))
    }

    /// Takes an answer and returns its items; nothing where it was too large and has to be asked for again.
    ///
    /// # Errors
    /// If it is an error for any other reason.
    pub(super) fn turn<T>(
        &mut self,
        answer: Result<List<T>, PlatformError>,
        what: &'static str,
    ) -> Result<Vec<T>, PlatformError> {
        let page = match answer {
            Ok(page) => page,
            Err(error) if error.trouble == Trouble::Oversized && self.items > 1 => {
                self.items = (self.items / 4).max(1);
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        if page.unreadable > 0 {
            tracing::warn!(
                unreadable = page.unreadable,
                "some of the platform's {what} cannot be read and are left out",
            );
        }
        self.left = match page.next_page {
            // A cursor that leads to itself would never end.
            Some(_) if page.next_page != self.next => self.left - 1,
            _ => 0,
        };
        if self.left == 0 && page.next_page.is_some() {
            tracing::warn!("the platform's list of {what} is longer than one pass reads");
        }
        self.next = page.next_page;
        Ok(page.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: &[u8], next: Option<&str>) -> List<u8> {
        List {
            data: items.to_vec(),
            next_page: next.map(str::to_owned),
            unreadable: 0,
        }
    }

    fn asks(pages: &Pages) -> Option<(u32, Option<String>)> {
        pages
            .query()
            .map(|query| (query.limit.unwrap(), query.page))
    }

    #[test]
    fn a_page_that_is_too_large_is_asked_for_again_in_smaller_pieces() {
        let mut pages = Pages::new(100, 10);
        assert_eq!(asks(&pages), Some((100, None)));
        assert_eq!(pages.turn(Ok(page(&[1], Some("b"))), "x").unwrap(), [1]);
        let too_large = || Err(PlatformError::bare(Trouble::Oversized, "read"));
        for items in [25, 6, 1] {
            assert!(pages.turn::<u8>(too_large(), "x").unwrap().is_empty());
            assert_eq!(asks(&pages), Some((items, Some("b".to_owned()))));
        }
        pages.turn::<u8>(too_large(), "x").unwrap_err();
        assert_eq!(pages.turn(Ok(page(&[2], None)), "x").unwrap(), [2]);
        assert_eq!(asks(&pages), None);
    }

    #[test]
    fn every_walk_ends() {
        let mut pages = Pages::new(100, 2);
        pages.turn(Ok(page(&[], Some("b"))), "x").unwrap();
        pages.turn(Ok(page(&[], Some("c"))), "x").unwrap();
        assert_eq!(asks(&pages), None, "two pages are two pages");
        let mut pages = Pages::new(100, 10);
        pages.turn(Ok(page(&[], Some("b"))), "x").unwrap();
        pages.turn(Ok(page(&[], Some("b"))), "x").unwrap();
        assert_eq!(asks(&pages), None, "it leads to itself");
    }
}
