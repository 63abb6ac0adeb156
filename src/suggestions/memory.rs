//! A suggestion of memories: what becomes of each file, and the bar where one decides on it.

use super::{
    notices::Notices,
    reject::RejectDialog,
    state::{Busy, OpenSuggestion},
    transcript::TranscriptPanel,
    uses::used,
};
use crate::{
    keyboard::{Command, Keyboard},
    memory_diff::{ChangedFile, Decided, FileChange, MemoryDiff, MemoryFiles, Outcome},
    routes::{Route, navigator},
    session::Session,
    ui::{Badge, Button, ButtonKind, DecisionBar},
};
use leptos::prelude::*;
use review_api::{MAX_MEMORY_OPERATIONS, MemoryOperation, MemoryProposal, Suggestion};
use review_core::rules::{may_reject, may_stage};
use std::{collections::BTreeMap, sync::Arc};

#[component]
pub(super) fn MemoryLoaded(
    open: OpenSuggestion,
    suggestion: Signal<Arc<Suggestion>>,
) -> impl IntoView {
    let session = Session::use_context();
    let may_decide = Memo::new(move |_| {
        let status = suggestion.with(|it| it.status);
        may_stage(&session.user(), status).is_ok()
    });
    let files = Memo::new(move |_| {
        let files = suggestion.with(|it| it.memory.as_ref().map(changed_files));
        Arc::new(files.unwrap_or_default())
    });
    let subject = suggestion.with_untracked(|it| it.id.clone());
    let subject = format!("{}:{subject}", session.user_untracked().name);
    let files = MemoryFiles::open(files.into(), subject, may_decide.into());
    let files = files.with_comments(open.comments());
    let files = files.with_notes(move |file| used(open, suggestion, file));
    let rationale = Memo::new(move |_| suggestion.with(|it| it.rationale.clone()));
    view! {
        <Notices open suggestion />
        <p class="evidence-text" data-about="derived">
            <Badge>"derived"</Badge>
            " "
            {move || rationale.get()}
            {move || {
                (!suggestion.with(|it| it.takes_back))
                    .then_some(" The platform itself reports no such changes.")
            }}
        </p>
        <MemoryDiff files />
        <TranscriptPanel open />
        <RejectDialog open />
        <DecideMemories open suggestion files />
    }
}

/// Returns what becomes of each file, in the order of their names.
fn changed_files(proposal: &MemoryProposal) -> Vec<ChangedFile> {
    let file = |operation: &MemoryOperation| {
        let texts = proposal
            .manifest
            .texts_of(&proposal.before, operation.name());
        let (before, after) = texts.unwrap_or_default();
        let change = match operation {
            MemoryOperation::Create { .. } => FileChange::Created,
            MemoryOperation::Edit { .. } => FileChange::Edited,
            MemoryOperation::Rename { from, .. } => FileChange::Renamed { from: from.clone() },
            MemoryOperation::Delete { .. } => FileChange::Deleted,
        };
        ChangedFile {
            path: operation.name().to_owned(),
            change,
            before: before.into(),
            after: after.into(),
        }
    };
    let mut files: Vec<ChangedFile> = proposal.manifest.operations.iter().map(file).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// Returns the operations that do what was decided. A removed file of which some text is kept is edited.
fn chosen(proposal: &MemoryProposal, decided: &[Decided]) -> Vec<MemoryOperation> {
    let operations = proposal.manifest.operations.iter();
    let by_name: BTreeMap<&str, &MemoryOperation> = operations
        .map(|operation| (operation.name(), operation))
        .collect();
    let decide = |decided: &Decided| {
        let operation = *by_name.get(&*decided.file.path)?;
        match &decided.outcome {
            Outcome::LeftOut => None,
            Outcome::Taken => Some(operation.clone()),
            Outcome::Text(text) => with_text(operation, &decided.file.before, text),
        }
    };
    decided.iter().filter_map(decide).collect()
}

/// Returns the operation that leaves `text` in place of what was suggested; nothing where that changes nothing.
fn with_text(operation: &MemoryOperation, before: &str, text: &str) -> Option<MemoryOperation> {
    if *text == *before {
        return None;
    }
    let content = text.to_owned();
    match operation {
        MemoryOperation::Create { path, .. } => Some(MemoryOperation::Create {
            path: path.clone(),
            content,
        }),
        MemoryOperation::Delete { .. } if text.is_empty() => Some(operation.clone()),
        MemoryOperation::Edit {
            memory_id,
            path,
            expected_sha256,
            ..
        }
        | MemoryOperation::Delete {
            memory_id,
            path,
            expected_sha256,
        } => Some(MemoryOperation::Edit {
            memory_id: memory_id.clone(),
            path: path.clone(),
            expected_sha256: expected_sha256.clone(),
            content,
        }),
        MemoryOperation::Rename { .. } => Some(operation.clone()),
    }
}

/// The bar where one decides on the files together.
#[component]
fn DecideMemories(
    open: OpenSuggestion,
    suggestion: Signal<Arc<Suggestion>>,
    files: MemoryFiles,
) -> impl IntoView {
    let session = Session::use_context();
    let go = navigator();
    let status = Memo::new(move |_| suggestion.with(|it| it.status));
    let change = Memo::new(move |_| suggestion.with(|it| it.change_id.clone()));
    let all = Memo::new(move |_| {
        suggestion.with(|it| {
            it.memory
                .as_ref()
                .map_or(0, |it| it.manifest.operations.len())
        })
    });
    let operations = Memo::new(move |_| {
        let decided = files.decided();
        suggestion.with(|it| it.memory.as_ref().map(|memory| chosen(memory, &decided)))
    });
    let count = Memo::new(move |_| operations.with(|it| it.as_ref().map_or(0, Vec::len)));
    let no_stage = Signal::derive(move || {
        let refusal = may_stage(&session.user(), status.get()).err();
        refusal
            .map(|refusal| refusal.sentence)
            .or_else(|| refused(count.get()))
    });
    let no_reject = Signal::derive(move || {
        let refusal = may_reject(&session.user(), status.get()).err();
        refusal.map(|refusal| refusal.sentence)
    });
    // One sentence is enough where both are refused for the same reason.
    let no_reject_shown =
        Signal::derive(move || no_reject.get().filter(|_| change.with(Option::is_none)));
    let stage = Callback::new(move |()| {
        if let Some(operations) = operations.get_untracked() {
            open.stage_memories(operations, files.forget(), go);
        }
    });
    let reject = Callback::new(move |()| open.rejecting.set(true));
    let keyboard = Keyboard::use_context();
    keyboard.add(
        Command::new("Reject this suggestion", Some("r"), move || reject.run(())).unless(no_reject),
    );
    keyboard.add(
        Command::new("Stage this suggestion", Some("s"), move || stage.run(())).unless(no_stage),
    );
    let note = Signal::derive(move || {
        let left_out = all.get().saturating_sub(count.get());
        let said = match left_out {
            0 => "Staging changes nothing on the platform yet.".to_owned(),
            1 => "1 memory stays as it is. Staging changes nothing on the platform yet.".to_owned(),
            more => {
                format!(
                    "{more} memories stay as they are. Staging changes nothing on the platform yet."
                )
            }
        };
        Some(if suggestion.with(|it| it.takes_back) {
            format!("{said} Reject it to let what the dream wrote stay.")
        } else {
            said
        })
    });
    let staging = Signal::derive(move || open.busy() == Some(Busy::Staging));
    let label = move || {
        let verb = if staging.get() { "Staging" } else { "Stage" };
        let name = suggestion.with(|it| it.agent_name.clone());
        match (count.get(), all.get()) {
            (1, 1) => format!("{verb} 1 memory for {name}"),
            (count, all) if count == all => format!("{verb} {all} memories for {name}"),
            (count, all) => format!("{verb} {count} of {all} memories for {name}"),
        }
    };
    view! {
        <DecisionBar note>
            {move || match change.get() {
                Some(id) => {
                    view! {
                        <a class="button button-primary" data-action="open-change" href=Route::Change { id }.href()>
                            "Open the change"
                        </a>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <Button on_press=reject kind=ButtonKind::Danger refusal=no_reject_shown action="reject" keys="r">
                            "Reject…"
                        </Button>
                        <Button
                            on_press=stage
                            kind=ButtonKind::Primary
                            refusal=no_stage
                            busy=staging
                            action="stage"
                            keys="s"
                        >
                            {label}
                        </Button>
                    }
                        .into_any()
                }
            }}
        </DecisionBar>
    }
}

/// Says why so many memories cannot be staged.
fn refused(count: usize) -> Option<String> {
    match count {
        0 => Some(
            "With every memory left out there is nothing to stage. Reject the suggestion instead."
                .to_owned(),
        ),
        1..=MAX_MEMORY_OPERATIONS => None,
        more => Some(format!(
            "One change takes at most {MAX_MEMORY_OPERATIONS} memories. Leave {} more out.",
            more - MAX_MEMORY_OPERATIONS
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{MemoryBefore, MemoryManifest};

    fn proposal() -> MemoryProposal {
        let before = |id: &str, path: &str, content: &str| MemoryBefore {
            memory_id: id.into(),
            path: path.to_owned(),
            sha256: "sha".to_owned(),
            content: content.to_owned(),
        };
        MemoryProposal {
            manifest: MemoryManifest {
                store_id: "memstore_1".into(),
                operations: vec![
                    MemoryOperation::Create {
                        path: "/new".to_owned(),
                        content: "one\ntwo\n".to_owned(),
                    },
                    MemoryOperation::Rename {
                        memory_id: "mem_1".into(),
                        from: "/old".to_owned(),
                        to: "/moved".to_owned(),
                        expected_sha256: "sha".to_owned(),
                    },
                    MemoryOperation::Delete {
                        memory_id: "mem_2".into(),
                        path: "/gone".to_owned(),
                        expected_sha256: "sha".to_owned(),
                    },
                ],
            },
            store_name: "Notes".to_owned(),
            before: vec![
                before("mem_1", "/old", "same\n"),
                before("mem_2", "/gone", "a\nb\n"),
            ],
        }
    }

    /// Decides on the files in the order of their names: `/gone`, `/moved`, `/new`.
    fn decide(outcomes: [Outcome; 3]) -> Vec<MemoryOperation> {
        let proposal = proposal();
        let files = changed_files(&proposal).into_iter().map(Arc::new);
        let decided: Vec<Decided> = files
            .zip(outcomes)
            .map(|(file, outcome)| Decided { file, outcome })
            .collect();
        chosen(&proposal, &decided)
    }

    #[test]
    fn files_have_their_texts_on_both_sides() {
        let drawn: Vec<_> = changed_files(&proposal())
            .into_iter()
            .map(|file| {
                format!(
                    "{} {} {:?} {:?}",
                    file.change.as_str(),
                    file.path,
                    file.before,
                    file.after
                )
            })
            .collect();
        assert_eq!(
            drawn,
            [
                r#"deleted /gone "a\nb\n" """#,
                r#"renamed /moved "same\n" "same\n""#,
                r#"created /new "" "one\ntwo\n""#,
            ]
        );
    }

    #[test]
    fn what_is_taken_is_staged_as_it_came_and_what_is_left_out_is_not() {
        let all = decide([Outcome::Taken, Outcome::Taken, Outcome::Taken]);
        assert_eq!(all.len(), 3);
        let one = decide([Outcome::LeftOut, Outcome::Taken, Outcome::LeftOut]);
        assert_eq!(one, [proposal().manifest.operations[1].clone()]);
    }

    #[test]
    fn a_removed_memory_of_which_some_text_is_kept_is_edited() {
        let kept = decide([
            Outcome::Text("a\n".into()),
            Outcome::LeftOut,
            Outcome::LeftOut,
        ]);
        let edit = MemoryOperation::Edit {
            memory_id: "mem_2".into(),
            path: "/gone".to_owned(),
            expected_sha256: "sha".to_owned(),
            content: "a\n".to_owned(),
        };
        assert_eq!(kept, [edit]);
        let unchanged = decide([
            Outcome::Text("a\nb\n".into()),
            Outcome::LeftOut,
            Outcome::LeftOut,
        ]);
        assert!(unchanged.is_empty(), "{unchanged:?}");
    }

    #[test]
    fn none_and_too_many_are_refused_in_words() {
        assert!(refused(0).unwrap().contains("Reject"));
        assert_eq!(refused(MAX_MEMORY_OPERATIONS), None);
        assert!(
            refused(MAX_MEMORY_OPERATIONS + 3)
                .unwrap()
                .contains("Leave 3 more out")
        );
    }
}
