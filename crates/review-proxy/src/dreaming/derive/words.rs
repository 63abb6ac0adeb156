//! How what was derived is called, counted and explained.

use review_api::{ChangeSize, MemoryCounts, MemoryOperation};
use review_core::words::grouped;

/// Memories added and removed, for lists; one that is edited or renamed counts once on each side.
pub(super) fn size(operations: &[MemoryOperation]) -> ChangeSize {
    let count = |of: fn(&MemoryOperation) -> bool| {
        u32::try_from(operations.iter().filter(|it| of(it)).count()).unwrap_or(u32::MAX)
    };
    ChangeSize {
        lines_added: count(|it| !matches!(it, MemoryOperation::Delete { .. })),
        lines_removed: count(|it| !matches!(it, MemoryOperation::Create { .. })),
    }
}

/// Counts operations by kind.
pub(super) fn counts(operations: &[MemoryOperation]) -> MemoryCounts {
    let mut counts = MemoryCounts::default();
    for operation in operations {
        *match operation {
            MemoryOperation::Create { .. } => &mut counts.created,
            MemoryOperation::Edit { .. } => &mut counts.edited,
            MemoryOperation::Rename { .. } => &mut counts.renamed,
            MemoryOperation::Delete { .. } => &mut counts.deleted,
        } += 1;
    }
    counts
}

/// "Memories: 2 deleted, 3 edited": what is lost comes first.
pub(super) fn title(head: &str, counts: &MemoryCounts) -> String {
    let parts: Vec<String> = [
        (counts.deleted, "deleted"),
        (counts.edited, "edited"),
        (counts.renamed, "renamed"),
        (counts.created, "created"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    format!("{head}: {}", parts.join(", "))
}

/// Says what a dream's proposal comes from, and what is not in it: `moved` memories that somebody else changed, and
/// `too_many` beyond the limits.
pub(super) fn rationale(moved: usize, too_many: usize) -> String {
    let mut text =
        "Derived by comparing the store that the dream read with the one that it wrote.".to_owned();
    let mut left_out = |count: usize, why: &str| {
        if count > 0 {
            text.push(' ');
            text.push_str(&grouped(count as u64));
            text.push_str(" more differ and are left out, because ");
            text.push_str(why);
            text.push('.');
        }
    };
    left_out(moved, "somebody changed them since the dream began");
    left_out(
        too_many,
        "one suggestion holds 2,000 memories and 8 MB of text",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_what_is_lost_first() {
        let operations = [
            MemoryOperation::Create {
                path: "/a".to_owned(),
                content: String::new(),
            },
            MemoryOperation::Delete {
                memory_id: "mem_1".into(),
                path: "/b".to_owned(),
                expected_sha256: String::new(),
            },
        ];
        assert_eq!(
            title("Memories", &counts(&operations)),
            "Memories: 1 deleted, 1 created"
        );
        assert_eq!(
            size(&operations),
            ChangeSize {
                lines_added: 1,
                lines_removed: 1
            }
        );
    }
}
