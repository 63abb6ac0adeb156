//! The ledger, tampered with by someone who has the database to themselves.

use super::*;
use crate::databases::{Database, is_long, on_each_database, run, say};
use crate::store::audit::{Filter, NewEntry, append, list};
use crate::store::ledger::head;
use crate::store::{Conn, Store, StoreError, now};
use review_api::{AuditAction, AuditEntry, SubjectKind, Timestamp};
use review_core::chain::{self, Checkpoint, Hash, Link, SigningKey};
use serde_json::json;
use std::fmt::Write as _;

on_each_database!(
    p23_an_edited_field_names_its_row,
    p23_a_removed_moved_or_added_row_is_named,
    p23_a_cut_tail_and_a_rewritten_ledger_show_against_a_checkpoint,
    p23_a_head_that_was_touched_shows,
    p23_rows_of_an_older_release_are_sealed_once,
    p23_a_ledger_of_many_batches_is_verified_part_by_part,
    the_ledger_is_listed_by_time,
);

const ROWS: u64 = 12;

fn entry(number: u64) -> NewEntry<'static> {
    NewEntry {
        at: Timestamp::from_second(1_767_323_045 + i64::try_from(number).unwrap()).unwrap(),
        actor: "ann",
        action: AuditAction::FeedbackGiven,
        subject_kind: SubjectKind::Interaction,
        subject_id: "sesn_1",
        subject_title: "A refund",
        agent_id: None,
        detail: json!({ "n": number, "f": 0.1, "t": "é\u{202e}\n\"", "b": null, "a": [{}] }),
    }
}

async fn fill(store: &Store, rows: u64) {
    let mut write = store.write().await.unwrap();
    for number in 1..=rows {
        append(&mut write, entry(number)).await.unwrap();
    }
    write.commit().await.unwrap();
}

async fn found(store: &Store, checkpoints: &[Checkpoint]) -> Option<Finding> {
    let verified = verify(store, Link::START, checkpoints, u64::MAX).await;
    verified.unwrap().finding
}

async fn checkpoint(store: &Store) -> Checkpoint {
    let mut read = store.read().await.unwrap();
    Checkpoint::new(head(&mut read).await.unwrap(), now())
}

/// Does something to a sound ledger, says what is found, and mends it again.
async fn tampered(
    store: &Store,
    conn: &mut Conn,
    sql: &str,
    checkpoints: &[Checkpoint],
) -> Option<Finding> {
    run(
        conn,
        "CREATE TABLE good AS SELECT * FROM audit; CREATE TABLE good_head AS SELECT * FROM audit_head",
    )
    .await;
    run(conn, sql).await;
    let finding = found(store, checkpoints).await;
    run(
        conn,
        "DELETE FROM audit; INSERT INTO audit SELECT * FROM good; DROP TABLE good;
         DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM good_head; DROP TABLE good_head",
    )
    .await;
    assert_eq!(found(store, &[]).await, None, "mended after {sql}");
    finding
}

async fn p23_an_edited_field_names_its_row(database: Database) {
    let store = database.open().await;
    fill(&store, ROWS).await;
    let mut conn = database.conn().await;
    let mut edits = vec![
        "at = at + 1",
        "actor = 'eve'",
        "action = 'change_applied'",
        "action = 'no_such_action'",
        "subject_kind = 'change'",
        "subject_id = 'sesn_2'",
        "subject_title = ''",
        "agent_id = ''",
        "detail = '{}'",
        "detail = 'no JSON'",
        "hash = ''",
        "hash = prev_hash",
        "hash = upper(hash)",
        "prev_hash = hash",
        "prev_hash = ''",
    ];
    if let Database::Sqlite(_) = database {
        // Columns take anything there.
        edits.extend(["at = 'yesterday'", "actor = x'ff'", "detail = 1.5"]);
    }
    for edit in edits {
        for row in [1, 7, ROWS] {
            let sql = format!("UPDATE audit SET {edit} WHERE seq = {row}");
            let finding = tampered(&store, &mut conn, &sql, &[]).await;
            assert_eq!(finding.map(|it| it.seq()), Some(row), "{sql}");
        }
    }
}

async fn p23_a_removed_moved_or_added_row_is_named(database: Database) {
    let store = database.open().await;
    fill(&store, ROWS).await;
    let mut conn = database.conn().await;
    let copy = "INSERT INTO audit SELECT {seq}, at, actor, action, subject_kind, subject_id,
        subject_title, agent_id, detail, prev_hash, hash FROM audit WHERE seq = 3";
    for (sql, row) in [
        ("DELETE FROM audit WHERE seq = 1".to_owned(), 1),
        ("DELETE FROM audit WHERE seq = 5".to_owned(), 5),
        ("DELETE FROM audit WHERE seq BETWEEN 4 AND 6".to_owned(), 4),
        (
            "UPDATE audit SET seq = 99 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;
             UPDATE audit SET seq = 5 WHERE seq = 99"
                .to_owned(),
            4,
        ),
        // Closing the gap does not help.
        (
            "DELETE FROM audit WHERE seq = 5; UPDATE audit SET seq = -seq WHERE seq > 5;
             UPDATE audit SET seq = -seq - 1 WHERE seq < 0"
                .to_owned(),
            5,
        ),
        (copy.replace("{seq}", &(ROWS + 1).to_string()), ROWS + 1),
        (copy.replace("{seq}", &(ROWS + 9).to_string()), ROWS + 1),
        (copy.replace("{seq}", "0"), 1),
        (copy.replace("{seq}", "-1"), 1),
    ] {
        let finding = tampered(&store, &mut conn, &sql, &[]).await;
        assert_eq!(finding.map(|it| it.seq()), Some(row), "{sql}");
    }
}

/// Returns statements that write the ledger anew from `from` on, with a chain that fits.
async fn rewritten(store: &Store, from: u64, actor: &str) -> String {
    let mut read = store.read().await.unwrap();
    let mut entries = list(&mut read, &Filter::default(), 1_000).await.unwrap();
    entries.reverse();
    let mut last = Link::START;
    let mut sql = String::new();
    for entry in entries {
        let mut hash = entry.hash.parse::<Hash>().unwrap();
        if entry.seq >= from {
            let entry = AuditEntry {
                actor: actor.to_owned(),
                ..entry.clone()
            };
            hash = chain::next(&last.hash, &entry);
            let _written = write!(
                sql,
                "UPDATE audit SET actor = '{actor}', prev_hash = '{}', hash = '{hash}' \
                 WHERE seq = {};",
                last.hash, entry.seq
            );
        }
        last = Link {
            seq: entry.seq,
            hash,
        };
    }
    sql + &format!("UPDATE audit_head SET hash = '{}'", last.hash)
}

async fn p23_a_cut_tail_and_a_rewritten_ledger_show_against_a_checkpoint(database: Database) {
    let store = database.open().await;
    fill(&store, ROWS).await;
    let early = checkpoint(&store).await;
    fill(&store, 3).await;
    let late = checkpoint(&store).await;
    let mut conn = database.conn().await;
    let cut = format!(
        "DELETE FROM audit WHERE seq > {ROWS};
         UPDATE audit_head SET seq = {ROWS}, hash = (SELECT hash FROM audit WHERE seq = {ROWS})"
    );
    let anew = rewritten(&store, 1, "eve").await;
    let in_part = rewritten(&store, ROWS + 2, "eve").await;
    for (sql, checkpoints, row) in [
        // The chain alone cannot know.
        (&cut, &[][..], None),
        (&cut, &[early], None),
        (&cut, &[early, late], Some(ROWS + 1)),
        (&anew, &[], None),
        (&anew, &[early, late], Some(ROWS)),
        (&anew, &[late], Some(ROWS + 3)),
        (&in_part, &[], None),
        (&in_part, &[early], None),
        (&in_part, &[late, early], Some(ROWS + 3)),
    ] {
        let finding = tampered(&store, &mut conn, sql, checkpoints).await;
        assert_eq!(finding.map(|it| it.seq()), row, "{sql} {checkpoints:?}");
    }
    // Without moving the head, a cut tail shows at once.
    let sql = format!("DELETE FROM audit WHERE seq > {ROWS}");
    let finding = tampered(&store, &mut conn, &sql, &[]).await;
    assert_eq!(finding.unwrap().seq(), ROWS + 1);
}

async fn p23_a_head_that_was_touched_shows(database: Database) {
    let store = database.open().await;
    fill(&store, ROWS).await;
    let mut conn = database.conn().await;
    for (sql, row) in [
        ("UPDATE audit_head SET seq = 3", 3),
        ("UPDATE audit_head SET seq = 0", 1),
        ("UPDATE audit_head SET seq = 90", ROWS + 1),
        ("UPDATE audit_head SET hash = 'x'", ROWS + 1),
        (
            "UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE seq = 3)",
            ROWS,
        ),
        ("DELETE FROM audit_head", ROWS + 1),
    ] {
        let finding = tampered(&store, &mut conn, sql, &[]).await;
        assert_eq!(finding.map(|it| it.seq()), Some(row), "{sql}");
    }
    // Nothing is written on top of that, and no head is made up for sealed rows.
    run(&mut conn, "DELETE FROM audit_head").await;
    let written = async {
        let mut write = store.write().await?;
        append(&mut write, entry(1)).await
    };
    let error = written.await.unwrap_err();
    assert!(matches!(error, StoreError::NoHead), "{error}");
    store.close().await;
    if let Some(path) = database.path() {
        let error = Store::open(&path).await.unwrap_err();
        assert!(matches!(error, StoreError::NoHead), "{error}");
    }
}

async fn p23_rows_of_an_older_release_are_sealed_once(database: Database) {
    let store = database.open().await;
    // More than one batch.
    fill(&store, 700).await;
    let sealed = checkpoint(&store).await;
    store.close().await;
    let mut conn = database.conn().await;
    run(&mut conn, "UPDATE audit SET prev_hash = '', hash = ''").await;
    if let Database::Postgres(_) = database {
        // No release without a chain ever wrote there: it is for the verifier to say.
        let store = database.open().await;
        assert_eq!(found(&store, &[]).await.unwrap().seq(), 1);
        return;
    }
    run(&mut conn, "DELETE FROM audit_head").await;
    let store = database.open().await;
    assert_eq!(found(&store, &[sealed]).await, None);
    fill(&store, 1).await;
    assert_eq!(checkpoint(&store).await.seq, 701);
    assert_eq!(found(&store, &[sealed]).await, None);
}

async fn p23_a_ledger_of_many_batches_is_verified_part_by_part(database: Database) {
    let store = database.open().await;
    // Two batches and nothing more: the end is found there, too.
    fill(&store, 2_000).await;
    let first = verify(&store, Link::START, &[], 10).await.unwrap();
    assert!(first.goes_on && first.finding.is_none());
    assert_eq!(first.last.seq, 1_000);
    let second = verify(&store, first.last, &[], u64::MAX).await.unwrap();
    assert_eq!((second.last.seq, second.finding), (2_000, None));
    assert!(!second.goes_on);
    let mut conn = database.conn().await;
    run(&mut conn, "UPDATE audit SET actor = 'eve' WHERE seq = 1700").await;
    let second = verify(&store, first.last, &[], u64::MAX).await.unwrap();
    assert_eq!(second.finding.unwrap().seq(), 1_700);
}

async fn the_ledger_is_listed_by_time(database: Database) {
    let store = database.open().await;
    fill(&store, ROWS).await;
    let at = |number: u64| entry(number).at;
    let finer = |number: u64| at(number) + jiff::SignedDuration::from_nanos(1);
    for (from, to, expected) in [
        (None, None, 1..=ROWS),
        (Some(at(4)), None, 4..=ROWS),
        (Some(finer(4)), None, 5..=ROWS),
        (None, Some(at(4)), 1..=3),
        (None, Some(finer(4)), 1..=4),
        (Some(at(2)), Some(at(5)), 2..=4),
    ] {
        let filter = Filter {
            from,
            to,
            ..Filter::default()
        };
        let mut read = store.read().await.unwrap();
        let listed = list(&mut read, &filter, 100).await.unwrap();
        let seqs = listed.iter().rev().map(|entry| entry.seq);
        assert!(seqs.eq(expected), "{from:?} {to:?}");
    }
}

#[tokio::test]
async fn p23_proxies_that_share_a_server_write_one_chain() {
    const PROXIES: usize = 3;
    let rows = if is_long() { 5_000 } else { 300 };
    let Some(database) =
        Database::postgres("p23_proxies_that_share_a_server_write_one_chain").await
    else {
        return;
    };
    let mut writers = Vec::new();
    for _ in 0..PROXIES {
        let store = database.open().await;
        for _ in 0..4 {
            let store = store.clone();
            writers.push(tokio::spawn(async move {
                let (mut acknowledged, mut refused) = (0, 0);
                while acknowledged < rows / 4 / PROXIES as u64 {
                    let written = async {
                        let mut write = store.write().await?;
                        append(&mut write, entry(acknowledged)).await?;
                        write.commit().await
                    };
                    match written.await {
                        Ok(()) => acknowledged += 1,
                        // On a machine that is busy with other things a turn may take too long; what
                        // was refused may be there all the same if only its answer was lost.
                        Err(StoreError::Database(_)) => refused += 1,
                        Err(error) => panic!("{error}"),
                    }
                    assert!(refused < 100, "writes are refused for ever");
                }
                (acknowledged, refused)
            }));
        }
    }
    let (mut acknowledged, mut refused) = (0, 0);
    for writer in writers {
        let (done, not_done) = writer.await.unwrap();
        acknowledged += done;
        refused += not_done;
    }
    let store = database.open().await;
    let verified = verify(&store, Link::START, &[], u64::MAX).await.unwrap();
    assert_eq!(verified.finding, None);
    let rows = verified.last.seq;
    assert!(
        (acknowledged..=acknowledged + refused).contains(&rows),
        "{rows} rows"
    );
    say(&format!(
        "promise-figure p23 one-chain proxies={PROXIES} rows={rows} refused={refused} forks=0"
    ));
}

#[tokio::test]
async fn p23_a_checkpoint_is_taken_when_the_ledger_grew_and_is_found_in_file_and_log() {
    let database = Database::sqlite();
    let store = database.open().await;
    let folder = tempfile::tempdir().unwrap();
    let key = AuditKey::of_folder(folder.path()).unwrap();
    let taker = Checkpointer::new(store.clone(), key.clone(), folder.path());
    assert!(
        taker.take().await.unwrap().is_none(),
        "nothing was done yet"
    );
    fill(&store, 2).await;
    let first = taker.take().await.unwrap().unwrap();
    assert!(taker.take().await.unwrap().is_none(), "it did not grow");
    // A crash in the middle of a line.
    let whole = std::fs::read_to_string(taker.path()).unwrap();
    std::fs::write(taker.path(), format!("{whole}{}", &whole[..90])).unwrap();
    fill(&store, 1).await;
    let second = taker.take().await.unwrap().unwrap();

    let trusted = [key.public_key()];
    let expected = [first, second].map(|signed| signed.verify(&trusted).unwrap());
    let kept = read_checkpoints(taker.path(), &trusted, None).unwrap();
    assert_eq!(kept.good, expected);
    assert_eq!(kept.bad.len(), 1, "the torn one");
    assert_eq!(kept.bad[0].0, 2);
    // The end of the file is enough to begin with.
    let recent = read_checkpoints(taker.path(), &trusted, Some(400)).unwrap();
    assert_eq!(recent.good, expected[1..]);
    // A log says it in the middle of other things.
    let log = folder.path().join("log");
    let line = json!({ "fields": { "message": "checkpoint", "checkpoint": first.to_string() } });
    std::fs::write(&log, format!("{{}}\n{line}\n{second}\n")).unwrap();
    assert_eq!(
        read_checkpoints(&log, &trusted, None).unwrap().good,
        expected
    );
    // Someone else's signature is none.
    let other = [SigningKey::from_bytes(&[7; 32]).public_key()];
    let kept = read_checkpoints(taker.path(), &other, None).unwrap();
    assert!(kept.good.is_empty() && kept.bad.len() == 3);
    assert_eq!(found(&store, &expected).await, None);
}
