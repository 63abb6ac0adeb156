//! Who may do what with ratings.

use super::{Refusal, Verdict, needs};
use review_api::{ErrorCode, Feedback, FeedbackSource, Role, User};

/// May `user` rate interactions?
///
/// # Errors
/// With the reason, if not; likewise below.
pub fn may_rate(user: &User) -> Verdict {
    needs(user, Role::Reviewer, "give feedback")
}

/// May `user` edit `feedback`?
///
/// # Errors
/// With the reason, if not.
pub fn may_edit_feedback(user: &User, feedback: &Feedback) -> Verdict {
    may_rate(user)?;
    let sentence = match feedback.source {
        FeedbackSource::Rule => {
            "This is what the agent logged. Withdraw it and give a rating of your own instead."
                .to_owned()
        }
        _ if user.name == feedback.author => return Ok(()),
        _ => format!("Only {}, who gave this rating, edits it.", feedback.author),
    };
    Err(Refusal::new(ErrorCode::Forbidden, sentence))
}

/// May `user` withdraw `feedback`? What an agent logged is anyone's to withdraw who may rate.
///
/// # Errors
/// With the reason, if not.
pub fn may_withdraw_feedback(user: &User, feedback: &Feedback) -> Verdict {
    may_rate(user)?;
    let is_theirs = user.name == feedback.author || user.role >= Role::Admin;
    if is_theirs || feedback.source == FeedbackSource::Rule {
        return Ok(());
    }
    let sentence = format!(
        "Only {}, who gave this rating, or an admin withdraws it.",
        feedback.author
    );
    Err(Refusal::new(ErrorCode::Forbidden, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{Rating, Timestamp};

    fn user(name: &str, role: Role) -> User {
        User {
            name: name.into(),
            role,
        }
    }

    fn feedback(author: &str, source: FeedbackSource) -> Feedback {
        Feedback {
            id: "fbk_1".into(),
            agent_id: "agent_1".into(),
            interaction_id: "sesn_1".into(),
            rating: Rating::Negative,
            comment: None,
            expected: None,
            check: None,
            author: author.into(),
            source,
            event_id: None,
            created_at: Timestamp::UNIX_EPOCH,
            edited_at: None,
            revision: 1,
        }
    }

    #[track_caller]
    fn check(verdict: &Verdict, expected: &str) {
        match verdict {
            Ok(()) => assert_eq!("", expected, "allowed"),
            Err(refusal) => assert_eq!(refusal.sentence, expected),
        }
    }

    #[test]
    fn only_its_author_edits_a_rating_and_an_admin_withdraws_any() {
        let anns = feedback("ann", FeedbackSource::Reviewer);
        let (ann, bo) = (user("ann", Role::Reviewer), user("bo", Role::Approver));
        check(&may_edit_feedback(&ann, &anns), "");
        check(&may_withdraw_feedback(&ann, &anns), "");
        let others = "Only ann, who gave this rating, edits it.";
        check(&may_edit_feedback(&bo, &anns), others);
        check(&may_edit_feedback(&user("cy", Role::Admin), &anns), others);
        check(
            &may_withdraw_feedback(&bo, &anns),
            "Only ann, who gave this rating, or an admin withdraws it.",
        );
        check(&may_withdraw_feedback(&user("cy", Role::Admin), &anns), "");
    }

    #[test]
    fn what_an_agent_logged_is_withdrawn_by_anyone_who_rates_and_edited_by_nobody() {
        let logged = feedback("rule", FeedbackSource::Rule);
        for name in ["bo", "rule"] {
            let bo = user(name, Role::Reviewer);
            check(&may_withdraw_feedback(&bo, &logged), "");
            check(
                &may_edit_feedback(&bo, &logged),
                "This is what the agent logged. Withdraw it and give a rating of your own instead.",
            );
        }
        let viewer = user("rule", Role::Viewer);
        assert!(may_withdraw_feedback(&viewer, &logged).is_err());
    }
}
