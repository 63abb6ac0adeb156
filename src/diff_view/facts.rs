//! What a reader must know of a diff before deciding: instructions lost, characters hidden.

use super::{DiffNav, FindingsRead};
use leptos::prelude::*;
use prompt_diff::{
    FindingCount, Instruction, Instructions, PromptDiff, Side, Weight, finding_counts,
    findings_fingerprint, instructions,
};

/// Findings in the texts themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What becomes of instructions.
    pub instructions: Instructions,
    /// What the text after has that cannot be seen in it, and that holds up an approval.
    pub hidden: Vec<HiddenFact>,
    /// Names what holds up an approval, as in the change's own field; nothing where nothing does.
    pub fingerprint: Option<String>,
}

/// Something that cannot be seen in the text after, with all its occurrences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenFact {
    /// Its number and name, and what a run of tags spells or a word reads as.
    pub meaning: String,
    /// How often it stands in the text after.
    pub count: usize,
    /// The line where it stands first, from 0.
    pub line: usize,
    /// Whether the text after has more of it than the one before.
    pub is_new: bool,
}

impl Facts {
    /// Finds what is to be known of `diff`.
    pub fn of(diff: &PromptDiff) -> Self {
        let (before, after) = (diff.revisions.before.text(), diff.revisions.after.text());
        let counts = finding_counts(before, after).into_iter();
        let blocking =
            counts.filter(|one| one.first.weight == Weight::Blocking && one.count.after > 0);
        Self {
            instructions: instructions(diff),
            hidden: blocking.map(|one| hidden_fact(diff, &one)).collect(),
            fingerprint: findings_fingerprint(before, after),
        }
    }

    /// Counts the findings: each is something to read before deciding.
    pub fn findings(&self) -> usize {
        self.instructions.removed.len() + self.hidden.len()
    }
}

fn hidden_fact(diff: &PromptDiff, one: &FindingCount) -> HiddenFact {
    let numbers = one.code_points.split('+').map(|code| format!("U+{code}"));
    let numbers = match numbers.clone().count() {
        0..=3 => numbers.collect::<Vec<_>>().join(" "),
        more => format!("{more} characters"),
    };
    let reads = one.first.reads_as.as_ref();
    let reads = reads.map(|text| format!(", reads “{text}”"));
    HiddenFact {
        meaning: format!("{numbers} {}{}", one.first.name, reads.unwrap_or_default()),
        count: one.count.after,
        line: diff.revisions.after.line_at(one.first.range.start),
        is_new: one.is_new(),
    }
}

/// Names the instructions that are gone first, then those that are new or reworded.
#[component]
pub fn InstructionList(
    /// What was found.
    facts: Memo<Facts>,
    /// Leads to each of them.
    nav: DiffNav,
) -> impl IntoView {
    let part = move |what: &'static str,
                     title: &'static str,
                     side: Side,
                     pick: fn(&Facts) -> Vec<Instruction>| {
        move || {
            let found = facts.with(pick);
            (!found.is_empty()).then(|| {
                let items = found.into_iter().map(|one| {
                    view! {
                        <li>
                            <button
                                type="button"
                                class="finding-link"
                                on:click=move |_| nav.go_to_line(side, one.line)
                            >
                                <bdi class="finding-text" dir="auto">{super::chips::text(&one.text)}</bdi>
                                <span class="finding-line">{place(nav, side, one.line)}</span>
                            </button>
                        </li>
                    }
                });
                view! {
                    <div class="finding" data-finding=what>
                        <h3 class="finding-title">{title}</h3>
                        <ul class="finding-items">{items.collect_view()}</ul>
                    </div>
                }
            })
        }
    };
    view! {
        {part("removed", "What the agent will forget", Side::Before, |facts| facts.instructions.removed.clone())}
        {part(
            "reworded",
            "Instructions reworded",
            Side::After,
            |facts| facts.instructions.reworded.iter().map(|pair| pair.after.clone()).collect(),
        )}
        {part("added", "Instructions added", Side::After, |facts| facts.instructions.added.clone())}
    }
}

/// Says where line `line` of a side is, as people call it.
fn place(nav: DiffNav, side: Side, line: usize) -> String {
    let label = nav
        .diff_untracked()
        .map(|diff| diff.revisions.get(side).label(line).number);
    format!("line {}", label.unwrap_or(line + 1))
}

/// Names what cannot be seen in the text after, and asks whether it was read.
#[component]
pub fn HiddenList(
    /// What was found.
    facts: Memo<Facts>,
    /// Leads to each of them.
    nav: DiffNav,
    /// Keeps whether they were read.
    read: FindingsRead,
) -> impl IntoView {
    move || {
        let found = facts.with(|facts| facts.hidden.clone());
        (!found.is_empty()).then(|| {
            let count = found.len();
            let items = found.into_iter().map(|one| {
                let times = if one.count == 1 {
                    String::new()
                } else {
                    format!(", {} times", one.count)
                };
                let origin = if one.is_new {
                    "new"
                } else {
                    "was there before"
                };
                let words = format!("{}{times}", one.meaning);
                let note = format!("{}, {origin}", place(nav, Side::After, one.line));
                view! {
                    <li>
                        <button
                            type="button"
                            class="finding-link"
                            on:click=move |_| nav.go_to_line(Side::After, one.line)
                        >
                            <bdi class="finding-text" dir="auto">{super::chips::text(&words)}</bdi>
                            <span class="finding-line">{note}</span>
                        </button>
                    </li>
                }
            });
            view! {
                <div class="finding" data-finding="hidden">
                    <h3 class="finding-title">"Hidden in the text"</h3>
                    <ul class="finding-items">{items.collect_view()}</ul>
                    <Acknowledge facts read count />
                </div>
            }
        })
    }
}

/// The box that says that the findings were read; another text has other findings, and the box is empty again.
#[component]
fn Acknowledge(facts: Memo<Facts>, read: FindingsRead, count: usize) -> impl IntoView {
    let words = match count {
        1 => "I have seen this finding".to_owned(),
        count => format!("I have seen these {count} findings"),
    };
    let fingerprint = Memo::new(move |_| facts.with(|facts| facts.fingerprint.clone()));
    view! {
        <label class="finding-seen">
            <input
                type="checkbox"
                data-action="acknowledge"
                prop:checked=move || {
                    fingerprint.with(|findings| findings.as_ref().is_some_and(|it| read.has(it)))
                }
                on:change=move |event| {
                    if let Some(findings) = fingerprint.get_untracked() {
                        read.mark(&findings, event_target_checked(&event));
                    }
                }
            />
            <span>{words}</span>
        </label>
    }
}
