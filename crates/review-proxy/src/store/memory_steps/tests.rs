//! Steps of memory changes, on each database.

use crate::databases::{Database, on_each_database};
use crate::store::{Conn, attempts, changes, memory_steps, now};
use review_api::{
    AgentId, Change, ChangeId, ChangeSize, ChangeState, ChangeSummary, ChangeTarget, MemoryBefore,
    MemoryChange, MemoryId, MemoryManifest, MemoryOperation, MemoryStep, Policy, Prompt,
};

on_each_database!(
    p20_a_change_of_memories_reads_back_as_it_was_kept,
    p20_a_step_is_noted_once_and_the_change_counts_up,
    p20_another_manifest_replaces_the_first_one_with_its_steps,
    p20_only_waiting_changes_of_memories_are_listed_with_their_store,
    p20_an_attempt_that_was_stopped_is_known_by_its_digest,
);

/// Texts that databases like to change: NUL, other line ends, both quotes, what cannot be seen.
const HARD: &str = "a\0b\r\n'\"\\ \u{202e}\u{feff} é 👩\u{200d}💻";

fn manifest(operations: Vec<MemoryOperation>) -> MemoryManifest {
    MemoryManifest {
        store_id: "memstore_1".into(),
        operations,
    }
}

fn create(path: &str, content: &str) -> MemoryOperation {
    MemoryOperation::Create {
        path: path.to_owned(),
        content: content.to_owned(),
    }
}

fn steps(operations: &[MemoryOperation]) -> Vec<MemoryStep> {
    let step = |operation: &MemoryOperation| MemoryStep {
        operation: operation.clone(),
        done_at: None,
        memory_id: None,
    };
    operations.iter().map(step).collect()
}

fn change(id: &str, operations: Vec<MemoryOperation>) -> Change {
    let at = now();
    let before = MemoryBefore {
        memory_id: "mem_1".into(),
        path: "/é".to_owned(),
        sha256: review_core::digest::sha256_hex(HARD),
        content: HARD.to_owned(),
    };
    Change {
        summary: ChangeSummary {
            id: id.into(),
            agent_id: "agent_1".into(),
            agent_name: "agent_1".to_owned(),
            title: "Notes".to_owned(),
            state: ChangeState::Staged,
            target: ChangeTarget::Memory,
            rolls_back: None,
            size: ChangeSize::default(),
            base_version: 0,
            staged_by: "ann".into(),
            staged_at: at,
            updated_at: at,
            approvals: 0,
            approvals_needed: 1,
        },
        base: Prompt {
            version: 0,
            sha256: review_core::digest::sha256_hex(""),
            text: String::new(),
        },
        proposed: String::new(),
        memory: Some(MemoryChange {
            steps: steps(&operations),
            manifest: manifest(operations),
            store_name: "Notes".to_owned(),
            before: vec![before],
        }),
        findings_sha256: None,
        digest: "d".to_owned(),
        policy: Policy::default(),
        suggestion_ids: Vec::new(),
        hands: Vec::new(),
        approvals: Vec::new(),
        overlaps: Vec::new(),
        moved_to: None,
        rolled_back_by: None,
        test: None,
        automatic: None,
        glass: None,
        outcome: None,
        trouble: None,
        history: Vec::new(),
        revision: 1,
    }
}

async fn read(conn: &mut Conn, id: &str) -> Change {
    changes::get(conn, &id.into()).await.unwrap().unwrap()
}

async fn p20_a_change_of_memories_reads_back_as_it_was_kept(database: Database) {
    let store = database.open().await;
    let kept = change("chg_1", vec![create("/a", HARD), create("/b", "")]);
    let mut write = store.write().await.unwrap();
    changes::insert(&mut write, &kept).await.unwrap();
    write.commit().await.unwrap();
    let mut conn = store.read().await.unwrap();
    assert_eq!(read(&mut conn, "chg_1").await, kept);
}

async fn p20_a_step_is_noted_once_and_the_change_counts_up(database: Database) {
    let store = database.open().await;
    let kept = change("chg_1", vec![create("/a", ""), create("/b", "")]);
    let mut write = store.write().await.unwrap();
    changes::insert(&mut write, &kept).await.unwrap();
    let (id, memory_id, at) = (ChangeId::from("chg_1"), MemoryId::from("mem_2"), now());
    let take = async |write: &mut Conn, step| {
        memory_steps::take(write, &id, step, &memory_id, at)
            .await
            .unwrap()
    };
    assert!(take(&mut write, 1).await);
    assert!(!take(&mut write, 1).await, "noted before");
    assert!(!take(&mut write, 2).await, "no such step");
    let now = read(&mut write, "chg_1").await;
    let steps = now.memory.unwrap().steps;
    assert_eq!(steps[0].done_at, None);
    assert_eq!(steps[1].done_at, Some(at));
    assert_eq!(steps[1].memory_id, Some(memory_id.clone()));
    assert!(now.revision > kept.revision);
    assert_eq!(now.summary.updated_at, at);
}

async fn p20_another_manifest_replaces_the_first_one_with_its_steps(database: Database) {
    let store = database.open().await;
    let mut kept = change("chg_1", vec![create("/a", ""), create("/b", "")]);
    let mut write = store.write().await.unwrap();
    changes::insert(&mut write, &kept).await.unwrap();
    let operations = vec![create("/c", HARD)];
    kept.memory = Some(MemoryChange {
        steps: steps(&operations),
        manifest: manifest(operations),
        store_name: "Other".to_owned(),
        before: Vec::new(),
    });
    memory_steps::replace(&mut write, &kept).await.unwrap();
    assert_eq!(read(&mut write, "chg_1").await.memory, kept.memory);
}

async fn p20_only_waiting_changes_of_memories_are_listed_with_their_store(database: Database) {
    let store = database.open().await;
    let mut write = store.write().await.unwrap();
    for (id, state) in [
        ("chg_1", ChangeState::Staged),
        ("chg_2", ChangeState::Approved),
        ("chg_3", ChangeState::Stale),
        ("chg_4", ChangeState::Applied),
    ] {
        let mut change = change(id, vec![create("/a", "")]);
        change.summary.state = state;
        changes::insert(&mut write, &change).await.unwrap();
    }
    let mut prompt = change("chg_5", Vec::new());
    prompt.memory = None;
    prompt.summary.target = ChangeTarget::Prompt;
    changes::insert(&mut write, &prompt).await.unwrap();
    let waiting = memory_steps::waiting(&mut write).await.unwrap();
    let mut ids: Vec<_> = waiting
        .iter()
        .map(|it| (it.change_id.as_str(), it.store_id.as_str()))
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, [("chg_1", "memstore_1"), ("chg_2", "memstore_1")]);
}

async fn p20_an_attempt_that_was_stopped_is_known_by_its_digest(database: Database) {
    let store = database.open().await;
    let mut write = store.write().await.unwrap();
    let attempt = attempts::Attempt {
        id: "att_1".to_owned(),
        change_id: "chg_1".into(),
        agent_id: AgentId::from("agent_1"),
        expected_version: 0,
        target_sha256: "d".to_owned(),
        digest: "other".to_owned(),
        started_by: "ann".into(),
        started_at: now(),
        holder: None,
        lease_until: None,
    };
    attempts::begin(&mut write, &attempt).await.unwrap();
    let id = ChangeId::from("chg_1");
    let was_stopped = async |write: &mut Conn, digest: &str| {
        memory_steps::was_stopped(write, &id, digest).await.unwrap()
    };
    assert!(memory_steps::is_open(&mut write, "att_1").await.unwrap());
    assert!(!was_stopped(&mut write, "d").await);
    let ended = attempts::end(&mut write, "att_1", memory_steps::STOPPED, now()).await;
    assert!(ended.unwrap());
    assert!(!memory_steps::is_open(&mut write, "att_1").await.unwrap());
    assert!(was_stopped(&mut write, "d").await);
    assert!(!was_stopped(&mut write, "other").await);
}
