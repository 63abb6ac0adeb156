//! A store with its history, a dream that writes into it, and what is taken back.

use super::*;
use crate::digest::sha256_hex;
use crate::manifest::Tree;
use crate::store_diff::compare;
use proptest::prelude::*;

const NO_LIMITS: Limits = Limits {
    memories: 2_000,
    bytes: 1 << 20,
};

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Dream,
    Somebody,
}

/// A store as the platform keeps it: memories by id, versions oldest first, and the texts of all of them.
#[derive(Debug, Clone, Default)]
struct World {
    memories: BTreeMap<String, (String, String, String)>,
    versions: Vec<Version>,
    texts: HashMap<String, String>,
    made: usize,
}

impl World {
    fn is_free(&self, path: &str, except: &str) -> bool {
        let others = self.memories.iter().filter(|(id, _)| *id != except);
        let tree = Tree::new(others.map(|(_, (path, ..))| (&**path, ())));
        tree.colliding(path).is_empty()
    }

    fn version(&mut self, who: Who, id: &str, did: Did, path: &str, text: &str) -> String {
        let version = format!("memver_{}", self.versions.len());
        let is_there = did != Did::Deleted;
        self.texts.insert(version.clone(), text.to_owned());
        self.versions.push(Version {
            id: version.clone(),
            memory_id: id.into(),
            did,
            path: Some(path.to_owned()),
            sha256: is_there.then(|| sha256_hex(text)),
            bytes: text.len() as u64,
            is_dreams: who == Who::Dream,
        });
        version
    }

    fn put(&mut self, who: Who, id: &str, did: Did, path: &str, text: &str) {
        let version = self.version(who, id, did, path, text);
        let memory = (path.to_owned(), text.to_owned(), version);
        self.memories.insert(id.to_owned(), memory);
    }

    fn create(&mut self, who: Who, path: &str, text: &str) {
        if self.is_free(path, "") {
            self.made += 1;
            let id = format!("mem_{}", self.made);
            self.put(who, &id, Did::Created, path, text);
        }
    }

    /// Finds the memory at a path.
    fn at(&self, path: &str) -> Option<String> {
        let found = self.memories.iter().find(|(_, (at, ..))| at == path);
        found.map(|(id, _)| id.clone())
    }

    fn edit(&mut self, who: Who, path: &str, text: &str) {
        if let Some(id) = self.at(path)
            && self.memories[&id].1 != text
        {
            self.put(who, &id, Did::Modified, path, text);
        }
    }

    fn rename(&mut self, who: Who, from: &str, to: &str) {
        if let Some(id) = self.at(from)
            && from != to
            && self.is_free(to, &id)
        {
            let text = self.memories[&id].1.clone();
            self.put(who, &id, Did::Modified, to, &text);
        }
    }

    fn delete(&mut self, who: Who, path: &str) {
        if let Some(id) = self.at(path) {
            self.memories.remove(&id);
            self.version(who, &id, Did::Deleted, path, "");
        }
    }

    fn take(&mut self, who: Who, act: &Act) {
        match act {
            Act::Create(path, text) => self.create(who, path, text),
            Act::Edit(path, text) => self.edit(who, path, text),
            Act::Rename(from, to) => self.rename(who, from, to),
            Act::Delete(path) => self.delete(who, path),
        }
    }

    fn texts_by_path(&self) -> BTreeMap<String, String> {
        let memories = self.memories.values();
        memories
            .map(|(path, text, _)| (path.clone(), text.clone()))
            .collect()
    }

    fn present(&self) -> Vec<Present> {
        let memories = self.memories.iter();
        memories
            .map(|(id, (path, text, version))| Present {
                listed: Listed {
                    memory_id: id.as_str().into(),
                    path: path.clone(),
                    sha256: sha256_hex(text),
                    bytes: text.len() as u64,
                },
                version_id: Some(version.clone()),
            })
            .collect()
    }

    /// Returns what is known of a dream that was asked for after so many versions, with what went before read.
    fn traces(&self, asked_after: usize) -> Vec<Trace> {
        let since: Vec<Version> = self.versions[asked_after..].iter().rev().cloned().collect();
        let mut traces = traces(&since, &self.present());
        for trace in &mut traces {
            if trace.before == Before::Unread {
                let of = |one: &&Version| one.memory_id == trace.memory_id;
                let older = self.versions[..asked_after].iter().rev().find(of);
                trace.before = older.cloned().map_or(Before::Lost, Before::at);
            }
        }
        traces
    }

    /// Does what a plan says, as the platform would in the end.
    fn taken_back(&self, plan: &Plan, traces: &[Trace]) -> BTreeMap<String, String> {
        let differences = compare(&plan.now, &plan.before);
        let text = |id: &MemoryId| {
            let of = traces.iter().find(|one| one.memory_id == *id).unwrap();
            match &of.before {
                Before::Was(version) => self.texts[&version.id].clone(),
                other => panic!("the text of {other:?} was asked for"),
            }
        };
        let operations: Vec<MemoryOperation> = differences
            .iter()
            .map(|one| {
                let text = one.text_needed().map(|listed| text(&listed.memory_id));
                one.operation(&text.unwrap_or_default())
            })
            .collect();
        let before = self.texts_by_path();
        let mut after = before.clone();
        for operation in &operations {
            if let Some(expected) = operation.expected_sha256() {
                let gone = after.remove(operation.path()).unwrap();
                assert_eq!(sha256_hex(&gone), expected, "the guard holds");
                let held = &self.memories[operation.memory_id().unwrap().as_str()];
                assert_eq!(held.0, operation.path(), "the guard names the memory");
            }
        }
        for operation in &operations {
            let Some(path) = operation.path_after() else {
                continue;
            };
            let tree = Tree::new(after.keys().map(|path| (&**path, ())));
            assert!(tree.colliding(path).is_empty(), "{path} is taken");
            let text = operation
                .content()
                .map_or_else(|| before[operation.path()].clone(), str::to_owned);
            after.insert(path.to_owned(), text);
        }
        after
    }
}

#[derive(Debug, Clone)]
enum Act {
    Create(String, String),
    Edit(String, String),
    Rename(String, String),
    Delete(String),
}

fn any_act() -> impl Strategy<Value = Act> {
    // Few paths, some below others, and few texts: so that they come into each other's way.
    let path = || prop::sample::select(vec!["/a", "/b", "/c", "/a/x", "/b/x", "/b/y"]);
    let text = || "[pqr]";
    prop_oneof![
        3 => (path(), text()).prop_map(|(path, text)| Act::Create(path.to_owned(), text)),
        3 => (path(), text()).prop_map(|(path, text)| Act::Edit(path.to_owned(), text)),
        2 => (path(), path()).prop_map(|(from, to)| Act::Rename(from.to_owned(), to.to_owned())),
        2 => path().prop_map(|path| Act::Delete(path.to_owned())),
    ]
}

fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(any_act(), 0..most)
}

proptest! {
    #[test]
    fn what_a_dream_did_alone_is_taken_back_whole(history in acts(14), dreamt in acts(14)) {
        let mut world = World::default();
        for act in &history {
            world.take(Who::Somebody, act);
        }
        let before = world.texts_by_path();
        let asked_after = world.versions.len();
        for act in &dreamt {
            world.take(Who::Dream, act);
        }
        let traces = world.traces(asked_after);
        let plan = plan(&traces, &world.present(), NO_LIMITS);
        prop_assert_eq!(plan.left_out, NotTakenBack::default());
        prop_assert_eq!(world.taken_back(&plan, &traces), before);
    }

    #[test]
    fn what_others_wrote_since_stays_and_the_rest_is_taken_back_or_counted(
        history in acts(10),
        meanwhile in prop::collection::vec((any::<bool>(), any_act()), 0..20),
    ) {
        let mut world = World::default();
        for act in &history {
            world.take(Who::Somebody, act);
        }
        let asked_after = world.versions.len();
        for (is_dreams, act) in &meanwhile {
            let who = if *is_dreams { Who::Dream } else { Who::Somebody };
            world.take(who, act);
        }
        let traces = world.traces(asked_after);
        let plan = plan(&traces, &world.present(), NO_LIMITS);
        // This also asserts that all of it fits.
        let after = world.taken_back(&plan, &traces);

        let mut stayed = 0;
        for id in (1..=world.made).map(|number| format!("mem_{number}")) {
            // What the versions say of this memory, read without the code under test.
            let of = |one: &&Version| one.memory_id.as_str() == id;
            let own: Vec<&Version> = world.versions.iter().filter(of).collect();
            let first = own.iter().position(|one| one.is_dreams);
            let now = world.memories.get(&id).map(|(path, text, _)| (path, text));
            let is_there = |side: Option<(&String, &String)>| {
                side.is_none_or(|(path, text)| after.get(path) == Some(text))
            };
            let Some(first) = first else {
                prop_assert!(is_there(now), "{id} is nobody's but its writers'");
                continue;
            };
            if own[first..].iter().any(|one| !one.is_dreams) {
                prop_assert!(is_there(now), "{id} was written to by others since");
                continue;
            }
            let was = first
                .checked_sub(1)
                .map(|older| own[older])
                .filter(|older| older.did != Did::Deleted)
                .map(|older| (older.path.as_ref().unwrap(), &world.texts[&older.id]));
            if was == now {
                prop_assert!(is_there(now));
            } else if plan.now.iter().chain(&plan.before).any(|one| one.memory_id.as_str() == id) {
                prop_assert!(is_there(was), "{id} is as it was");
            } else {
                prop_assert!(is_there(now), "{id} is left as it is");
                stayed += 1;
            }
        }
        prop_assert_eq!(plan.left_out.path_taken, stayed);
        prop_assert_eq!(plan.left_out.text_gone, 0);
    }
}

/// A store with `/a`, `/b` and `/c`, each with its path's letter as its text.
fn three() -> World {
    let mut world = World::default();
    for path in ["/a", "/b", "/c"] {
        world.create(Who::Somebody, path, &path[1..]);
    }
    world
}

/// Takes back what happens to [`three`] after a dream was asked for; returns the store after, and what is left out.
fn after(happens: impl FnOnce(&mut World)) -> (Vec<(String, String)>, NotTakenBack, MemoryCounts) {
    let mut world = three();
    happens(&mut world);
    let traces = world.traces(3);
    let plan = plan(&traces, &world.present(), NO_LIMITS);
    let after = world.taken_back(&plan, &traces).into_iter().collect();
    (after, plan.left_out, counts(&traces))
}

fn paths(after: &[(String, String)]) -> Vec<&str> {
    after.iter().map(|(path, _)| &**path).collect()
}

#[test]
fn each_kind_is_taken_back_and_counted() {
    let (after, left_out, did) = after(|world| {
        world.edit(Who::Dream, "/a", "dreamt");
        world.edit(Who::Dream, "/a", "dreamt again");
        world.delete(Who::Dream, "/b");
        world.rename(Who::Dream, "/c", "/c/inner");
        world.create(Who::Dream, "/d", "new");
        world.create(Who::Dream, "/gone", "at once");
        world.delete(Who::Dream, "/gone");
    });
    let was = three().texts_by_path().into_iter().collect::<Vec<_>>();
    assert_eq!(after, was);
    assert_eq!(left_out, NotTakenBack::default());
    let expected = MemoryCounts {
        created: 1,
        edited: 1,
        renamed: 1,
        deleted: 1,
    };
    assert_eq!(did, expected);
}

#[test]
fn what_somebody_wrote_to_as_well_stays() {
    let (after, left_out, _) = after(|world| {
        world.edit(Who::Dream, "/a", "dreamt");
        world.edit(Who::Somebody, "/a", "corrected");
        world.edit(Who::Dream, "/b", "dreamt");
        world.edit(Who::Somebody, "/b", "corrected");
        world.edit(Who::Dream, "/b", "dreamt over it");
        world.edit(Who::Somebody, "/c", "corrected first");
        world.edit(Who::Dream, "/c", "dreamt");
    });
    let texts: Vec<&str> = after.iter().map(|(_, text)| &**text).collect();
    assert_eq!(texts, ["corrected", "dreamt over it", "corrected first"]);
    assert_eq!(left_out.changed_since, 2);
}

#[test]
fn nothing_is_put_where_others_are_now() {
    let (after, left_out, _) = after(|world| {
        world.delete(Who::Dream, "/a");
        world.create(Who::Somebody, "/a/below", "somebody's");
        // `/c` cannot go back, so `/b` cannot go back to where it is now.
        world.rename(Who::Dream, "/b", "/d");
        world.rename(Who::Dream, "/c", "/b");
        world.create(Who::Somebody, "/c", "somebody's");
    });
    assert_eq!(paths(&after), ["/a/below", "/b", "/c", "/d"]);
    assert_eq!(left_out.path_taken, 3);
}

#[test]
fn what_is_unknown_is_left_out() {
    let mut world = three();
    world.edit(Who::Dream, "/a", "dreamt");
    world.edit(Who::Dream, "/b", "dreamt");
    world.edit(Who::Dream, "/c", "dreamt");
    // `/a` was blanked out, `/b` is older than what is kept.
    world.versions[0].sha256 = None;
    world.versions[0].path = None;
    world.versions.remove(1);
    let traces = world.traces(2);
    let plan = plan(&traces, &world.present(), NO_LIMITS);
    assert_eq!(plan.left_out.text_gone, 2);
    assert_eq!(plan.before.len(), 1);
    assert_eq!(counts(&traces).edited, 3, "it was edited all the same");
    // A memory that is at a version nobody listed was written to a moment ago.
    let mut present = world.present();
    present[2].version_id = Some("memver_new".to_owned());
    let since: Vec<Version> = world.versions[2..].iter().rev().cloned().collect();
    let of = super::traces(&since, &present);
    let newest = of.iter().find(|one| one.memory_id.as_str() == "mem_3");
    assert!(newest.unwrap().is_others_too);
}

#[test]
fn limits_hold_and_what_is_beyond_them_makes_no_room() {
    let mut world = three();
    world.rename(Who::Dream, "/c", "/d");
    world.rename(Who::Dream, "/b", "/c");
    world.edit(Who::Dream, "/a", "dreamt");
    let traces = world.traces(3);
    let plan_of = |memories, bytes| plan(&traces, &world.present(), Limits { memories, bytes });
    let left_out = |memories, bytes| plan_of(memories, bytes).left_out;
    assert_eq!(left_out(5, 100), NotTakenBack::default());
    // The edit and the newer of the renames; it is in nobody's way.
    let short = left_out(3, 100);
    assert_eq!((short.beyond_limits, short.path_taken), (1, 0));
    assert_eq!(left_out(5, 7).beyond_limits, 2);
    world.taken_back(&plan_of(3, 100), &traces);
    world.taken_back(&plan_of(2, 100), &traces);
}

#[test]
fn what_a_dream_did_is_read_from_what_takes_it_back() {
    let held = |id: &str, path: &str, text: &str| MemoryBefore {
        memory_id: id.into(),
        path: path.to_owned(),
        sha256: sha256_hex(text),
        content: text.to_owned(),
    };
    let back = MemoryProposal {
        manifest: review_api::MemoryManifest {
            store_id: "memstore_1".into(),
            operations: vec![
                MemoryOperation::Create {
                    path: "/lost".to_owned(),
                    content: "old".to_owned(),
                },
                MemoryOperation::Edit {
                    memory_id: "mem_1".into(),
                    path: "/edited".to_owned(),
                    expected_sha256: sha256_hex("dreamt"),
                    content: "old".to_owned(),
                },
                MemoryOperation::Rename {
                    memory_id: "mem_2".into(),
                    from: "/here".to_owned(),
                    to: "/there".to_owned(),
                    expected_sha256: sha256_hex("same"),
                },
                MemoryOperation::Delete {
                    memory_id: "mem_3".into(),
                    path: "/made".to_owned(),
                    expected_sha256: sha256_hex("made up"),
                },
            ],
        },
        store_name: "Notes".to_owned(),
        before: vec![
            held("mem_1", "/edited", "dreamt"),
            held("mem_2", "/here", "same"),
            held("mem_3", "/made", "made up"),
        ],
    };
    let lines: Vec<String> = undone(&back)
        .into_iter()
        .map(|one| format!("{} {}: {}", one.what, one.path, one.text))
        .collect();
    assert_eq!(
        lines,
        [
            "deleted /lost: ",
            "edited /edited: dreamt",
            "renamed /there: Now at /here",
            "created /made: made up",
        ]
    );
}

#[test]
fn what_is_left_out_is_said_in_sentences() {
    assert_eq!(left_out(&NotTakenBack::default()), Vec::<String>::new());
    let some = NotTakenBack {
        changed_since: 1,
        text_gone: 1_200,
        ..NotTakenBack::default()
    };
    assert_eq!(
        left_out(&some),
        [
            "1 memory stays as it is, because somebody else wrote to it since the dream did.",
            "1,200 memories stay as they are, because what they were before cannot be had from the platform any more.",
        ]
    );
}
