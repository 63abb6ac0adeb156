//! The cases of staging tests, and the answers that they got.

use crate::store::kinds::KindsRow;
use crate::store::{Conn, StoreResult, count, from_json, from_word, json, signed, word};
use review_api::{AgentId, CaseState, Check, InteractionId, Rating, TestAnswer, TestCase, Usage};
use review_core::cases::Label;

/// A rated interaction that may become a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which interaction.
    pub interaction_id: InteractionId,
    /// What it was about.
    pub title: String,
    /// Tokens that it took; nothing where that is not known.
    pub usage: Option<Usage>,
    /// What was said about it, by the newest rating that says what would be right, else by the newest.
    pub label: Label,
}

/// A case that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCase {
    /// Its place in the test.
    pub place: u32,
    /// What it is made of.
    pub candidate: Candidate,
}

/// How a case came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// How.
    pub state: CaseState,
    /// Why it was left out or failed.
    pub reason: Option<String>,
    /// What the user said last.
    pub question: String,
    /// What a right answer is held against, in words.
    pub expectation: String,
}

#[derive(sqlx::FromRow)]
struct Rated {
    interaction_id: String,
    title: String,
    rating: String,
    expected: Option<String>,
    expected_check: Option<String>,
    #[sqlx(flatten)]
    kinds: KindsRow,
}

impl Rated {
    fn read(self) -> StoreResult<Candidate> {
        Ok(Candidate {
            interaction_id: self.interaction_id.into(),
            title: self.title,
            usage: self.kinds.read()?,
            label: Label {
                rating: from_word(&self.rating)?,
                expected: self.expected,
                check: self.expected_check.as_deref().map(from_json).transpose()?,
            },
        })
    }
}

/// Lists an agent's rated interactions, newest rating first, one candidate for each.
///
/// # Errors
/// If the database cannot be read.
pub async fn candidates(
    conn: &mut Conn,
    agent: &AgentId,
    most: u32,
) -> StoreResult<Vec<Candidate>> {
    let rows: Vec<Rated> = sqlx::query_as(
        "SELECT f.interaction_id, i.title, f.rating, f.expected, f.expected_check,
            i.input_tokens, i.output_tokens, i.cache_read_input_tokens,
            i.cache_creation_input_tokens
         FROM feedback f JOIN interactions i ON i.id = f.interaction_id
         WHERE f.agent_id = $1 ORDER BY f.created_at DESC, f.id DESC LIMIT 2000",
    )
    .bind(agent.as_str())
    .fetch_all(conn)
    .await?;
    let mut found: Vec<Candidate> = Vec::new();
    for row in rows {
        let candidate = row.read()?;
        let says_what = |label: &Label| label.expected.is_some() || label.check.is_some();
        let known = found
            .iter_mut()
            .find(|it| it.interaction_id == candidate.interaction_id);
        match known {
            Some(known) if !says_what(&known.label) && says_what(&candidate.label) => {
                known.label = candidate.label;
            }
            Some(_) => {}
            None => found.push(candidate),
        }
    }
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(found)
}

/// Keeps the cases of a new test, in this order.
///
/// # Errors
/// If the database cannot be written.
pub async fn insert_cases(conn: &mut Conn, test: &str, cases: &[Candidate]) -> StoreResult<()> {
    for (place, case) in (0_i64..).zip(cases) {
        sqlx::query(
            "INSERT INTO staging_test_cases (test_id, place, interaction_id, title, rating,
                expected, expected_check, state, severity)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(test)
        .bind(place)
        .bind(case.interaction_id.as_str())
        .bind(&case.title)
        .bind(case.label.rating.as_str())
        .bind(case.label.expected.as_deref())
        .bind(case.label.check.as_ref().map(json))
        .bind(word(CaseState::Waiting))
        .bind(severity(CaseState::Waiting))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Where a state stands in the list: what got worse comes first.
fn severity(state: CaseState) -> i64 {
    match state {
        CaseState::Worse => 0,
        CaseState::Better => 1,
        CaseState::BothWrong => 2,
        CaseState::Failed => 3,
        CaseState::BothRight => 4,
        CaseState::Waiting => 5,
        CaseState::LeftOut | CaseState::Unknown => 6,
    }
}

/// Lists the cases of a test that wait, in order.
///
/// # Errors
/// If the database cannot be read.
pub async fn waiting_cases(conn: &mut Conn, test: &str) -> StoreResult<Vec<KeptCase>> {
    type Row = (i64, String, String, String, Option<String>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT place, interaction_id, title, rating, expected, expected_check
         FROM staging_test_cases WHERE test_id = $1 AND state = 'waiting' ORDER BY place",
    )
    .bind(test)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(place, id, title, rating, expected, check)| {
            let rating: Rating = from_word(&rating)?;
            let check: Option<Check> = check.as_deref().map(from_json).transpose()?;
            Ok(KeptCase {
                place: count(place)?,
                candidate: Candidate {
                    interaction_id: id.into(),
                    title,
                    usage: None,
                    label: Label {
                        rating,
                        expected,
                        check,
                    },
                },
            })
        })
        .collect()
}

/// Notes how a case came out.
///
/// # Errors
/// If the database cannot be written.
pub async fn settle_case(
    conn: &mut Conn,
    test: &str,
    place: u32,
    settled: &Settled,
) -> StoreResult<()> {
    sqlx::query(
        "UPDATE staging_test_cases SET state = $3, severity = $4, reason = $5, question = $6,
            expectation = $7 WHERE test_id = $1 AND place = $2",
    )
    .bind(test)
    .bind(i64::from(place))
    .bind(word(settled.state))
    .bind(severity(settled.state))
    .bind(settled.reason.as_deref())
    .bind(&settled.question)
    .bind(&settled.expectation)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps an answer with what it took by kind; one that is there already stays.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep_answer(
    conn: &mut Conn,
    test: &str,
    place: u32,
    answer: &TestAnswer,
    usage: Option<Usage>,
) -> StoreResult<()> {
    let tokens = |of: fn(Usage) -> u64| usage.map(|usage| signed(of(usage)));
    sqlx::query(
        "INSERT INTO staging_test_answers
            (test_id, place, is_proposal, run, answer, is_right, why, tokens, input_tokens,
            output_tokens, cache_read_input_tokens, cache_creation_input_tokens)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
    )
    .bind(test)
    .bind(i64::from(place))
    .bind(i64::from(answer.is_proposal))
    .bind(i64::from(answer.run))
    .bind(&answer.text)
    .bind(answer.is_right.map(i64::from))
    .bind(&answer.why)
    .bind(signed(answer.tokens))
    .bind(tokens(|usage| usage.input_tokens))
    .bind(tokens(|usage| usage.output_tokens))
    .bind(tokens(|usage| usage.cache_read_input_tokens))
    .bind(tokens(|usage| usage.cache_creation_input_tokens))
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns the answers of a case, those of the base first.
///
/// # Errors
/// If the database cannot be read.
pub async fn answers_of(conn: &mut Conn, test: &str, place: u32) -> StoreResult<Vec<TestAnswer>> {
    type Row = (i64, i64, String, Option<i64>, String, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT is_proposal, run, answer, is_right, why, tokens FROM staging_test_answers
         WHERE test_id = $1 AND place = $2 ORDER BY is_proposal, run",
    )
    .bind(test)
    .bind(i64::from(place))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(is_proposal, run, text, is_right, why, tokens)| {
            Ok(TestAnswer {
                is_proposal: is_proposal != 0,
                run: count(run)?,
                text,
                is_right: is_right.map(|right| right != 0),
                why,
                tokens: count(tokens)?,
            })
        })
        .collect()
}

/// Lists the cases of a test, those that got worse first; `after` is severity and place of the last one seen.
/// Each comes with its place in this order.
///
/// # Errors
/// If the database cannot be read.
pub async fn list_cases(
    conn: &mut Conn,
    test: &str,
    after: Option<(i64, u32)>,
    limit: u32,
) -> StoreResult<Vec<(i64, TestCase)>> {
    type Row = (
        i64,
        i64,
        String,
        String,
        String,
        Option<String>,
        String,
        String,
    );
    let (severity, place) = after.unwrap_or((-1, 0));
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT severity, place, interaction_id, title, state, reason, question, expectation
         FROM staging_test_cases
         WHERE test_id = $1 AND (severity > $2 OR (severity = $2 AND place > $3))
         ORDER BY severity, place LIMIT $4",
    )
    .bind(test)
    .bind(severity)
    .bind(i64::from(place))
    .bind(i64::from(limit))
    .fetch_all(&mut *conn)
    .await?;
    let mut cases = Vec::with_capacity(rows.len());
    for (severity, place, id, title, state, reason, question, expectation) in rows {
        let place = count(place)?;
        let case = TestCase {
            place,
            interaction_id: id.into(),
            title,
            state: from_word(&state)?,
            reason,
            question,
            expectation,
            answers: answers_of(conn, test, place).await?,
        };
        cases.push((severity, case));
    }
    Ok(cases)
}
