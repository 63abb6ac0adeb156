//! In which order operations are applied so that none stands in another's way.

use super::{Conflict, check::check, path::Tree};
use review_api::{MemoryManifest, MemoryOperation, MemoryStoreId};
use std::collections::BTreeSet;

/// The operations of a manifest in an order in which each finds its path free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    store_id: MemoryStoreId,
    steps: Vec<MemoryOperation>,
}

impl Plan {
    /// Returns the store.
    pub fn store_id(&self) -> &MemoryStoreId {
        &self.store_id
    }

    /// Returns the operations, first one first. They do not depend on the order in the manifest.
    pub fn steps(&self) -> &[MemoryOperation] {
        &self.steps
    }
}

/// Puts a manifest's operations in order: edits, deletes, renames, creates; each kind by path, but a rename
/// after those that make room for it.
///
/// # Errors
/// With what [`check`] finds.
pub fn plan(manifest: &MemoryManifest) -> Result<Plan, Vec<Conflict>> {
    let conflicts = check(manifest);
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let operations = &manifest.operations;
    let steps = order(operations)
        .places
        .into_iter()
        .filter_map(|place| operations.get(place).cloned())
        .collect();
    Ok(Plan {
        store_id: manifest.store_id.clone(),
        steps,
    })
}

/// An order of operations, by their places in the manifest.
#[derive(Debug)]
pub(super) struct Order {
    /// All operations that are in no cycle and wait for none.
    pub(super) places: Vec<usize>,
    /// Renames that wait for each other, each for the next one.
    pub(super) cycles: Vec<Vec<usize>>,
}

pub(super) fn order(operations: &[MemoryOperation]) -> Order {
    let mut by_path: Vec<(usize, &MemoryOperation)> = operations.iter().enumerate().collect();
    by_path.sort_by_key(|(place, operation)| (operation.path(), *place));
    let of_kind = |kind: fn(&MemoryOperation) -> bool| {
        by_path
            .iter()
            .filter(move |(_, operation)| kind(operation))
            .map(|(place, _)| *place)
    };
    let edits = of_kind(|operation| matches!(operation, MemoryOperation::Edit { .. }));
    let deletes = of_kind(|operation| matches!(operation, MemoryOperation::Delete { .. }));
    let creates = of_kind(|operation| matches!(operation, MemoryOperation::Create { .. }));
    let (renames, cycles) = order_of_renames(&by_path);
    Order {
        places: edits.chain(deletes).chain(renames).chain(creates).collect(),
        cycles,
    }
}

/// A rename and those that it waits for.
struct Waiting {
    place: usize,
    waits_for: BTreeSet<usize>,
}

fn order_of_renames(by_path: &[(usize, &MemoryOperation)]) -> (Vec<usize>, Vec<Vec<usize>>) {
    let renames = || {
        by_path
            .iter()
            .filter_map(|(place, operation)| match operation {
                MemoryOperation::Rename { from, to, .. } if from != to => Some((*place, from, to)),
                _ => None,
            })
    };
    let leaving = Tree::new(renames().map(|(place, from, _)| (&**from, place)));
    let mut waiting: Vec<Waiting> = renames()
        .map(|(place, _, to)| Waiting {
            place,
            waits_for: leaving
                .colliding(to)
                .into_iter()
                .map(|(_, place)| place)
                .collect(),
        })
        .collect();

    let mut places = Vec::with_capacity(waiting.len());
    let mut cycles = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|one| one.waits_for.is_empty());
        let gone: BTreeSet<usize> = if let Some(ready) = ready {
            let place = waiting.remove(ready).place;
            places.push(place);
            BTreeSet::from([place])
        } else {
            let cycle = find_cycle(&waiting);
            let gone: BTreeSet<usize> = cycle.iter().copied().collect();
            waiting.retain(|one| !gone.contains(&one.place));
            cycles.push(cycle);
            gone
        };
        for one in &mut waiting {
            one.waits_for.retain(|place| !gone.contains(place));
        }
    }
    (places, cycles)
}

/// Follows the first wait of each rename, where all wait, until one comes again.
fn find_cycle(waiting: &[Waiting]) -> Vec<usize> {
    let mut way: Vec<usize> = Vec::new();
    let mut here = waiting.first();
    while let Some(one) = here {
        if let Some(start) = way.iter().position(|place| *place == one.place) {
            return way.split_off(start);
        }
        way.push(one.place);
        let next = one.waits_for.first();
        here = waiting.iter().find(|other| Some(&other.place) == next);
    }
    // All wait for one of their own, so the way has no end; without one, what was walked is the best answer.
    way
}
