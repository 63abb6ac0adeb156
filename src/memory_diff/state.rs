//! State of the diff of a memory store: which files show, what is decided on each.

use super::files::ChangedFile;
use crate::{
    browser::{storage::Draft, viewport::is_in_window},
    comments::Comments,
    diff_view::{Pick, Picks, Tools, Viewed, compared},
    keyboard::{Command, Keyboard},
};
use leptos::{prelude::*, reactive::owner::WeakOwner};
use prompt_diff::{PromptDiff, Sides};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One file with everything that is decided on it; `Copy`, lives as long as the view of all.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenFile {
    pub(super) file: StoredValue<Arc<ChangedFile>>,
    pub(super) diff: Memo<Arc<PromptDiff>>,
    viewed: Viewed,
    pub(super) picks: Picks,
}

/// Files decided on in one frame, where many are decided on at once: each may have to be compared for it.
const AT_ONCE: usize = 20;

/// The file where the reader is, if it is drawn.
const HERE: &str = ".memory-file[data-current]";

/// What becomes of a file in what is staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As suggested.
    Taken,
    /// Not at all.
    LeftOut,
    /// This text in place of the one suggested.
    Text(Arc<str>),
}

/// A file, and what was decided on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The file.
    pub file: Arc<ChangedFile>,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// Handle to all files; `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct MemoryFiles {
    changed: Memo<Arc<Vec<Arc<ChangedFile>>>>,
    /// What the names have to contain.
    pub(super) filter: RwSignal<String>,
    /// The only kind of change to show.
    pub(super) kind: RwSignal<Option<&'static str>>,
    shown: Memo<Arc<Vec<Arc<ChangedFile>>>>,
    opened: StoredValue<BTreeMap<String, OpenFile>>,
    /// Of the page. Weak, for what an owner keeps must not keep the owner.
    owner: StoredValue<WeakOwner>,
    subject: StoredValue<String>,
    pub(super) may_decide: Signal<bool>,
    /// Files left out that have no change of their own to decide on, as a JSON array: a move of the same text.
    left_out: Draft,
    /// The file to go to.
    pub(super) wanted: RwSignal<Option<String>>,
    /// The file where the reader is, by its path.
    at: RwSignal<Option<String>>,
    /// What is said on their lines; nothing where people do not comment.
    comments: Option<Comments>,
    /// What else there is to know of a file.
    notes: Option<StoredValue<Notes>>,
}

/// Returns what stands under the name of a file.
type Notes = Arc<dyn Fn(&ChangedFile) -> AnyView + Send + Sync>;

impl MemoryFiles {
    /// Opens the files that change.
    ///
    /// `subject` names the person and what is decided on, such as `reviewer:sug_1`; decisions and marks are kept
    /// under it.
    pub fn open(
        files: Signal<Arc<Vec<ChangedFile>>>,
        subject: String,
        may_decide: Signal<bool>,
    ) -> Self {
        let all = Memo::new(move |_| {
            let files = files.get();
            Arc::new(files.iter().cloned().map(Arc::new).collect::<Vec<_>>())
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
            filter,
            kind,
            shown,
            opened: StoredValue::new(BTreeMap::new()),
            owner: StoredValue::new(Owner::current().unwrap_or_default().downgrade()),
            left_out: Draft::open(format!("left-out:{subject}")),
            subject: StoredValue::new(subject),
            may_decide,
            wanted: RwSignal::new(None),
            at: RwSignal::new(None),
            comments: None,
            notes: None,
        }
    }

    /// Shows what `notes` returns under the name of each file.
    #[must_use]
    pub fn with_notes(
        self,
        notes: impl Fn(&ChangedFile) -> AnyView + Send + Sync + 'static,
    ) -> Self {
        let notes: Notes = Arc::new(notes);
        Self {
            notes: Some(StoredValue::new(notes)),
            ..self
        }
    }

    /// Offers the keys for moving about and for deciding, as long as the files are shown.
    pub(super) fn offer_keys(self) {
        let keyboard = Keyboard::use_context();
        let step = move |by| move || self.step(by);
        keyboard.add(Command::new("Previous file", Some("p"), step(-1)));
        keyboard.add(Command::new("Next file", Some("n"), step(1)));
        keyboard.add(Command::new("Previous file", Some("k"), step(-1)));
        keyboard.add(Command::new("Next file", Some("j"), step(1)));
        if self.may_decide.get_untracked() {
            let choose = move |is_taken| move || self.choose_here(is_taken);
            keyboard.add(Command::new(
                "Leave this file out",
                Some("x"),
                choose(false),
            ));
            keyboard.add(Command::new("Accept this file", Some("a"), choose(true)));
        }
    }

    /// Goes to the next file that shows or the one before; stays at the last and at the first.
    fn step(self, by: isize) {
        let shown = self.shown.get_untracked();
        let Some(last) = shown.len().checked_sub(1) else {
            return;
        };
        let next = match self.place(&shown) {
            Some(here) => here.saturating_add_signed(by).min(last),
            None if by > 0 => 0,
            None => last,
        };
        if let Some(file) = shown.get(next) {
            self.stand_at(&file.path);
            self.wanted.set(Some(file.path.clone()));
        }
    }

    /// Decides on the file where the reader is, and goes on to the next one. Nothing is decided on what is not in the
    /// window: then it is gone to first.
    fn choose_here(self, is_taken: bool) {
        let shown = self.shown.get_untracked();
        match self.place(&shown).and_then(|place| shown.get(place)) {
            Some(file) if is_in_window(HERE) => {
                self.choose(file, is_taken);
                self.step(1);
            }
            Some(file) => self.wanted.set(Some(file.path.clone())),
            None => self.step(1),
        }
    }

    fn place(self, shown: &[Arc<ChangedFile>]) -> Option<usize> {
        let at = self.at.get_untracked()?;
        shown.iter().position(|file| file.path == at)
    }

    /// Notes that the reader is at a file, without moving anything.
    pub(super) fn stand_at(self, path: &str) {
        self.at.set(Some(path.to_owned()));
    }

    /// Says whether the reader is at a file.
    pub(super) fn is_at(self, path: &str) -> bool {
        self.at.with(|at| at.as_deref() == Some(path))
    }

    /// Returns what stands under the name of a file.
    pub(super) fn notes_on(self, file: &ChangedFile) -> Option<AnyView> {
        let notes = self.notes?.get_value();
        Some(notes(file))
    }

    /// Lets people comment on the lines of the files.
    #[must_use]
    pub fn with_comments(self, comments: Comments) -> Self {
        Self {
            comments: Some(comments),
            ..self
        }
    }

    /// Returns what may be done with the changes of a file.
    pub(super) fn tools(self, opened: OpenFile) -> Tools {
        let path = opened.file.with_value(|file| file.path.clone());
        Tools {
            viewed: Some(opened.viewed),
            picks: self.may_decide.get_untracked().then_some(opened.picks),
            comments: self.comments.map(|comments| comments.on(&path)),
        }
    }

    /// Returns what is said on them; nothing where people do not comment.
    pub(super) fn comments(self) -> Option<Comments> {
        self.comments
    }

    /// Counts the open comments on each file that has some.
    pub(super) fn open_comments(self) -> BTreeMap<String, usize> {
        self.comments
            .map(Comments::open_by_path)
            .unwrap_or_default()
    }

    /// Returns the files that change and fit the filter.
    pub(super) fn shown(self) -> Arc<Vec<Arc<ChangedFile>>> {
        self.shown.get()
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

    /// Returns every file with what was decided on it.
    pub fn decided(self) -> Vec<Decided> {
        let decide = |file: &Arc<ChangedFile>| Decided {
            outcome: self.outcome(file),
            file: Arc::clone(file),
        };
        self.changed.get().iter().map(decide).collect()
    }

    /// Returns what becomes of a file. Only files on which somebody decided are compared for it.
    pub(super) fn outcome(self, file: &Arc<ChangedFile>) -> Outcome {
        let picks = self.open_file(file).picks;
        if self.is_left_out(&file.path) {
            return Outcome::LeftOut;
        }
        if picks.is_untouched() {
            return Outcome::Taken;
        }
        let tally = picks.tally();
        if tally.is_everything() {
            Outcome::Taken
        } else if tally.taken == 0 {
            Outcome::LeftOut
        } else {
            Outcome::Text(picks.result().get())
        }
    }

    fn is_left_out(self, path: &str) -> bool {
        self.left_out
            .signal()
            .with(|kept| left_out(kept).contains(path))
    }

    /// Takes a file as suggested, or leaves it out.
    pub(super) fn choose(self, file: &Arc<ChangedFile>, is_taken: bool) {
        let opened = self.open_file(file);
        let ids = opened.diff.with_untracked(|diff| diff.ids().to_vec());
        if is_taken {
            opened.picks.clear();
        } else {
            for id in &ids {
                opened.picks.pick(id, Pick::LeftOut);
            }
        }
        let mut kept = left_out(&self.left_out.get_untracked());
        if ids.is_empty() && !is_taken {
            kept.insert(file.path.clone());
        } else {
            kept.remove(&file.path);
        }
        let text = if kept.is_empty() {
            String::new()
        } else {
            // A set of strings always has a JSON text.
            serde_json::to_string(&kept).unwrap_or_default()
        };
        self.left_out.set(text);
    }

    /// Takes all files that show, or leaves them out, some in each frame. A file of which somebody took a part, or wrote
    /// one anew, stays as it is: that is theirs to take back.
    pub(super) fn choose_shown(self, is_taken: bool) {
        self.choose_from(self.shown.get_untracked(), 0, is_taken);
    }

    fn choose_from(self, files: Arc<Vec<Arc<ChangedFile>>>, from: usize, is_taken: bool) {
        if self.opened.is_disposed() {
            return;
        }
        let until = files.len().min(from + AT_ONCE);
        for file in files.get(from..until).unwrap_or_default() {
            if !matches!(untrack(|| self.outcome(file)), Outcome::Text(_)) {
                self.choose(file, is_taken);
            }
        }
        if until < files.len() {
            request_animation_frame(move || self.choose_from(files, until, is_taken));
        }
    }

    /// Returns what forgets the decisions once they are sent, if they are still the same.
    pub fn forget(self) -> impl FnOnce() + 'static {
        let opened: Vec<OpenFile> = self
            .opened
            .with_value(|opened| opened.values().copied().collect());
        let picks: Vec<_> = opened.into_iter().map(|file| file.picks.forget()).collect();
        let left_out = self.left_out.forget_if_still(self.left_out.get_untracked());
        move || {
            for forget in picks {
                forget();
            }
            left_out();
        }
    }

    /// Opens a file: compares it and finds what was decided on it; the second time it is the same.
    pub(super) fn open_file(self, file: &Arc<ChangedFile>) -> OpenFile {
        let known = self
            .opened
            .with_value(|opened| opened.get(&file.path).copied());
        if let Some(known) = known
            && known.file.with_value(|other| other == file)
        {
            return known;
        }
        // What is decided on a file must outlive its place on the page.
        let owner = self.owner.with_value(WeakOwner::upgrade);
        let opened = owner.unwrap_or_default().with(|| {
            let texts = Sides::new(Arc::clone(&file.before), Arc::clone(&file.after));
            let diff = compared(Memo::new(move |_| texts.clone()));
            let key = format!("{}:{}", self.subject.get_value(), file.path);
            OpenFile {
                file: StoredValue::new(Arc::clone(file)),
                diff,
                viewed: Viewed::open(&key),
                picks: Picks::open(format!("picks:{key}"), diff),
            }
        });
        self.opened
            .update_value(|all| all.extend([(file.path.clone(), opened)]));
        opened
    }
}

fn left_out(kept: &str) -> BTreeSet<String> {
    serde_json::from_str(kept).unwrap_or_default()
}
