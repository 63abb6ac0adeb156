//! What the steps of a test run came to.

use std::time::Duration;

use crate::run::{Outcome, Tests, seconds};

/// How many tests passed, failed and were skipped.
fn counts(tests: Tests) -> String {
    format!(
        "{} passed, {} failed, {} skipped",
        tests.passed, tests.failed, tests.skipped
    )
}

/// The steps of a run and how each ended.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    took: Duration,
    tests: Tests,
    remark: String,
    figures: Vec<String>,
}

impl Summary {
    /// Adds a step that ran; one that runs no tests counts as one check.
    pub(crate) fn ran(&mut self, name: &str, outcome: &Outcome) {
        let mut tests = outcome.tests;
        let mut remark = String::new();
        if tests == Tests::default() {
            tests = if outcome.ok {
                Tests { passed: 1, ..tests }
            } else {
                Tests { failed: 1, ..tests }
            };
        } else if !outcome.ok && tests.failed == 0 {
            // Its tests went well, and still it failed: a program that ended early, or did not compile.
            tests.failed = 1;
            "it ended before all its tests had run".clone_into(&mut remark);
        } else if tests.skipped > 0 {
            "skipped: marked so in the tests themselves".clone_into(&mut remark);
        }
        self.rows.push(Row {
            name: name.to_owned(),
            took: outcome.took,
            tests,
            remark,
            figures: outcome.heard.figures.clone(),
        });
    }

    /// Adds a step that did not run because of something that is wrong.
    pub(crate) fn failed(&mut self, name: &str, reason: &str) {
        self.without_running(
            name,
            Tests {
                failed: 1,
                ..Tests::default()
            },
            reason,
        );
    }

    /// Adds a step that was left out.
    pub(crate) fn skipped(&mut self, name: &str, reason: &str) {
        self.without_running(
            name,
            Tests {
                skipped: 1,
                ..Tests::default()
            },
            reason,
        );
    }

    fn without_running(&mut self, name: &str, tests: Tests, reason: &str) {
        let remark = reason.replace('\n', " ");
        self.rows.push(Row {
            name: name.to_owned(),
            took: Duration::ZERO,
            tests,
            remark,
            figures: Vec::new(),
        });
    }

    /// Whether nothing failed.
    pub(crate) fn is_good(&self) -> bool {
        self.total().failed == 0
    }

    fn total(&self) -> Tests {
        self.rows.iter().fold(Tests::default(), |sum, row| Tests {
            passed: sum.passed + row.tests.passed,
            failed: sum.failed + row.tests.failed,
            skipped: sum.skipped + row.tests.skipped,
        })
    }

    /// A line for each step; the last line is the sum, alone.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("\n");
        for Row {
            name,
            took,
            tests,
            remark,
            figures,
        } in &self.rows
        {
            let mark = match tests {
                Tests { failed: 1.., .. } => "✗",
                Tests {
                    passed: 0,
                    skipped: 1..,
                    ..
                } => "–",
                _ => "✓",
            };
            let counts = counts(*tests);
            let line = format!(
                "{mark} {name:<34} {:>12}   {counts}   {remark}",
                seconds(*took)
            );
            text.push_str(line.trim_end());
            text.push('\n');
            for figures in figures {
                text.push_str("    ");
                text.push_str(figures);
                text.push('\n');
            }
        }
        let total = self.total();
        text.push_str(&counts(total));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promises::Heard;

    fn outcome(ok: bool, passed: usize, failed: usize, skipped: usize) -> Outcome {
        Outcome {
            ok,
            took: Duration::from_secs(3),
            tests: Tests {
                passed,
                failed,
                skipped,
            },
            heard: Heard::default(),
        }
    }

    fn last_line(fill: impl FnOnce(&mut Summary)) -> String {
        let mut summary = Summary::default();
        fill(&mut summary);
        summary.text().lines().last().unwrap().to_owned()
    }

    #[test]
    fn checks_count_as_one_and_tests_as_they_are() {
        let last = last_line(|summary| {
            summary.ran("fmt", &outcome(true, 0, 0, 0));
            summary.ran("host tests", &outcome(true, 12, 0, 1));
            summary.ran("clippy", &outcome(false, 0, 0, 0));
            summary.skipped("journeys", "no browser");
        });
        assert_eq!(last, "13 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn a_program_that_breaks_off_after_good_tests_is_a_failure() {
        let mut summary = Summary::default();
        summary.ran("host tests", &outcome(false, 12, 0, 0));
        assert!(!summary.is_good());
        assert_eq!(
            summary.text().lines().last().unwrap(),
            "12 passed, 1 failed, 0 skipped"
        );
    }

    #[test]
    fn a_reason_stays_on_its_line() {
        let mut summary = Summary::default();
        summary.failed("browser tests", "no browser\n  run this");
        assert_eq!(summary.text().lines().count(), 3);
    }
}
