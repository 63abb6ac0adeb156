//! What a reader must know of a diff before deciding: instructions lost, characters hidden.

use super::DiffNav;
use leptos::prelude::*;
use prompt_diff::{Instruction, Instructions, PromptDiff, Side, hidden, instructions};

/// Findings in the texts themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What becomes of instructions.
    pub instructions: Instructions,
    /// Characters in the text after that show nothing of themselves.
    pub hidden: Vec<HiddenFact>,
}

/// A hidden character of the text after, with all its occurrences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenFact {
    /// Its number and name, and what a run of tags spells.
    pub meaning: String,
    /// How often it occurs.
    pub count: usize,
    /// The line where it occurs first, from 0.
    pub line: usize,
    /// Whether one of those lines is new.
    pub is_new: bool,
}

impl Facts {
    /// Finds what is to be known of `diff`.
    pub fn of(diff: &PromptDiff) -> Self {
        Self {
            instructions: instructions(diff),
            hidden: hidden_facts(diff),
        }
    }

    /// Counts the findings: each is something to read before deciding.
    pub fn findings(&self) -> usize {
        self.instructions.removed.len() + self.hidden.len()
    }
}

fn hidden_facts(diff: &PromptDiff) -> Vec<HiddenFact> {
    let mut facts: Vec<HiddenFact> = Vec::new();
    let after = &diff.revisions.after;
    for line in 0..after.line_count() {
        let is_new = || {
            diff.hunks
                .iter()
                .any(|hunk| hunk.lines.after.contains(&line))
        };
        for one in hidden(after.body(line))
            .into_iter()
            .filter(|one| !one.is_ordinary)
        {
            let spelt = one
                .decoded
                .as_ref()
                .map(|text| format!(", spelling “{text}”"));
            let meaning = format!("{} {}{}", one.number(), one.name, spelt.unwrap_or_default());
            match facts.iter_mut().find(|fact| fact.meaning == meaning) {
                Some(fact) => {
                    fact.count += 1;
                    fact.is_new |= is_new();
                }
                None => facts.push(HiddenFact {
                    meaning,
                    count: 1,
                    line,
                    is_new: is_new(),
                }),
            }
        }
    }
    facts
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
                                <span class="finding-text" dir="auto">{one.text}</span>
                                <span class="finding-line">{format!("line {}", one.line + 1)}</span>
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
        {part("removed", "Instructions removed", Side::Before, |facts| facts.instructions.removed.clone())}
        {part(
            "reworded",
            "Instructions reworded",
            Side::After,
            |facts| facts.instructions.reworded.iter().map(|pair| pair.after.clone()).collect(),
        )}
        {part("added", "Instructions added", Side::After, |facts| facts.instructions.added.clone())}
    }
}

/// Names the hidden characters of the text after.
#[component]
pub fn HiddenList(
    /// What was found.
    facts: Memo<Facts>,
    /// Leads to those in changed lines.
    nav: DiffNav,
) -> impl IntoView {
    move || {
        let found = facts.with(|facts| facts.hidden.clone());
        (!found.is_empty()).then(|| {
            let items = found.into_iter().map(|one| {
                let times = if one.count == 1 {
                    String::new()
                } else {
                    format!(", {} times", one.count)
                };
                let place = if one.is_new {
                    "in a changed line"
                } else {
                    "was there before"
                };
                let words = format!("{}{times}", one.meaning);
                let note = format!("line {}, {place}", one.line + 1);
                view! {
                    <li>
                        <button
                            type="button"
                            class="finding-link"
                            on:click=move |_| nav.go_to_line(Side::After, one.line)
                        >
                            <span class="finding-text">{words}</span>
                            <span class="finding-line">{note}</span>
                        </button>
                    </li>
                }
            });
            view! {
                <div class="finding" data-finding="hidden">
                    <h3 class="finding-title">"Hidden characters"</h3>
                    <ul class="finding-items">{items.collect_view()}</ul>
                </div>
            }
        })
    }
}
