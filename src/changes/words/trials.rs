//! What a staging test takes and does, before it is begun; pure.

use review_api::{
    AgentTools, EstimateBasis, TestEstimate, TestOutcome, TestStanding, TestState, TestWay,
    TokenRange,
};
use review_core::{
    prices,
    words::{grouped, listed},
};

/// Says what a test takes with each case run so many times, and what that rests on.
pub(in crate::changes) fn takes(estimate: &TestEstimate, repeats: u32) -> String {
    if estimate.cases == 0 {
        return "Its rated interactions would be run, and it has none yet.".to_owned();
    }
    let tokens = estimate.tokens.times(u64::from(repeats));
    let n = estimate.measured;
    let rests_on = match estimate.basis {
        EstimateBasis::EarlierAnswers => format!(
            "by {} in earlier tests of this agent",
            counted(n, "answer", "answers")
        ),
        EstimateBasis::TheseInteractions if n == estimate.cases => {
            "by what these interactions took".to_owned()
        }
        EstimateBasis::TheseInteractions => format!("by what {n} of these interactions took"),
        EstimateBasis::NewestInteractions => format!(
            "by what its {} took",
            counted(n, "newest interaction", "newest interactions")
        ),
        EstimateBasis::Length | EstimateBasis::Unknown => {
            "a guess by the length of its prompt; nothing was measured yet".to_owned()
        }
    };
    let cost = estimate
        .cost
        .clone()
        .map(|cost| prices::times(cost, u64::from(repeats)));
    let cost = cost.map(|cost| format!(" Cost: {}.", prices::in_words(&cost)));
    format!(
        "{}, {} ({rests_on}).{} It stops before it goes over {} tokens.",
        counted(estimate.cases, "rated interaction", "rated interactions"),
        range(tokens),
        cost.unwrap_or_default(),
        grouped(tokens.high.saturating_mul(2)),
    )
}

fn range(tokens: TokenRange) -> String {
    let about = grouped(tokens.about);
    if tokens.low == tokens.high {
        return format!("about {about} tokens");
    }
    let (low, high) = (grouped(tokens.low), grouped(tokens.high));
    format!("about {about} tokens, nine times in ten between {low} and {high}")
}

fn counted(number: u32, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", grouped(u64::from(number))),
    }
}

/// Says what the agent's tools do in a test; nothing where it is tested without them.
pub(in crate::changes) fn tools(
    estimate: &TestEstimate,
    tools: &AgentTools,
    repeats: u32,
) -> Vec<String> {
    match estimate.way {
        Some(TestWay::Messages) => return Vec::new(),
        Some(_) => {}
        None => {
            return vec![
                "Whether the agent has tools, which would really run in the test, is known in a moment: it is \
                 being read."
                    .to_owned(),
            ];
        }
    }
    let sessions = u64::from(estimate.cases) * 2 * u64::from(repeats);
    let mut said = vec![format!(
        "The agent has tools, and they really run: the test is {} of the agent, as real as those with users. \
         Nothing is published, but what its tools do is done.",
        if sessions == 1 {
            "1 session".to_owned()
        } else {
            format!("{} sessions", grouped(sessions))
        },
    )];
    if !tools.servers.is_empty() {
        said.push(format!(
            "It may call {}: what it sends, books or deletes there is sent, booked or deleted.",
            names(&tools.servers)
        ));
    }
    if !tools.built_in.is_empty() {
        said.push(format!(
            "It may run commands, write files and fetch pages in its environment ({}).",
            names(&tools.built_in)
        ));
    }
    if !tools.skills.is_empty() {
        said.push(format!("It may use its skills ({}).", names(&tools.skills)));
    }
    if !tools.custom.is_empty() {
        said.push(format!(
            "Only your own program can run {}, and it does not take part: a case in which the agent asks for one of \
             them has no result.",
            names(&tools.custom)
        ));
    }
    said
}

/// Names in a sentence; of many only the first, so that the sentence stays one.
fn names(all: &[String]) -> String {
    const MOST: usize = 8;
    let mut shown: Vec<&str> = all.iter().take(MOST).map(String::as_str).collect();
    let more = match all.len().saturating_sub(MOST) {
        0 => None,
        1 => Some("1 more".to_owned()),
        more => Some(format!("{more} more")),
    };
    shown.extend(more.as_deref());
    listed(&shown)
}

/// Says in a word or two how the test of a change stands.
pub(in crate::changes) fn standing(
    test: Option<&TestStanding>,
    is_asked_for: bool,
) -> &'static str {
    match test {
        None if is_asked_for => "asked for, not run",
        None => "not run",
        Some(test) => word(test.state, test.outcome),
    }
}

/// Returns the word for how far a test is, or for what it came to.
pub(in crate::changes) fn word(state: TestState, outcome: Option<TestOutcome>) -> &'static str {
    match (state, outcome) {
        (TestState::Running, _) => "running",
        (TestState::Completed, Some(TestOutcome::Passed)) => "passed",
        (TestState::Completed, Some(TestOutcome::Failed)) => "failed",
        (TestState::Completed, _) => "inconclusive",
        (TestState::Canceled, _) => "called off",
        (TestState::OverBudget, _) => "stopped at its budget",
        (TestState::Failed, _) => "could not go on",
        (TestState::Unknown, _) => "not known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::Cost;

    fn estimate(basis: EstimateBasis, measured: u32) -> TestEstimate {
        TestEstimate {
            cases: 24,
            way: Some(TestWay::Sessions),
            tokens: TokenRange {
                low: 40_000,
                about: 48_000,
                high: 56_000,
            },
            cost: None,
            basis,
            measured,
        }
    }

    #[test]
    fn what_it_costs_is_said_where_there_is_a_price_and_else_that_there_is_none() {
        let mut priced = estimate(EstimateBasis::EarlierAnswers, 12);
        priced.cost = Some(Cost::Known {
            currency: "EUR".to_owned(),
            low: 100_000,
            about: 200_000,
            high: 300_000,
            left_out: 0,
        });
        let said = takes(&priced, 3);
        assert!(
            said.contains("Cost: about 0.60 EUR, nine times in ten between 0.30 EUR and 0.90 EUR."),
            "{said}"
        );
        priced.cost = Some(Cost::PriceNotSet {
            model: "m".to_owned(),
        });
        assert!(takes(&priced, 1).contains("Cost: price of m not set."));
    }

    #[test]
    fn what_a_test_takes_is_a_range_with_what_it_rests_on() {
        assert_eq!(
            takes(&estimate(EstimateBasis::EarlierAnswers, 12), 1),
            "24 rated interactions, about 48,000 tokens, nine times in ten between 40,000 and 56,000 (by 12 answers \
             in earlier tests of this agent). It stops before it goes over 112,000 tokens."
        );
        let thrice = takes(&estimate(EstimateBasis::TheseInteractions, 20), 3);
        assert!(
            thrice.contains("144,000") && thrice.contains("over 336,000"),
            "{thrice}"
        );
        assert!(thrice.contains("20 of these interactions"), "{thrice}");
        let all = takes(&estimate(EstimateBasis::TheseInteractions, 24), 1);
        assert!(all.contains("by what these interactions took"), "{all}");
        let mut guess = estimate(EstimateBasis::Length, 0);
        guess.cases = 1;
        guess.tokens.low = 56_000;
        let guess = takes(&guess, 1);
        assert!(
            guess.starts_with("1 rated interaction, about 48,000 tokens (a guess"),
            "{guess}"
        );
        let one = takes(&estimate(EstimateBasis::NewestInteractions, 1), 1);
        assert!(one.contains("its 1 newest interaction took"), "{one}");
    }

    #[test]
    fn what_really_runs_is_said_by_who_runs_it() {
        let all = AgentTools {
            built_in: vec!["agent_toolset_20260401".to_owned()],
            servers: vec!["crm".to_owned(), "mail".to_owned()],
            skills: vec!["xlsx".to_owned()],
            custom: (0..10).map(|n| format!("tool_{n}")).collect(),
        };
        let sessions = estimate(EstimateBasis::EarlierAnswers, 12);
        let said = tools(&sessions, &all, 3);
        assert_eq!(said.len(), 5);
        assert!(
            said[0].contains("144 sessions") && said[0].contains("really run"),
            "{said:?}"
        );
        assert!(said[1].contains("crm and mail"), "{said:?}");
        assert!(said[4].contains("tool_7 and 2 more, and it"), "{said:?}");
        let messages = TestEstimate {
            way: Some(TestWay::Messages),
            ..sessions.clone()
        };
        assert!(tools(&messages, &all, 1).is_empty());
        let unknown = TestEstimate {
            way: None,
            ..sessions
        };
        assert_eq!(tools(&unknown, &AgentTools::default(), 1).len(), 1);
    }

    #[test]
    fn a_test_that_is_asked_for_and_missing_is_told_from_one_that_is_not() {
        assert_eq!(standing(None, true), "asked for, not run");
        assert_eq!(standing(None, false), "not run");
        let mut test = TestStanding {
            id: "tst_1".to_owned(),
            state: TestState::Completed,
            outcome: Some(TestOutcome::Passed),
            is_decisive: false,
            sentence: None,
            worse: None,
        };
        assert_eq!(standing(Some(&test), true), "passed");
        test.outcome = Some(TestOutcome::Inconclusive);
        assert_eq!(standing(Some(&test), true), "inconclusive");
    }
}
