//! How the versions of agents did, added up by the database.

use super::{Conn, StoreResult, count, kept_versions, time};
use review_api::{
    Accuracy, AgentId, AppliedVersion, ChangeId, NegativeShare, Outcomes, VersionAccuracy,
    VersionOutcome,
};
use review_core::stats::{Group, wilson};
use std::collections::BTreeMap;

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    made_at: i64,
    change_id: Option<String>,
    title: Option<String>,
    applied_by: Option<String>,
    applied_at: Option<i64>,
    rolled_back_by: Option<String>,
}

impl VersionRow {
    fn read(self) -> StoreResult<VersionOutcome> {
        let applied = match (self.change_id, self.applied_by, self.applied_at) {
            (Some(id), Some(by), Some(at)) => Some(AppliedVersion {
                change_id: id.into(),
                title: self.title.unwrap_or_default(),
                by: by.into(),
                at: time(at)?,
                rolled_back_by: self.rolled_back_by.map(ChangeId),
            }),
            _ => None,
        };
        Ok(VersionOutcome {
            made_at: Some(time(self.made_at)?),
            applied,
            ..unknown(count(self.version)?)
        })
    }
}

fn unknown(version: u32) -> VersionOutcome {
    VersionOutcome {
        version,
        made_at: None,
        applied: None,
        ratings: None,
        accuracy: None,
    }
}

/// Says how the newest `most` versions of an agent did, whose version is `now`, oldest first.
///
/// # Errors
/// If the database cannot be read.
pub async fn of(conn: &mut Conn, id: &AgentId, now: u32, most: u32) -> StoreResult<Outcomes> {
    let mut versions: BTreeMap<u32, VersionOutcome> = BTreeMap::new();
    for row in version_rows(conn, id, most.saturating_add(1)).await? {
        let version = row.read()?;
        versions.insert(version.version, version);
    }
    for (version, share) in ratings(conn, id).await? {
        let known = versions.entry(version).or_insert_with(|| unknown(version));
        known.ratings = Some(share);
    }
    for (version, accuracy) in measured(conn, id).await? {
        let known = versions.entry(version).or_insert_with(|| unknown(version));
        known.accuracy = Some(accuracy);
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let has_older_versions = versions.len() > most;
    let skipped = versions.len().saturating_sub(most);
    Ok(Outcomes {
        versions: versions.into_values().skip(skipped).collect(),
        has_older_versions,
        now,
        kept: kept_versions::get(conn, id).await?,
    })
}

async fn version_rows(conn: &mut Conn, id: &AgentId, most: u32) -> StoreResult<Vec<VersionRow>> {
    Ok(sqlx::query_as(
        "SELECT p.version, p.created_at AS made_at, c.id AS change_id, c.title,
            c.outcome_by AS applied_by, c.outcome_at AS applied_at,
            (SELECT b.id FROM changes b WHERE b.rolls_back = c.id AND b.state <> 'withdrawn'
                ORDER BY b.staged_at DESC, b.id DESC LIMIT 1) AS rolled_back_by
         FROM prompts p LEFT JOIN changes c ON c.id = (SELECT x.id FROM changes x
            WHERE x.agent_id = p.agent_id AND x.target = 'prompt' AND x.state = 'applied'
                AND x.outcome_version = p.version AND x.proposed_sha256 = p.sha256
            ORDER BY x.outcome_at, x.id LIMIT 1)
         WHERE p.agent_id = $1 ORDER BY p.version DESC LIMIT $2",
    )
    .bind(id.as_str())
    .bind(i64::from(most))
    .fetch_all(conn)
    .await?)
}

/// Counts rated interactions by the version that they ran with, each once, by its newest rating: what five people
/// say of one interaction is one case, not five.
async fn ratings(conn: &mut Conn, id: &AgentId) -> StoreResult<Vec<(u32, NegativeShare)>> {
    let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "SELECT i.agent_version, SUM(CASE WHEN f.rating = 'negative' THEN 1 ELSE 0 END), COUNT(*)
         FROM feedback f JOIN interactions i ON i.id = f.interaction_id
         WHERE f.agent_id = $1 AND i.agent_id = $1
           AND NOT EXISTS (SELECT 1 FROM feedback g WHERE g.interaction_id = f.interaction_id
               AND (g.created_at > f.created_at OR (g.created_at = f.created_at AND g.id > f.id)))
         GROUP BY i.agent_version",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    let mut shares = Vec::with_capacity(rows.len());
    for (version, negative, rated) in rows {
        let (negative, rated) = (count(negative)?, count(rated)?);
        let Some(interval) = wilson(negative, rated) else {
            continue;
        };
        let share = NegativeShare {
            negative,
            rated,
            low: interval.low,
            high: interval.high,
        };
        shares.push((count(version)?, share));
    }
    Ok(shares)
}

#[derive(sqlx::FromRow)]
struct TestRow {
    id: String,
    change_id: String,
    model: String,
    ended_at: i64,
    base_version: i64,
    made_version: Option<i64>,
    worse: i64,
    better: i64,
    both_right: i64,
    both_wrong: i64,
}

impl TestRow {
    fn side(&self, as_proposal: bool) -> StoreResult<Option<VersionAccuracy>> {
        let [worse, better, both_right, both_wrong]: [u32; 4] = [
            count(self.worse)?,
            count(self.better)?,
            count(self.both_right)?,
            count(self.both_wrong)?,
        ];
        let cases = worse + better + both_right + both_wrong;
        let right = both_right + if as_proposal { better } else { worse };
        let Some(interval) = wilson(right, cases) else {
            return Ok(None);
        };
        Ok(Some(VersionAccuracy {
            accuracy: Accuracy {
                right,
                cases,
                low: interval.low,
                high: interval.high,
            },
            test_id: self.id.clone(),
            change_id: self.change_id.as_str().into(),
            as_proposal,
            worse,
            better,
            model: self.model.clone(),
            measured_at: time(self.ended_at)?,
        }))
    }
}

/// Returns what complete staging tests measured of versions, the newest test of each last.
///
/// A test tells of its change's base and, once that is applied, of the version it made, as long as the change is the
/// one that was tested: an edit or another base has another digest.
async fn measured(conn: &mut Conn, id: &AgentId) -> StoreResult<Vec<(u32, VersionAccuracy)>> {
    let rows: Vec<TestRow> = sqlx::query_as(
        "SELECT t.id, t.change_id, t.model, t.ended_at, c.base_version,
            CASE WHEN c.state = 'applied' THEN c.outcome_version END AS made_version,
            (SELECT COUNT(*) FROM staging_test_cases k
                WHERE k.test_id = t.id AND k.state = 'worse') AS worse,
            (SELECT COUNT(*) FROM staging_test_cases k
                WHERE k.test_id = t.id AND k.state = 'better') AS better,
            (SELECT COUNT(*) FROM staging_test_cases k
                WHERE k.test_id = t.id AND k.state = 'both_right') AS both_right,
            (SELECT COUNT(*) FROM staging_test_cases k
                WHERE k.test_id = t.id AND k.state = 'both_wrong') AS both_wrong
         FROM staging_tests t JOIN changes c ON c.id = t.change_id AND c.digest = t.digest
         WHERE t.agent_id = $1 AND t.state = 'completed' AND t.ended_at IS NOT NULL
           AND c.target = 'prompt'
         ORDER BY t.ended_at, t.id",
    )
    .bind(id.as_str())
    .fetch_all(conn)
    .await?;
    let mut found = Vec::with_capacity(2 * rows.len());
    for row in rows {
        if let Some(base) = row.side(false)? {
            found.push((count(row.base_version)?, base));
        }
        if let (Some(made), Some(proposal)) = (row.made_version, row.side(true)?) {
            found.push((count(made)?, proposal));
        }
    }
    Ok(found)
}

/// An agent that may have a version which does worse than the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Which agent.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// The version that it has.
    pub version: u32,
    /// Rated interactions that ran with it; those whose newest rating is negative are the hits.
    pub now: Group,
    /// The same of the version before.
    pub before: Group,
    /// Whether a staging test of it has come to its end.
    pub is_tested: bool,
}

#[derive(sqlx::FromRow)]
struct MeasuredRow {
    id: String,
    name: String,
    version: i64,
    negative_now: i64,
    rated_now: i64,
    negative_before: i64,
    rated_before: i64,
    tests: i64,
}

/// Lists agents with at least `fewest` rated interactions of the version that they have and of the one before, or with a
/// complete staging test.
///
/// One question for all of them: to add up one agent after the other takes several questions for each.
///
/// # Errors
/// If the database cannot be read.
pub async fn agents_measured(conn: &mut Conn, fewest: u32) -> StoreResult<Vec<Measured>> {
    let rows: Vec<MeasuredRow> = sqlx::query_as(
        "SELECT a.id, a.name, a.version,
            COALESCE(r.negative_now, 0) AS negative_now, COALESCE(r.rated_now, 0) AS rated_now,
            COALESCE(r.negative_before, 0) AS negative_before,
            COALESCE(r.rated_before, 0) AS rated_before,
            (SELECT COUNT(*) FROM staging_tests t
                WHERE t.agent_id = a.id AND t.state = 'completed') AS tests
         FROM agents a LEFT JOIN (
            SELECT b.id AS agent_id,
                SUM(CASE WHEN i.agent_version = b.version AND f.rating = 'negative'
                    THEN 1 ELSE 0 END) AS negative_now,
                SUM(CASE WHEN i.agent_version = b.version THEN 1 ELSE 0 END) AS rated_now,
                SUM(CASE WHEN i.agent_version = b.version - 1 AND f.rating = 'negative'
                    THEN 1 ELSE 0 END) AS negative_before,
                SUM(CASE WHEN i.agent_version = b.version - 1 THEN 1 ELSE 0 END) AS rated_before
            FROM agents b JOIN feedback f ON f.agent_id = b.id
                JOIN interactions i ON i.id = f.interaction_id AND i.agent_id = b.id
            WHERE NOT EXISTS (SELECT 1 FROM feedback g WHERE g.interaction_id = f.interaction_id
                AND (g.created_at > f.created_at OR (g.created_at = f.created_at AND g.id > f.id)))
            GROUP BY b.id) r ON r.agent_id = a.id
         WHERE a.archived_at IS NULL AND a.version > 1
           AND ((r.rated_now >= $1 AND r.rated_before >= $1)
                OR EXISTS (SELECT 1 FROM staging_tests t
                    WHERE t.agent_id = a.id AND t.state = 'completed'))
         ORDER BY a.id",
    )
    .bind(i64::from(fewest))
    .fetch_all(conn)
    .await?;
    let group = |hits, cases| -> StoreResult<Group> {
        Ok(Group {
            hits: count(hits)?,
            cases: count(cases)?,
        })
    };
    rows.into_iter()
        .map(|row| {
            Ok(Measured {
                now: group(row.negative_now, row.rated_now)?,
                before: group(row.negative_before, row.rated_before)?,
                id: row.id.into(),
                name: row.name,
                version: count(row.version)?,
                is_tested: row.tests > 0,
            })
        })
        .collect()
}
