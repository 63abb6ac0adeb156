//! What the source tree says about promises: the names of tests, and the page's lines.

use std::collections::BTreeMap;

use super::heard::promise_of;
use crate::project::is_kind;
use crate::tidy::Source;

/// A test that names a promise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) path: String,
}

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// What keeps it; empty where nothing does.
    pub(super) kept_by: String,
    /// What is missing and why; empty where nothing is.
    pub(super) missing: String,
}

/// All tests that name a promise, by its number.
pub(super) fn tests(sources: &[Source]) -> BTreeMap<u8, Vec<Test>> {
    let mut tests: BTreeMap<u8, Vec<Test>> = BTreeMap::new();
    // This program's own samples prove nothing.
    let code = sources
        .iter()
        .filter(|source| is_kind(source.path(), "rs") && !source.path().contains("/promises"));
    for source in code {
        for piece in source.text().split("fn p").skip(1) {
            let end = piece.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = format!("p{}", piece.split_at(end.unwrap_or(piece.len())).0);
            if let Some(number) = promise_of(&name) {
                let path = source.path().to_owned();
                tests.entry(number).or_default().push(Test { name, path });
            }
        }
    }
    for own in tests.values_mut() {
        own.sort();
        own.dedup();
    }
    tests
}

/// The lines of the page, by promise: `| P13 | what it says | what keeps it | what is missing |`.
pub(super) fn rows(sources: &[Source], page: &str) -> BTreeMap<u8, Row> {
    let page = sources.iter().find(|source| source.path() == page);
    let lines = page.map_or("", Source::text).lines();
    lines
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim().split('|').map(str::trim).collect();
            let [_, number, _, kept_by, missing, _] = cells.as_slice() else {
                return None;
            };
            let row = Row {
                kept_by: (*kept_by).to_owned(),
                missing: (*missing).to_owned(),
            };
            Some((number.strip_prefix('P')?.parse().ok()?, row))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_by_their_names_wherever_they_are() {
        let sources = [
            Source::new(
                "a/b.rs",
                "async fn p14_x(database: Database) {}\n fn p1_y() {}",
            ),
            Source::new(
                "tests/c.rs",
                "    fn p14_a() {} fn prompt() {} fn p14_a() {}",
            ),
            Source::new("d.md", "fn p2_z() {}"),
        ];
        let found = tests(&sources);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), [1, 14]);
        let names: Vec<&str> = found[&14].iter().map(|test| &*test.name).collect();
        assert_eq!(names, ["p14_a", "p14_x"]);
    }

    #[test]
    fn lines_of_the_page_are_read_and_its_head_is_not() {
        let text = "| no. | promise |\n|---|---|\n| P13 | once | rig | |\n| P18 | cut | | none |\n";
        let found = rows(&[Source::new("page.md", text)], "page.md");
        assert_eq!(found.len(), 2);
        assert_eq!((&*found[&13].kept_by, &*found[&13].missing), ("rig", ""));
        assert_eq!((&*found[&18].kept_by, &*found[&18].missing), ("", "none"));
    }
}
