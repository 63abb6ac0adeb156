//! The answer, and what of it can be reviewed.

use super::Material;
use super::source::{Added, Words};
use super::text::{line, lines};
use review_api::{
    InteractionId, MAX_ADJUSTMENTS, MAX_PROMPT_CHARS, Pattern, ReflectionLeftOut, SuggestionFinding,
};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Most patterns kept.
const MOST_PATTERNS: usize = 20;
/// Most interactions of one pattern.
const MOST_IDS: usize = 100;
/// Most findings of one kind on one adjustment, the longest quotes first.
const MOST_FINDINGS: usize = 5;
/// Longest title, in characters.
const LONGEST_TITLE: usize = 200;
/// Longest text in sentences, in characters.
const LONGEST_TEXT: usize = 4_000;
/// Longest quote of a finding, in characters.
const LONGEST_QUOTE: usize = 400;

/// Stands for the pattern of an adjustment that names none: it is no key that a pattern has.
pub const NO_PATTERN: &str = "-";

/// One edit of the prompt that can be reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// What it does, in a few words; never empty.
    pub title: String,
    /// Why; may be empty.
    pub why: String,
    /// The key of the pattern that it answers, or [`NO_PATTERN`].
    pub pattern_key: String,
    /// The whole prompt with the edit made; never the prompt as it is.
    pub proposed: String,
    /// What a reader must know.
    pub findings: Vec<SuggestionFinding>,
}

/// What of an answer is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reflected {
    /// What keeps going wrong.
    pub patterns: Vec<Pattern>,
    /// At most [`MAX_ADJUSTMENTS`].
    pub adjustments: Vec<Adjustment>,
    /// What was not kept.
    pub left_out: ReflectionLeftOut,
}

/// Reads the input that the model gave to [`TOOL`](super::TOOL); takes anything.
pub fn read(answer: &Value, material: &Material) -> Reflected {
    let mut left_out = ReflectionLeftOut::default();
    let (patterns, keys) = read_patterns(answer.get("patterns"), material, &mut left_out);
    let adjustments = Reader::new(material, &keys).read(answer.get("adjustments"), &mut left_out);
    Reflected {
        patterns,
        adjustments,
        left_out,
    }
}

fn add(count: &mut u32, more: usize) {
    *count = count.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
}

/// Returns the elements of a list; anything else counts as unreadable.
fn elements<'a>(value: Option<&'a Value>, left_out: &mut ReflectionLeftOut) -> &'a [Value] {
    let Some(Value::Array(items)) = value else {
        add(&mut left_out.unreadable, 1);
        return &[];
    };
    items
}

fn text_of<'a>(object: &'a Value, field: &str) -> &'a str {
    object
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Returns the patterns kept, and the keys by their numbers in the answer.
fn read_patterns(
    value: Option<&Value>,
    material: &Material,
    left_out: &mut ReflectionLeftOut,
) -> (Vec<Pattern>, HashMap<u64, String>) {
    let known = known_ids(material);
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut keys = HashMap::new();
    for (item, number) in elements(value, left_out).iter().zip(1_u64..) {
        let title = line(text_of(item, "title"), LONGEST_TITLE);
        if title.is_empty() {
            add(&mut left_out.unreadable, 1);
            continue;
        }
        if patterns.len() == MOST_PATTERNS {
            add(&mut left_out.too_many_patterns, 1);
            continue;
        }
        let mut interaction_ids: Vec<InteractionId> = Vec::new();
        for id in elements(item.get("interaction_ids"), left_out) {
            match id.as_str().and_then(|id| known.get(id)) {
                Some(id) if interaction_ids.len() < MOST_IDS && !interaction_ids.contains(id) => {
                    interaction_ids.push((*id).clone());
                }
                Some(_) => {}
                None => add(&mut left_out.unknown_interactions, 1),
            }
        }
        let key = format!("reflection-{number}");
        keys.insert(number, key.clone());
        patterns.push(Pattern {
            key,
            title,
            description: lines(text_of(item, "detail"), LONGEST_TEXT),
            // How often it happens was not counted by anybody: what is known are the interactions named.
            occurrences: None,
            interaction_ids,
            // Whoever knows which model answered says so.
            found_by: None,
        });
    }
    (patterns, keys)
}

/// Interactions that stand in the request.
fn known_ids(material: &Material) -> HashMap<&str, &InteractionId> {
    let rated = material.opinions.iter().map(|one| &one.interaction_id);
    let read = material.transcripts.iter().map(|one| &one.interaction_id);
    rated.chain(read).map(|id| (id.as_str(), id)).collect()
}

/// Reads adjustments against what is known.
struct Reader<'a> {
    material: &'a Material,
    keys: &'a HashMap<u64, String>,
    prompt: Words,
    transcripts: Vec<(&'a InteractionId, Words)>,
    memories: Vec<(&'a str, Words)>,
}

impl<'a> Reader<'a> {
    fn new(material: &'a Material, keys: &'a HashMap<u64, String>) -> Self {
        let transcripts = material.transcripts.iter().map(|one| {
            // Events apart, so that no run of words goes over from one to the next.
            let texts: Vec<&str> = one.events.iter().map(|event| event.text.as_str()).collect();
            (&one.interaction_id, Words::new(&texts.join("\n")))
        });
        let memories = material.memories.iter();
        Self {
            material,
            keys,
            prompt: Words::new(&material.prompt),
            transcripts: transcripts.collect(),
            memories: memories
                .map(|one| (&*one.path, Words::new(&one.text)))
                .collect(),
        }
    }

    fn read(&self, value: Option<&Value>, left_out: &mut ReflectionLeftOut) -> Vec<Adjustment> {
        let mut kept: Vec<Adjustment> = Vec::new();
        let mut seen = HashSet::new();
        for item in elements(value, left_out) {
            let (Some(find), Some(replace)) = (
                item.get("find").and_then(Value::as_str),
                item.get("replace").and_then(Value::as_str),
            ) else {
                add(&mut left_out.unreadable, 1);
                continue;
            };
            // No database of ours keeps a NUL, and no prompt has use for one.
            if replace.contains('\0') {
                add(&mut left_out.unreadable, 1);
                continue;
            }
            let Some(proposed) = edited(&self.material.prompt, find, replace) else {
                add(&mut left_out.without_place, 1);
                continue;
            };
            // The empty prompt is no proposal: the agent would have none.
            if proposed == self.material.prompt
                || proposed.is_empty()
                || !seen.insert(proposed.clone())
            {
                add(&mut left_out.without_effect, 1);
                continue;
            }
            if kept.len() == MAX_ADJUSTMENTS {
                add(&mut left_out.too_many_adjustments, 1);
                continue;
            }
            let findings = self.findings(find, replace, &proposed);
            kept.push(self.adjustment(item, proposed, findings, left_out));
        }
        kept
    }

    fn adjustment(
        &self,
        item: &Value,
        proposed: String,
        findings: Vec<SuggestionFinding>,
        left_out: &mut ReflectionLeftOut,
    ) -> Adjustment {
        let why = lines(text_of(item, "why"), LONGEST_TEXT);
        let title = [text_of(item, "title"), &why, "Edit of the prompt"]
            .into_iter()
            .map(|text| line(text, LONGEST_TITLE))
            .find(|title| !title.is_empty())
            .unwrap_or_default();
        let key = item
            .get("pattern")
            .and_then(number)
            .and_then(|number| self.keys.get(&number));
        if key.is_none() {
            add(&mut left_out.unknown_patterns, 1);
        }
        Adjustment {
            title,
            why,
            pattern_key: key.map_or(NO_PATTERN, String::as_str).to_owned(),
            proposed,
            findings,
        }
    }

    fn findings(&self, find: &str, replace: &str, proposed: &str) -> Vec<SuggestionFinding> {
        let chars = proposed.chars().count();
        let mut findings = Vec::new();
        if chars > MAX_PROMPT_CHARS {
            findings.push(SuggestionFinding::TooLong {
                chars: chars as u64,
            });
        }
        let lost = prompt_diff::lost_placeholders(&self.material.prompt, proposed);
        findings.extend(lost.into_iter().take(MOST_FINDINGS).map(|text| {
            SuggestionFinding::PlaceholderLost {
                text: line(&text, LONGEST_TITLE),
            }
        }));
        let added = Added::new(find, replace);
        let quotes = |texts: &mut dyn Iterator<Item = &Words>| {
            let mut found: Vec<(usize, String)> = texts
                .enumerate()
                .filter_map(|(at, text)| {
                    let quote = replace.get(added.found_in(text, &self.prompt)?)?;
                    Some((at, lines(quote, LONGEST_QUOTE)))
                })
                .collect();
            found.sort_by_key(|(at, quote)| (usize::MAX - quote.len(), *at));
            found.truncate(MOST_FINDINGS);
            found
        };
        for (at, quote) in quotes(&mut self.transcripts.iter().map(|(_, words)| words)) {
            if let Some((id, _)) = self.transcripts.get(at) {
                findings.push(SuggestionFinding::FromTranscript {
                    interaction_id: (*id).clone(),
                    quote,
                });
            }
        }
        for (at, quote) in quotes(&mut self.memories.iter().map(|(_, words)| words)) {
            if let Some((path, _)) = self.memories.get(at) {
                findings.push(SuggestionFinding::FromMemory {
                    path: (*path).to_owned(),
                    quote,
                });
            }
        }
        findings
    }
}

/// Models write numbers as texts now and then.
fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}

/// Returns the prompt with `find` replaced, if that stands in it exactly once; overlapping places count apart.
fn edited(prompt: &str, find: &str, replace: &str) -> Option<String> {
    if find.is_empty() {
        return prompt.is_empty().then(|| replace.to_owned());
    }
    let at = prompt.find(find)?;
    let next = at + find.chars().next().map_or(1, char::len_utf8);
    if prompt.get(next..)?.contains(find) {
        return None;
    }
    let (before, after) = (prompt.get(..at)?, prompt.get(at + find.len()..)?);
    Some([before, replace, after].concat())
}
