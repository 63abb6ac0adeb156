//! Seeded memory stores.

use super::Copy;
use super::kits::Kit;
use super::script::sections;
use super::words::Words;
use crate::memory::created;
use crate::state::{Entry, MemoryStore};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Finds a path that is free, by a number at its end if need be.
fn free(path: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = path.clone();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        let stem = path.strip_suffix(".md").unwrap_or(&path);
        candidate = format!("{stem}-{number}.md");
        number += 1;
    }
    candidate
}

/// The store of a kit with its memories: sections `/path`, or `* count | /path/{word}.md`.
pub(super) fn store(copy: Copy, kit: &Kit) -> Vec<Entry> {
    let id = copy.id("memstore_", kit.key);
    let made_at = copy.minutes_ago(kit.made_days_ago * 1_440);
    let (name, description) = kit.store;
    let mut entries = vec![Entry::Store(Box::new(MemoryStore {
        kind: "memory_store".to_owned(),
        id: id.clone(),
        name: name.to_owned(),
        description: description.to_owned(),
        metadata: BTreeMap::from([("agent".to_owned(), copy.id("agent_", kit.key))]),
        created_at: made_at,
        updated_at: made_at,
        archived_at: None,
    }))];
    let words = Words::parse(kit.words);
    let mut random = copy.random(&format!("memories/{}", kit.key));
    let mut taken = BTreeSet::new();
    let by = json!({"type": "user_actor", "user_id": copy.id("user_", kit.team)});
    for section in sections(kit.memories) {
        let (count, path) = match section.part(0).strip_prefix("* ") {
            Some(count) => (count.parse().unwrap_or(1), section.part(1)),
            None => (1, section.part(0)),
        };
        for _ in 0..count {
            let minutes = random.i64(0..kit.made_days_ago * 1_440);
            let at = copy.minutes_ago(minutes);
            let mut chosen = words.choose(&mut random);
            chosen.set_times(at);
            let path = free(chosen.fill(path, &mut random), &mut taken);
            let content = chosen.fill(section.body, &mut random);
            let name = format!("{}{path}", kit.key);
            let written = created(&id, &path, &content, at, &by);
            let ids = (copy.id("mem_", &name), copy.id("memver_", &name));
            entries.extend(written.with_ids(ids.0, ids.1).entries());
        }
    }
    entries
}
