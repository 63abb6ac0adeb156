//! What a staging test came to: passed, failed, or neither.

use super::{Interval, Pairs, mcnemar_exact, paired_difference};

/// When a staging test has passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Fewest cases that can decide anything.
    pub fewest_cases: u32,
    /// Largest share of cases by which the proposal may be worse and still pass, such as 0.05.
    pub margin: f64,
    /// Largest p-value that counts as more than chance.
    pub significance: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            fewest_cases: 20,
            margin: 0.05,
            significance: 0.05,
        }
    }
}

/// What a staging test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The proposal is better, or not worse by more than the margin.
    Passed,
    /// The proposal is worse, and chance alone does not explain it.
    Failed,
    /// The cases do not tell. That is not a pass.
    Inconclusive,
}

/// What a staging test came to, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Passed, failed or neither.
    pub outcome: Outcome,
    /// The cases.
    pub pairs: Pairs,
    /// The interval of the difference, after less before; nothing for no cases.
    pub difference: Option<Interval>,
    /// The p-value of McNemar's exact test.
    pub p_value: f64,
    /// Why, in a sentence.
    pub sentence: String,
}

impl Verdict {
    /// Says whether the proposal passed because it is better beyond chance, not merely no worse.
    pub fn is_decisive(&self, rule: Rule) -> bool {
        self.outcome == Outcome::Passed
            && self.pairs.fixed > self.pairs.broken
            && self.p_value <= rule.significance
    }
}

/// Judges a staging test.
///
/// Worse beyond chance fails. Better beyond chance passes. Else it passes only if the whole interval of the
/// difference lies above the margin; everything in between is inconclusive, as are too few cases.
pub fn verdict(pairs: Pairs, rule: Rule) -> Verdict {
    let n = pairs.total();
    let p_value = mcnemar_exact(pairs);
    let difference = paired_difference(pairs);
    let beyond_chance = p_value <= rule.significance;
    let is_no_worse = difference.is_some_and(|it| it.low >= -rule.margin);
    let (fixed, broken) = (pairs.fixed, pairs.broken);
    let (outcome, sentence) = if beyond_chance && broken > fixed {
        (
            Outcome::Failed,
            format!(
                "Worse: {broken} of {n} cases got worse and {fixed} got better, more than chance explains."
            ),
        )
    } else if n < rule.fewest_cases {
        (
            Outcome::Inconclusive,
            format!(
                "Too few cases to tell: {n}, and it takes {}. {broken} got worse and {fixed} got better.",
                rule.fewest_cases
            ),
        )
    } else if beyond_chance && fixed > broken {
        (
            Outcome::Passed,
            format!(
                "Better: {fixed} of {n} cases got better and {broken} got worse, more than chance explains."
            ),
        )
    } else if is_no_worse {
        (
            Outcome::Passed,
            format!(
                "Not worse by more than {} points: of {n} cases {fixed} got better and {broken} got worse.",
                points(rule.margin)
            ),
        )
    } else {
        (
            Outcome::Inconclusive,
            format!(
                "Not decisive: of {n} cases {fixed} got better and {broken} got worse, which chance alone may explain."
            ),
        )
    };
    Verdict {
        outcome,
        pairs,
        difference,
        p_value,
        sentence,
    }
}

fn points(share: f64) -> String {
    format!("{}", (share * 1_000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pairs: (u32, u32, u32, u32), expected: Outcome, sentence: &str) {
        let (both_right, fixed, broken, both_wrong) = pairs;
        let pairs = Pairs {
            both_right,
            fixed,
            broken,
            both_wrong,
        };
        let verdict = verdict(pairs, Rule::default());
        assert_eq!(
            (verdict.outcome, &*verdict.sentence),
            (expected, sentence),
            "{verdict:?}"
        );
    }

    #[test]
    fn better_beyond_chance_passes() {
        check(
            (20, 9, 1, 6),
            Outcome::Passed,
            "Better: 9 of 36 cases got better and 1 got worse, more than chance explains.",
        );
    }

    #[test]
    fn worse_beyond_chance_fails_even_with_few_cases() {
        check(
            (4, 0, 6, 0),
            Outcome::Failed,
            "Worse: 6 of 10 cases got worse and 0 got better, more than chance explains.",
        );
    }

    #[test]
    fn a_few_cases_each_way_are_inconclusive_and_that_is_no_pass() {
        check(
            (20, 4, 3, 9),
            Outcome::Inconclusive,
            "Not decisive: of 36 cases 4 got better and 3 got worse, which chance alone may explain.",
        );
    }

    #[test]
    fn too_few_cases_are_inconclusive_even_if_all_got_better() {
        check(
            (0, 12, 0, 0),
            Outcome::Inconclusive,
            "Too few cases to tell: 12, and it takes 20. 0 got worse and 12 got better.",
        );
        check(
            (0, 0, 0, 0),
            Outcome::Inconclusive,
            "Too few cases to tell: 0, and it takes 20. 0 got worse and 0 got better.",
        );
    }

    #[test]
    fn many_cases_without_a_difference_pass_as_no_worse() {
        check(
            (180, 3, 2, 15),
            Outcome::Passed,
            "Not worse by more than 5 points: of 200 cases 3 got better and 2 got worse.",
        );
    }

    #[test]
    fn only_a_pass_beyond_chance_is_decisive() {
        let decisive = |both_right, fixed, broken, both_wrong| {
            let pairs = Pairs {
                both_right,
                fixed,
                broken,
                both_wrong,
            };
            verdict(pairs, Rule::default()).is_decisive(Rule::default())
        };
        assert!(decisive(20, 9, 1, 6));
        assert!(!decisive(180, 3, 2, 15));
        assert!(!decisive(4, 0, 6, 0));
    }
}
