//! What a dream wrote into the store that it read, and how that is taken back.
//!
//! Such a dream leaves no second store to compare with. The platform keeps a version of each write with who wrote
//! it, so what the memories were is put together from the versions just older than the dream's first ones. What is
//! taken back is what nobody else has written to since, and only as far as it fits the store as it is now.

mod plan;

pub use plan::{Limits, Plan, plan};

use crate::reflection::MemoryChange;
use crate::store_diff::Listed;
use crate::words::grouped;
use review_api::{
    MemoryBefore, MemoryCounts, MemoryId, MemoryOperation, MemoryProposal, NotTakenBack,
};
use std::collections::{BTreeMap, HashMap};

/// What a version did to its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// It is the memory's first one.
    Created,
    /// Another text or path, or both.
    Modified,
    /// The memory was removed.
    Deleted,
}

/// A version of a memory, as the platform lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its own id.
    pub id: String,
    /// The memory, which may be gone.
    pub memory_id: MemoryId,
    /// What was done.
    pub did: Did,
    /// Where the memory was after it; nothing once blanked out.
    pub path: Option<String>,
    /// SHA-256 of its text, 64 lower-case hex digits; nothing of a removal and once blanked out.
    pub sha256: Option<String>,
    /// Length of its text in bytes.
    pub bytes: u64,
    /// Whether the dream wrote it.
    pub is_dreams: bool,
}

/// A memory that the store has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// As a list has it.
    pub listed: Listed,
    /// The version that it is at; nothing where the platform does not say.
    pub version_id: Option<String>,
}

/// What a memory was before the dream wrote to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// It was not there.
    Nothing,
    /// It was as in this version.
    Was(Version),
    /// It is older than the versions that were read so far.
    Unread,
    /// It cannot be had.
    Lost,
}

impl Before {
    /// Returns what a memory was at this version, the one just older than the dream's first.
    pub fn at(version: Version) -> Self {
        match version.did {
            Did::Deleted => Self::Nothing,
            _ if version.path.is_none() || version.sha256.is_none() => Self::Lost,
            _ => Self::Was(version),
        }
    }
}

/// What a dream did to one memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Which memory.
    pub memory_id: MemoryId,
    /// The id of the first version that the dream wrote of it.
    pub first: String,
    /// The last version that the dream wrote of it.
    pub last: Version,
    /// What it was before.
    pub before: Before,
    /// Whether somebody else wrote to it since the dream first did, or it is otherwise than the dream left it.
    pub is_others_too: bool,
    /// The memory as it is now; nothing where it is gone.
    pub now: Option<Listed>,
}

/// Finds what a dream did, by memory, those first that it first wrote to last.
///
/// `versions` are all versions of the store since the dream was asked for, newest first; `store` is what it has,
/// read after them.
pub fn traces(versions: &[Version], store: &[Present]) -> Vec<Trace> {
    let present: HashMap<&MemoryId, &Present> = store
        .iter()
        .map(|one| (&one.listed.memory_id, one))
        .collect();
    // By memory, newest first, with the place in the list.
    let mut by_memory: BTreeMap<&MemoryId, Vec<(usize, &Version)>> = BTreeMap::new();
    for (place, version) in versions.iter().enumerate() {
        let of = by_memory.entry(&version.memory_id).or_default();
        of.push((place, version));
    }
    let mut found: Vec<(usize, Trace)> = by_memory
        .into_iter()
        .filter_map(|(id, of)| trace(id, &of, present.get(id).copied()))
        .collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, trace)| trace).collect()
}

fn trace(
    memory_id: &MemoryId,
    newest_first: &[(usize, &Version)],
    present: Option<&Present>,
) -> Option<(usize, Trace)> {
    let (_, last) = newest_first.iter().find(|(_, one)| one.is_dreams)?;
    let first_at = newest_first.iter().rposition(|(_, one)| one.is_dreams)?;
    let (place, first) = newest_first.get(first_at)?;
    let since = newest_first.get(..=first_at).unwrap_or_default();
    let before = match newest_first.get(first_at + 1) {
        Some((_, older)) => Before::at((*older).clone()),
        None if first.did == Did::Created => Before::Nothing,
        None => Before::Unread,
    };
    let is_as_left = match present {
        None => last.did == Did::Deleted,
        Some(present) => match &present.version_id {
            Some(head) => since.iter().any(|(_, one)| one.id == *head),
            None => {
                last.sha256.as_ref() == Some(&present.listed.sha256)
                    && last.path.as_ref() == Some(&present.listed.path)
            }
        },
    };
    let trace = Trace {
        memory_id: memory_id.clone(),
        first: first.id.clone(),
        last: (*last).clone(),
        before,
        is_others_too: !is_as_left || since.iter().any(|(_, one)| !one.is_dreams),
        now: present.map(|present| present.listed.clone()),
    };
    Some((*place, trace))
}

/// Counts what a dream did, each memory once; one that it made and removed again does not count.
pub fn counts(traces: &[Trace]) -> MemoryCounts {
    let mut counts = MemoryCounts::default();
    for trace in traces {
        let is_gone = trace.last.did == Did::Deleted;
        match &trace.before {
            Before::Nothing if is_gone => {}
            Before::Nothing => counts.created += 1,
            _ if is_gone => counts.deleted += 1,
            Before::Was(version) if version.sha256 == trace.last.sha256 => {
                counts.renamed += u32::from(version.path != trace.last.path);
            }
            _ => counts.edited += 1,
        }
    }
    counts
}

/// Says what a dream did to the memories that `back` takes back: the other way round.
pub fn undone(back: &MemoryProposal) -> Vec<MemoryChange> {
    let wrote = |id: &MemoryId| {
        let held = back
            .before
            .iter()
            .find(|held: &&MemoryBefore| held.memory_id == *id);
        held.map(|held| held.content.clone()).unwrap_or_default()
    };
    let change = |operation: &MemoryOperation| {
        let (what, path, text) = match operation {
            MemoryOperation::Create { path, .. } => ("deleted", path, String::new()),
            MemoryOperation::Edit {
                memory_id, path, ..
            } => ("edited", path, wrote(memory_id)),
            MemoryOperation::Rename { from, to, .. } => ("renamed", to, format!("Now at {from}")),
            MemoryOperation::Delete {
                memory_id, path, ..
            } => ("created", path, wrote(memory_id)),
        };
        MemoryChange {
            what,
            path: path.clone(),
            text,
        }
    };
    back.manifest.operations.iter().map(change).collect()
}

/// Says in sentences what of a dream's writes cannot be taken back, and why not.
pub fn left_out(counts: &NotTakenBack) -> Vec<String> {
    [
        (
            counts.changed_since,
            "somebody else wrote to them since the dream did",
        ),
        (
            counts.text_gone,
            "what they were before cannot be had from the platform any more",
        ),
        (
            counts.path_taken,
            "another memory is in the way of where they were",
        ),
        (
            counts.beyond_limits,
            "one suggestion holds 2,000 memories and 8 MB of text",
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, why)| {
        if count == 1 {
            let why = why
                .replace("to them", "to it")
                .replace("they were", "it was");
            return format!("1 memory stays as it is, because {why}.");
        }
        let count = grouped(u64::from(count));
        format!("{count} memories stay as they are, because {why}.")
    })
    .collect()
}

#[cfg(test)]
mod tests;
