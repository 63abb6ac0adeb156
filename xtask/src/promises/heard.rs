//! What a step of a test run said about promises.

/// What test programs printed about promises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Tests that name a promise, and whether they went well.
    pub(crate) tests: Vec<(String, bool)>,
    /// Lines of figures: promise, what was done, numbers.
    pub(crate) figures: Vec<String>,
}

/// What a line with figures has in it.
const FIGURES: &str = "promise-figure ";

impl Heard {
    /// Takes in a line of output.
    pub(crate) fn note(&mut self, line: &str) {
        if let Some((_, figures)) = line.split_once(FIGURES) {
            self.figures.push(figures.trim().to_owned());
        }
        let Some((name, result)) = line
            .trim_start()
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        else {
            return;
        };
        let name = name.trim_end_matches(" - should panic");
        // Terminals' colours may stand before the word.
        let went_well = match result {
            result if result.contains("FAILED") || result.contains("FAIL") => false,
            result if result.contains("ok") => true,
            _ => return,
        };
        if promise_of(name).is_some() {
            self.tests.push((name.to_owned(), went_well));
        }
    }
}

/// The promise that a test names: `a::p13_it_holds` is one of promise 13.
pub(super) fn promise_of(test: &str) -> Option<u8> {
    let name = test.rsplit("::").next()?;
    let (number, rest) = name.strip_prefix('p')?.split_once('_')?;
    if rest.is_empty() || number.is_empty() || number.starts_with(['0', '+']) {
        return None;
    }
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tests_name_their_promise() {
        for (name, promise) in [
            ("p13_it_holds", Some(13)),
            ("race::on_postgres::p14_it_holds", Some(14)),
            ("p1_x", Some(1)),
            ("prompts_are_kept", None),
            ("p13", None),
            ("p_13", None),
            ("px13_a", None),
        ] {
            assert_eq!(promise_of(name), promise, "{name}");
        }
    }

    #[test]
    fn results_and_figures_are_heard_among_other_lines() {
        let mut heard = Heard::default();
        for line in [
            "running 3 tests",
            "test crash::p13_one ... ok",
            "test inbox::p31_two ... \u{1b}[31mFAILED\u{1b}[0m",
            "test p14_three ... ignored, needs a server",
            "test others ... ok",
            "test p17_four ... promise-figure p17 kill runs=20 lost=0",
            "",
        ] {
            heard.note(line);
        }
        assert_eq!(
            heard.tests,
            [
                ("crash::p13_one".to_owned(), true),
                ("inbox::p31_two".to_owned(), false)
            ]
        );
        assert_eq!(heard.figures, ["p17 kill runs=20 lost=0"]);
    }
}
