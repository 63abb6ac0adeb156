//! Manifests against a store that behaves as the platform's does.

use super::{path::Tree, *};
use crate::digest::sha256_hex;
use proptest::{prelude::*, sample::Index};
use review_api::MemoryId;
use std::collections::BTreeMap;

/// A memory store in memory, with the platform's rules.
#[derive(Debug, Clone, Default)]
struct Store {
    memories: BTreeMap<MemoryId, (String, String)>,
    made: u32,
}

impl Store {
    fn with(memories: &[(&str, &str)]) -> Self {
        let mut store = Self::default();
        for (path, content) in memories {
            store.send(&create(path, content)).unwrap();
        }
        store
    }

    /// Takes one operation, or says why not.
    fn send(&mut self, operation: &MemoryOperation) -> Result<MemoryId, String> {
        if let Some(memory_id) = operation.memory_id() {
            let (_, content) = self.memories.get(memory_id).ok_or("no such memory")?;
            if Some(&*sha256_hex(content)) != operation.expected_sha256() {
                return Err("precondition failed".to_owned());
            }
        }
        let free = |path: &str| {
            let tree = Tree::new(self.memories.values().map(|(path, _)| (&**path, ())));
            match tree.colliding(path).first() {
                None => Ok(()),
                Some((other, ())) => Err(format!("{path} collides with {other}")),
            }
        };
        match operation {
            MemoryOperation::Create { path, .. } => free(path)?,
            MemoryOperation::Rename { to, .. } => free(to)?,
            MemoryOperation::Edit { .. } | MemoryOperation::Delete { .. } => {}
        }
        match operation {
            MemoryOperation::Create { path, content } => {
                self.made += 1;
                let memory_id = MemoryId(format!("mem_{}", self.made));
                let memory = (path.clone(), content.clone());
                self.memories.insert(memory_id.clone(), memory);
                return Ok(memory_id);
            }
            MemoryOperation::Edit {
                memory_id, content, ..
            } => self.memories.get_mut(memory_id).unwrap().1 = content.clone(),
            MemoryOperation::Rename { memory_id, to, .. } => {
                self.memories.get_mut(memory_id).unwrap().0 = to.clone();
            }
            MemoryOperation::Delete { memory_id, .. } => {
                self.memories.remove(memory_id);
            }
        }
        Ok(operation.memory_id().unwrap().clone())
    }

    fn held(&self) -> Vec<Held> {
        let held = |(memory_id, (path, content)): (&MemoryId, &(String, String))| Held {
            memory_id: memory_id.clone(),
            path: path.clone(),
            sha256: sha256_hex(content),
        };
        self.memories.iter().map(held).collect()
    }

    /// What people see of it.
    fn texts(&self) -> BTreeMap<&str, &str> {
        let text = |(path, content)| (path, content);
        let memories = self.memories.values();
        memories
            .map(|(path, content)| text((&**path, &**content)))
            .collect()
    }

    fn id_at(&self, wanted: &str) -> MemoryId {
        let mut memories = self.memories.iter();
        let found = memories.find(|(_, (path, _))| path == wanted);
        found.unwrap().0.clone()
    }

    fn edit(&self, path: &str, content: &str) -> MemoryOperation {
        let memory_id = self.id_at(path);
        MemoryOperation::Edit {
            expected_sha256: sha256_hex(&self.memories[&memory_id].1),
            memory_id,
            path: path.to_owned(),
            content: content.to_owned(),
        }
    }

    fn rename(&self, from: &str, to: &str) -> MemoryOperation {
        let memory_id = self.id_at(from);
        MemoryOperation::Rename {
            expected_sha256: sha256_hex(&self.memories[&memory_id].1),
            memory_id,
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    fn delete(&self, path: &str) -> MemoryOperation {
        let memory_id = self.id_at(path);
        MemoryOperation::Delete {
            expected_sha256: sha256_hex(&self.memories[&memory_id].1),
            memory_id,
            path: path.to_owned(),
        }
    }
}

fn create(path: &str, content: &str) -> MemoryOperation {
    MemoryOperation::Create {
        path: path.to_owned(),
        content: content.to_owned(),
    }
}

fn manifest(operations: impl IntoIterator<Item = MemoryOperation>) -> MemoryManifest {
    MemoryManifest {
        store_id: "memstore_1".into(),
        operations: operations.into_iter().collect(),
    }
}

/// Sends the steps that are left, as far as `count`, and returns what is done in all.
fn apply<'a>(mut progress: Progress<'a>, store: &mut Store, count: usize) -> Progress<'a> {
    for _ in 0..count {
        let Some((_, operation)) = progress.next_step() else {
            break;
        };
        let memory_id = store.send(operation).unwrap();
        progress.take(memory_id).unwrap();
    }
    progress
}

/// What the manifest asks for, with all operations at once.
fn expected<'a>(store: &'a Store, manifest: &'a MemoryManifest) -> BTreeMap<&'a str, &'a str> {
    let mut texts = store.texts();
    for operation in &manifest.operations {
        if operation.memory_id().is_some() {
            texts.remove(operation.path());
        }
    }
    for operation in &manifest.operations {
        if let Some(path) = operation.path_after() {
            let content = operation.content();
            let kept = || &*store.memories[operation.memory_id().unwrap()].1;
            texts.insert(path, content.unwrap_or_else(kept));
        }
    }
    texts
}

#[track_caller]
fn found(conflicts: &[Conflict], expected: &[&str]) {
    let sentences: Vec<_> = conflicts
        .iter()
        .map(|conflict| format!("{:?} {}", conflict.operations, conflict.problem))
        .collect();
    assert_eq!(sentences, expected);
}

fn steps(manifest: &MemoryManifest) -> Vec<String> {
    let plan = plan(manifest).unwrap();
    let step = |operation: &MemoryOperation| match operation {
        MemoryOperation::Create { path, .. } => format!("create {path}"),
        MemoryOperation::Edit { path, .. } => format!("edit {path}"),
        MemoryOperation::Rename { from, to, .. } => format!("{from} to {to}"),
        MemoryOperation::Delete { path, .. } => format!("delete {path}"),
    };
    plan.steps().iter().map(step).collect()
}

#[test]
fn the_format_is_pinned() {
    // Computed apart from this code, with Python's hashlib and struct.
    let operations = [
        create("/b", "new"),
        MemoryOperation::Edit {
            memory_id: "mem_1".into(),
            path: "/a".to_owned(),
            expected_sha256: sha256_hex("old"),
            content: "text".to_owned(),
        },
        MemoryOperation::Rename {
            memory_id: "mem_2".into(),
            from: "/c".to_owned(),
            to: "/d/e".to_owned(),
            expected_sha256: sha256_hex("x"),
        },
        MemoryOperation::Delete {
            memory_id: "mem_3".into(),
            path: "/é".to_owned(),
            expected_sha256: sha256_hex(""),
        },
    ];
    assert_eq!(
        digest(&manifest(operations)),
        "c1d65482f22f135020029d528a3177910dbf9acbb97a964fb360ec9cd75a0bc0"
    );
}

#[test]
fn the_wire_format_names_the_operation() {
    let text = serde_json::to_string(&manifest([create("/a", "x")])).unwrap();
    assert_eq!(
        text,
        r#"{"store_id":"memstore_1","operations":[{"op":"create","path":"/a","content":"x"}]}"#
    );
    let unknown = text.replace("create", "shuffle");
    assert!(serde_json::from_str::<MemoryManifest>(&unknown).is_err());
}

#[test]
fn room_is_made_before_it_is_taken() {
    let store = Store::with(&[
        ("/a", "1"),
        ("/b", "2"),
        ("/c", "3"),
        ("/d", "4"),
        ("/e/f", "5"),
    ]);
    let manifest = manifest([
        create("/a", "new"),
        create("/e", "new"),
        store.rename("/a", "/b"),
        store.rename("/b", "/c/x"),
        store.delete("/c"),
        store.edit("/d", "edited"),
        store.rename("/e/f", "/g"),
    ]);
    assert_eq!(check_against(&manifest, &store.held()), []);
    assert_eq!(
        steps(&manifest),
        [
            "edit /d",
            "delete /c",
            "/b to /c/x",
            "/a to /b",
            "/e/f to /g",
            "create /a",
            "create /e",
        ]
    );
}

#[test]
fn conflicts_inside_a_manifest_are_named() {
    let store = Store::with(&[
        ("/a", "1"),
        ("/b", "2"),
        ("/c", "3"),
        ("/d", "4"),
        ("/e", "5"),
    ]);
    let long = "x".repeat(review_api::MAX_MEMORY_BYTES + 1);
    let one = [
        store.edit("/a", "other"),
        store.delete("/a"),
        create("/b/x", ""),
        store.edit("/b", "2"),
        store.rename("/c", "/d"),
        store.rename("/d", "/c"),
        store.rename("/e", "/e/below"),
        create("/f", ""),
        create("/f", &long),
        create("g", ""),
    ];
    found(
        &check(&manifest(one)),
        &[
            "[3] /b would stay as it is.",
            "[8] The text for /f has 102401 bytes; a memory has at most 102400.",
            "[9] \"g\" cannot be a memory's path: a path begins with \"/\".",
            "[0, 1] More than one operation needs memory mem_1; each memory takes one.",
            "[2, 3] /b/x lies below /b; a store cannot have a memory at both.",
            "[7, 8] Two operations need /f. To replace a text, edit the memory.",
            "[4, 5] These renames wait for each other, so none can be the first: /c \u{2192} /d.",
            "[6] /e cannot be renamed to a path above or below itself.",
        ],
    );
    let mut bad = store.delete("/a");
    if let MemoryOperation::Delete {
        expected_sha256, ..
    } = &mut bad
    {
        expected_sha256.make_ascii_uppercase();
    }
    let other = [
        bad,
        create("/a", "again"),
        store.rename("/b", "/c"),
        store.edit("/c", "edited"),
        store.rename("/d", "/d"),
    ];
    found(
        &check(&manifest(other)),
        &[
            "[0] What /a is expected to be is not a SHA-256 of 64 lower-case hex digits.",
            "[4] /d would stay as it is.",
            "[2, 3] Two operations need /c. To replace a text, edit the memory.",
            "[0, 1] Two operations need /a. To replace a text, edit the memory.",
        ],
    );
}

#[test]
fn a_store_that_moved_on_is_named() {
    let mut store = Store::with(&[("/a", "1"), ("/b", "2"), ("/c", "3"), ("/d/e", "4")]);
    let manifest = manifest([
        store.edit("/a", "edited"),
        store.delete("/b"),
        store.rename("/c", "/f"),
        create("/d", ""),
        create("/g", ""),
    ]);
    found(
        &check_against(&manifest, &store.held()),
        &["[3] /d cannot be used while there is a memory at /d/e: one lies below the other."],
    );
    for operation in [
        store.rename("/a", "/x"),
        store.delete("/b"),
        store.edit("/c", "edited"),
        store.delete("/d/e"),
        create("/g", "theirs"),
    ] {
        store.send(&operation).unwrap();
    }
    found(
        &check_against(&manifest, &store.held()),
        &[
            "[0] The memory at /a was renamed to /x since.",
            "[1] The memory at /b is not there any more.",
            "[2] The text at /c changed since it was seen.",
            "[4] There is a memory at /g already.",
        ],
    );
}

#[test]
fn a_memory_that_is_edited_stays_in_the_way() {
    let store = Store::with(&[("/a", "1"), ("/b", "2")]);
    let manifest = manifest([
        store.edit("/a", "edited"),
        store.delete("/b"),
        create("/a/x", ""),
        create("/b/x", ""),
    ]);
    found(
        &check_against(&manifest, &store.held()),
        &["[2] /a/x cannot be used while there is a memory at /a: one lies below the other."],
    );
}

#[test]
fn a_list_of_done_steps_must_be_the_plans_beginning() {
    let store = Store::with(&[("/a", "1"), ("/b", "2")]);
    let plan = plan(&manifest([store.delete("/a"), store.delete("/b")])).unwrap();
    let done = |step, id: &str| Done {
        step,
        memory_id: id.into(),
    };
    let (a, b) = (done(0, "mem_1"), done(1, "mem_2"));
    assert!(resume(&plan, [b.clone(), a.clone()]).unwrap().is_complete());
    let refused = |done: Vec<Done>| resume(&plan, done).unwrap_err();
    assert_eq!(refused(vec![b.clone()]), BadProgress::Gap(0));
    assert_eq!(
        refused(vec![a.clone(), a.clone()]),
        BadProgress::NoSuchStep(0)
    );
    assert_eq!(
        refused(vec![a.clone(), b, done(2, "mem_3")]),
        BadProgress::NoSuchStep(2)
    );
    assert_eq!(refused(vec![done(0, "mem_2")]), BadProgress::OtherMemory(0));
}

#[test]
fn what_cannot_be_undone_is_named() {
    let mut store = Store::with(&[("/a", "1"), ("/b", "2"), ("/c", "3")]);
    let manifest = manifest([
        store.delete("/a"),
        store.edit("/b", "edited"),
        store.rename("/c", "/d"),
    ]);
    let plan = plan(&manifest).unwrap();
    let progress = apply(Progress::new(&plan), &mut store, 3);
    let lost = reverse(&progress, |id| {
        (id.as_str() == "mem_2").then(|| "not it".to_owned())
    });
    let sentences: Vec<_> = lost.unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "What was found as the old text of /b is not the text that was replaced.",
            "The old text of /a is not to be had: it was blanked out, or is older than the platform keeps.",
        ]
    );
}

#[test]
fn a_step_with_a_lost_answer_that_someone_forestalled_is_blocked() {
    let mut store = Store::with(&[("/a", "1")]);
    let plan = plan(&manifest([store.edit("/a", "edited")])).unwrap();
    let progress = Progress::new(&plan);
    assert_eq!(standing(&progress, &store.held()), Some(Standing::NotYet));
    store.send(&store.edit("/a", "theirs")).unwrap();
    let blocked = standing(&progress, &store.held());
    assert!(matches!(blocked, Some(Standing::Blocked(_))), "{blocked:?}");
}

/// Paths over a small alphabet, so that they often collide.
fn any_path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4)
        .prop_map(|parts| format!("/{}", parts.join("/")))
}

fn any_store() -> impl Strategy<Value = Store> {
    prop::collection::vec(any_path(), 0..8).prop_map(|paths| {
        let mut store = Store::default();
        for (number, path) in paths.iter().enumerate() {
            // A path that collides is left out.
            let _refused = store.send(&create(path, &format!("text {}", number % 3)));
        }
        store
    })
}

/// Operations on a store, at most one for each memory, that may collide in every other way.
fn any_operations(most: usize) -> impl Strategy<Value = (Store, Vec<MemoryOperation>)> {
    let seeds = prop::collection::vec((0..5, any::<Index>(), any_path(), 0..3), 0..=most);
    (any_store(), seeds).prop_map(|(store, seeds)| {
        let mut left: Vec<MemoryId> = store.memories.keys().cloned().collect();
        let operations = seeds
            .into_iter()
            .map(|(kind, which, path, text)| {
                let new_text = format!("new text {text}");
                if kind == 0 || left.is_empty() {
                    return create(&path, &new_text);
                }
                let memory_id = left.remove(which.index(left.len()));
                let (at, _) = &store.memories[&memory_id];
                match kind {
                    1 => store.edit(at, &new_text),
                    2 => store.delete(at),
                    _ => store.rename(at, &path),
                }
            })
            .collect();
        (store, operations)
    })
}

/// A store and a manifest that nothing stands against.
fn any_manifest() -> impl Strategy<Value = (Store, MemoryManifest)> {
    any_operations(8).prop_map(|(store, operations)| {
        let mut good = manifest([]);
        let held = store.held();
        for operation in operations {
            good.operations.push(operation);
            if !check(&good).is_empty() || !check_against(&good, &held).is_empty() {
                good.operations.pop();
            }
        }
        (store, good)
    })
}

/// Says whether some order of the operations works, by trying all of them.
fn some_order_works(store: &Store, operations: &[MemoryOperation]) -> bool {
    operations.is_empty()
        || (0..operations.len()).any(|first| {
            let mut store = store.clone();
            let mut rest = operations.to_vec();
            store.send(&rest.remove(first)).is_ok() && some_order_works(&store, &rest)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_plan_makes_the_store_that_the_manifest_asks_for((store, manifest) in any_manifest()) {
        let plan = plan(&manifest).unwrap();
        prop_assert_eq!(plan.steps().len(), manifest.operations.len());
        let mut after = store.clone();
        let progress = apply(Progress::new(&plan), &mut after, usize::MAX);
        prop_assert!(progress.is_complete());
        prop_assert_eq!(after.texts(), expected(&store, &manifest));
        for (operation, memory_id) in progress.done() {
            let memory = after.memories.get(memory_id);
            prop_assert_eq!(memory.map(|(path, _)| &**path), operation.path_after());
        }
    }

    #[test]
    fn whatever_is_done_can_be_undone_and_the_rest_goes_on_later((store, manifest) in any_manifest()) {
        let plan = plan(&manifest).unwrap();
        let before = |id: &MemoryId| store.memories.get(id).map(|(_, content)| content.clone());
        for count in 0..=plan.steps().len() {
            let mut half = store.clone();
            let progress = apply(Progress::new(&plan), &mut half, count);
            prop_assert_eq!(progress.done().count() + progress.undone().len(), plan.steps().len());

            let done = progress.done().enumerate().map(|(step, (_, memory_id))| Done {
                step,
                memory_id: memory_id.clone(),
            });
            let resumed = resume(&plan, done.collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(&resumed, &progress);
            let mut whole = half.clone();
            apply(resumed, &mut whole, usize::MAX);
            prop_assert_eq!(whole.texts(), expected(&store, &manifest));

            let back = reverse(&progress, before).unwrap();
            prop_assert_eq!(check_against(&back, &half.held()), []);
            let back = super::plan(&back).unwrap();
            apply(Progress::new(&back), &mut half, usize::MAX);
            prop_assert_eq!(half.texts(), store.texts());
        }
    }

    #[test]
    fn a_lost_answer_is_found_out((store, manifest) in any_manifest()) {
        let plan = plan(&manifest).unwrap();
        let mut store = store;
        let mut progress = Progress::new(&plan);
        while let Some((_, operation)) = progress.next_step() {
            prop_assert_eq!(standing(&progress, &store.held()), Some(Standing::NotYet));
            let memory_id = store.send(operation).unwrap();
            let done = Some(Standing::Done(memory_id.clone()));
            prop_assert_eq!(standing(&progress, &store.held()), done);
            progress.take(memory_id).unwrap();
        }
        prop_assert_eq!(standing(&progress, &store.held()), None);
    }

    #[test]
    fn only_what_no_order_could_do_is_refused((store, operations) in any_operations(4)) {
        let replaced = |one: &MemoryOperation| {
            let made = |other: &MemoryOperation| {
                matches!(other, MemoryOperation::Create { path, .. } if path == one.path())
            };
            matches!(one, MemoryOperation::Delete { .. }) && operations.iter().any(made)
        };
        prop_assume!(!operations.iter().any(replaced));
        let manifest = manifest(operations.clone());
        let conflicts = [check(&manifest), check_against(&manifest, &store.held())].concat();
        prop_assert_eq!(conflicts.is_empty(), some_order_works(&store, &operations), "{:?}", conflicts);
    }

    #[test]
    fn the_order_in_the_manifest_means_nothing(
        (_, one) in any_manifest(), keys in prop::collection::vec(any::<u32>(), 8),
    ) {
        let mut operations: Vec<_> = keys.into_iter().zip(one.operations.clone()).collect();
        operations.sort_by_key(|(key, _)| *key);
        let other = manifest(operations.into_iter().map(|(_, operation)| operation));
        prop_assert_eq!(digest(&other), digest(&one));
        prop_assert_eq!(plan(&other).unwrap(), plan(&one).unwrap());
    }

    #[test]
    fn any_other_edit_is_another_digest(
        (_, one) in any_manifest(), which in any::<Index>(), field in 0..6,
    ) {
        prop_assume!(!one.operations.is_empty());
        let mut other = one.clone();
        let place = which.index(other.operations.len());
        let mut json = serde_json::to_value(&other.operations[place]).unwrap();
        let fields: Vec<String> = json.as_object().unwrap().keys().cloned().collect();
        match field {
            0 => other.store_id = "memstore_2".into(),
            1 => drop(other.operations.remove(place)),
            2 => other.operations.push(other.operations[place].clone()),
            _ => {
                let name = &fields[which.index(fields.len())];
                prop_assume!(name != "op");
                json[name] = format!("{} ", json[name].as_str().unwrap()).into();
                other.operations[place] = serde_json::from_value(json).unwrap();
            }
        }
        prop_assert_ne!(digest(&other), digest(&one));
    }

    #[test]
    fn nothing_fails_hard(paths in prop::collection::vec(any::<String>(), 0..6)) {
        let operations = paths.windows(2).map(|pair| MemoryOperation::Rename {
            memory_id: pair[0].as_str().into(),
            from: pair[0].clone(),
            to: pair[1].clone(),
            expected_sha256: pair[0].clone(),
        });
        let manifest = manifest(operations);
        let _any_verdict = (plan(&manifest), check_against(&manifest, &[]), digest(&manifest));
    }
}
