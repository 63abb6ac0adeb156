//! What stands against a manifest: in itself, and in the store as it is.

use super::{
    path::{BadPath, Tree, check_path},
    plan::{Order, order},
};
use crate::digest::sha256_hex;
use review_api::{MAX_MEMORY_BYTES, MemoryId, MemoryManifest, MemoryOperation};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A memory as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which memory.
    pub memory_id: MemoryId,
    /// Where it is.
    pub path: String,
    /// SHA-256 of its text, 64 lower-case hex digits.
    pub sha256: String,
}

/// Something that stands against a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The operations concerned, by their places in the manifest, ascending.
    pub operations: Vec<usize>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with one operation or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A path is none.
    BadPath {
        /// The path.
        path: String,
        /// Why not.
        why: BadPath,
    },
    /// A text is longer than the platform takes.
    TooLong {
        /// The memory's path.
        path: String,
        /// The text's length in bytes.
        bytes: usize,
    },
    /// What should be a SHA-256 is none.
    BadSha256 {
        /// The memory's path.
        path: String,
    },
    /// Nothing would change.
    NoEffect {
        /// The memory's path.
        path: String,
    },
    /// Two operations or more need one memory.
    SameMemory {
        /// The memory.
        memory_id: MemoryId,
    },
    /// Two operations need one path.
    SamePath {
        /// The path.
        path: String,
    },
    /// Of two paths one lies below the other, so that no store has both.
    Nested {
        /// The path above.
        outer: String,
        /// The path below.
        inner: String,
    },
    /// Renames that wait for each other, so that none can be the first.
    Cycle {
        /// Where the memories are; each goes where the next one is.
        paths: Vec<String>,
    },
    /// A memory that stays is in the way.
    Occupied {
        /// The path wanted.
        path: String,
        /// The path of what is in the way.
        by: String,
    },
    /// The memory is not there any more.
    Gone {
        /// Where it was.
        path: String,
    },
    /// The memory is elsewhere by now.
    Moved {
        /// Where it was.
        path: String,
        /// Where it is.
        now: String,
    },
    /// The memory has another text by now.
    Changed {
        /// Its path.
        path: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPath { path, why } => write!(f, "{path:?} cannot be a memory's path: {why}."),
            Self::TooLong { path, bytes } => write!(
                f,
                "The text for {path} has {bytes} bytes; a memory has at most {MAX_MEMORY_BYTES}."
            ),
            Self::BadSha256 { path } => write!(
                f,
                "What {path} is expected to be is not a SHA-256 of 64 lower-case hex digits."
            ),
            Self::NoEffect { path } => write!(f, "{path} would stay as it is."),
            Self::SameMemory { memory_id } => write!(
                f,
                "More than one operation needs memory {memory_id}; each memory takes one."
            ),
            Self::SamePath { path } => write!(
                f,
                "Two operations need {path}. To replace a text, edit the memory."
            ),
            Self::Nested { outer, inner } => write!(
                f,
                "{inner} lies below {outer}; a store cannot have a memory at both."
            ),
            Self::Cycle { paths } => match paths.as_slice() {
                [alone] => write!(
                    f,
                    "{alone} cannot be renamed to a path above or below itself."
                ),
                paths => write!(
                    f,
                    "These renames wait for each other, so none can be the first: {}.",
                    paths.join(" \u{2192} ")
                ),
            },
            Self::Occupied { path, by } if path == by => {
                write!(f, "There is a memory at {path} already.")
            }
            Self::Occupied { path, by } => write!(
                f,
                "{path} cannot be used while there is a memory at {by}: one lies below the other."
            ),
            Self::Gone { path } => write!(f, "The memory at {path} is not there any more."),
            Self::Moved { path, now } => {
                write!(f, "The memory at {path} was renamed to {now} since.")
            }
            Self::Changed { path } => write!(f, "The text at {path} changed since it was seen."),
        }
    }
}

/// Finds what is wrong with a manifest whatever the store holds; nothing means that [`super::plan`] has a plan.
pub fn check(manifest: &MemoryManifest) -> Vec<Conflict> {
    let operations = &manifest.operations;
    let mut conflicts = Vec::new();
    for (place, operation) in operations.iter().enumerate() {
        alone(operation, |problem| {
            conflicts.push(Conflict {
                operations: vec![place],
                problem,
            });
        });
    }
    shared_memories(operations, &mut conflicts);
    shared_paths(operations, &mut conflicts);
    let Order { cycles, .. } = order(operations);
    for cycle in cycles {
        let paths = cycle
            .iter()
            .filter_map(|place| Some(operations.get(*place)?.path().to_owned()))
            .collect();
        let mut places = cycle;
        places.sort_unstable();
        conflicts.push(Conflict {
            operations: places,
            problem: Problem::Cycle { paths },
        });
    }
    conflicts
}

/// Finds what is wrong with an operation by itself.
fn alone(operation: &MemoryOperation, mut report: impl FnMut(Problem)) {
    let path = operation.path();
    let to = operation.path_after().filter(|to| *to != path);
    for path in [path].into_iter().chain(to) {
        if let Err(why) = check_path(path) {
            let path = path.to_owned();
            report(Problem::BadPath { path, why });
        }
    }
    let path = path.to_owned();
    if let Some(content) = operation.content()
        && content.len() > MAX_MEMORY_BYTES
    {
        let bytes = content.len();
        let path = path.clone();
        report(Problem::TooLong { path, bytes });
    }
    if let Some(sha256) = operation.expected_sha256()
        && sha256.parse::<crate::chain::Hash>().is_err()
    {
        let path = path.clone();
        report(Problem::BadSha256 { path });
    }
    let no_effect = match operation {
        MemoryOperation::Edit {
            expected_sha256,
            content,
            ..
        } => sha256_hex(content) == *expected_sha256,
        MemoryOperation::Rename { from, to, .. } => from == to,
        MemoryOperation::Create { .. } | MemoryOperation::Delete { .. } => false,
    };
    if no_effect {
        report(Problem::NoEffect { path });
    }
}

fn shared_memories(operations: &[MemoryOperation], conflicts: &mut Vec<Conflict>) {
    let mut by_memory: BTreeMap<&MemoryId, Vec<usize>> = BTreeMap::new();
    for (place, operation) in operations.iter().enumerate() {
        if let Some(memory_id) = operation.memory_id() {
            by_memory.entry(memory_id).or_default().push(place);
        }
    }
    for (memory_id, places) in by_memory {
        if places.len() > 1 {
            conflicts.push(Conflict {
                operations: places,
                problem: Problem::SameMemory {
                    memory_id: memory_id.clone(),
                },
            });
        }
    }
}

/// Finds pairs of paths that no store can have at once: now, or when all is done.
fn shared_paths(operations: &[MemoryOperation], conflicts: &mut Vec<Conflict>) {
    let numbered = || operations.iter().enumerate();
    let now = numbered()
        .filter(|(_, operation)| operation.memory_id().is_some())
        .map(|(place, operation)| (operation.path(), place))
        .collect();
    let afterwards = numbered()
        .filter_map(|(place, operation)| Some((operation.path_after()?, place)))
        .collect();
    // One path for both is the same bytes under another id: an edit by another name, and none that can be
    // undone by halves.
    let replaced = numbered()
        .filter(|(_, operation)| {
            matches!(
                operation,
                MemoryOperation::Delete { .. } | MemoryOperation::Create { .. }
            )
        })
        .map(|(place, operation)| (operation.path(), place))
        .collect();

    let mut seen = BTreeSet::new();
    for (paths, nesting_counts) in [(now, true), (afterwards, true), (replaced, false)] {
        let paths: Vec<(&str, usize)> = paths;
        let tree = Tree::new(paths.iter().copied());
        for (path, place) in paths {
            for (other, other_place) in tree.colliding(path) {
                let pair = (place.min(other_place), place.max(other_place));
                if place == other_place
                    || (path != other && !nesting_counts)
                    || needs_one_memory(operations, pair)
                    || !seen.insert(pair)
                {
                    continue;
                }
                let (outer, inner) = (path.min(other).to_owned(), path.max(other).to_owned());
                conflicts.push(Conflict {
                    operations: vec![pair.0, pair.1],
                    problem: if outer == inner {
                        Problem::SamePath { path: outer }
                    } else {
                        Problem::Nested { outer, inner }
                    },
                });
            }
        }
    }
}

/// Says whether two operations need one memory, which is reported by itself.
fn needs_one_memory(operations: &[MemoryOperation], pair: (usize, usize)) -> bool {
    let memory = |place: usize| operations.get(place).and_then(MemoryOperation::memory_id);
    memory(pair.0).is_some() && memory(pair.0) == memory(pair.1)
}

/// Finds what stands against a manifest in the store as it is; [`check`] comes first.
pub fn check_against(manifest: &MemoryManifest, store: &[Held]) -> Vec<Conflict> {
    let by_id: BTreeMap<&MemoryId, &Held> =
        store.iter().map(|held| (&held.memory_id, held)).collect();
    let leaving: BTreeSet<&MemoryId> = manifest
        .operations
        .iter()
        .filter(|operation| operation.path_after() != Some(operation.path()))
        .filter_map(MemoryOperation::memory_id)
        .collect();
    let staying = Tree::new(
        store
            .iter()
            .filter(|held| !leaving.contains(&held.memory_id))
            .map(|held| (&*held.path, held)),
    );
    let mut conflicts = Vec::new();
    for (place, operation) in manifest.operations.iter().enumerate() {
        let path = operation.path().to_owned();
        let problem = match operation.memory_id().map(|id| by_id.get(id)) {
            Some(None) => Some(Problem::Gone { path }),
            Some(Some(held)) if held.path != path => Some(Problem::Moved {
                path,
                now: held.path.clone(),
            }),
            Some(Some(held)) if Some(&*held.sha256) != operation.expected_sha256() => {
                Some(Problem::Changed { path })
            }
            None | Some(Some(_)) => None,
        };
        let wanted = match operation {
            MemoryOperation::Create { path, .. } => Some(path),
            MemoryOperation::Rename { to, .. } => Some(to),
            MemoryOperation::Edit { .. } | MemoryOperation::Delete { .. } => None,
        };
        let occupied = wanted.into_iter().flat_map(|wanted| {
            let in_the_way = staying.colliding(wanted).into_iter();
            in_the_way.map(|(by, _)| Problem::Occupied {
                path: wanted.clone(),
                by: by.to_owned(),
            })
        });
        conflicts.extend(problem.into_iter().chain(occupied).map(|problem| Conflict {
            operations: vec![place],
            problem,
        }));
    }
    conflicts
}
