//! What a staging test would take, by what the agent took before.

use super::Tester;
use crate::error::Result;
use crate::store::staging_tests::{self, Candidate, Took};
use crate::store::{Conn, agents, interactions};
use review_api::{Change, Check, EstimateBasis, TestEstimate, TestWay, TokenRange, Usage};
use review_core::estimate::of_sum;
use review_core::prices::cost_of_sum;

/// Most answers and interactions that are gone by.
const MOST_SEEN: u32 = 200;
/// Tokens that judging an answer takes, where none was measured.
const JUDGED: Usage = Usage {
    input_tokens: 1_000,
    output_tokens: 200,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
};
/// Bytes of English text in a token, roughly.
const BYTES_PER_TOKEN: u64 = 4;

impl Tester {
    /// Works out what running each case once would take.
    ///
    /// A session plays what the user said in the interaction again, with the same agent and tools, so what the
    /// interaction took says most about what its case will take; earlier answers, which have the judge's tokens in
    /// them, say more. A question to the model alone is not like a session, and so is not estimated by one.
    pub(super) async fn estimate(
        &self,
        conn: &mut Conn,
        change: &Change,
        cases: &[Candidate],
        way: Option<TestWay>,
        model: Option<&str>,
    ) -> Result<TestEstimate> {
        let agent = &change.summary.agent_id;
        // While it is not known, the dearer way.
        let assumed = way.unwrap_or(TestWay::Sessions);
        let earlier = staging_tests::earlier(conn, agent, assumed, MOST_SEEN).await?;
        let by_interactions = earlier.is_empty() && assumed == TestWay::Sessions;
        let of_cases: Vec<Took> = cases
            .iter()
            .filter_map(|case| case.usage)
            .map(whole)
            .collect();
        let (basis, seen) = if !by_interactions {
            (EstimateBasis::EarlierAnswers, earlier)
        } else if !of_cases.is_empty() {
            (EstimateBasis::TheseInteractions, of_cases)
        } else {
            let newest = interactions::newest_usage(conn, agent, MOST_SEEN).await?;
            let newest = newest.into_iter().map(whole).collect();
            (EstimateBasis::NewestInteractions, newest)
        };
        let pairs = u64::try_from(cases.len()).unwrap_or(u64::MAX);
        let answers = pairs.saturating_mul(2);
        let tokens: Vec<u64> = seen.iter().map(|it| it.tokens).collect();
        let (basis, tokens) = if let Some(tokens) = of_sum(&tokens, answers) {
            (basis, tokens)
        } else {
            let chars = agents::prompt_chars(conn, agent).await?.unwrap_or(0);
            (EstimateBasis::Length, by_length(change, chars, pairs))
        };
        let judging = if basis == EstimateBasis::EarlierAnswers {
            Usage::default()
        } else {
            let judged = cases.iter().filter(|case| has_judge(case)).count();
            times_as_much(JUDGED, 2 * u64::try_from(judged).unwrap_or(u64::MAX / 2))
        };
        let by_kind: Vec<Usage> = seen.iter().filter_map(|it| it.usage).collect();
        let cost = model.map(|model| cost_of_sum(&self.prices, model, &by_kind, answers, judging));
        let more = judging.total();
        Ok(TestEstimate {
            cases: u32::try_from(cases.len()).unwrap_or(u32::MAX),
            way,
            tokens: TokenRange {
                low: tokens.low.saturating_add(more),
                about: tokens.about.saturating_add(more),
                high: tokens.high.saturating_add(more),
            },
            cost,
            basis,
            measured: u32::try_from(seen.len()).unwrap_or(u32::MAX),
        })
    }
}

fn whole(usage: Usage) -> Took {
    Took {
        tokens: usage.total(),
        usage: Some(usage),
    }
}

/// What a question and its answer are taken to have, in tokens, where nothing was measured: a paragraph or two.
const QUESTION_AND_ANSWER: u64 = 400;

/// A guess: each answer reads a prompt and a question. Tools that are called make it read them again.
fn by_length(change: &Change, prompt_chars: u64, pairs: u64) -> TokenRange {
    let bytes = if change.memory.is_some() {
        prompt_chars.saturating_mul(2)
    } else {
        let bytes = change.base.text.len().saturating_add(change.proposed.len());
        u64::try_from(bytes).unwrap_or(u64::MAX)
    };
    let tokens = (bytes / BYTES_PER_TOKEN + 2 * QUESTION_AND_ANSWER).saturating_mul(pairs);
    TokenRange {
        low: tokens,
        about: tokens,
        high: tokens,
    }
}

fn times_as_much(usage: Usage, factor: u64) -> Usage {
    let times = |tokens: u64| tokens.saturating_mul(factor);
    Usage {
        input_tokens: times(usage.input_tokens),
        output_tokens: times(usage.output_tokens),
        cache_read_input_tokens: times(usage.cache_read_input_tokens),
        cache_creation_input_tokens: times(usage.cache_creation_input_tokens),
    }
}

/// Says whether a model judges the answers to a case.
fn has_judge(case: &Candidate) -> bool {
    matches!(&case.label.check, None | Some(Check::Judged { .. }))
}
