//! The part of a transcript that tells the most.

use super::text::cut_and_counted;
use crate::likeness::most_like;
use crate::transcript::kind_word;
use review_api::LogEvent;
use std::collections::BTreeSet;

/// Longest text of one event, in characters.
const LONGEST_EVENT: usize = 1_500;
/// Events before and after the most telling one that come next.
const AROUND: usize = 2;

/// Returns the events that tell the most, in their order and within `most` characters, and says what is left out.
///
/// `about` is what people said of the interaction: the event most like it comes first, with those around it,
/// then how it began, then how it ended.
pub(super) fn excerpt(events: &[LogEvent], about: &str, most: usize) -> String {
    let lines: Vec<String> = events.iter().map(said).collect();
    let mut chosen = BTreeSet::new();
    let mut length = 0;
    for place in by_weight(events, about) {
        let Some(line) = lines.get(place) else {
            continue;
        };
        let chars = line.chars().count() + 1;
        if chosen.contains(&place) || length + chars > most {
            continue;
        }
        length += chars;
        chosen.insert(place);
    }
    let mut text = String::new();
    let mut next = 0;
    for place in chosen {
        gap(&mut text, place - next);
        text.push_str(lines.get(place).map_or("", String::as_str));
        text.push('\n');
        next = place + 1;
    }
    gap(&mut text, lines.len() - next);
    text
}

fn gap(text: &mut String, events: usize) {
    if events > 0 {
        let events = events.to_string();
        text.extend(["[", &events, " events left out]\n"]);
    }
}

fn said(event: &LogEvent) -> String {
    let who = kind_word(event.kind);
    let text = cut_and_counted(event.text.trim(), LONGEST_EVENT);
    format!("{who}: {text}")
}

/// Places of events, the most telling first; some more than once.
fn by_weight(events: &[LogEvent], about: &str) -> impl Iterator<Item = usize> {
    let count = events.len();
    let best = most_like(about, events.iter().map(|event| event.text.as_str()));
    let around = best.map_or(0..0, |best| {
        best.saturating_sub(AROUND)..(best + AROUND + 1).min(count)
    });
    let begin = 0..count.min(AROUND);
    best.into_iter()
        .chain(around)
        .chain(begin)
        .chain((0..count).rev())
}
