//! The diffs of all files below one another; only those near the window are on the page.

use super::{
    files::{ChangedFile, FileChange},
    state::{MemoryFiles, Outcome},
};
use crate::{
    browser::viewport as page,
    diff_view::{DiffLines, DiffNav},
};
use leptos::{html, prelude::*};
use review_core::window::Heights;
use std::{ops::Range, sync::Arc};

/// Pixels drawn above and below what is on screen.
const SPARE_PX: f64 = 500.0;

/// What stays at the top of the window over the files.
const COVERED_PX: f64 = 60.0;

/// Height of a file's own bar, CSS pixels.
const HEAD_PX: f64 = 44.0;

/// What is drawn, and the room for what is not.
#[derive(Debug, Clone, Default, PartialEq)]
struct Frame {
    drawn: Range<usize>,
    above_px: f64,
    below_px: f64,
}

#[derive(Debug, Clone, Copy)]
struct Scroller {
    open: MemoryFiles,
    heights: StoredValue<Heights>,
    frame: RwSignal<Frame>,
    body: NodeRef<html::Div>,
    rows: NodeRef<html::Div>,
}

#[component]
pub(super) fn FileList(open: MemoryFiles) -> impl IntoView {
    let scroller = Scroller {
        open,
        heights: StoredValue::new(Heights::default()),
        frame: RwSignal::default(),
        body: NodeRef::new(),
        rows: NodeRef::new(),
    };
    scroller.begin(&open.shown());
    Effect::new(move |_| scroller.begin(&open.shown()));
    Effect::new(move |_| {
        if let Some(rows) = scroller.rows.get() {
            page::on_scroll(move || scroller.draw());
            page::on_resize(&rows, move || scroller.measure());
        }
    });
    Effect::new(move |_| {
        if let Some(path) = open.wanted.get() {
            scroller.show(&path);
        }
    });
    let shown = move || {
        let drawn = scroller.frame.with(|frame| frame.drawn.clone());
        let files = open.shown();
        files.get(drawn).unwrap_or_default().to_vec()
    };
    let px = |px: f64| format!("{px}px");
    view! {
        <div class="memory-files" style:overflow-anchor="none" node_ref=scroller.body>
            <div aria-hidden="true" style:height=move || px(scroller.frame.with(|frame| frame.above_px))></div>
            <div node_ref=scroller.rows>
                <For each=shown key=|file| (file.path.clone(), Arc::as_ptr(file) as usize) let:file>
                    <File open file />
                </For>
            </div>
            <div aria-hidden="true" style:height=move || px(scroller.frame.with(|frame| frame.below_px))></div>
            <Show when=move || open.shown().is_empty()>
                <p class="diff-equal">"No file that changes fits the filter."</p>
            </Show>
        </div>
    }
}

impl Scroller {
    /// Begins with other files; their heights are estimated by their lines.
    fn begin(self, files: &[Arc<ChangedFile>]) {
        let estimate = |file: &Arc<ChangedFile>| {
            let lines = file.before.lines().count().max(file.after.lines().count());
            #[expect(
                clippy::cast_precision_loss,
                reason = "a number of lines far below 2^52"
            )]
            let lines = lines.min(40) as f64;
            HEAD_PX + 36.0 + lines * 21.0
        };
        self.heights
            .set_value(Heights::new(files.iter().map(estimate)));
        self.draw();
    }

    fn top_px(self) -> f64 {
        let body = self.body.try_get_untracked().flatten();
        body.map_or(0.0, |body| page::top_px(&body))
    }

    fn draw(self) {
        let top = self.top_px();
        let frame = self.heights.try_with_value(|heights| {
            let drawn = heights.rows_between(-top - SPARE_PX, page::height_px() - top + SPARE_PX);
            Frame {
                above_px: heights.top(drawn.start),
                below_px: (heights.total() - heights.top(drawn.end)).max(0.0),
                drawn,
            }
        });
        if let Some(frame) = frame
            && self.frame.try_with_untracked(|old| *old != frame) == Some(true)
        {
            self.frame.set(frame);
        }
    }

    /// Takes the heights from the page, and scrolls by what they differ from those assumed above the reader.
    fn measure(self) {
        let Some(rows) = self.rows.try_get_untracked().flatten() else {
            return;
        };
        let drawn = self.frame.with_untracked(|frame| frame.drawn.clone());
        let measured = page::heights_px(&rows);
        if measured.len() != drawn.len() {
            return;
        }
        let view_px = COVERED_PX - self.top_px();
        let by = self.heights.try_update_value(|heights| {
            let anchor = heights.row_at(view_px);
            let before = heights.top(anchor);
            for (file, px) in drawn.zip(measured) {
                heights.set(file, px);
            }
            heights.top(anchor) - before
        });
        if let Some(by) = by
            && view_px > 0.0
            && by.abs() >= 1.0
        {
            page::scroll_to(page::scroll_px() + by);
        }
        self.draw();
    }

    /// Brings a file to the top of the window.
    fn show(self, path: &str) {
        let files = untrack(|| self.open.shown());
        let Some(number) = files.iter().position(|file| file.path == path) else {
            return;
        };
        let aim = move || {
            let px = self.heights.with_value(|heights| heights.top(number));
            page::scroll_to(page::scroll_px() + self.top_px() + px - COVERED_PX);
            self.draw();
        };
        aim();
        // The files above are measured by then.
        request_animation_frame(move || request_animation_frame(aim));
    }
}

/// One file: its bar, and its lines.
#[component]
fn File(open: MemoryFiles, file: Arc<ChangedFile>) -> impl IntoView {
    let opened = open.open_file(&file);
    let diff = opened.diff.get_untracked();
    let nav = DiffNav::silent();
    let old_name = match &file.change {
        FileChange::Renamed { from } => Some(format!("was {from}")),
        _ => None,
    };
    let shown = StoredValue::new(Arc::clone(&file));
    let outcome = Memo::new(move |_| open.outcome(&shown.get_value()));
    let choose = move |is_taken| open.choose(&shown.get_value(), is_taken);
    let decide = move || {
        open.may_decide.get().then(|| {
            view! {
                <span class="diff-picks">
                    <button
                        type="button"
                        class="diff-pick"
                        data-action="take-file"
                        aria-pressed=move || (outcome.get() == Outcome::Taken).to_string()
                        on:click=move |_| choose(true)
                    >
                        "Accept file"
                    </button>
                    <button
                        type="button"
                        class="diff-pick"
                        data-action="leave-file"
                        aria-pressed=move || (outcome.get() == Outcome::LeftOut).to_string()
                        on:click=move |_| choose(false)
                    >
                        "Leave out"
                    </button>
                </span>
            }
        })
    };
    let tools = open.tools(opened);
    let body = if diff.hunks.is_empty() {
        view! { <p class="diff-equal">"The text stays as it is."</p> }.into_any()
    } else {
        view! { <DiffLines diff of=file.path.clone() nav tools /> }.into_any()
    };
    view! {
        <article
            class="memory-file"
            data-path=file.path.clone()
            data-change=file.change.as_str()
            data-left-out=move || (outcome.get() == Outcome::LeftOut).then_some("")
        >
            <header class="memory-file-head">
                <span class="memory-sign" aria-hidden="true">{file.change.sign()}</span>
                <h2 class="memory-file-name">
                    <bdi>{file.path.clone()}</bdi>
                </h2>
                <span class="memory-file-change">{file.change.as_str()} " " {old_name}</span>
                {decide}
            </header>
            {body}
        </article>
    }
}
