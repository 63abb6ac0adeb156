//! Edits of prompts: texts to find, each exactly once, and what stands there afterwards.

use super::script::{Section, sections};

/// One place and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edit {
    old: &'static str,
    new: &'static str,
}

/// A later version of a prompt.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) days_ago: i64,
    pub(super) edits: Vec<Edit>,
}

/// A change that a dream proposes.
#[derive(Debug)]
pub(super) struct Proposal {
    pub(super) title: &'static str,
    pub(super) rationale: &'static str,
    pub(super) edits: Vec<Edit>,
}

fn edits(body: &'static str) -> Vec<Edit> {
    let blocks = body.split("<<<\n").skip(1);
    blocks
        .filter_map(|block| {
            let (block, _) = block.split_once(">>>")?;
            let (old, new) = block.split_once("|||\n")?;
            Some(Edit { old, new })
        })
        .collect()
}

/// The versions after the first, oldest first: sections `version | days ago`.
pub(super) fn versions(text: &'static str) -> Vec<Version> {
    sections(text)
        .iter()
        .filter(|section| section.part(0) == "version")
        .map(|section| Version {
            days_ago: section.part(1).parse().unwrap_or_default(),
            edits: edits(section.body),
        })
        .collect()
}

fn proposal(section: &Section) -> Proposal {
    let rationale = section.body.split("<<<").next().unwrap_or_default();
    Proposal {
        title: section.part(2),
        rationale: rationale.trim(),
        edits: edits(section.body),
    }
}

/// The proposal with this key: section `suggestion | key | title`, its rationale above the edits.
pub(super) fn proposed(text: &'static str, key: &str) -> Option<Proposal> {
    let all = sections(text);
    let mut of_key = all
        .iter()
        .filter(|section| section.part(0) == "suggestion" && section.part(1) == key);
    of_key.next().map(proposal)
}

/// All keys of proposals.
#[cfg(test)]
pub(super) fn proposal_keys(text: &'static str) -> Vec<&'static str> {
    let all = sections(text);
    let proposals = all.iter().filter(|section| section.part(0) == "suggestion");
    proposals.map(|section| section.part(1)).collect()
}

/// The prompt with all edits made; nothing if one of them has no place, or several, or changes nothing.
pub(super) fn applied(prompt: &str, edits: &[Edit]) -> Option<String> {
    let mut text = prompt.to_owned();
    for edit in edits {
        if text.matches(edit.old).count() != 1 {
            return None;
        }
        text = text.replacen(edit.old, edit.new, 1);
    }
    (text != prompt).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "=== version | 12\n<<<\na\n|||\nb\n>>>\n\
                        === suggestion | x | Title\nWhy.\n<<<\nb\n|||\n>>>\n<<<\nc\n|||\nd\n>>>\n";

    #[test]
    fn edits_are_read_and_made_where_they_fit_exactly_once() {
        let versions = versions(TEXT);
        assert_eq!(versions[0].days_ago, 12);
        let second = applied("a\nc\n", &versions[0].edits).unwrap();
        assert_eq!(second, "b\nc\n");
        let proposal = proposed(TEXT, "x").unwrap();
        assert_eq!((proposal.title, proposal.rationale), ("Title", "Why."));
        assert_eq!(applied(&second, &proposal.edits).unwrap(), "d\n");
        assert_eq!(applied("a\nc\n", &proposal.edits), None, "no place");
        assert_eq!(applied("b\nb\nc\n", &proposal.edits), None, "two places");
    }
}
