//! Copies of dreams that come in another order than they were read.

use crate::databases::{Database, on_each_database};
use crate::store::dreams::{self, DreamCopy};
use jiff::Timestamp;
use review_api::DreamStatus;

on_each_database!(a_dream_that_has_ended_does_not_go_back);

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
