//! A dream that wrote into the store that it read: that it did, what it did, and the way to take it back.

use crate::{
    routes::Route,
    ui::{Notice, Tone},
};
use leptos::prelude::*;
use review_api::{DreamReport, InPlace, MemoryCounts, SuggestionRow, SuggestionStatus};
use review_core::{in_place::left_out, words::grouped};
use std::sync::Arc;

/// Says it where the dream did, and shows nothing where it did not.
#[component]
pub(super) fn WroteInPlace(
    /// The report of the dream.
    report: Signal<Arc<DreamReport>>,
) -> impl IntoView {
    let in_place = Memo::new(move |_| report.with(|report| report.in_place));
    let back = Memo::new(move |_| {
        report.with(|report| {
            report
                .suggestions
                .iter()
                .find(|row| row.takes_back)
                .cloned()
        })
    });
    move || {
        let sentences = sentences(in_place.get()?);
        let standing = back.get();
        Some(view! {
            <Notice tone=Tone::Finding about="in-place">
                <div>
                    <p class="notice-title">"This dream wrote into the memory store by itself. Nobody decided it."</p>
                    <p>{sentences.join(" ")}</p>
                </div>
                {standing.map(|row| view! { <Back row /> })}
            </Notice>
        })
    }
}

/// The one thing to do about it, or what was done.
#[component]
fn Back(row: SuggestionRow) -> impl IntoView {
    let (before, link, is_main) = match row.status {
        SuggestionStatus::Open => ("", "Review taking it back", true),
        SuggestionStatus::Staged => ("Taking it back is staged. ", "Look at it", false),
        SuggestionStatus::Applied => ("It was taken back. ", "See what was done", false),
        SuggestionStatus::Rejected => ("A reviewer decided that it stays. ", "Read why", false),
        SuggestionStatus::Unknown => ("", "See what takes it back", false),
    };
    let href = Route::Suggestion { id: row.id }.href();
    view! {
        <p>
            {before}
            <a class=is_main.then_some("button button-primary") data-action="take-back" href=href>
                {link}
            </a>
        </p>
    }
}

/// Leaves out that nothing was changed where the dream wrote into the store that it read: that stays, however it
/// ended.
pub(super) fn only_what_holds(report: &DreamReport, advice: &str) -> String {
    if report.in_place.is_none() {
        return advice.to_owned();
    }
    advice
        .replace("Nothing was changed and nothing", "Nothing")
        .replace("Nothing was changed. ", "")
        .replace(" Nothing was changed.", "")
}

/// Says what is known of it.
fn sentences(in_place: InPlace) -> Vec<String> {
    match in_place {
        InPlace::Waiting => vec![
            "What it writes is there at once. What that was shows here a moment after the dream has ended."
                .to_owned(),
        ],
        InPlace::Unknown => vec![
            "What it wrote is not known: its store is gone, or nobody was looking when it ended. The platform keeps \
             the earlier versions of each memory for a while."
                .to_owned(),
        ],
        InPlace::Known { did, .. } if did.total() == 0 => vec![
            "It left every memory as it was, as far as the platform tells whose versions they are; there is nothing to \
             take back."
                .to_owned(),
        ],
        InPlace::Known {
            did,
            left_out: counts,
        } => {
            let mut sentences = vec![format!("It {}.", in_words(did))];
            sentences.extend(left_out(&counts));
            sentences
        }
    }
}

/// "deleted 1 memory, edited 2 and made 1": what is lost comes first.
fn in_words(did: MemoryCounts) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (count, word) in [
        (did.deleted, "deleted"),
        (did.edited, "edited"),
        (did.renamed, "renamed"),
        (did.created, "made"),
    ] {
        if count == 0 {
            continue;
        }
        let unit = match (parts.is_empty(), count) {
            (true, 1) => " memory",
            (true, _) => " memories",
            (false, _) => "",
        };
        parts.push(format!("{word} {}{unit}", grouped(u64::from(count))));
    }
    match parts.pop() {
        Some(last) if !parts.is_empty() => format!("{} and {last}", parts.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::NotTakenBack;

    #[test]
    fn what_it_did_is_one_sentence() {
        let check = |deleted, edited, renamed, created, expected: &str| {
            let did = MemoryCounts {
                created,
                edited,
                renamed,
                deleted,
            };
            assert_eq!(in_words(did), expected);
        };
        check(1, 2, 0, 1, "deleted 1 memory, edited 2 and made 1");
        check(0, 1_200, 0, 0, "edited 1,200 memories");
        check(0, 0, 1, 3, "renamed 1 memory and made 3");
    }

    #[test]
    fn what_stays_and_why_is_said_with_it() {
        let known = InPlace::Known {
            did: MemoryCounts {
                edited: 2,
                ..MemoryCounts::default()
            },
            left_out: NotTakenBack {
                changed_since: 1,
                ..NotTakenBack::default()
            },
        };
        let said = sentences(known);
        assert_eq!(said[0], "It edited 2 memories.");
        assert!(said[1].starts_with("1 memory stays as it is, because somebody else"));
    }
}
