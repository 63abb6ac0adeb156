//! One case: its transcript read, its answers got and judged, both sides compared.

use super::answering::{Given, Side};
use super::judging::{grade, in_words};
use super::working::{Stop, Work};
use crate::dreaming::transcript;
use crate::platform::{PlatformError, Trouble};
use crate::store::staging_tests::{self, KeptCase, Settled};
use review_api::{CaseState, LogEvent, TestAnswer, TestState, Usage};
use review_core::cases::{Case, NoCase, case};
use std::time::Duration;

/// Most pages of a transcript that are read for a case.
const MOST_PAGES: usize = 10;
/// Pauses before a question that was not taken is put again.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
];
/// Longest pause that the platform may ask for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Work {
    /// Reads the transcript of a case; without one, says how the case comes out and why.
    pub(super) async fn read(
        &self,
        kept: &KeptCase,
    ) -> std::result::Result<std::result::Result<Case, (CaseState, String)>, Stop> {
        let id = kept.candidate.interaction_id.as_str();
        let mut events: Vec<LogEvent> = Vec::new();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            match transcript::page(&self.tester.platform, id, 100, cursor.as_deref(), None).await {
                Ok(page) => {
                    events.extend(page.items);
                    cursor = page.next_cursor;
                }
                Err(error) => return Ok(Err((CaseState::Failed, error.to_string()))),
            }
            if cursor.is_none() {
                break;
            }
        }
        let made = if cursor.is_some() {
            Err(NoCase::NotWhole)
        } else {
            case(&events, &kept.candidate.label)
        };
        Ok(made.map_err(|why| (CaseState::LeftOut, why.sentence().to_owned())))
    }

    /// Gets every answer to a case that is not there yet, and compares those of both sides.
    pub(super) async fn compare(
        &self,
        place: u32,
        case: &Case,
    ) -> std::result::Result<Settled, Stop> {
        for run in 1..=self.test.repeats {
            for is_proposal in [false, true] {
                let mut read = self.tester.store.read().await?;
                let known = staging_tests::answers_of(&mut read, &self.test.id, place).await?;
                let kept = staging_tests::get(&mut read, &self.test.id).await?;
                drop(read);
                if known
                    .iter()
                    .any(|it| it.is_proposal == is_proposal && it.run == run)
                {
                    continue;
                }
                let goes_on = kept.is_some_and(|kept| kept.state == TestState::Running);
                if !goes_on || self.tester.stop.is_cancelled() {
                    return Err(Stop::Quiet);
                }
                let (answer, usage) = self.one(case, is_proposal, run).await?;
                let mut write = self.tester.store.write().await?;
                staging_tests::keep_answer(&mut write, &self.test.id, place, &answer, usage)
                    .await?;
                write.commit().await?;
            }
        }
        let mut read = self.tester.store.read().await?;
        let answers = staging_tests::answers_of(&mut read, &self.test.id, place).await?;
        let (state, reason) = outcome(&answers, self.test.repeats);
        Ok(Settled {
            state,
            reason,
            question: case.question().to_owned(),
            expectation: in_words(&case.expectation),
        })
    }

    /// Returns what the agent has on one side.
    fn side(&self, is_proposal: bool) -> Side<'_> {
        let change = &self.change;
        let version = self.test.agent_version.unwrap_or(change.base.version);
        if let Some(stores) = &self.stores {
            let store = if is_proposal {
                &stores.proposal
            } else {
                &stores.base
            };
            return Side {
                version,
                prompt: None,
                memory_store_id: Some(store),
            };
        }
        let prompt = if is_proposal {
            &change.proposed
        } else {
            &change.base.text
        };
        Side {
            version,
            prompt: Some(prompt),
            memory_store_id: self.test.memory_store_id.as_deref(),
        }
    }

    /// Gets one answer, and judges it; with what both took, where the platform says so.
    async fn one(
        &self,
        case: &Case,
        is_proposal: bool,
        run: u32,
    ) -> std::result::Result<(TestAnswer, Option<Usage>), Stop> {
        let side = self.side(is_proposal);
        let tester = &self.tester;
        let mut answer = TestAnswer {
            is_proposal,
            run,
            text: String::new(),
            is_right: None,
            why: String::new(),
            tokens: 0,
        };
        let given = self
            .patiently(|| tester.answer(&self.test, &side, case))
            .await?;
        let Given {
            answer: given,
            usage,
        } = match given {
            Ok(given) => given,
            Err(error) => {
                answer.why = error.sentence();
                return Ok((answer, None));
            }
        };
        answer.tokens = usage.map_or(0, Usage::total);
        match given {
            Ok(text) => answer.text = text,
            Err(why) => return Ok((TestAnswer { why, ..answer }, usage)),
        }
        let model = &self.test.model;
        let judged = self
            .patiently(|| grade(&tester.platform, model, case, &answer.text))
            .await?;
        let usage = match judged {
            Ok(grade) => {
                answer.is_right = grade.is_right;
                answer.why = grade.why;
                answer.tokens = answer.tokens.saturating_add(grade.usage.total());
                usage.map(|usage| usage.plus(grade.usage))
            }
            Err(error) => {
                answer.why = error.sentence();
                usage
            }
        };
        Ok((answer, usage))
    }

    /// Puts a question again that was not taken; stops the test where none would be.
    ///
    /// One that may have been taken is not put again: it may have been paid for.
    async fn patiently<T, F: Future<Output = std::result::Result<T, PlatformError>>>(
        &self,
        mut question: impl FnMut() -> F,
    ) -> std::result::Result<std::result::Result<T, PlatformError>, Stop> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let error = match question().await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(error) => error,
            };
            match error.trouble {
                Trouble::KeyRefused
                | Trouble::Forbidden
                | Trouble::Spending
                | Trouble::FeatureOff
                | Trouble::NotFound => return Err(Stop::Refused(error.sentence())),
                Trouble::RateLimited | Trouble::Overloaded | Trouble::Unreachable => {}
                _ => return Ok(Err(error)),
            }
            let Some(pause) = pauses.next() else {
                return Ok(Err(error));
            };
            let pause = error.retry_after.unwrap_or(pause).min(LONGEST_PAUSE);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.tester.stop.cancelled() => return Err(Stop::Quiet),
            }
        }
    }
}

/// Says how a case came out: each side is right if most of its runs are.
fn outcome(answers: &[TestAnswer], repeats: u32) -> (CaseState, Option<String>) {
    if let Some(missing) = answers.iter().find(|answer| answer.is_right.is_none()) {
        return (CaseState::Failed, Some(missing.why.clone()));
    }
    let is_right = |is_proposal: bool| {
        let answers = answers.iter().filter(|it| it.is_proposal == is_proposal);
        let right = answers.filter(|it| it.is_right == Some(true)).count();
        right * 2 > usize::try_from(repeats).unwrap_or(usize::MAX)
    };
    let state = match (is_right(false), is_right(true)) {
        (true, true) => CaseState::BothRight,
        (true, false) => CaseState::Worse,
        (false, true) => CaseState::Better,
        (false, false) => CaseState::BothWrong,
    };
    (state, None)
}
