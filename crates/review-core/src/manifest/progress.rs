//! How far a plan got, and how that is undone.

use super::{
    check::{Conflict, Held, check_against},
    plan::Plan,
};
use crate::digest::sha256_hex;
use review_api::{MemoryId, MemoryManifest, MemoryOperation};
use std::fmt;

/// A step that the platform has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The step's place in the plan, from 0.
    pub step: usize,
    /// The memory that it was done to; of a create, the one that the platform made.
    pub memory_id: MemoryId,
}

/// Why a list of done steps is not one of this plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadProgress {
    /// The plan has no such step, or it comes twice.
    NoSuchStep(usize),
    /// A step is done and this one before it is not.
    Gap(usize),
    /// The step is done to another memory than the plan says.
    OtherMemory(usize),
}

impl fmt::Display for BadProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchStep(step) => write!(
                f,
                "The list of done steps has a step {} too many.",
                step.saturating_add(1)
            ),
            Self::Gap(step) => write!(
                f,
                "Step {} is not done though a later one is.",
                step.saturating_add(1)
            ),
            Self::OtherMemory(step) => write!(
                f,
                "Step {} was done to another memory than planned.",
                step.saturating_add(1)
            ),
        }
    }
}

impl std::error::Error for BadProgress {}

/// What of a plan is done and what is not; steps are taken in order and none is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress<'a> {
    plan: &'a Plan,
    done: Vec<MemoryId>,
}

/// Takes up a plan where it was interrupted.
///
/// `done` may be in any order. Of a step whose answer was lost, [`standing`] tells whether it is done.
///
/// # Errors
/// If `done` is not the beginning of `plan`.
pub fn resume(
    plan: &Plan,
    done: impl IntoIterator<Item = Done>,
) -> Result<Progress<'_>, BadProgress> {
    let mut done: Vec<Done> = done.into_iter().collect();
    done.sort_by_key(|one| one.step);
    let mut progress = Progress {
        plan,
        done: Vec::with_capacity(done.len()),
    };
    for Done { step, memory_id } in done {
        let expected = progress.done.len();
        if step < expected || step >= plan.steps().len() {
            return Err(BadProgress::NoSuchStep(step));
        }
        if step > expected {
            return Err(BadProgress::Gap(expected));
        }
        progress.take(memory_id)?;
    }
    Ok(progress)
}

impl<'a> Progress<'a> {
    /// Begins a plan.
    pub fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            done: Vec::new(),
        }
    }

    /// Returns the step to take next and its place; nothing when all are done.
    pub fn next_step(&self) -> Option<(usize, &'a MemoryOperation)> {
        let step = self.done.len();
        Some((step, self.plan.steps().get(step)?))
    }

    /// Notes that the next step is done, to this memory.
    ///
    /// # Errors
    /// If no step is left, or the step is of another memory; then nothing is noted.
    pub fn take(&mut self, memory_id: MemoryId) -> Result<(), BadProgress> {
        let (step, operation) = self
            .next_step()
            .ok_or(BadProgress::NoSuchStep(self.done.len()))?;
        if operation.memory_id().is_some_and(|id| *id != memory_id) {
            return Err(BadProgress::OtherMemory(step));
        }
        self.done.push(memory_id);
        Ok(())
    }

    /// Returns the steps that are done, with the memory of each, in the order in which they were taken.
    pub fn done(&self) -> impl Iterator<Item = (&'a MemoryOperation, &MemoryId)> {
        self.plan.steps().iter().zip(&self.done)
    }

    /// Returns the steps that are not done, in order.
    pub fn undone(&self) -> &'a [MemoryOperation] {
        self.plan.steps().get(self.done.len()..).unwrap_or_default()
    }

    /// Says whether all is done.
    pub fn is_complete(&self) -> bool {
        self.undone().is_empty()
    }
}

/// A text that is needed to undo a step and cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The memory.
    pub memory_id: MemoryId,
    /// Where it was.
    pub path: String,
    /// What is wrong with the text.
    pub why: Why,
}

/// What is wrong with a text that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is none: its version was redacted, or is older than the platform keeps.
    Missing,
    /// It is another text than the one that was replaced.
    Other,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match self.why {
            Why::Missing => write!(
                f,
                "The old text of {path} is not to be had: it was blanked out, or is older than the platform keeps."
            ),
            Why::Other => write!(
                f,
                "What was found as the old text of {path} is not the text that was replaced."
            ),
        }
    }
}

/// Returns the manifest that undoes what is done; it is planned and applied as any other.
///
/// `before` finds the text that a memory had when the plan was made, from the platform's memory versions or
/// a copy of our own. What was deleted comes back under its path and with its text, but with an id that the
/// platform gives.
///
/// # Errors
/// With every text that is missing or not the one whose SHA-256 the plan expected.
pub fn reverse(
    progress: &Progress<'_>,
    before: impl Fn(&MemoryId) -> Option<String>,
) -> Result<MemoryManifest, Vec<Lost>> {
    let old_text = |memory_id: &MemoryId, path: &str, sha256: &str| {
        let why = match before(memory_id) {
            None => Why::Missing,
            Some(text) if sha256_hex(&text) == sha256 => return Ok(text),
            Some(_) => Why::Other,
        };
        Err(Lost {
            memory_id: memory_id.clone(),
            path: path.to_owned(),
            why,
        })
    };
    let undo = |(operation, memory_id): (&MemoryOperation, &MemoryId)| {
        let memory_id = memory_id.clone();
        Ok(match operation {
            MemoryOperation::Create { path, content } => MemoryOperation::Delete {
                memory_id,
                path: path.clone(),
                expected_sha256: sha256_hex(content),
            },
            MemoryOperation::Edit {
                path,
                expected_sha256,
                content,
                ..
            } => MemoryOperation::Edit {
                content: old_text(&memory_id, path, expected_sha256)?,
                memory_id,
                path: path.clone(),
                expected_sha256: sha256_hex(content),
            },
            MemoryOperation::Rename {
                from,
                to,
                expected_sha256,
                ..
            } => MemoryOperation::Rename {
                memory_id,
                from: to.clone(),
                to: from.clone(),
                expected_sha256: expected_sha256.clone(),
            },
            MemoryOperation::Delete {
                path,
                expected_sha256,
                ..
            } => MemoryOperation::Create {
                content: old_text(&memory_id, path, expected_sha256)?,
                path: path.clone(),
            },
        })
    };
    let mut lost = Vec::new();
    let operations = progress
        .done()
        .filter_map(|done| undo(done).map_err(|one| lost.push(one)).ok())
        .collect();
    if lost.is_empty() {
        Ok(MemoryManifest {
            store_id: progress.plan.store_id().clone(),
            operations,
        })
    } else {
        Err(lost)
    }
}

/// Whether a step is done, as the store shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The store is as the step makes it; by whom is not to be seen.
    Done(MemoryId),
    /// The step is not done and can be.
    NotYet,
    /// The step is not done, and this stands against it.
    Blocked(Vec<Conflict>),
}

/// Finds out from the store whether the next step is done, where its answer was lost; nothing if no step is
/// left.
///
/// A deleted memory and one that never was look alike: of a delete, a memory that is not there is done.
pub fn standing(progress: &Progress<'_>, store: &[Held]) -> Option<Standing> {
    let (_, operation) = progress.next_step()?;
    let memory = operation
        .memory_id()
        .map(|id| store.iter().find(|held| held.memory_id == *id));
    let is = |held: &&Held, path: &str, sha256: &str| held.path == path && held.sha256 == sha256;
    let done = match (operation, memory) {
        (MemoryOperation::Create { path, content }, _) => {
            let sha256 = sha256_hex(content);
            store.iter().find(|held| is(held, path, &sha256))
        }
        (MemoryOperation::Edit { path, content, .. }, Some(memory)) => {
            let sha256 = sha256_hex(content);
            memory.filter(|held| is(held, path, &sha256))
        }
        (
            MemoryOperation::Rename {
                to,
                expected_sha256,
                ..
            },
            Some(memory),
        ) => memory.filter(|held| is(held, to, expected_sha256)),
        (MemoryOperation::Delete { memory_id, .. }, Some(None)) => {
            return Some(Standing::Done(memory_id.clone()));
        }
        _ => None,
    };
    if let Some(held) = done {
        return Some(Standing::Done(held.memory_id.clone()));
    }
    let alone = MemoryManifest {
        store_id: progress.plan.store_id().clone(),
        operations: vec![operation.clone()],
    };
    let conflicts = check_against(&alone, store);
    Some(if conflicts.is_empty() {
        Standing::NotYet
    } else {
        Standing::Blocked(conflicts)
    })
}
