//! The files that change, as a tree with counts, a filter, and what will be forgotten.

use super::{files::ChangedFile, state::MemoryFiles};
use crate::{
    browser::viewport::scrolled_px,
    ui::{Button, ButtonKind, Tab, Tabs},
};
use leptos::prelude::*;
use review_core::{window::visible_rows, words::grouped};
use std::sync::Arc;

/// Height of a row of the tree, CSS pixels; the style sheet has the same.
const ROW_PX: f64 = 28.0;

/// Height of the tree at most, CSS pixels.
const TREE_PX: f64 = 640.0;

/// Files named of those that are gone, at most.
const MOST_FORGOTTEN: usize = 5;

const KINDS: [Tab; 5] = [
    Tab {
        value: "all",
        label: "All",
    },
    Tab {
        value: "created",
        label: "Created",
    },
    Tab {
        value: "edited",
        label: "Edited",
    },
    Tab {
        value: "renamed",
        label: "Renamed",
    },
    Tab {
        value: "deleted",
        label: "Deleted",
    },
];

/// A row of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum TreeRow {
    /// A folder, with how deep it lies and how many files below it change.
    Folder {
        depth: usize,
        name: String,
        count: usize,
    },
    /// A file: its number among those shown.
    File { depth: usize, number: usize },
}

#[component]
pub(super) fn Tree(open: MemoryFiles) -> impl IntoView {
    let counts = move || {
        let words = ["created", "edited", "renamed", "deleted"].map(|kind| {
            let count = open.count(kind);
            (count > 0).then(|| format!("{count} {kind}"))
        });
        let words: Vec<_> = words.into_iter().flatten().collect();
        words.join(", ")
    };
    let chosen = Signal::derive(move || open.kind.get().unwrap_or("all").to_owned());
    let choose = Callback::new(move |kind| open.kind.set((kind != "all").then_some(kind)));
    view! {
        <nav class="memory-tree" aria-label="Files that change">
            <p class="memory-counts" role="status" data-about="files">{counts}</p>
            <input
                class="input"
                type="search"
                aria-label="Filter files by name"
                placeholder="Filter by name"
                on:input=move |event| open.filter.set(event_target_value(&event))
            />
            <Tabs label="Which files show" tabs=KINDS.to_vec() chosen on_choose=choose />
            <DecideShown open />
            <Forgotten open />
            <Commented open />
            <Rows open />
        </nav>
    }
}

/// One decision on all files that show.
#[component]
fn DecideShown(open: MemoryFiles) -> impl IntoView {
    let count = Memo::new(move |_| open.shown().len());
    let button = move |is_taken: bool, action: &'static str, words: fn(String) -> String| {
        view! {
            <Button
                kind=ButtonKind::Bare
                action=action
                on_press=Callback::new(move |()| open.choose_shown(is_taken))
            >
                {move || words(grouped(count.get() as u64))}
            </Button>
        }
    };
    view! {
        <Show when=move || open.may_decide.get() && { count.get() > 1 }>
            <p class="memory-bulk" data-about="decide-shown">
                {button(true, "take-shown", |count| format!("Accept these {count}"))}
                {button(false, "leave-shown", |count| format!("Leave these {count} out"))}
            </p>
        </Show>
    }
}

/// Files with open comments, and the way to each.
#[component]
fn Commented(open: MemoryFiles) -> impl IntoView {
    let files = Memo::new(move |_| open.open_comments());
    let words = |count: usize| match count {
        1 => "1 open comment".to_owned(),
        more => format!("{more} open comments"),
    };
    move || {
        let files = files.get();
        if files.is_empty() {
            return None;
        }
        let rows = files.into_iter().map(|(path, count)| {
            let wanted = path.clone();
            view! {
                <li>
                    <button
                        type="button"
                        class="finding-link"
                        data-commented=path.clone()
                        on:click=move |_| open.wanted.set(Some(wanted.clone()))
                    >
                        <bdi class="finding-text">{path.clone()}</bdi>
                        <span class="finding-line">{words(count)}</span>
                    </button>
                </li>
            }
        });
        Some(view! {
            <section class="memory-forgotten" data-about="commented" aria-label="Files with open comments">
                <p class="finding-title">"Files with open comments"</p>
                <ul>{rows.collect_view()}</ul>
            </section>
        })
    }
}

/// What the agent will forget: files that are gone, the largest first.
#[component]
fn Forgotten(open: MemoryFiles) -> impl IntoView {
    move || {
        let mut gone = open.forgotten();
        if gone.is_empty() {
            return None;
        }
        gone.sort_by_key(|file| std::cmp::Reverse(file.before.len()));
        let bytes: usize = gone.iter().map(|file| file.before.len()).sum();
        let words = match gone.len() {
            1 => format!("The agent will forget 1 file of {}", size(bytes)),
            more => format!("The agent will forget {more} files of {}", size(bytes)),
        };
        let left = gone.len().saturating_sub(MOST_FORGOTTEN);
        let more = (left > 0).then(|| view! { <p class="memory-counts">"and " {left} " more"</p> });
        let rows = gone.into_iter().take(MOST_FORGOTTEN).map(|file| {
            let path = file.path.clone();
            view! {
                <li>
                    <button
                        type="button"
                        class="finding-link"
                        data-forgotten=file.path.clone()
                        on:click=move |_| open.wanted.set(Some(path.clone()))
                    >
                        <bdi class="finding-text">{file.path.clone()}</bdi>
                        <span class="finding-line">{size(file.before.len())}</span>
                    </button>
                </li>
            }
        });
        Some(view! {
            <section class="memory-forgotten" data-finding="forgotten" aria-label="What the agent will forget">
                <p class="finding-title">{words}</p>
                <ul>{rows.collect_view()}</ul>
                {more}
            </section>
        })
    }
}

/// Says a length in bytes, as people read it.
fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        bytes => format!("{} bytes", grouped(bytes as u64)),
    }
}

#[component]
fn Rows(open: MemoryFiles) -> impl IntoView {
    let scrolled = RwSignal::new(0.0);
    let rows = Memo::new(move |_| Arc::new(rows(&open.shown())));
    let window = Memo::new(move |_| {
        let total = rows.with(|rows| rows.len());
        visible_rows(scrolled.get(), TREE_PX, ROW_PX, total, 6)
    });
    let px = |rows: usize| {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a number of rows far below 2^52"
        )]
        let rows = rows as f64;
        format!("{}px", rows * ROW_PX)
    };
    let drawn = move || {
        let (files, rows) = (open.shown(), rows.get());
        let drawn = rows.get(window.get()).unwrap_or_default().iter().cloned();
        drawn.map(|row| draw(open, &files, row)).collect_view()
    };
    view! {
        <div
            class="memory-rows"
            tabindex="0"
            role="group"
            aria-label="Files"
            on:scroll=move |event| scrolled.set(scrolled_px(&event))
        >
            <div style:height=move || px(window.with(|window| window.start))></div>
            {drawn}
            <div style:height=move || px(rows.with(|rows| rows.len()) - window.with(|window| window.end))></div>
        </div>
    }
}

fn draw(open: MemoryFiles, files: &[Arc<ChangedFile>], row: TreeRow) -> AnyView {
    let indent = |depth: usize| format!("{}px", 8 + 14 * depth);
    match row {
        TreeRow::Folder { depth, name, count } => view! {
            <div class="memory-row" data-folder style:padding-left=indent(depth)>
                <bdi class="memory-name">{name}</bdi>
                <span class="memory-count">{count}</span>
            </div>
        }
        .into_any(),
        TreeRow::File { depth, number } => {
            let Some(file) = files.get(number) else {
                return view! { <div class="memory-row"></div> }.into_any();
            };
            let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
            let (path, here) = (file.path.clone(), file.path.clone());
            view! {
                <button
                    type="button"
                    class="memory-row"
                    data-file=file.path.clone()
                    data-change=file.change.as_str()
                    style:padding-left=indent(depth)
                    data-current=move || open.is_at(&here).then_some("")
                    on:click=move |_| {
                        open.stand_at(&path);
                        open.wanted.set(Some(path.clone()));
                    }
                >
                    <span class="memory-sign" aria-hidden="true">{file.change.sign()}</span>
                    <bdi class="memory-name">{name}</bdi>
                    <span class="visually-hidden">{format!(", {}", file.change.as_str())}</span>
                </button>
            }
            .into_any()
        }
    }
}

/// Lays the files out as a tree; they come in the order of their names.
fn rows(files: &[Arc<ChangedFile>]) -> Vec<TreeRow> {
    let mut rows: Vec<TreeRow> = Vec::new();
    let mut open: Vec<(&str, usize)> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        // Paths of a store begin with a slash, and its root needs no row.
        let path = file.path.strip_prefix('/').unwrap_or(&file.path);
        let mut folders: Vec<&str> = path.split('/').collect();
        folders.pop();
        let common = open
            .iter()
            .zip(&folders)
            .take_while(|((name, _), other)| name == *other)
            .count();
        open.truncate(common);
        for folder in folders.iter().skip(common) {
            open.push((folder, rows.len()));
            rows.push(TreeRow::Folder {
                depth: open.len() - 1,
                name: (*folder).to_owned(),
                count: 0,
            });
        }
        for (_, row) in &open {
            if let Some(TreeRow::Folder { count, .. }) = rows.get_mut(*row) {
                *count += 1;
            }
        }
        rows.push(TreeRow::File {
            depth: open.len(),
            number,
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_diff::{MemoryFile, changed};

    #[test]
    fn folders_stand_over_their_files_with_how_many_change() {
        let file = |path: &str| MemoryFile {
            path: path.to_owned(),
            before: None,
            after: Some(Arc::from(path)),
        };
        let files = changed(&["/a/b/1", "/a/b/2", "/a/3", "/4"].map(file));
        let files: Vec<_> = files.into_iter().map(Arc::new).collect();
        let drawn: Vec<_> = rows(&files)
            .into_iter()
            .map(|row| match row {
                TreeRow::Folder { depth, name, count } => format!("{depth} {name}/ {count}"),
                TreeRow::File { depth, number } => format!("{depth} {}", files[number].path),
            })
            .collect();
        assert_eq!(
            drawn,
            ["0 /4", "0 a/ 3", "1 /a/3", "1 b/ 2", "2 /a/b/1", "2 /a/b/2"]
        );
    }
}
