//! Comments on lines of suggestions and changes.

use super::changes::existing;
use super::seen::changed;
use super::{Review, texts};
use crate::error::{Error, Result};
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, comments, new_id, now, suggestions};
use jiff::Timestamp;
use review_api::{
    AgentId, AuditAction, Comment, CommentDeleted, CommentId, CommentSide, CommentSubject,
    CreateComment, EditComment, ErrorCode, MAX_COMMENTS, MAX_QUOTE_BYTES, MemoryBefore,
    MemoryManifest, SubjectKind, User,
};
use review_core::anchors;
use review_core::digest::sha256_hex;
use review_core::rules::{self, Verdict};
use serde_json::json;

impl Review {
    /// Keeps a comment of `user` on lines that they saw.
    ///
    /// # Errors
    /// If `user` may not, there is no such thing, its text is another one by now, the lines are not in it, it has
    /// comments enough, or the comment is empty or too long.
    pub async fn comment(&self, user: &User, body: CreateComment) -> Result<Comment> {
        rules::may_comment(user)?;
        let text = written(body.text)?;
        let now = now();
        let mut write = self.store.write().await?;
        let subject = Subject::of(&mut write, &body.subject).await?;
        let quoted = subject.side(body.path.as_deref(), body.side)?;
        if sha256_hex(quoted) != body.text_sha256 {
            let message = "The text changed since you looked at it, so the comment was not kept. Reload, and \
                           put it on the line as it is now.";
            let details =
                json!({ "path": body.path, "side": body.side, "text_sha256": sha256_hex(quoted) });
            return Err(Error::new(ErrorCode::Changed, message).with(details));
        }
        let range = place(body.start)..place(body.end);
        let mut anchor = anchors::anchor(body.side, quoted, range).ok_or_else(|| {
            let message = format!(
                "start and end must name whole characters of the text, at most {MAX_QUOTE_BYTES} bytes of it, \
                 and no line feed at the end."
            );
            Error::field("start", message)
        })?;
        anchor.path = body.path;
        if comments::count_on(&mut write, &body.subject).await? >= u64::from(MAX_COMMENTS) {
            let message = format!(
                "There are {MAX_COMMENTS} comments already, the most there can be. Nothing was kept; delete one \
                 that is settled first."
            );
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        let comment = Comment {
            id: new_id("cmt").into(),
            agent_id: subject.agent_id.clone(),
            subject: body.subject,
            anchor,
            text,
            author: user.name.clone(),
            created_at: now,
            edited_at: None,
            resolved: None,
            revision: 1,
        };
        comments::insert(&mut write, &comment).await?;
        record(&mut write, user, AuditAction::CommentAdded, &comment, now).await?;
        write.commit().await?;
        Ok(comment)
    }

    /// Gives a comment another text.
    ///
    /// # Errors
    /// If `user` may not, there is none, it changed since `seen`, or the text is empty or too long.
    pub async fn edit_comment(
        &self,
        user: &User,
        id: &CommentId,
        body: EditComment,
        seen: u64,
    ) -> Result<Comment> {
        rules::may_comment(user)?;
        let text = written(body.text)?;
        let now = now();
        let mut write = self.store.write().await?;
        let comment = known(&mut write, id).await?;
        decided_on(&comment, seen, rules::may_edit_comment(user, &comment))?;
        if text == comment.text {
            return Ok(comment);
        }
        comments::edit(&mut write, id, &text, now).await?;
        let comment = known(&mut write, id).await?;
        record(&mut write, user, AuditAction::CommentEdited, &comment, now).await?;
        write.commit().await?;
        Ok(comment)
    }

    /// Removes a comment for good.
    ///
    /// # Errors
    /// If `user` may not, there is none, or it changed since `seen`.
    pub async fn delete_comment(
        &self,
        user: &User,
        id: &CommentId,
        seen: u64,
    ) -> Result<CommentDeleted> {
        rules::may_comment(user)?;
        let mut write = self.store.write().await?;
        let comment = known(&mut write, id).await?;
        decided_on(&comment, seen, rules::may_delete_comment(user, &comment))?;
        comments::delete(&mut write, id).await?;
        record(
            &mut write,
            user,
            AuditAction::CommentDeleted,
            &comment,
            now(),
        )
        .await?;
        write.commit().await?;
        Ok(CommentDeleted { id: comment.id })
    }

    /// Calls a comment settled, or opens it again.
    ///
    /// # Errors
    /// If `user` may not, there is none, it changed since `seen`, or it is so already.
    pub async fn settle_comment(
        &self,
        user: &User,
        id: &CommentId,
        is_settled: bool,
        seen: u64,
    ) -> Result<Comment> {
        rules::may_comment(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        let comment = known(&mut write, id).await?;
        let (verdict, action) = if is_settled {
            let verdict = rules::may_resolve_comment(user, &comment);
            (verdict, AuditAction::CommentResolved)
        } else {
            let verdict = rules::may_reopen_comment(user, &comment);
            (verdict, AuditAction::CommentReopened)
        };
        decided_on(&comment, seen, verdict)?;
        comments::resolve(&mut write, id, is_settled.then_some(&user.name), now).await?;
        let comment = known(&mut write, id).await?;
        record(&mut write, user, action, &comment, now).await?;
        write.commit().await?;
        Ok(comment)
    }
}

/// What is commented on, with its two texts.
struct Subject {
    agent_id: AgentId,
    title: String,
    texts: Texts,
}

/// The texts that can be commented on.
enum Texts {
    Prompt {
        base: String,
        proposed: String,
    },
    Memories {
        manifest: MemoryManifest,
        before: Vec<MemoryBefore>,
    },
}

impl Subject {
    async fn of(conn: &mut Conn, subject: &CommentSubject) -> Result<Self> {
        match subject {
            CommentSubject::Suggestion { id } => {
                let found = suggestions::get(conn, id).await?;
                let found = found.ok_or_else(|| Error::not_found("suggestion", id.as_str()))?;
                let texts = match found.memory {
                    Some(memory) => Texts::Memories {
                        manifest: memory.manifest,
                        before: memory.before,
                    },
                    None => Texts::Prompt {
                        base: found.current.text,
                        proposed: found.proposed,
                    },
                };
                Ok(Self {
                    agent_id: found.agent_id,
                    title: found.title,
                    texts,
                })
            }
            CommentSubject::Change { id } => {
                let change = existing(conn, id).await?;
                let texts = match change.memory {
                    Some(memory) => Texts::Memories {
                        manifest: memory.manifest,
                        before: memory.before,
                    },
                    None => Texts::Prompt {
                        base: change.base.text,
                        proposed: change.proposed,
                    },
                };
                Ok(Self {
                    agent_id: change.summary.agent_id,
                    title: change.summary.title,
                    texts,
                })
            }
        }
    }

    fn side(&self, path: Option<&str>, side: CommentSide) -> Result<&str> {
        let refused = |message: &str| Err(Error::field("path", message));
        let (base, proposed) = match (&self.texts, path) {
            (Texts::Prompt { base, proposed }, None) => (base.as_str(), proposed.as_str()),
            (Texts::Memories { manifest, before }, Some(path)) => {
                match manifest.texts_of(before, path) {
                    Some(texts) => texts,
                    None => return refused("This memory is not among those that change."),
                }
            }
            (Texts::Prompt { .. }, Some(_)) => {
                return refused("This is about a prompt, which has no path. Leave it out.");
            }
            (Texts::Memories { .. }, None) => {
                return refused("This is about memories. Say by its path which one you mean.");
            }
        };
        match side {
            CommentSide::Base => Ok(base),
            CommentSide::Proposed => Ok(proposed),
            CommentSide::Unknown => Err(Error::field(
                "side",
                "side must be \"base\" or \"proposed\".",
            )),
        }
    }
}

fn written(text: String) -> Result<String> {
    texts::comment("text", Some(text))?
        .ok_or_else(|| Error::field("text", "The comment is empty. Write what you think."))
}

fn place(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Returns a comment, or says that there is none.
async fn known(conn: &mut Conn, id: &CommentId) -> Result<Comment> {
    comments::get(conn, id)
        .await?
        .ok_or_else(|| Error::not_found("comment", id.as_str()))
}

/// Refuses what `verdict` refuses, and what was decided on another revision of `comment` than this one.
fn decided_on(comment: &Comment, seen: u64, verdict: Verdict) -> Result<()> {
    if matches!(&verdict, Err(refusal) if refusal.code == ErrorCode::Forbidden) {
        return Ok(verdict?);
    }
    if seen != comment.revision {
        let details = json!({ "comment": comment });
        return Err(changed(seen, comment.revision, &[], details));
    }
    Ok(verdict?)
}

/// Records what was done to a comment on the thing that it is on. The texts of comments are not in the ledger,
/// from which nothing can be taken back.
async fn record(
    conn: &mut Conn,
    user: &User,
    action: AuditAction,
    comment: &Comment,
    at: Timestamp,
) -> Result<()> {
    let subject = Subject::of(conn, &comment.subject).await?;
    let (subject_kind, subject_id) = match &comment.subject {
        CommentSubject::Suggestion { id } => (SubjectKind::Suggestion, id.as_str()),
        CommentSubject::Change { id } => (SubjectKind::Change, id.as_str()),
    };
    let entry = NewEntry {
        at,
        actor: user.name.as_str(),
        action,
        subject_kind,
        subject_id,
        subject_title: &subject.title,
        agent_id: Some(&comment.agent_id),
        detail: json!({
            "comment_id": comment.id,
            "author": comment.author,
            "path": comment.anchor.path,
            "side": comment.anchor.side,
            "lines": [comment.anchor.first_line, comment.anchor.last_line],
        }),
    };
    audit::append(conn, entry).await?;
    Ok(())
}
