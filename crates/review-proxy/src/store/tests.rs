//! The store as a whole: what it promises whatever is kept in it.

use super::audit::{Filter, NewEntry};
use super::*;
use crate::databases::{Database, on_each_database};
use review_api::{AgentId, AuditAction, FeedbackSource, Rating, SubjectKind};

mod dreams;
mod faults;

on_each_database!(
    what_is_not_committed_never_was,
    many_writers_leave_a_ledger_without_gaps,
    a_read_sees_one_moment_and_holds_up_no_writer,
    a_reader_cannot_write,
    what_was_kept_is_there_after_a_restart,
    a_database_of_a_later_release_is_refused,
);

fn entry(actor: &str) -> NewEntry<'_> {
    NewEntry {
        at: Timestamp::UNIX_EPOCH,
        actor,
        action: AuditAction::FeedbackGiven,
        subject_kind: SubjectKind::Interaction,
        subject_id: "sesn_1",
        subject_title: "A refund",
        agent_id: None,
        detail: serde_json::json!({ "text": "é\u{202e}\n\"" }),
    }
}

async fn pragma(conn: &mut Conn, sql: &'static str) -> String {
    let (value,): (String,) = sqlx::query_as(sql).fetch_one(conn).await.unwrap();
    value
}

#[tokio::test]
async fn p17_what_is_acknowledged_is_on_disk() {
    let database = Database::sqlite();
    let store = database.open().await;
    let mut write = store.write().await.unwrap();
    // 2 is FULL: NORMAL may lose the last commits in a power cut.
    let synchronous = "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous";
    assert_eq!(pragma(&mut write, synchronous).await, "2");
    let journal = "SELECT journal_mode FROM pragma_journal_mode";
    assert_eq!(pragma(&mut write, journal).await, "wal");
}

async fn what_is_not_committed_never_was(database: Database) {
    let store = database.open().await;
    let mut write = store.write().await.unwrap();
    assert_eq!(audit::append(&mut write, entry("ann")).await.unwrap(), 1);
    drop(write);
    let mut read = store.read().await.unwrap();
    assert!(
        audit::list(&mut read, &Filter::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    // The number was not used up.
    let mut write = store.write().await.unwrap();
    assert_eq!(audit::append(&mut write, entry("ann")).await.unwrap(), 1);
    write.commit().await.unwrap();
}

async fn many_writers_leave_a_ledger_without_gaps(database: Database) {
    let store = database.open().await;
    let writers = (0..32).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut write = store.write().await.unwrap();
            audit::append(&mut write, entry("ann")).await.unwrap();
            // Every fourth changes its mind.
            if number % 4 != 0 {
                write.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let mut read = store.read().await.unwrap();
    let ledger = audit::list(&mut read, &Filter::default(), 100)
        .await
        .unwrap();
    let seqs: Vec<u64> = ledger.iter().rev().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=24).collect::<Vec<_>>());
    assert_eq!(ledger[0].detail, entry("ann").detail);
}

async fn a_read_sees_one_moment_and_holds_up_no_writer(database: Database) {
    let store = database.open().await;
    let mut read = store.read().await.unwrap();
    assert!(
        audit::list(&mut read, &Filter::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let mut write = store.write().await.unwrap();
    audit::append(&mut write, entry("ann")).await.unwrap();
    write.commit().await.unwrap();
    assert!(
        audit::list(&mut read, &Filter::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let mut later = store.read().await.unwrap();
    assert_eq!(
        audit::list(&mut later, &Filter::default(), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn a_reader_cannot_write(database: Database) {
    let store = database.open().await;
    let mut read = store.read().await.unwrap();
    audit::append(&mut read, entry("ann")).await.unwrap_err();
}

async fn what_was_kept_is_there_after_a_restart(database: Database) {
    let store = database.open().await;
    let rating = review_api::Feedback {
        id: new_id("fbk").into(),
        agent_id: "agent_1".into(),
        interaction_id: "sesn_1".into(),
        rating: Rating::Negative,
        comment: Some("é e\u{301} \u{1f469}\u{200d}\u{1f4bb} \r\n".to_owned()),
        expected: None,
        check: Some(review_api::Check::Matches {
            pattern: "\\bé+\\b".to_owned(),
        }),
        author: "ann".into(),
        source: FeedbackSource::Rule,
        event_id: Some("sevt_1".to_owned()),
        created_at: now(),
        edited_at: None,
        revision: 1,
    };
    let mut write = store.write().await.unwrap();
    feedback::insert(&mut write, &rating).await.unwrap();
    write.commit().await.unwrap();
    store.close().await;
    let store = database.open().await;
    let mut read = store.read().await.unwrap();
    let kept = feedback::list(&mut read, &AgentId::from("agent_1"), None, 10)
        .await
        .unwrap();
    assert_eq!(kept, [rating]);
}

async fn a_database_of_a_later_release_is_refused(database: Database) {
    let store = database.open().await;
    let mut write = store.write().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
    )
    .execute(&mut *write)
    .await
    .unwrap();
    write.commit().await.unwrap();
    store.close().await;
    let error = match &database {
        Database::Sqlite(_) => Store::open(&database.path().unwrap()).await,
        Database::Postgres(url) => Store::connect(url).await,
    }
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database was brought up to date by a later release (its step 999 is not known here): \
         start that release, or restore a copy from before it"
    );
}

#[test]
fn a_search_finds_what_it_says_and_nothing_else() {
    assert_eq!(like("50%_\\"), "%50\\%\\_\\\\%");
    assert_eq!(like("ÄB"), "%äb%");
}

/// Returns every column as `table.column kind`, with what may be absent marked.
async fn columns(database: &Database) -> Vec<String> {
    database.open().await.close().await;
    columns_of(&mut database.conn().await).await
}

async fn columns_of(conn: &mut Conn) -> Vec<String> {
    let sql = match conn.backend_name() {
        "SQLite" => {
            "SELECT t.name || '.' || c.name || ' ' || lower(c.type) ||
                CASE WHEN c.\"notnull\" = 0 THEN ' or nothing' ELSE '' END
             FROM sqlite_master t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\'"
        }
        _ => {
            "SELECT CAST(table_name || '.' || column_name || ' ' || data_type ||
                CASE WHEN is_nullable = 'YES' THEN ' or nothing' ELSE '' END AS TEXT)
             FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%' ESCAPE '\\'"
        }
    };
    let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(conn).await.unwrap();
    let mut columns: Vec<String> = rows.into_iter().map(|(column,)| column).collect();
    columns.sort();
    columns
}

/// Returns every index and the key of every table, with their columns in order.
async fn indexes(database: &Database) -> Vec<String> {
    database.open().await.close().await;
    let mut conn = database.conn().await;
    let sql = match database {
        Database::Sqlite(_) => {
            "SELECT t.name || CASE WHEN i.\"unique\" = 1 THEN ' unique ' ELSE ' ' END ||
                (SELECT group_concat(c.name) FROM (SELECT name FROM pragma_index_info(i.name)
                    ORDER BY seqno) c)
             FROM sqlite_master t JOIN pragma_index_list(t.name) i
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\'"
        }
        Database::Postgres(_) => {
            "SELECT CAST(t.relname || CASE WHEN i.indisunique THEN ' unique ' ELSE ' ' END ||
                (SELECT string_agg(a.attname, ',' ORDER BY k.place)
                 FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) AS TEXT)
             FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
             WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
               AND t.relname NOT LIKE '\\_%' ESCAPE '\\'"
        }
    };
    let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut conn).await.unwrap();
    let mut indexes: Vec<String> = rows.into_iter().map(|(index,)| index).collect();
    indexes.sort();
    indexes
}

#[tokio::test]
async fn p20_both_databases_end_with_the_same_tables() {
    let Some(postgres) = Database::postgres("p20_both_databases_end_with_the_same_tables").await
    else {
        return;
    };
    let sqlite = Database::sqlite();
    let expected = columns(&sqlite).await;
    assert!(expected.contains(&"audit.agent_id text or nothing".to_owned()));
    assert_eq!(columns(&postgres).await, expected);
    let expected = indexes(&sqlite).await;
    assert!(
        expected.contains(&"apply_attempts unique agent_id".to_owned()),
        "{expected:?}"
    );
    assert_eq!(indexes(&postgres).await, expected);
    let steps = |kind| {
        let steps = migrations::of(kind).iter();
        steps
            .map(|step| (step.version, step.description.to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(steps(Kind::Postgres), steps(Kind::Sqlite));
}

/// Every text column is ordered by bytes, or lists and cursors would differ between the two.
#[tokio::test]
async fn p20_texts_are_ordered_by_bytes_on_a_server_too() {
    let Some(postgres) = Database::postgres("p20_texts_are_ordered_by_bytes_on_a_server_too").await
    else {
        return;
    };
    postgres.open().await.close().await;
    let (others,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = current_schema()
         AND table_name NOT LIKE '\\_%' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
    )
    .fetch_one(&mut postgres.conn().await)
    .await
    .unwrap();
    assert_eq!(others, 0, "a column is TEXT without COLLATE \"C\"");
}
