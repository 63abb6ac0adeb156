use super::*;
use crate::databases::{Database, on_each_database};
use crate::store::{Store, now};
use review_api::CommentSide;

on_each_database!(
    what_was_kept_of_a_comment_reads_back,
    a_change_lists_the_comments_of_its_suggestions_too,
    pages_follow_each_other_even_at_one_moment,
);

fn comment(id: &str, subject: CommentSubject, at: Timestamp) -> Comment {
    Comment {
        id: id.into(),
        subject,
        agent_id: "agent_1".into(),
        anchor: CommentAnchor {
            path: Some("/refunds/\u{200b}é.md".to_owned()),
            side: CommentSide::Proposed,
            first_line: 3,
            last_line: 4,
            start: 17,
            text_bytes: 200,
            quote: "Ask first.\n\u{202e}é\r".to_owned(),
            before: "# Refunds\n".to_owned(),
            after: "\n".to_owned(),
        },
        text: "Why \u{200b}so?".to_owned(),
        author: "ann".into(),
        created_at: at,
        edited_at: None,
        resolved: None,
        revision: 1,
    }
}

fn on_suggestion() -> CommentSubject {
    CommentSubject::Suggestion { id: "sug_1".into() }
}

fn on_change() -> CommentSubject {
    CommentSubject::Change { id: "chg_1".into() }
}

async fn keep(store: &Store, comments: &[Comment]) {
    let mut write = store.write().await.unwrap();
    for comment in comments {
        insert(&mut write, comment).await.unwrap();
    }
    sqlx::query(
        "INSERT INTO change_suggestions (change_id, suggestion_id, position)
         VALUES ('chg_1', 'sug_1', 1), ('chg_2', 'sug_2', 1)",
    )
    .execute(&mut *write)
    .await
    .unwrap();
    write.commit().await.unwrap();
}

async fn what_was_kept_of_a_comment_reads_back(database: Database) {
    let store = database.open().await;
    let given = comment("cmt_1", on_suggestion(), now());
    keep(&store, std::slice::from_ref(&given)).await;
    let mut write = store.write().await.unwrap();
    let read = get(&mut write, &given.id).await.unwrap().unwrap();
    assert_eq!(read, given);
    let later = now();
    edit(&mut write, &given.id, "Because.", later)
        .await
        .unwrap();
    resolve(&mut write, &given.id, Some(&"bo".into()), later)
        .await
        .unwrap();
    let expected = Comment {
        text: "Because.".to_owned(),
        edited_at: Some(later),
        resolved: Some(CommentResolution {
            by: "bo".into(),
            at: later,
        }),
        revision: 3,
        ..given
    };
    let id = expected.id.clone();
    assert_eq!(get(&mut write, &id).await.unwrap().unwrap(), expected);
    resolve(&mut write, &id, None, later).await.unwrap();
    let open = get(&mut write, &id).await.unwrap().unwrap();
    assert_eq!((open.resolved, open.revision), (None, 4));
    delete(&mut write, &id).await.unwrap();
    assert_eq!(get(&mut write, &id).await.unwrap(), None);
}

async fn a_change_lists_the_comments_of_its_suggestions_too(database: Database) {
    let store = database.open().await;
    let at = now();
    let other = CommentSubject::Suggestion { id: "sug_2".into() };
    let all = [
        comment("cmt_1", on_suggestion(), at),
        comment("cmt_2", on_change(), at),
        comment("cmt_3", other, at),
    ];
    keep(&store, &all).await;
    let mut read = store.read().await.unwrap();
    let of = of_change(&mut read, &"chg_1".into(), None, 10)
        .await
        .unwrap();
    assert_eq!(of, all[..2]);
    let of = of_suggestion(&mut read, &"sug_1".into(), None, 10)
        .await
        .unwrap();
    assert_eq!(of, all[..1]);
    assert_eq!(count_on(&mut read, &on_change()).await.unwrap(), 1);
    assert_eq!(count_on(&mut read, &on_suggestion()).await.unwrap(), 1);
}

async fn pages_follow_each_other_even_at_one_moment(database: Database) {
    let store = database.open().await;
    let at = now();
    let all: Vec<Comment> = (0..5)
        .map(|number| comment(&format!("cmt_{number}"), on_change(), at))
        .collect();
    keep(&store, &all).await;
    let mut read = store.read().await.unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = of_change(&mut read, &"chg_1".into(), after.as_ref(), 2)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Position::of(last.created_at, last.id.as_str()));
        seen.extend(page);
    }
    assert_eq!(seen, all);
}
