//! Copies of dreams that come in another order than they were read.

use crate::databases::{Database, on_each_database};
use crate::store::dreams::{self, DreamCopy};
use crate::store::interactions::InteractionCopy;
use crate::store::{dream_runs, interactions};
use jiff::Timestamp;
use review_api::DreamStatus;

on_each_database!(
    a_dream_that_has_ended_does_not_go_back,
    an_interaction_that_ended_during_a_dream_is_read_by_the_next_one,
);

async fn a_dream_that_has_ended_does_not_go_back(database: Database) {
    let store = database.open().await;
    let running = DreamCopy {
        id: "drm_1".into(),
        agent_id: None,
        status: DreamStatus::Running,
        model: None,
        instructions: None,
        session_id: None,
        input_store_id: None,
        output_store_id: None,
        interactions_read: 3,
        usage: None,
        error: None,
        created_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
    };
    let canceled = DreamCopy {
        status: DreamStatus::Canceled,
        ended_at: Some(Timestamp::UNIX_EPOCH),
        ..running.clone()
    };
    // The last one is what a list said before it was called off.
    for copy in [&running, &canceled, &running] {
        let mut write = store.write().await.unwrap();
        dreams::keep(&mut write, copy).await.unwrap();
        write.commit().await.unwrap();
    }
    let mut read = store.read().await.unwrap();
    let kept: (String,) = sqlx::query_as("SELECT status FROM dreams WHERE id = 'drm_1'")
        .fetch_one(&mut *read)
        .await
        .unwrap();
    assert_eq!(kept.0, "canceled");
}

async fn an_interaction_that_ended_during_a_dream_is_read_by_the_next_one(database: Database) {
    let store = database.open().await;
    let at = |minute| Timestamp::from_second(1_700_000_000 + minute * 60).unwrap();
    let interaction = |id: &str, status: &str, began: i64, moved: i64| InteractionCopy {
        id: id.into(),
        agent_id: "agent_1".into(),
        agent_version: 1,
        title: "Refund".to_owned(),
        status: status.to_owned(),
        usage: None,
        memory_store_id: None,
        created_at: at(began),
        moved_at: at(moved),
    };
    // When they are read, and what they are then; a dream is asked for in minute 10.
    let reads = [
        (5, interaction("sesn_before", "idle", 1, 4)),
        (5, interaction("sesn_during", "running", 2, 5)),
        (15, interaction("sesn_during", "idle", 2, 14)),
        (15, interaction("sesn_before", "idle", 1, 4)),
        (25, interaction("sesn_during", "idle", 2, 24)),
        (25, interaction("sesn_after", "idle", 20, 21)),
        (25, interaction("sesn_going_on", "running", 22, 24)),
    ];
    for (minute, copy) in reads {
        let mut write = store.write().await.unwrap();
        interactions::keep(&mut write, &copy, at(minute))
            .await
            .unwrap();
        write.commit().await.unwrap();
    }
    let mut read = store.read().await.unwrap();
    for (since, expected) in [
        (at(10), vec!["sesn_after", "sesn_during"]),
        (at(16), vec!["sesn_after"]),
    ] {
        let agent = "agent_1".into();
        let found = dream_runs::candidates(&mut read, &agent, Some(since), 10)
            .await
            .unwrap();
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, expected);
    }
}
