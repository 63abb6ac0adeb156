//! Staging tests: at most one at work for each change, taken up again where its process went away.

mod cases;
mod took;

pub use cases::{
    Candidate, KeptCase, Settled, answers_of, candidates, insert_cases, keep_answer, list_cases,
    settle_case, waiting_cases,
};
pub use took::{Took, earlier, spent_by_policy, took};

use super::{
    Conn, StoreResult, count, from_json, from_word, json, maybe_time, micros, signed, time, word,
};
use jiff::Timestamp;
use review_api::{
    AgentId, ChangeId, Cost, TestOutcome, TestStanding, TestState, TestWay, UserName,
};

/// A staging test as it is kept, without the figures that follow from its cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTest {
    /// Which test.
    pub id: String,
    /// The change that it tests.
    pub change_id: ChangeId,
    /// Whose prompt.
    pub agent_id: AgentId,
    /// The change's digest when it began.
    pub digest: String,
    /// How far it is.
    pub state: TestState,
    /// Why it did not come to its end.
    pub reason: Option<String>,
    /// How the answers are got.
    pub way: TestWay,
    /// The model that answers and judges.
    pub model: String,
    /// The version of the agent that it runs with; nothing for tests of earlier releases.
    pub agent_version: Option<u32>,
    /// Where sessions run.
    pub environment_id: Option<String>,
    /// The memory store that sessions may read.
    pub memory_store_id: Option<String>,
    /// How often each case is run.
    pub repeats: u32,
    /// Tokens that it may take.
    pub budget_tokens: u64,
    /// Tokens that it was estimated to take.
    pub estimated_tokens: u64,
    /// The upper end of that estimate; nothing for tests of earlier releases.
    pub estimated_most: Option<u64>,
    /// What that was to cost; nothing for tests of earlier releases.
    pub estimated_cost: Option<Cost>,
    /// What it came to.
    pub outcome: Option<TestOutcome>,
    /// Whether the proposal is better beyond chance.
    pub is_decisive: bool,
    /// What it came to, in a sentence.
    pub sentence: Option<String>,
    /// Who asked.
    pub asked_by: UserName,
    /// When.
    pub asked_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub state: TestState,
    /// Why it did not come to its end.
    pub reason: Option<String>,
    /// What it came to.
    pub outcome: TestOutcome,
    /// Whether the proposal is better beyond chance.
    pub is_decisive: bool,
    /// What it came to, in a sentence.
    pub sentence: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    change_id: String,
    agent_id: String,
    digest: String,
    state: String,
    reason: Option<String>,
    way: String,
    model: String,
    environment_id: Option<String>,
    memory_store_id: Option<String>,
    repeats: i64,
    budget_tokens: i64,
    estimated_tokens: i64,
    estimated_most: Option<i64>,
    estimated_cost: Option<String>,
    agent_version: Option<i64>,
    outcome: Option<String>,
    is_decisive: i64,
    sentence: Option<String>,
    asked_by: String,
    asked_at: i64,
    ended_at: Option<i64>,
}

impl Row {
    fn read(self) -> StoreResult<KeptTest> {
        Ok(KeptTest {
            id: self.id,
            change_id: self.change_id.into(),
            agent_id: self.agent_id.into(),
            digest: self.digest,
            state: from_word(&self.state)?,
            reason: self.reason,
            way: from_word(&self.way)?,
            model: self.model,
            agent_version: self.agent_version.map(count).transpose()?,
            environment_id: self.environment_id,
            memory_store_id: self.memory_store_id,
            repeats: count(self.repeats)?,
            budget_tokens: count(self.budget_tokens)?,
            estimated_tokens: count(self.estimated_tokens)?,
            estimated_most: self.estimated_most.map(count).transpose()?,
            estimated_cost: self.estimated_cost.as_deref().map(from_json).transpose()?,
            outcome: self.outcome.as_deref().map(from_word).transpose()?,
            is_decisive: self.is_decisive != 0,
            sentence: self.sentence,
            asked_by: self.asked_by.into(),
            asked_at: time(self.asked_at)?,
            ended_at: maybe_time(self.ended_at)?,
        })
    }
}

/// Keeps a new test at work, held by `holder`; taken (see [`super::StoreError::is_taken`]) where the change
/// has one at work.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert(
    conn: &mut Conn,
    test: &KeptTest,
    holder: &str,
    lease_until: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO staging_tests (id, change_id, agent_id, digest, state, way, model,
            environment_id, memory_store_id, repeats, budget_tokens, estimated_tokens, asked_by,
            asked_at, holder, lease_until, estimated_most, estimated_cost,
            agent_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19)",
    )
    .bind(&test.id)
    .bind(test.change_id.as_str())
    .bind(test.agent_id.as_str())
    .bind(&test.digest)
    .bind(word(test.state))
    .bind(word(test.way))
    .bind(&test.model)
    .bind(test.environment_id.as_deref())
    .bind(test.memory_store_id.as_deref())
    .bind(i64::from(test.repeats))
    .bind(signed(test.budget_tokens))
    .bind(signed(test.estimated_tokens))
    .bind(test.asked_by.as_str())
    .bind(micros(test.asked_at))
    .bind(holder)
    .bind(micros(lease_until))
    .bind(test.estimated_most.map(signed))
    .bind(test.estimated_cost.as_ref().map(json))
    .bind(test.agent_version.map(i64::from))
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns one test.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &str) -> StoreResult<Option<KeptTest>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM staging_tests WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(Row::read).transpose()
}

/// Returns the newest test of a change.
///
/// # Errors
/// If the database cannot be read.
pub async fn newest(conn: &mut Conn, change: &ChangeId) -> StoreResult<Option<KeptTest>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM staging_tests WHERE change_id = $1
         ORDER BY asked_at DESC, id DESC LIMIT 1",
    )
    .bind(change.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(Row::read).transpose()
}

/// Returns the test that counts for a change with this digest: the newest that came to its end, else the newest.
///
/// # Errors
/// If the database cannot be read.
pub async fn standing(
    conn: &mut Conn,
    change: &ChangeId,
    digest: &str,
) -> StoreResult<Option<TestStanding>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM staging_tests WHERE change_id = $1 AND digest = $2
         ORDER BY CASE WHEN state = 'completed' THEN 0 ELSE 1 END, asked_at DESC, id DESC LIMIT 1",
    )
    .bind(change.as_str())
    .bind(digest)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(test) = row.map(Row::read).transpose()? else {
        return Ok(None);
    };
    let worse = tally(conn, &test.id).await?.worse;
    Ok(Some(TestStanding {
        id: test.id,
        state: test.state,
        outcome: test.outcome,
        is_decisive: test.is_decisive,
        sentence: test.sentence,
        worse: Some(worse),
    }))
}

/// Takes up a test at work that nobody holds any more; nothing where there is none.
///
/// # Errors
/// If the database cannot be written.
pub async fn take(
    conn: &mut Conn,
    holder: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> StoreResult<Option<KeptTest>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM staging_tests WHERE state = 'running' AND lease_until < $1
         ORDER BY asked_at, id LIMIT 1",
    )
    .bind(micros(now))
    .fetch_optional(&mut *conn)
    .await?;
    let Some(test) = row.map(Row::read).transpose()? else {
        return Ok(None);
    };
    sqlx::query("UPDATE staging_tests SET holder = $2, lease_until = $3 WHERE id = $1")
        .bind(&test.id)
        .bind(holder)
        .bind(micros(lease_until))
        .execute(conn)
        .await?;
    Ok(Some(test))
}

/// Renews the lease of a test at work; says `false` if it has ended or is another's.
///
/// # Errors
/// If the database cannot be written.
pub async fn renew(
    conn: &mut Conn,
    id: &str,
    holder: &str,
    lease_until: Timestamp,
) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE staging_tests SET lease_until = $3
         WHERE id = $1 AND holder = $2 AND state = 'running'",
    )
    .bind(id)
    .bind(holder)
    .bind(micros(lease_until))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes how a test at work ended; says `false` if it had ended already.
///
/// # Errors
/// If the database cannot be written.
pub async fn end(conn: &mut Conn, id: &str, ending: &Ending, at: Timestamp) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE staging_tests SET state = $2, reason = $3, outcome = $4, is_decisive = $5,
            sentence = $6, ended_at = $7, holder = NULL, lease_until = NULL
         WHERE id = $1 AND state = 'running'",
    )
    .bind(id)
    .bind(word(ending.state))
    .bind(ending.reason.as_deref())
    .bind(word(ending.outcome))
    .bind(i64::from(ending.is_decisive))
    .bind(&ending.sentence)
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What the cases of a test came to so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases that wait.
    pub waiting: u32,
    /// Rated interactions that are no case.
    pub left_out: u32,
    /// Cases without a result.
    pub failed: u32,
    /// Right before, wrong with the proposal.
    pub worse: u32,
    /// Wrong before, right with the proposal.
    pub better: u32,
    /// Right both times.
    pub both_right: u32,
    /// Wrong both times.
    pub both_wrong: u32,
    /// Tokens that its answers took.
    pub tokens: u64,
}

impl Tally {
    /// Cases in all.
    pub fn cases(&self) -> u32 {
        self.waiting + self.left_out + self.failed + self.with_result()
    }

    /// Cases that have their result.
    pub fn with_result(&self) -> u32 {
        self.worse + self.better + self.both_right + self.both_wrong
    }
}

/// Counts the cases of a test by how they came out.
///
/// # Errors
/// If the database cannot be read.
pub async fn tally(conn: &mut Conn, id: &str) -> StoreResult<Tally> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT state, COUNT(*) FROM staging_test_cases WHERE test_id = $1 GROUP BY state",
    )
    .bind(id)
    .fetch_all(&mut *conn)
    .await?;
    let mut tally = Tally::default();
    for (state, cases) in rows {
        let cases = count(cases)?;
        match state.as_str() {
            "waiting" => tally.waiting = cases,
            "left_out" => tally.left_out = cases,
            "worse" => tally.worse = cases,
            "better" => tally.better = cases,
            "both_right" => tally.both_right = cases,
            "both_wrong" => tally.both_wrong = cases,
            _ => tally.failed = cases,
        }
    }
    let (tokens,): (i64,) = sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(tokens), 0) AS BIGINT) FROM staging_test_answers WHERE test_id = $1",
    )
    .bind(id)
    .fetch_one(conn)
    .await?;
    tally.tokens = count(tokens)?;
    Ok(tally)
}
