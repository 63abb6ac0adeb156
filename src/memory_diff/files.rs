//! What becomes of each file of a memory store; pure.

use prompt_diff::similar;
use std::{collections::BTreeMap, sync::Arc};

/// A created file is taken for a removed one under another name from this likeness on.
const RENAMED_FROM: f64 = 0.6;

/// Pairs of files that are compared to find renamed ones, at most.
const MOST_PAIRS: usize = 2_500;

/// A file of a memory store on both sides of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryFile {
    /// Where it is in the store.
    pub path: String,
    /// Its text before; nothing where it did not exist.
    pub before: Option<Arc<str>>,
    /// Its text after; nothing where it is gone.
    pub after: Option<Arc<str>>,
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// It is new.
    Created,
    /// It has another text.
    Edited,
    /// It has another name, and perhaps another text.
    Renamed {
        /// Its name before.
        from: String,
    },
    /// It is gone.
    Deleted,
}

impl FileChange {
    /// Returns the word for programs and people.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Edited => "edited",
            Self::Renamed { .. } => "renamed",
            Self::Deleted => "deleted",
        }
    }

    /// Returns the sign that stands beside the name, so that colour carries no meaning of its own.
    pub fn sign(&self) -> &'static str {
        match self {
            Self::Created => "+",
            Self::Edited => "~",
            Self::Renamed { .. } => "\u{2192}",
            Self::Deleted => "\u{2212}",
        }
    }
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its name after, or before where it is gone.
    pub path: String,
    /// What becomes of it.
    pub change: FileChange,
    /// Its text before; empty where it did not exist.
    pub before: Arc<str>,
    /// Its text after; empty where it is gone.
    pub after: Arc<str>,
}

/// Finds the files that change, in the order of their names. A file that stays as it is is left out.
pub fn changed(files: &[MemoryFile]) -> Vec<ChangedFile> {
    let mut gone = Vec::new();
    let mut new = Vec::new();
    let mut found = Vec::new();
    for file in files {
        match (&file.before, &file.after) {
            (Some(before), None) => gone.push((file.path.clone(), Arc::clone(before))),
            (None, Some(after)) => new.push((file.path.clone(), Arc::clone(after))),
            (Some(before), Some(after)) if before != after => found.push(ChangedFile {
                path: file.path.clone(),
                change: FileChange::Edited,
                before: Arc::clone(before),
                after: Arc::clone(after),
            }),
            _ => {}
        }
    }
    found.extend(renamed(&mut gone, &mut new));
    found.extend(gone.into_iter().map(|(path, before)| ChangedFile {
        path,
        change: FileChange::Deleted,
        before,
        after: Arc::from(""),
    }));
    found.extend(new.into_iter().map(|(path, after)| ChangedFile {
        path,
        change: FileChange::Created,
        before: Arc::from(""),
        after,
    }));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

type Named = (String, Arc<str>);

/// Takes the pairs that are one file under two names out of those that are gone and those that are new.
fn renamed(gone: &mut Vec<Named>, new: &mut Vec<Named>) -> Vec<ChangedFile> {
    let mut by_text: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (number, (_, text)) in new.iter().enumerate() {
        by_text.entry(Arc::clone(text)).or_default().push(number);
    }
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, (_, text)) in gone.iter().enumerate() {
        let same = by_text.get_mut(text).and_then(Vec::pop);
        if let Some(other) = same {
            taken.insert(number, other);
        }
    }
    if gone.len() * new.len() <= MOST_PAIRS {
        for (number, (_, before)) in gone.iter().enumerate() {
            if taken.contains_key(&number) {
                continue;
            }
            let alike = new
                .iter()
                .enumerate()
                .filter(|(other, _)| !taken.values().any(|it| it == other));
            let alike = alike.map(|(other, (_, after))| (other, similar("", before, "", after)));
            let best = alike.max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((other, _)) = best.filter(|(_, likeness)| *likeness >= RENAMED_FROM) {
                taken.insert(number, other);
            }
        }
    }
    let found = taken.iter().filter_map(|(&from, &to)| {
        let ((old, before), (path, after)) = (gone.get(from)?, new.get(to)?);
        Some(ChangedFile {
            path: path.clone(),
            change: FileChange::Renamed { from: old.clone() },
            before: Arc::clone(before),
            after: Arc::clone(after),
        })
    });
    let found = found.collect();
    let mut number = 0;
    gone.retain(|_| {
        number += 1;
        !taken.contains_key(&(number - 1))
    });
    let mut number = 0;
    new.retain(|_| {
        number += 1;
        !taken.values().any(|other| *other == number - 1)
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, before: Option<&str>, after: Option<&str>) -> MemoryFile {
        MemoryFile {
            path: path.to_owned(),
            before: before.map(Arc::from),
            after: after.map(Arc::from),
        }
    }

    fn drawn(files: &[MemoryFile]) -> Vec<String> {
        let draw = |file: ChangedFile| match file.change {
            FileChange::Renamed { from } => format!("{from} → {}", file.path),
            change => format!("{} {}", change.sign(), file.path),
        };
        changed(files).into_iter().map(draw).collect()
    }

    #[test]
    fn files_are_created_edited_deleted_or_left_alone() {
        let files = [
            file("d", Some("gone for good"), None),
            file("b", Some("x"), Some("y")),
            file("c", None, Some("all of it is new")),
            file("a", Some("same"), Some("same")),
        ];
        assert_eq!(drawn(&files), ["~ b", "+ c", "\u{2212} d"]);
    }

    #[test]
    fn a_file_under_another_name_is_renamed_with_the_same_text_or_nearly_the_same() {
        let text =
            "Customers in Norway pay duty on parcels above 300 kroner, and ask about it often.";
        let nearly = text.replace("often", "every week");
        let files = [
            file("a", Some("one"), None),
            file("b", None, Some("one")),
            file("c", Some(text), None),
            file("d", None, Some(&nearly)),
            file("e", Some("nothing like the others at all"), None),
        ];
        assert_eq!(drawn(&files), ["a → b", "c → d", "\u{2212} e"]);
    }
}
