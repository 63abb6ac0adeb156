//! What a staging test comes to, from the cases that have their result.

use crate::error::{Error, Result};
use crate::store::Conn;
use crate::store::staging_tests::{self, Ending, Tally, Took};
use review_api::{Accuracy, Cost, Prices, StagingTest, TestOutcome, TestState, Usage};
use review_core::prices::cost_of_part;
use review_core::stats::{Outcome, Pairs, Rule, Verdict, verdict, wilson};

/// Largest share of cases, as one in so many, that may be without a result in a test that decides.
const ONE_IN: u32 = 10;

fn pairs(tally: &Tally) -> Pairs {
    Pairs {
        both_right: tally.both_right,
        fixed: tally.better,
        broken: tally.worse,
        both_wrong: tally.both_wrong,
    }
}

fn word(outcome: Outcome) -> TestOutcome {
    match outcome {
        Outcome::Passed => TestOutcome::Passed,
        Outcome::Failed => TestOutcome::Failed,
        Outcome::Inconclusive => TestOutcome::Inconclusive,
    }
}

/// Returns how a test ends in `state`.
///
/// One that did not come to its end is inconclusive whatever it has so far: who stops when the figures look
/// good would find a pass in any proposal. Likewise one in which too many cases have no result.
pub fn ending(tally: &Tally, state: TestState, reason: Option<String>) -> Ending {
    let rule = Rule::default();
    let verdict = verdict(pairs(tally), rule);
    let is_whole = state == TestState::Completed;
    let is_thin = tally.failed > tally.with_result().saturating_add(tally.failed) / ONE_IN;
    let (outcome, sentence) = if !is_whole {
        let sentence = format!(
            "It did not come to its end, so it decides nothing. By then: {}",
            verdict.sentence
        );
        (TestOutcome::Inconclusive, sentence)
    } else if is_thin && verdict.outcome == Outcome::Passed {
        let sentence = format!(
            "{} cases have no result, which is too many to decide by the others. Of those: {}",
            tally.failed, verdict.sentence
        );
        (TestOutcome::Inconclusive, sentence)
    } else {
        (word(verdict.outcome), verdict.sentence.clone())
    };
    Ending {
        state,
        reason,
        is_decisive: outcome == TestOutcome::Passed && verdict.is_decisive(rule),
        outcome,
        sentence,
    }
}

/// Returns a test with its figures so far.
///
/// # Errors
/// If there is none, or the database cannot be read.
pub async fn test(conn: &mut Conn, id: &str, prices: &Prices) -> Result<StagingTest> {
    let kept = staging_tests::get(conn, id).await?;
    let kept = kept.ok_or_else(|| Error::not_found("staging test", id))?;
    let tally = staging_tests::tally(conn, id).await?;
    let took = staging_tests::took(conn, id).await?;
    let cost = (!took.is_empty()).then(|| spent(prices, &kept.model, &took));
    let Verdict {
        pairs,
        difference,
        p_value,
        sentence,
        ..
    } = verdict(pairs(&tally), Rule::default());
    let accuracy = |right: u32| {
        let interval = wilson(right, pairs.total())?;
        Some(Accuracy {
            right,
            cases: pairs.total(),
            low: interval.low,
            high: interval.high,
        })
    };
    Ok(StagingTest {
        id: kept.id,
        change_id: kept.change_id,
        digest: kept.digest,
        state: kept.state,
        reason: kept.reason,
        way: kept.way,
        model: kept.model,
        repeats: kept.repeats,
        budget_tokens: kept.budget_tokens,
        estimated_tokens: kept.estimated_tokens,
        estimated_most: kept.estimated_most,
        estimated_cost: kept.estimated_cost,
        cost,
        tokens: tally.tokens,
        cases: tally.cases(),
        waiting: tally.waiting,
        left_out: tally.left_out,
        failed: tally.failed,
        worse: tally.worse,
        better: tally.better,
        before: accuracy(pairs.right_before()),
        after: accuracy(pairs.right_after()),
        difference: difference.map(|it| [it.low, it.high]),
        p_value,
        outcome: kept.outcome,
        sentence: kept.sentence.unwrap_or(sentence),
        asked_by: kept.asked_by,
        asked_at: kept.asked_at,
        ended_at: kept.ended_at,
    })
}

/// Returns what answers cost; those whose tokens are not known by kind are counted beside it.
fn spent(prices: &Prices, model: &str, took: &[Took]) -> Cost {
    let known = took.iter().filter_map(|it| it.usage);
    let sum = known.clone().fold(Usage::default(), Usage::plus);
    let left_out = took.len() - known.count();
    let left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
    let sum = (took.iter().any(|it| it.usage.is_some())).then_some(sum);
    cost_of_part(prices, Some(model), sum, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(better: u32, both_right: u32, failed: u32) -> Tally {
        Tally {
            failed,
            better,
            both_right,
            ..Tally::default()
        }
    }

    #[test]
    fn only_a_test_that_came_to_its_end_passes() {
        let good = tally(20, 10, 0);
        let passed = ending(&good, TestState::Completed, None);
        assert_eq!(
            (passed.outcome, passed.is_decisive),
            (TestOutcome::Passed, true)
        );
        for state in [
            TestState::Canceled,
            TestState::OverBudget,
            TestState::Failed,
        ] {
            let stopped = ending(&good, state, Some("It stopped.".to_owned()));
            assert_eq!(stopped.outcome, TestOutcome::Inconclusive);
            assert!(!stopped.is_decisive);
        }
    }

    #[test]
    fn a_cost_says_how_many_answers_it_does_not_know() {
        let lines = ["m=1/0/0/0".to_owned()];
        let prices = review_core::prices::read(Some("EUR"), &lines).unwrap();
        let took = |input: Option<u64>| Took {
            tokens: 7,
            usage: input.map(|input_tokens| Usage {
                input_tokens,
                ..Usage::default()
            }),
        };
        let cost = spent(&prices, "m", &[took(Some(3)), took(None), took(Some(4))]);
        let known = matches!(
            cost,
            Cost::Known {
                about: 7,
                left_out: 1,
                ..
            }
        );
        assert!(known, "{cost:?}");
        assert_eq!(spent(&prices, "m", &[took(None)]), Cost::NotMeasured);
        let other = spent(&prices, "other", &[took(Some(3))]);
        assert!(matches!(other, Cost::PriceNotSet { .. }), "{other:?}");
    }

    #[test]
    fn too_many_cases_without_a_result_are_no_pass() {
        let few = ending(&tally(20, 10, 3), TestState::Completed, None);
        assert_eq!(few.outcome, TestOutcome::Passed);
        let many = ending(&tally(20, 10, 4), TestState::Completed, None);
        assert_eq!(many.outcome, TestOutcome::Inconclusive);
        assert!(
            many.sentence.starts_with("4 cases have no result"),
            "{}",
            many.sentence
        );
    }
}
