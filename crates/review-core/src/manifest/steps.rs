//! A manifest inside of a change: its steps, how far they came, and how they are called.

use super::progress::Done;
use review_api::{Change, ChangeSize, MemoryChange, MemoryManifest, MemoryOperation};

/// Returns the steps that are done, by their places in the plan.
pub fn done(memory: &MemoryChange) -> impl Iterator<Item = Done> {
    memory.steps.iter().enumerate().filter_map(|(step, it)| {
        it.done_at?;
        Some(Done {
            step,
            memory_id: it.memory_id.clone()?,
        })
    })
}

/// Returns how many steps of a memory change are done, and how many there are; nothing for other changes.
pub fn counts(change: &Change) -> Option<(usize, usize)> {
    let memory = change.memory.as_ref()?;
    Some((done(memory).count(), memory.steps.len()))
}

/// Says whether some steps of a change are done, or all.
pub fn is_begun(change: &Change) -> bool {
    counts(change).is_some_and(|(done, _)| done > 0)
}

/// Returns how much a manifest changes, in memories: one that is edited or renamed counts once on each side,
/// as a line with an edited word does.
pub fn size(manifest: &MemoryManifest) -> ChangeSize {
    let mut size = ChangeSize::default();
    for operation in &manifest.operations {
        size.lines_added += u32::from(operation.path_after().is_some());
        size.lines_removed += u32::from(operation.memory_id().is_some());
    }
    size
}

/// Returns what an operation does, as it follows "to": "edit /a", "rename /a to /b".
pub fn in_words(operation: &MemoryOperation) -> String {
    match operation {
        MemoryOperation::Create { path, .. } => format!("create {path}"),
        MemoryOperation::Edit { path, .. } => format!("edit {path}"),
        MemoryOperation::Rename { from, to, .. } => format!("rename {from} to {to}"),
        MemoryOperation::Delete { path, .. } => format!("delete {path}"),
    }
}

/// A text that a change of memories writes, beside the one that it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenText<'a> {
    /// What tells it from the others: `text` or `path`, a space, and the path that the memory will have.
    pub name: String,
    /// What is there now; empty where there is nothing.
    pub base: &'a str,
    /// What is written.
    pub proposed: &'a str,
}

/// Returns everything that a change of memories writes, for `prompt_diff::findings_fingerprint_of_many`, which
/// makes [`Change::findings_sha256`] of it: the texts of memories that are created or edited, and the paths of
/// those that are created or renamed.
pub fn written(memory: &MemoryChange) -> Vec<WrittenText<'_>> {
    let before = |operation: &MemoryOperation| {
        let id = operation.memory_id()?;
        memory.before.iter().find(|before| before.memory_id == *id)
    };
    let mut texts = Vec::new();
    for operation in &memory.manifest.operations {
        let Some(path) = operation.path_after() else {
            continue;
        };
        let base = before(operation);
        if let Some(proposed) = operation.content() {
            texts.push(WrittenText {
                name: format!("text {path}"),
                base: base.map_or("", |before| &before.content),
                proposed,
            });
        }
        let from = operation.memory_id().map_or("", |_| operation.path());
        if from != path {
            texts.push(WrittenText {
                name: format!("path {path}"),
                base: from,
                proposed: path,
            });
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{MemoryId, MemoryStep, Timestamp};

    fn operations() -> Vec<MemoryOperation> {
        let (memory_id, expected_sha256) = (MemoryId::from("mem_1"), String::new());
        vec![
            MemoryOperation::Create {
                path: "/c".to_owned(),
                content: String::new(),
            },
            MemoryOperation::Edit {
                memory_id: memory_id.clone(),
                path: "/e".to_owned(),
                expected_sha256: expected_sha256.clone(),
                content: String::new(),
            },
            MemoryOperation::Rename {
                memory_id: memory_id.clone(),
                from: "/r".to_owned(),
                to: "/s".to_owned(),
                expected_sha256: expected_sha256.clone(),
            },
            MemoryOperation::Delete {
                memory_id,
                path: "/d".to_owned(),
                expected_sha256,
            },
        ]
    }

    #[test]
    fn a_size_counts_memories_on_each_side() {
        let manifest = MemoryManifest {
            store_id: "memstore_1".into(),
            operations: operations(),
        };
        let expected = ChangeSize {
            lines_added: 3,
            lines_removed: 3,
        };
        assert_eq!(size(&manifest), expected);
    }

    #[test]
    fn operations_have_words() {
        let words: Vec<String> = operations().iter().map(in_words).collect();
        let expected = ["create /c", "edit /e", "rename /r to /s", "delete /d"];
        assert_eq!(words, expected);
    }

    #[test]
    fn texts_and_paths_are_written_beside_what_they_replace() {
        let operations = operations();
        let before = review_api::MemoryBefore {
            memory_id: "mem_1".into(),
            path: "/e".to_owned(),
            sha256: String::new(),
            content: "old".to_owned(),
        };
        let memory = MemoryChange {
            manifest: MemoryManifest {
                store_id: "memstore_1".into(),
                operations,
            },
            store_name: String::new(),
            before: vec![before],
            steps: Vec::new(),
        };
        let written: Vec<_> = written(&memory)
            .into_iter()
            .map(|text| (text.name, text.base, text.proposed))
            .collect();
        let expected = [
            ("text /c", "", ""),
            ("path /c", "", "/c"),
            ("text /e", "old", ""),
            ("path /s", "/r", "/s"),
        ];
        let expected = expected.map(|(name, base, proposed)| (name.to_owned(), base, proposed));
        assert_eq!(written, expected);
    }

    #[test]
    fn done_steps_keep_their_places() {
        let step = |done: bool| MemoryStep {
            operation: operations().remove(0),
            done_at: done.then_some(Timestamp::UNIX_EPOCH),
            memory_id: done.then(|| MemoryId::from("mem_2")),
        };
        let memory = MemoryChange {
            manifest: MemoryManifest {
                store_id: "memstore_1".into(),
                operations: Vec::new(),
            },
            store_name: String::new(),
            before: Vec::new(),
            steps: vec![step(true), step(true), step(false)],
        };
        let places: Vec<usize> = done(&memory).map(|done| done.step).collect();
        assert_eq!(places, [0, 1]);
    }
}
