//! Staging tests: the labelled cases run with what is there and with what is proposed.

use crate::{ChangeId, Cost, InteractionId, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most cases of one staging test.
pub const MAX_TEST_CASES: u32 = 200;

/// How far a staging test is, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TestState {
    /// At work.
    Running,
    /// Every case has its result.
    Completed,
    /// Called off by somebody, or because the change is another one by now.
    Canceled,
    /// Stopped at its budget.
    OverBudget,
    /// The platform would not go on.
    Failed,
    /// A state that this release does not know.
    #[serde(other)]
    Unknown,
}

/// What a staging test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// The proposal is better, or not worse by more than the margin.
    Passed,
    /// The proposal is worse, and chance alone does not explain it.
    Failed,
    /// The cases do not tell. That is not a pass.
    Inconclusive,
    /// An outcome that this release does not know.
    #[serde(other)]
    Unknown,
}

/// How the answers are got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TestWay {
    /// The agent's model is asked with the prompt; for agents without tools.
    Messages,
    /// A session of the agent with another prompt, whose tools really run.
    Sessions,
    /// A way that this release does not know.
    #[serde(other)]
    Unknown,
}

/// The staging test that counts for a change as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestStanding {
    /// Which test.
    pub id: String,
    /// How far it is, or how it ended.
    pub state: TestState,
    /// What it came to; nothing while it runs.
    #[serde(default)]
    pub outcome: Option<TestOutcome>,
    /// Whether the proposal is better beyond chance, not merely no worse.
    #[serde(default)]
    pub is_decisive: bool,
    /// What it came to, in a sentence.
    #[serde(default)]
    pub sentence: Option<String>,
    /// Cases that were right before and are wrong with the proposal; nothing where that is not told.
    #[serde(default)]
    pub worse: Option<u32>,
}

/// Right answers among cases, with Wilson's 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accuracy {
    /// Cases answered right.
    pub right: u32,
    /// Cases.
    pub cases: u32,
    /// Lower end of the interval, 0 to 1.
    pub low: f64,
    /// Upper end of the interval, 0 to 1.
    pub high: f64,
}

/// A staging test, with its figures so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StagingTest {
    /// Which test (`tst_…`).
    pub id: String,
    /// The change that it tests.
    pub change_id: ChangeId,
    /// The change's digest when it began: the only one that it says something about.
    pub digest: String,
    /// How far it is, or how it ended.
    pub state: TestState,
    /// Why it did not come to its end.
    #[serde(default)]
    pub reason: Option<String>,
    /// How the answers are got.
    pub way: TestWay,
    /// The model that answers, and judges.
    pub model: String,
    /// How often each case is run; it is right if most of the runs are.
    pub repeats: u32,
    /// Tokens that it may take; it stops before a case that would go over.
    pub budget_tokens: u64,
    /// Tokens that it was estimated to take.
    pub estimated_tokens: u64,
    /// The upper end of that estimate; nothing for tests of earlier releases.
    #[serde(default)]
    pub estimated_most: Option<u64>,
    /// What that was to cost, at the prices that were set then; nothing for tests of earlier releases.
    #[serde(default)]
    pub estimated_cost: Option<Cost>,
    /// Tokens that it took so far, those of the judge included.
    pub tokens: u64,
    /// What that cost so far; nothing before the first answer.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// Cases chosen.
    pub cases: u32,
    /// Cases that wait.
    pub waiting: u32,
    /// Rated interactions that turned out to be no case.
    pub left_out: u32,
    /// Cases without a result, because the platform gave none.
    pub failed: u32,
    /// Cases that were right before and are wrong with the proposal.
    pub worse: u32,
    /// Cases that were wrong before and are right with the proposal.
    pub better: u32,
    /// Accuracy with what is there; nothing while no case has its result.
    #[serde(default)]
    pub before: Option<Accuracy>,
    /// Accuracy with what is proposed.
    #[serde(default)]
    pub after: Option<Accuracy>,
    /// Lower and upper end of the 95 % interval of the difference, after less before.
    #[serde(default)]
    pub difference: Option<[f64; 2]>,
    /// The p-value of `McNemar`'s exact test, two-sided.
    pub p_value: f64,
    /// What it came to; nothing while it runs.
    #[serde(default)]
    pub outcome: Option<TestOutcome>,
    /// What it came to, or would by now, in a sentence.
    pub sentence: String,
    /// Who asked for it.
    pub asked_by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub asked_at: Timestamp,
    /// When it ended.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Timestamp>,
}

/// A number of tokens that is not known exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRange {
    /// Lower end.
    pub low: u64,
    /// The most likely number.
    pub about: u64,
    /// Upper end; as high as the lower one where nothing is known of how it varies.
    pub high: u64,
}

impl TokenRange {
    /// Returns the range of so many times as much.
    #[must_use]
    pub fn times(self, factor: u64) -> Self {
        Self {
            low: self.low.saturating_mul(factor),
            about: self.about.saturating_mul(factor),
            high: self.high.saturating_mul(factor),
        }
    }
}

/// What the estimate of a staging test rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EstimateBasis {
    /// Answers of earlier staging tests of the agent.
    EarlierAnswers,
    /// What the interactions took that would be run again.
    TheseInteractions,
    /// What the agent's newest interactions took.
    NewestInteractions,
    /// The length of its prompt: a guess.
    Length,
    /// Something that this release does not know.
    #[serde(other)]
    Unknown,
}

/// What a staging test would take, with each case run once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestEstimate {
    /// Rated interactions that would be tried, at most [`MAX_TEST_CASES`].
    pub cases: u32,
    /// How the answers would be got; nothing while the agent has not been read since an upgrade.
    #[serde(default)]
    pub way: Option<TestWay>,
    /// Tokens: about so many, and nine times in ten between the ends.
    pub tokens: TokenRange,
    /// What that will cost; nothing where the model is not known.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// What that rests on.
    pub basis: EstimateBasis,
    /// On how many answers or interactions it rests; 0 for a guess.
    pub measured: u32,
}

/// What an agent can do besides answering.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AgentTools {
    /// Tools of the platform, which run in the session's environment: a toolset's type, or a tool's name.
    pub built_in: Vec<String>,
    /// MCP servers, which are really called.
    pub servers: Vec<String>,
    /// Skills.
    pub skills: Vec<String>,
    /// Tools that only the agent's own program can run.
    pub custom: Vec<String>,
}

impl AgentTools {
    /// Says whether it can do nothing but answer.
    pub fn is_empty(&self) -> bool {
        self.built_in.is_empty()
            && self.servers.is_empty()
            && self.skills.is_empty()
            && self.custom.is_empty()
    }
}

/// Answer of `GET /api/changes/{id}/test`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestReport {
    /// What a test would take now.
    pub estimate: TestEstimate,
    /// What the agent's tools are, which really run in a test in sessions.
    #[serde(default)]
    pub tools: AgentTools,
    /// The newest test of the change.
    #[serde(default)]
    pub newest: Option<StagingTest>,
    /// Whether the newest test is of the change as it is now; an edit or a moved base voids it.
    pub is_current: bool,
}

/// How a case came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Right before, wrong with the proposal.
    Worse,
    /// Wrong before, right with the proposal.
    Better,
    /// Wrong both times.
    BothWrong,
    /// Right both times.
    BothRight,
    /// The platform gave no result.
    Failed,
    /// Not run yet.
    Waiting,
    /// It turned out to be no case.
    LeftOut,
    /// A state that this release does not know.
    #[serde(other)]
    Unknown,
}

/// One answer in a staging test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestAnswer {
    /// Whether the proposal gave it; else what is there did.
    pub is_proposal: bool,
    /// Which of the runs of the case, from 1.
    pub run: u32,
    /// The answer.
    pub text: String,
    /// Whether it is right; nothing where there was no answer, or no judgement.
    #[serde(default)]
    pub is_right: Option<bool>,
    /// Why, as the check or the judge has it, or what went wrong.
    pub why: String,
    /// Tokens that it took, those of the judge included.
    pub tokens: u64,
}

/// One case of a staging test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestCase {
    /// Its place in the test, from 0.
    pub place: u32,
    /// The interaction that it was made of.
    pub interaction_id: InteractionId,
    /// What that was about.
    pub title: String,
    /// How it came out.
    pub state: CaseState,
    /// Why it was left out or failed.
    #[serde(default)]
    pub reason: Option<String>,
    /// What the user said last; empty while it waits.
    pub question: String,
    /// What a right answer is held against, in words; empty while it waits.
    pub expectation: String,
    /// The answers, those of what is there first.
    pub answers: Vec<TestAnswer>,
}

/// Body of `POST /api/changes/{id}/test`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartTest {
    /// How often each case is run: 1, 3 or 5; 1 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// Tokens that it may take; twice the upper end of the estimate where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_tokens: Option<u64>,
}
