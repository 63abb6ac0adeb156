//! A store as a manifest would leave it.

use review_api::{MemoryId, MemoryManifest, MemoryOperation};
use std::collections::BTreeMap;

/// A memory with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Which memory.
    pub memory_id: MemoryId,
    /// Where it is.
    pub path: String,
    /// Its text.
    pub content: String,
}

/// Returns the texts of a store by path as `manifest` would leave them; that it can be applied to `store` was
/// checked (see [`super::check_against`]).
pub fn after(manifest: &MemoryManifest, store: &[Whole]) -> BTreeMap<String, String> {
    let touched = |memory: &Whole| {
        let mut operations = manifest.operations.iter();
        operations.find(|operation| operation.memory_id() == Some(&memory.memory_id))
    };
    let mut all: BTreeMap<String, String> = store
        .iter()
        .filter_map(|memory| {
            let (path, content) = match touched(memory) {
                None | Some(MemoryOperation::Create { .. }) => (&memory.path, &memory.content),
                Some(MemoryOperation::Edit { content, .. }) => (&memory.path, content),
                Some(MemoryOperation::Rename { to, .. }) => (to, &memory.content),
                Some(MemoryOperation::Delete { .. }) => return None,
            };
            Some((path.clone(), content.clone()))
        })
        .collect();
    for operation in &manifest.operations {
        if let MemoryOperation::Create { path, content } = operation {
            all.insert(path.clone(), content.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(id: &str, path: &str, content: &str) -> Whole {
        Whole {
            memory_id: id.into(),
            path: path.to_owned(),
            content: content.to_owned(),
        }
    }

    #[test]
    fn each_operation_leaves_what_it_says_and_the_rest_stays() {
        let store = [
            whole("mem_a", "/a.md", "A"),
            whole("mem_b", "/b.md", "B"),
            whole("mem_c", "/c.md", "C"),
            whole("mem_d", "/d.md", "D"),
        ];
        let sha = String::new;
        let manifest = MemoryManifest {
            store_id: "memstore_1".into(),
            operations: vec![
                MemoryOperation::Create {
                    path: "/b.md".to_owned(),
                    content: "new".to_owned(),
                },
                MemoryOperation::Edit {
                    memory_id: "mem_a".into(),
                    path: "/a.md".to_owned(),
                    expected_sha256: sha(),
                    content: "AA".to_owned(),
                },
                // Two that change places, and one of which the path is taken over.
                MemoryOperation::Rename {
                    memory_id: "mem_b".into(),
                    from: "/b.md".to_owned(),
                    to: "/c.md".to_owned(),
                    expected_sha256: sha(),
                },
                MemoryOperation::Delete {
                    memory_id: "mem_c".into(),
                    path: "/c.md".to_owned(),
                    expected_sha256: sha(),
                },
            ],
        };
        let left: Vec<(String, String)> = after(&manifest, &store).into_iter().collect();
        let expected = [
            ("/a.md", "AA"),
            ("/b.md", "new"),
            ("/c.md", "B"),
            ("/d.md", "D"),
        ];
        assert_eq!(
            left,
            expected.map(|(path, text)| (path.to_owned(), text.to_owned()))
        );
    }
}
