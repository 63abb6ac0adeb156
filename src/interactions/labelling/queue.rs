//! The order in which interactions are gone through, and what became of each in this visit.

use review_api::{InteractionId, InteractionSummary, LabellingProgress, Rating};
use review_core::words::grouped;
use std::collections::HashMap;

/// What became of an interaction in this visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was rated, whether that is saved yet or not.
    Rated(Rating),
    /// It was left for later.
    Skipped,
}

/// What one person did since the page was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Visit {
    fates: HashMap<InteractionId, Fate>,
    /// Those rated, the last one last.
    rated: Vec<InteractionId>,
}

impl Visit {
    /// Notes a rating.
    pub(super) fn rate(&mut self, id: InteractionId, rating: Rating) {
        self.rated.retain(|known| *known != id);
        self.rated.push(id.clone());
        self.fates.insert(id, Fate::Rated(rating));
    }

    /// Leaves one for later; what was rated stays so.
    pub(super) fn skip(&mut self, id: InteractionId) {
        self.fates.entry(id).or_insert(Fate::Skipped);
    }

    /// Takes back whatever became of one.
    pub(super) fn forget(&mut self, id: &InteractionId) {
        self.fates.remove(id);
        self.rated.retain(|known| known != id);
    }

    /// Returns what became of one.
    pub(super) fn fate(&self, id: &InteractionId) -> Option<Fate> {
        self.fates.get(id).copied()
    }

    /// Returns the one rated last.
    pub(super) fn last_rated(&self) -> Option<&InteractionId> {
        self.rated.last()
    }

    /// Counts those left for later.
    pub(super) fn skipped(&self) -> usize {
        let fates = self.fates.values();
        fates.filter(|fate| **fate == Fate::Skipped).count()
    }

    /// Takes up those left for later.
    pub(super) fn take_up_skipped(&mut self) {
        self.fates.retain(|_, fate| *fate != Fate::Skipped);
    }
}

/// Where one stands: at an item, come to it by going on or by going back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Index among the items that have come so far, or one after the last.
    pub(super) at: usize,
    /// Whether the person went back to exactly this one, rated or not.
    pub(super) is_back: bool,
}

impl Place {
    /// Goes on from `at`.
    pub(super) fn onwards(at: usize) -> Self {
        Self { at, is_back: false }
    }

    /// Goes back to exactly `at`.
    pub(super) fn back_to(at: usize) -> Self {
        Self { at, is_back: true }
    }

    /// Returns the index of the item to show: from here on the first that was not rated in this visit.
    pub(super) fn index(self, items: &[InteractionSummary], visit: &Visit) -> usize {
        if self.is_back {
            return self.at.min(items.len());
        }
        let waits =
            |item: &InteractionSummary| !matches!(visit.fate(&item.id), Some(Fate::Rated(_)));
        let ahead = items.iter().enumerate().skip(self.at);
        let mut waiting = ahead.filter(|(_, item)| waits(item));
        waiting.next().map_or(items.len(), |(index, _)| index)
    }
}

/// Says how far one is.
pub(super) fn progress_words(progress: &LabellingProgress) -> String {
    format!(
        "{} of {} interactions rated, with {} positive and {} negative ratings; {} wait here.",
        grouped(progress.labelled),
        grouped(progress.interactions),
        grouped(progress.feedback.positive),
        grouped(progress.feedback.negative),
        grouped(progress.waiting),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{FeedbackCounts, Timestamp};

    fn items(count: usize) -> Vec<InteractionSummary> {
        let item = |number: usize| InteractionSummary {
            id: format!("sesn_{number}").as_str().into(),
            agent_id: "agent_1".into(),
            agent_name: "Support".to_owned(),
            agent_version: 1,
            title: String::new(),
            status: "idle".to_owned(),
            created_at: Timestamp::UNIX_EPOCH,
            feedback: FeedbackCounts::default(),
        };
        (0..count).map(item).collect()
    }

    #[test]
    fn going_on_passes_over_what_was_rated_and_going_back_does_not() {
        let items = items(4);
        let mut visit = Visit::default();
        assert_eq!(Place::default().index(&items, &visit), 0);
        visit.rate("sesn_0".into(), Rating::Positive);
        visit.rate("sesn_1".into(), Rating::Negative);
        assert_eq!(Place::default().index(&items, &visit), 2);
        assert_eq!(Place::back_to(1).index(&items, &visit), 1);
        visit.skip("sesn_2".into());
        assert_eq!(Place::onwards(3).index(&items, &visit), 3);
        visit.rate("sesn_3".into(), Rating::Negative);
        assert_eq!(Place::onwards(3).index(&items, &visit), 4, "the end");
        assert_eq!(visit.skipped(), 1);
        visit.take_up_skipped();
        assert_eq!(Place::default().index(&items, &visit), 2);
        assert_eq!(Place::default().index(&[], &visit), 0);
        assert_eq!(Place::back_to(9).index(&[], &visit), 0);
    }

    #[test]
    fn what_is_taken_back_waits_again_and_the_one_before_it_is_last() {
        let items = items(2);
        let mut visit = Visit::default();
        visit.rate("sesn_0".into(), Rating::Positive);
        visit.rate("sesn_1".into(), Rating::Positive);
        visit.skip("sesn_1".into());
        assert_eq!(
            visit.fate(&"sesn_1".into()),
            Some(Fate::Rated(Rating::Positive))
        );
        visit.forget(&"sesn_1".into());
        assert_eq!(visit.last_rated(), Some(&"sesn_0".into()));
        assert_eq!(Place::default().index(&items, &visit), 1);
    }

    #[test]
    fn progress_is_said_in_interactions_and_ratings() {
        let progress = LabellingProgress {
            agent_name: "Support".to_owned(),
            interactions: 10_000,
            labelled: 11,
            feedback: FeedbackCounts {
                positive: 9,
                negative: 3,
            },
            waiting: 40,
            unread: 0,
        };
        assert_eq!(
            progress_words(&progress),
            "11 of 10,000 interactions rated, with 9 positive and 3 negative ratings; 40 wait here."
        );
    }
}
