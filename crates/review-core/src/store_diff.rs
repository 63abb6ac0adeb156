//! What a dream did to a memory store: the store it read against the one it wrote.
//!
//! The platform reports no changes of a dream; they are derived by comparing both stores, first by path and
//! then by content, which finds renames. Ids do not help: a copied store has ids of its own.

use review_api::{MemoryId, MemoryOperation};
use std::collections::{BTreeMap, HashMap};

/// A memory as a list of the platform has it, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which memory, within its own store.
    pub memory_id: MemoryId,
    /// Where it is.
    pub path: String,
    /// SHA-256 of its text, 64 lower-case hex digits.
    pub sha256: String,
    /// Length of its text in bytes.
    pub bytes: u64,
}

/// One memory that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference<'a> {
    /// Only in the output.
    Created(&'a Listed),
    /// In both, with other texts.
    Edited {
        /// As it was.
        before: &'a Listed,
        /// As it is.
        after: &'a Listed,
    },
    /// In both, with the same text and another path.
    Renamed {
        /// As it was.
        before: &'a Listed,
        /// As it is.
        after: &'a Listed,
    },
    /// Only in the input.
    Deleted(&'a Listed),
}

impl<'a> Difference<'a> {
    /// Returns the path under which it is listed: where the memory was, or is if it is new.
    pub fn path(self) -> &'a str {
        match self {
            Self::Created(one) | Self::Deleted(one) => &one.path,
            Self::Edited { before, .. } | Self::Renamed { before, .. } => &before.path,
        }
    }

    /// Returns the memory of the output whose text is needed to propose it; nothing where none is.
    pub fn text_needed(self) -> Option<&'a Listed> {
        match self {
            Self::Created(after) | Self::Edited { after, .. } => Some(after),
            Self::Renamed { .. } | Self::Deleted(_) => None,
        }
    }

    /// Returns the operation on the input store that does the same, guarded by what the input held.
    ///
    /// `text` is the text of [`Self::text_needed`]; it is not looked at where none is needed.
    pub fn operation(self, text: &str) -> MemoryOperation {
        match self {
            Self::Created(after) => MemoryOperation::Create {
                path: after.path.clone(),
                content: text.to_owned(),
            },
            Self::Edited { before, .. } => MemoryOperation::Edit {
                memory_id: before.memory_id.clone(),
                path: before.path.clone(),
                expected_sha256: before.sha256.clone(),
                content: text.to_owned(),
            },
            Self::Renamed { before, after } => MemoryOperation::Rename {
                memory_id: before.memory_id.clone(),
                from: before.path.clone(),
                to: after.path.clone(),
                expected_sha256: before.sha256.clone(),
            },
            Self::Deleted(before) => MemoryOperation::Delete {
                memory_id: before.memory_id.clone(),
                path: before.path.clone(),
                expected_sha256: before.sha256.clone(),
            },
        }
    }
}

/// Compares the store that a dream read with the one it wrote; the differences come by path.
///
/// Where several memories of one text went and came, those with the same file name are the same memory, and
/// the rest pair up in the order of their paths. The work grows with the stores as sorting does.
pub fn compare<'a>(input: &'a [Listed], output: &'a [Listed]) -> Vec<Difference<'a>> {
    let before: BTreeMap<&str, &Listed> = input.iter().map(|one| (&*one.path, one)).collect();
    let after: BTreeMap<&str, &Listed> = output.iter().map(|one| (&*one.path, one)).collect();
    let mut differences = Vec::new();
    let mut gone: Vec<&Listed> = Vec::new();
    for (path, one) in &before {
        match after.get(path) {
            None => gone.push(one),
            Some(now) if now.sha256 != one.sha256 => differences.push(Difference::Edited {
                before: one,
                after: now,
            }),
            Some(_) => {}
        }
    }
    let come = after
        .iter()
        .filter(|(path, _)| !before.contains_key(*path))
        .map(|(_, one)| *one);
    let mut renames = Renames::of(come);
    // Same file name first, so that a moved folder does not mix up its twins.
    let mut left = Vec::with_capacity(gone.len());
    for before in gone {
        match renames.take_named(before) {
            Some(after) => differences.push(Difference::Renamed { before, after }),
            None => left.push(before),
        }
    }
    for before in left {
        differences.push(match renames.take_first(before) {
            Some(after) => Difference::Renamed { before, after },
            None => Difference::Deleted(before),
        });
    }
    differences.extend(renames.rest().map(Difference::Created));
    differences.sort_by_key(|difference| difference.path());
    differences
}

/// Memories that came, by text, each list in the order of paths.
struct Renames<'a>(HashMap<&'a str, Vec<&'a Listed>>);

impl<'a> Renames<'a> {
    fn of(come: impl Iterator<Item = &'a Listed>) -> Self {
        let mut by_text: HashMap<&str, Vec<&Listed>> = HashMap::new();
        for one in come {
            by_text.entry(&one.sha256).or_default().push(one);
        }
        Self(by_text)
    }

    fn take_named(&mut self, before: &Listed) -> Option<&'a Listed> {
        let twins = self.0.get_mut(&*before.sha256)?;
        let name = file_name(&before.path);
        let place = twins.iter().position(|one| file_name(&one.path) == name)?;
        Some(twins.remove(place))
    }

    fn take_first(&mut self, before: &Listed) -> Option<&'a Listed> {
        let twins = self.0.get_mut(&*before.sha256)?;
        (!twins.is_empty()).then(|| twins.remove(0))
    }

    fn rest(self) -> impl Iterator<Item = &'a Listed> {
        self.0.into_values().flatten()
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn store(prefix: &str, memories: &[(&str, &str)]) -> Vec<Listed> {
        memories
            .iter()
            .zip(1..)
            .map(|((path, text), number)| Listed {
                memory_id: MemoryId(format!("{prefix}_{number}")),
                path: (*path).to_owned(),
                sha256: crate::digest::sha256_hex(text),
                bytes: text.len() as u64,
            })
            .collect()
    }

    #[track_caller]
    fn check(input: &[(&str, &str)], output: &[(&str, &str)], expected: &[&str]) {
        let (input, output) = (store("in", input), store("out", output));
        let lines: Vec<String> = compare(&input, &output)
            .into_iter()
            .map(|difference| match difference {
                Difference::Created(after) => format!("+ {}", after.path),
                Difference::Edited { before, .. } => format!("~ {}", before.path),
                Difference::Renamed { before, after } => {
                    format!("{} -> {}", before.path, after.path)
                }
                Difference::Deleted(before) => format!("- {}", before.path),
            })
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_copy_has_no_differences_though_all_its_ids_are_new() {
        let memories = [("/a.md", "a"), ("/b/c.md", "c")];
        check(&memories, &memories, &[]);
        check(&[], &[], &[]);
    }

    #[test]
    fn each_kind_is_found() {
        check(
            &[
                ("/edit.md", "1"),
                ("/gone.md", "2"),
                ("/old.md", "3"),
                ("/same.md", "4"),
            ],
            &[
                ("/edit.md", "x"),
                ("/came.md", "5"),
                ("/new/name.md", "3"),
                ("/same.md", "4"),
            ],
            &[
                "+ /came.md",
                "~ /edit.md",
                "- /gone.md",
                "/old.md -> /new/name.md",
            ],
        );
    }

    #[test]
    fn twins_keep_their_file_names_and_a_third_is_new() {
        check(
            &[("/a/one.md", "same"), ("/a/two.md", "same")],
            &[
                ("/b/two.md", "same"),
                ("/b/one.md", "same"),
                ("/b/three.md", "same"),
            ],
            &[
                "/a/one.md -> /b/one.md",
                "/a/two.md -> /b/two.md",
                "+ /b/three.md",
            ],
        );
    }

    #[test]
    fn two_that_change_places_are_edits_not_renames() {
        check(
            &[("/a.md", "1"), ("/b.md", "2")],
            &[("/a.md", "2"), ("/b.md", "1")],
            &["~ /a.md", "~ /b.md"],
        );
    }

    /// Does the operations to the input, as the platform would in the end.
    fn applied(
        input: &BTreeMap<String, String>,
        operations: &[MemoryOperation],
    ) -> BTreeMap<String, String> {
        let mut store = input.clone();
        for operation in operations {
            if !matches!(operation, MemoryOperation::Create { .. }) {
                store.remove(operation.path());
            }
        }
        for operation in operations {
            let Some(path) = operation.path_after() else {
                continue;
            };
            let text = operation
                .content()
                .map_or_else(|| input[operation.path()].clone(), str::to_owned);
            assert!(
                store.insert(path.to_owned(), text).is_none(),
                "{path} is taken"
            );
        }
        store
    }

    fn any_store() -> impl Strategy<Value = BTreeMap<String, String>> {
        // Few paths and texts, so that both sides have much in common.
        prop::collection::btree_map("/[ab]/[a-d]\\.md", "[xyz]", 0..8)
    }

    proptest! {
        #[test]
        fn the_operations_turn_the_input_into_the_output(input in any_store(), output in any_store()) {
            let listed = |prefix, of: &BTreeMap<String, String>| {
                let pairs: Vec<(&str, &str)> = of.iter().map(|(path, text)| (&**path, &**text)).collect();
                store(prefix, &pairs)
            };
            let (before, after) = (listed("in", &input), listed("out", &output));
            let differences = compare(&before, &after);
            let operations: Vec<MemoryOperation> = differences
                .iter()
                .map(|it| it.operation(it.text_needed().map_or("", |one| &output[&one.path])))
                .collect();
            prop_assert_eq!(applied(&input, &operations), output);
            let mut paths: Vec<&str> = differences.iter().map(|it| it.path()).collect();
            let count = paths.len();
            paths.dedup();
            prop_assert_eq!(paths.len(), count, "one difference for each memory");
        }
    }
}
