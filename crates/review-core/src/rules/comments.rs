//! Who may do what with comments.

use super::{Refusal, Verdict, needs};
use review_api::{Comment, ErrorCode, Role, User};

/// May `user` comment on lines of a suggestion or of a change?
///
/// # Errors
/// With the reason, if not.
pub fn may_comment(user: &User) -> Verdict {
    needs(user, Role::Reviewer, "comment")
}

/// May `user` edit `comment`?
///
/// # Errors
/// With the reason, if not.
pub fn may_edit_comment(user: &User, comment: &Comment) -> Verdict {
    may_comment(user)?;
    if user.name == comment.author {
        return Ok(());
    }
    let sentence = format!("Only {}, who wrote this comment, edits it.", comment.author);
    Err(Refusal::new(ErrorCode::Forbidden, sentence))
}

/// May `user` delete `comment`?
///
/// # Errors
/// With the reason, if not.
pub fn may_delete_comment(user: &User, comment: &Comment) -> Verdict {
    may_comment(user)?;
    if user.name == comment.author || user.role >= Role::Admin {
        return Ok(());
    }
    let sentence = format!(
        "Only {}, who wrote this comment, or an admin deletes it.",
        comment.author
    );
    Err(Refusal::new(ErrorCode::Forbidden, sentence))
}

/// May `user` call `comment` settled?
///
/// # Errors
/// With the reason, if not.
pub fn may_resolve_comment(user: &User, comment: &Comment) -> Verdict {
    needs(user, Role::Reviewer, "resolve a comment")?;
    match &comment.resolved {
        None => Ok(()),
        Some(resolved) => {
            let sentence = format!("{} resolved this comment already.", resolved.by);
            Err(Refusal::new(ErrorCode::Conflict, sentence))
        }
    }
}

/// May `user` open `comment` again?
///
/// # Errors
/// With the reason, if not.
pub fn may_reopen_comment(user: &User, comment: &Comment) -> Verdict {
    needs(user, Role::Reviewer, "reopen a comment")?;
    if comment.resolved.is_none() {
        let sentence = "This comment is open already.";
        return Err(Refusal::new(ErrorCode::Conflict, sentence));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{
        CommentAnchor, CommentResolution, CommentSide, CommentSubject, Timestamp, UserName,
    };

    fn user(name: &str, role: Role) -> User {
        User {
            name: name.into(),
            role,
        }
    }

    fn comment(resolved_by: Option<&str>) -> Comment {
        Comment {
            id: "cmt_1".into(),
            subject: CommentSubject::Change { id: "chg_1".into() },
            agent_id: "agent_1".into(),
            anchor: CommentAnchor {
                path: None,
                side: CommentSide::Proposed,
                first_line: 1,
                last_line: 1,
                start: 0,
                text_bytes: 9,
                quote: "Be kind.".to_owned(),
                before: String::new(),
                after: String::new(),
            },
            text: "Why?".to_owned(),
            author: "ann".into(),
            created_at: Timestamp::UNIX_EPOCH,
            edited_at: None,
            resolved: resolved_by.map(|by| CommentResolution {
                by: UserName::from(by),
                at: Timestamp::UNIX_EPOCH,
            }),
            revision: 1,
        }
    }

    fn sentence(verdict: Verdict) -> String {
        verdict
            .err()
            .map_or_else(String::new, |refusal| refusal.sentence)
    }

    #[test]
    fn whoever_may_give_feedback_may_comment() {
        for role in Role::ALL {
            let ann = user("ann", role);
            let may = super::super::may_rate(&ann).is_ok();
            assert_eq!(may_comment(&ann).is_ok(), may, "{role:?}");
            assert_eq!(
                may_edit_comment(&ann, &comment(None)).is_ok(),
                may,
                "{role:?}"
            );
            assert_eq!(
                may_resolve_comment(&ann, &comment(None)).is_ok(),
                may,
                "{role:?}"
            );
        }
        assert_eq!(
            sentence(may_comment(&user("ann", Role::Viewer))),
            "You are signed in as viewer; to comment takes a reviewer or more."
        );
    }

    #[test]
    fn authors_edit_and_delete_and_admins_delete() {
        let given = comment(None);
        assert!(may_delete_comment(&user("ann", Role::Reviewer), &given).is_ok());
        assert!(may_delete_comment(&user("root", Role::Admin), &given).is_ok());
        assert_eq!(
            sentence(may_delete_comment(&user("bo", Role::Approver), &given)),
            "Only ann, who wrote this comment, or an admin deletes it."
        );
        assert_eq!(
            sentence(may_edit_comment(&user("root", Role::Admin), &given)),
            "Only ann, who wrote this comment, edits it."
        );
    }

    #[test]
    fn what_is_settled_is_settled_once() {
        let bo = user("bo", Role::Reviewer);
        assert_eq!(sentence(may_resolve_comment(&bo, &comment(None))), "");
        assert_eq!(
            sentence(may_resolve_comment(&bo, &comment(Some("ann")))),
            "ann resolved this comment already."
        );
        assert_eq!(sentence(may_reopen_comment(&bo, &comment(Some("ann")))), "");
        assert_eq!(
            sentence(may_reopen_comment(&bo, &comment(None))),
            "This comment is open already."
        );
    }
}
