//! The form of seeded texts: sections that begin with `=== `.

/// One section: what stands after `=== `, and the lines below it.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// The parts of its first line, which ` | ` separates.
    pub(super) head: Vec<&'static str>,
    /// What follows.
    pub(super) body: &'static str,
}

impl Section {
    /// A part of the first line; empty where there is none.
    pub(super) fn part(&self, at: usize) -> &'static str {
        self.head.get(at).copied().unwrap_or_default()
    }
}

/// Reads all sections of a text.
pub(super) fn sections(text: &'static str) -> Vec<Section> {
    let text = text.strip_prefix("=== ").unwrap_or_default();
    text.split("\n=== ")
        .filter(|section| !section.is_empty())
        .map(|section| {
            let (head, body) = section.split_once('\n').unwrap_or((section, ""));
            Section {
                head: head.split(" | ").map(str::trim).collect(),
                body,
            }
        })
        .collect()
}
