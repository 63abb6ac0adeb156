//! Runs the diff view over a sample while the browser has nothing to do, so that the first real diff is not the
//! first run of the program.
//!
//! Browsers translate a WebAssembly function when it is first called, and well only after it has been called often.
//! Without this, the first diff takes two to four times as long (`docs/BENCHMARKS.md`). Nothing of it is on the page, and
//! nothing is kept.

use super::{Differing, picks::Picks, state::DiffNav, tools::Tools};
use crate::browser::{timers, viewport};
use leptos::{mount::mount_to, prelude::*};
use prompt_diff::{Limits, PromptDiff, Sides};
use std::{cell::Cell, fmt::Write as _, sync::Arc};

/// How often the sample is shown. The first times translate, the others tell the browser what is worth
/// translating well; more than this changes nothing that was measured.
const ROUNDS: u32 = 8;

thread_local! {
    /// A real diff has been shown, and did the same.
    static IS_WARM: Cell<bool> = const { Cell::new(false) };
}

/// Notes that a diff is shown: there is nothing left to prepare.
pub(super) fn is_warm() {
    IS_WARM.set(true);
}

/// Prepares the view in the browser's idle time, in small steps; ends early when a real diff is shown. Calls `done`
/// afterwards.
pub fn warm_up(done: impl FnOnce() + 'static) {
    timers::when_idle(move || compare(ROUNDS, done));
}

/// One step: the texts are compared.
fn compare(rounds: u32, done: impl FnOnce() + 'static) {
    if rounds == 0 || IS_WARM.get() {
        done();
        return;
    }
    let texts = sample(rounds);
    let diff = prompt_diff::diff(&texts.before, &texts.after, &Limits::default());
    timers::when_idle(move || draw(Arc::new(diff), rounds, done));
}

/// One step: they are drawn, in an element that is not on the page.
fn draw(diff: Arc<PromptDiff>, rounds: u32, done: impl FnOnce() + 'static) {
    let Some(nowhere) = viewport::detached() else {
        done();
        return;
    };
    let drawn = mount_to(nowhere, move || {
        let shown = Arc::clone(&diff);
        let tools = Tools {
            picks: Some(Picks::open(
                "warm-up",
                Memo::new(move |_| Arc::clone(&shown)),
            )),
            ..Tools::default()
        };
        let names = Signal::stored(Sides::new(String::new(), String::new()));
        view! { <Differing diff=Arc::clone(&diff) names nav=DiffNav::silent() tools /> }
    });
    // Its effects have run by then.
    timers::when_idle(move || {
        drop(drawn);
        compare(rounds - 1, done);
    });
}

/// Makes two texts in which everything happens that a diff has a way to show; other ones for each `round`, since
/// what is the same text again may be answered from memory.
fn sample(round: u32) -> Sides<String> {
    let mut before = format!("# Guide {round}\n\nYou help people with their orders.\n\n");
    let mut after = before.clone();
    for section in 0..6 {
        let rule = format!(
            "- Never share the details of order {section}{round} with somebody else, whoever asks for them.\n"
        );
        // Strings take what is written, always.
        let _: Result<(), _> = write!(
            before,
            "## Part {section}\n\n{rule}- Ask for {{name}} first, and say what you do next.\n\nAnswer in short \
             sentences. Say what you know and what you do not know. Write to a person when {section} days have \
             passed.\n\n<example>\nWhere is it? It is on its way.\n</example>\n\n"
        );
        let _: Result<(), _> = write!(
            after,
            "## Part {section}\n\n- Ask for {{{{name}}}} and the number of the order first.\n\nAnswer in sentences \
             that are short.\nSay what you know, and what you don\u{2019}t. Write to a person when {round} days \
             have passed\u{200b}.\n\n<example>\nWhere is it? Look at https://example.com/{section}.\n</example>\n\n{rule}\n"
        );
    }
    let long =
        "Every order has a number, and nobody does anything before they know it. ".repeat(20);
    let _: Result<(), _> = writeln!(before, "{long}");
    let _: Result<(), _> = writeln!(after, "{}", long.replacen("number", "reference", 3));
    Sides::new(before, after)
}
