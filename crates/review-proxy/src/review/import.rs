//! Ratings that come in with a file: all of them or none.

use super::Review;
use crate::error::{Error, Result};
use crate::feedback_file::{self, Contents};
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, feedback, interactions, new_id, now};
use review_api::{
    AgentId, AuditAction, Check, ErrorCode, Feedback, FeedbackCounts, FeedbackFormat,
    FeedbackImport, FeedbackSource, ImportColumns, ImportNote, ImportRow, InteractionId,
    MAX_IMPORT_NOTES, Rating, SubjectKind, User,
};
use review_core::rules;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};

/// Ratings shown of a file before it is taken in.
const SAMPLE: usize = 10;

/// A file, held against what is there.
struct Judged {
    rows_total: usize,
    columns: Vec<String>,
    mapping: ImportColumns,
    new: Vec<ImportRow>,
    duplicates: Vec<ImportNote>,
    errors: Vec<ImportNote>,
}

/// What makes two ratings the same.
type Said = (
    InteractionId,
    Rating,
    Option<String>,
    Option<String>,
    Option<Check>,
);

impl Review {
    /// Takes in a file of ratings, or says what it would come to.
    ///
    /// Ratings that are there already, from whomever, are left out and named. While any line is wrong, none is
    /// kept.
    ///
    /// # Errors
    /// If `user` may not, there is no such agent, or a line is wrong and this is no trial.
    pub async fn import_feedback(
        &self,
        user: &User,
        agent_id: &AgentId,
        file: (&[u8], FeedbackFormat),
        wanted: &ImportColumns,
        dry_run: bool,
    ) -> Result<FeedbackImport> {
        rules::may_rate(user)?;
        let agent = self.agent(agent_id).await?;
        let (bytes, format) = file;
        let contents = feedback_file::read(bytes, format, wanted);
        let sha256 = Sha256::digest(bytes)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        if dry_run {
            let mut read = self.store.read().await?;
            let judged = judged(&mut read, agent_id, contents).await?;
            return Ok(judged.told(true, sha256));
        }
        let mut write = self.store.write().await?;
        let judged = judged(&mut write, agent_id, contents).await?;
        let new = judged.new.clone();
        let told = judged.told(false, sha256);
        if told.errors_total > 0 {
            let message = format!(
                "{} lines of the file are wrong. Nothing was imported; mend them and import the file again.",
                told.errors_total
            );
            let details = json!({ "import": told });
            return Err(Error::new(ErrorCode::BadRequest, message).with(details));
        }
        if new.is_empty() {
            return Ok(told);
        }
        let now = now();
        for row in new {
            let rating = Feedback {
                id: new_id("fbk").into(),
                agent_id: agent_id.clone(),
                interaction_id: row.interaction_id,
                rating: row.rating,
                comment: row.comment,
                expected: row.expected,
                check: row.check,
                author: user.name.clone(),
                source: FeedbackSource::Import,
                event_id: None,
                created_at: now,
                edited_at: None,
                revision: 1,
            };
            feedback::insert(&mut write, &rating).await?;
        }
        let entry = NewEntry {
            at: now,
            actor: user.name.as_str(),
            action: AuditAction::FeedbackImported,
            subject_kind: SubjectKind::Agent,
            subject_id: agent_id.as_str(),
            subject_title: &agent.summary.name,
            agent_id: Some(agent_id),
            detail: json!({
                "positive": told.new.positive,
                "negative": told.new.negative,
                "left_out": told.duplicates_total,
                "file_sha256": told.sha256,
            }),
        };
        audit::append(&mut write, entry).await?;
        write.commit().await?;
        Ok(told)
    }
}

impl Judged {
    fn told(self, dry_run: bool, sha256: String) -> FeedbackImport {
        let count = |rating: Rating| {
            let of = |row: &&ImportRow| row.rating == rating;
            self.new.iter().filter(of).count() as u64
        };
        let new = FeedbackCounts {
            positive: count(Rating::Positive),
            negative: count(Rating::Negative),
        };
        let first = |mut notes: Vec<ImportNote>| {
            notes.truncate(MAX_IMPORT_NOTES);
            notes
        };
        FeedbackImport {
            dry_run,
            sha256,
            columns: self.columns,
            mapping: self.mapping,
            rows: self.rows_total as u64,
            new,
            sample: self.new.into_iter().take(SAMPLE).collect(),
            duplicates_total: self.duplicates.len() as u64,
            duplicates: first(self.duplicates),
            errors_total: self.errors.len() as u64,
            errors: first(self.errors),
        }
    }
}

/// Holds a file against the interactions and the ratings that are there.
async fn judged(conn: &mut Conn, agent_id: &AgentId, contents: Contents) -> Result<Judged> {
    let ids: HashSet<&InteractionId> = contents
        .rows
        .iter()
        .map(|row| &row.interaction_id)
        .collect();
    let ids: Vec<&InteractionId> = ids.into_iter().collect();
    let known = interactions::known(conn, agent_id, &ids).await?;
    let given = feedback::of_interactions(conn, &ids).await?;
    let mut said: HashMap<Said, String> = given
        .into_iter()
        .map(|rating| {
            let by = format!("{} gave the same rating", rating.author);
            let said = (
                rating.interaction_id,
                rating.rating,
                rating.comment,
                rating.expected,
                rating.check,
            );
            (said, by)
        })
        .collect();
    let mut judged = Judged {
        rows_total: contents.rows_total,
        columns: contents.columns,
        mapping: contents.mapping,
        new: Vec::with_capacity(contents.rows.len()),
        duplicates: Vec::new(),
        errors: contents.errors,
    };
    for row in contents.rows {
        let note = |field: &str, message: String| ImportNote {
            line: row.line,
            field: Some(field.to_owned()),
            message,
        };
        if !known.contains(&row.interaction_id) {
            let message = format!(
                "The agent has no interaction {:?}. One that has just begun is known within a minute or so.",
                row.interaction_id.as_str()
            );
            judged.errors.push(note("interaction_id", message));
            continue;
        }
        let this = (
            row.interaction_id.clone(),
            row.rating,
            row.comment.clone(),
            row.expected.clone(),
            row.check.clone(),
        );
        if let Some(by) = said.get(&this) {
            let message = format!("{by} to {}. It is left out.", row.interaction_id);
            judged.duplicates.push(note("interaction_id", message));
        } else {
            said.insert(this, format!("Line {} gives the same rating", row.line));
            judged.new.push(row);
        }
    }
    judged.errors.sort_by_key(|error| error.line);
    Ok(judged)
}
