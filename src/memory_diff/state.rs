//! State of the diff of a memory store: which files show, what is decided on each.

use super::files::{ChangedFile, MemoryFile, changed};
use crate::diff_view::{Picks, Tools, Viewed, compared};
use leptos::prelude::*;
use prompt_diff::{PromptDiff, Sides};
use std::{collections::BTreeMap, sync::Arc};

/// One file with everything that is decided on it; `Copy`, lives as long as the view of all.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenFile {
    pub(super) file: StoredValue<Arc<ChangedFile>>,
    pub(super) diff: Memo<Arc<PromptDiff>>,
    pub(super) tools: Tools,
}

/// Handle to all files; `Copy`.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenFiles {
    changed: Memo<Arc<Vec<Arc<ChangedFile>>>>,
    total: Memo<usize>,
    /// What the names have to contain.
    pub(super) filter: RwSignal<String>,
    /// The only kind of change to show.
    pub(super) kind: RwSignal<Option<&'static str>>,
    shown: Memo<Arc<Vec<Arc<ChangedFile>>>>,
    opened: StoredValue<BTreeMap<String, OpenFile>>,
    owner: StoredValue<Owner>,
    subject: StoredValue<String>,
    may_decide: bool,
    /// The file to go to.
    pub(super) wanted: RwSignal<Option<String>>,
}

impl OpenFiles {
    pub(super) fn new(
        files: Signal<Arc<Vec<MemoryFile>>>,
        subject: String,
        may_decide: bool,
    ) -> Self {
        let all = Memo::new(move |_| {
            let found = files.with(|files| changed(files));
            Arc::new(found.into_iter().map(Arc::new).collect::<Vec<_>>())
        });
        let (filter, kind) = (RwSignal::new(String::new()), RwSignal::new(None));
        let shown = Memo::new(move |_| {
            let wanted = filter.with(|filter| filter.to_lowercase());
            let fits = |file: &&Arc<ChangedFile>| {
                let has_kind = kind.get().is_none_or(|kind| file.change.as_str() == kind);
                has_kind && file.path.to_lowercase().contains(&wanted)
            };
            all.with(|all| Arc::new(all.iter().filter(fits).cloned().collect::<Vec<_>>()))
        });
        Self {
            changed: all,
            total: Memo::new(move |_| files.with(|files| files.len())),
            filter,
            kind,
            shown,
            opened: StoredValue::new(BTreeMap::new()),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
            subject: StoredValue::new(subject),
            may_decide,
            wanted: RwSignal::new(None),
        }
    }

    /// Returns the files that change and fit the filter.
    pub(super) fn shown(self) -> Arc<Vec<Arc<ChangedFile>>> {
        self.shown.get()
    }

    /// Returns how many files there are in all.
    pub(super) fn total(self) -> usize {
        self.total.get()
    }

    /// Counts the files of a kind of change.
    pub(super) fn count(self, kind: &str) -> usize {
        self.changed.with(|all| {
            let of_kind = all.iter().filter(|file| file.change.as_str() == kind);
            of_kind.count()
        })
    }

    /// Returns the files that are gone, with their texts.
    pub(super) fn forgotten(self) -> Vec<Arc<ChangedFile>> {
        self.changed.with(|all| {
            let gone = all.iter().filter(|file| file.change.as_str() == "deleted");
            gone.cloned().collect()
        })
    }

    /// Opens a file: compares it and finds what was decided on it; the second time it is the same.
    pub(super) fn open(self, file: &Arc<ChangedFile>) -> OpenFile {
        let known = self
            .opened
            .with_value(|opened| opened.get(&file.path).copied());
        if let Some(known) = known
            && known.file.with_value(|other| other == file)
        {
            return known;
        }
        // What is decided on a file must outlive its place on the page.
        let opened = self.owner.get_value().with(|| {
            let texts = Sides::new(Arc::clone(&file.before), Arc::clone(&file.after));
            let diff = compared(Memo::new(move |_| texts.clone()));
            let key = format!("{}:{}", self.subject.get_value(), file.path);
            OpenFile {
                file: StoredValue::new(Arc::clone(file)),
                diff,
                tools: Tools {
                    viewed: Some(Viewed::open(&key)),
                    picks: self
                        .may_decide
                        .then(|| Picks::open(format!("picks:{key}"), diff)),
                },
            }
        });
        self.opened
            .update_value(|all| all.extend([(file.path.clone(), opened)]));
        opened
    }
}
