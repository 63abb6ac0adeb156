//! `cargo xtask promises`: what is promised, which tests prove it, and what they came to last.
//!
//! A test proves a promise if its name says so: `p13_…` is one of promise 13. What no test proves yet
//! stands in docs/PROMISES.md with the reason.

mod heard;
mod list;
mod record;
mod scan;

use std::collections::BTreeMap;

use crate::failure::Result;
use crate::project::Project;
use crate::tidy;

pub(crate) use heard::Heard;
pub(crate) use record::keep;

use list::PROMISES;
use record::Record;

/// Where the list of promises is kept for people.
const PAGE: &str = "docs/PROMISES.md";

/// Prints the table.
pub(crate) fn run(project: &Project) -> Result<()> {
    let sources = tidy::sources(project)?;
    let tests = scan::tests(&sources);
    let rows = scan::rows(&sources, PAGE);
    let record = Record::read(project);
    let mut proved = 0;
    for (number, says) in PROMISES {
        let own = tests.get(&number).map_or(&[][..], Vec::as_slice);
        proved += usize::from(!own.is_empty());
        println!("P{number}  {says}");
        for test in own {
            let result = record.result_of(&test.name);
            println!("     {:<9} {}  ({})", result, test.name, test.path);
        }
        for figures in record.figures_of(number) {
            println!("     figures   {figures}");
        }
        let missing = rows.get(&number).map_or("", |row| row.missing.as_str());
        if !missing.is_empty() {
            println!("     missing   {missing}");
        }
    }
    println!(
        "\n{proved} of {} promises have tests that name them; the others say in {PAGE} what is missing.",
        PROMISES.len()
    );
    println!("{}", record.age());
    Ok(())
}

/// Says what is wrong between the promises, the tests and the page about them.
#[cfg_attr(not(test), expect(dead_code, reason = "a rule that a test keeps"))]
fn gaps(tests: &BTreeMap<u8, Vec<scan::Test>>, rows: &BTreeMap<u8, scan::Row>) -> Vec<String> {
    let mut gaps = Vec::new();
    for (number, _) in PROMISES {
        let is_tested = tests.contains_key(&number);
        match rows.get(&number) {
            None => gaps.push(format!("P{number} has no line in {PAGE}")),
            Some(row) if !is_tested && row.missing.is_empty() => gaps.push(format!(
                "P{number}: no test names it, and {PAGE} does not say what is missing"
            )),
            Some(row) if !is_tested && !row.kept_by.is_empty() => gaps.push(format!(
                "P{number}: {PAGE} says that it is kept, and no test names it"
            )),
            Some(_) => {}
        }
    }
    let known = |number: &u8| PROMISES.iter().any(|(known, _)| known == number);
    let all = tests.keys().chain(rows.keys());
    gaps.extend(
        all.filter(|number| !known(number))
            .map(|number| format!("there is no promise P{number}")),
    );
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_promise_has_a_test_that_names_it_or_a_line_that_says_what_is_missing() {
        let sources = tidy::sources(&Project::find().unwrap()).unwrap();
        let gaps = gaps(&scan::tests(&sources), &scan::rows(&sources, PAGE));
        assert!(gaps.is_empty(), "\n{}", gaps.join("\n"));
    }

    fn gaps_of(page: &str, code: &str) -> Vec<String> {
        let file = |path: &str, text: &str| tidy::Source::new(path, text);
        let others = PROMISES.iter().filter(|(number, _)| *number != 13);
        let mut lines: Vec<String> = others
            .map(|(number, says)| format!("| P{number} | {says} | | not built |"))
            .collect();
        lines.push(page.to_owned());
        let whole = lines.join("\n");
        let sources = [file(PAGE, &whole), file("crates/a/tests/b.rs", code)];
        gaps(&scan::tests(&sources), &scan::rows(&sources, PAGE))
    }

    #[test]
    fn a_promise_without_test_and_reason_is_a_gap() {
        let (kept, open) = ("| P13 | says | rig | |", "| P13 | says | | later |");
        let test = "fn p13_it_holds() {}";
        assert_eq!(gaps_of(kept, test), Vec::<String>::new());
        assert_eq!(gaps_of(open, ""), Vec::<String>::new());
        assert_eq!(gaps_of("", test), ["P13 has no line in docs/PROMISES.md"]);
        assert_eq!(gaps_of(kept, "").len(), 1);
        assert_eq!(gaps_of("| P13 | says | | |", "").len(), 1);
        assert_eq!(
            gaps_of(kept, "fn p13_x() {} fn p99_y() {}"),
            ["there is no promise P99"]
        );
    }
}
