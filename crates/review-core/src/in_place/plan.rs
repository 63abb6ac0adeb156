//! Which memories of a dream are taken back together.

use super::{Before, Present, Trace, Version};
use crate::manifest::Tree;
use crate::store_diff::Listed;
use review_api::{MemoryId, NotTakenBack};
use std::collections::HashSet;

/// What one suggestion holds at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Memories.
    pub memories: usize,
    /// Bytes of their texts, before and after together.
    pub bytes: u64,
}

/// Both sides of a taking-back, of the memories concerned alone: comparing `now` with `before` says what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// As they are now.
    pub now: Vec<Listed>,
    /// As they were before the dream; a memory that is gone has the id that it had.
    pub before: Vec<Listed>,
    /// What the dream did that is not among them.
    pub left_out: NotTakenBack,
}

/// One memory that is taken back, as far as it is known by now.
struct Taken<'a> {
    now: Option<&'a Listed>,
    before: Option<Listed>,
}

/// Decides what of a dream's writes is taken back together; all of it fits the store as it is.
///
/// What was there before must not have been read for every trace: [`Before::Unread`] counts as lost.
pub fn plan(traces: &[Trace], store: &[Present], limits: Limits) -> Plan {
    let mut left_out = NotTakenBack::default();
    let found = candidates(traces, &mut left_out);
    let within = within(&found, limits, &mut left_out);
    let kept = fitting(&within, store, &mut left_out);
    Plan {
        now: kept.iter().filter_map(|one| one.now.cloned()).collect(),
        before: kept.iter().filter_map(|one| one.before.clone()).collect(),
        left_out,
    }
}

/// Returns the memories that can be taken back, each for itself.
fn candidates<'a>(traces: &'a [Trace], left_out: &mut NotTakenBack) -> Vec<Taken<'a>> {
    let mut found = Vec::new();
    for trace in traces {
        if trace.is_others_too {
            left_out.changed_since += 1;
            continue;
        }
        let before = match &trace.before {
            Before::Nothing => None,
            Before::Was(Version {
                path: Some(path),
                sha256: Some(sha256),
                bytes,
                ..
            }) => Some(Listed {
                memory_id: trace.memory_id.clone(),
                path: path.clone(),
                sha256: sha256.clone(),
                bytes: *bytes,
            }),
            Before::Was(_) | Before::Unread | Before::Lost => {
                left_out.text_gone += 1;
                continue;
            }
        };
        let now = trace.now.as_ref();
        let is_same =
            |one: &Listed, other: &Listed| (&one.path, &one.sha256) == (&other.path, &other.sha256);
        let is_as_before = match (now, &before) {
            (None, None) => true,
            (Some(now), Some(before)) => is_same(now, before),
            _ => false,
        };
        if !is_as_before {
            found.push(Taken { now, before });
        }
    }
    found
}

/// Leaves out what one suggestion does not hold.
fn within<'a, 't>(
    found: &'t [Taken<'a>],
    limits: Limits,
    left_out: &mut NotTakenBack,
) -> Vec<&'t Taken<'a>> {
    let (mut memories, mut bytes) = (0, 0);
    let mut kept = Vec::with_capacity(found.len());
    for one in found {
        let sides = [one.now, one.before.as_ref()];
        let weight: u64 = sides.iter().flatten().map(|side| side.bytes).sum();
        // One that moved may have to be removed and made.
        let operations = match (one.now, &one.before) {
            (Some(now), Some(before)) if now.path != before.path => 2,
            _ => 1,
        };
        if memories + operations > limits.memories || bytes + weight > limits.bytes {
            left_out.beyond_limits += 1;
            continue;
        }
        memories += operations;
        bytes += weight;
        kept.push(one);
    }
    kept
}

/// Leaves out what does not fit the store, until all that is left fits together: what stays may be in the way of
/// what another memory has to make room for.
fn fitting<'a, 't>(
    found: &[&'t Taken<'a>],
    store: &'t [Present],
    left_out: &mut NotTakenBack,
) -> Vec<&'t Taken<'a>> {
    let mut kept = apart(found);
    let moving: HashSet<&MemoryId> = kept
        .iter()
        .filter_map(|one| one.now.map(|now| &now.memory_id))
        .collect();
    let staying = store
        .iter()
        .filter(|one| !moving.contains(&one.listed.memory_id));
    let mut taken = Tree::new(staying.map(|one| (&*one.listed.path, ())));
    loop {
        let (fits, does_not): (Vec<_>, Vec<_>) = kept.into_iter().partition(|one| {
            let before = one.before.as_ref();
            before.is_none_or(|before| taken.colliding(&before.path).is_empty())
        });
        kept = fits;
        if does_not.is_empty() {
            break;
        }
        for one in does_not {
            if let Some(now) = one.now {
                taken.insert(&now.path, ());
            }
        }
    }
    left_out.path_taken = u32::try_from(found.len() - kept.len()).unwrap_or(u32::MAX);
    kept
}

/// Leaves out what was where another one was later: the dream made room, and somebody else took it before the
/// dream came to theirs. The one that the dream first wrote to last comes first.
fn apart<'a, 't>(found: &[&'t Taken<'a>]) -> Vec<&'t Taken<'a>> {
    let mut places = Tree::new(std::iter::empty::<(&str, ())>());
    let mut kept = Vec::with_capacity(found.len());
    for one in found {
        if let Some(before) = &one.before {
            if !places.colliding(&before.path).is_empty() {
                continue;
            }
            places.insert(&before.path, ());
        }
        kept.push(*one);
    }
    kept
}
