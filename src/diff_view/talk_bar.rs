//! How much is said on a diff, the way from one comment to the next, and what stands on no line any more.

use super::{
    notes::CommentView,
    placed::{Standing, lines_in_words},
    talking::Talking,
};
use crate::comments::Comments;
use crate::ui::{Button, LongText, Notice, Tone};
use leptos::prelude::*;
use review_api::{Comment, CommentAnchor};
use std::sync::Arc;

/// Counts the comments that are open, with the way to the next one; says what is marked to those who do not see it.
#[component]
pub(super) fn TalkSteps(talking: Talking) -> impl IntoView {
    let open = Memo::new(move |_| talking.talk.with(|talk| talk.open()));
    let words = move || match open.get() {
        1 => "1 open comment".to_owned(),
        more => format!("{more} open comments"),
    };
    view! {
        <Show when=move || { open.get() > 0 }>
            <div class="diff-talk">
                <span data-about="open-comments">{words}</span>
                <Button on_press=Callback::new(move |()| talking.visit(-1)) action="previous-comment">"Previous"</Button>
                <Button on_press=Callback::new(move |()| talking.visit(1)) action="next-comment">"Next"</Button>
            </div>
        </Show>
        <p class="visually-hidden" role="status" data-about="mark">
            {move || talking.mark_in_words()}
        </p>
    }
}

/// Says why comments may be missing.
#[component]
pub fn CommentsUnread(
    /// The comments.
    comments: Comments,
) -> impl IntoView {
    let unread = Memo::new(move |_| comments.unread().map(|error| error.to_string()));
    view! {
        <Show when=move || unread.with(Option::is_some)>
            <Notice tone=Tone::Bad about="comments-unread">
                <p class="notice-title">"Comments are not here"</p>
                <p>{move || unread.get()}</p>
                <Button on_press=Callback::new(move |()| comments.reload()) action="reload-comments">"Try again"</Button>
            </Notice>
        </Show>
    }
}

/// Comments whose lines are gone, with what these were.
#[component]
pub(super) fn LostTalk(talking: Talking) -> impl IntoView {
    let comments = talking.comments;
    let gone = Memo::new(move |_| talking.talk.with(|talk| talk.gone.clone()));
    let words = move || match gone.with(Vec::len) {
        1 => "The line of 1 comment is gone".to_owned(),
        more => format!("The lines of {more} comments are gone"),
    };
    let is_homeless = Memo::new(move |_| talking.talk.with(|talk| talk.writing == Standing::Gone));
    view! {
        <Show when=move || is_homeless.get()>
            <Notice tone=Tone::Finding about="lost-writing">
                <p class="notice-title">"The line that you were writing on is gone"</p>
                <p>"What you typed is kept. Choose another line by its number, or by c, to put it there."</p>
                {move || comments.writing().map(|writing| view! { <LongText text=writing.text /> })}
                <Button on_press=Callback::new(move |()| talking.discard()) action="discard-comment">"Discard"</Button>
            </Notice>
        </Show>
        <Show when=move || !gone.with(Vec::is_empty)>
            <div class="notes notes-lost" data-about="lost-comments" tabindex="-1" role="group" aria-label="Comments on lines that are gone">
                <p class="notes-title">{words}</p>
                <For each=move || gone.get() key=|it| (it.id.clone(), it.revision) let:comment>
                    <Lost talking comment />
                </For>
            </div>
        </Show>
    }
}

#[component]
fn Lost(talking: Talking, comment: Arc<Comment>) -> impl IntoView {
    let (lines, quote) = (was(&comment.anchor), comment.anchor.quote.clone());
    view! {
        <div class="note-lost">
            <p class="note-was">"Its line is gone: was"</p>
            <div class="note-quote" dir="auto"><LongText text=quote mono=true /></div>
            <CommentView comments=talking.comments comment lines moved=None />
        </div>
    }
}

/// Says which lines a comment was about.
fn was(anchor: &CommentAnchor) -> String {
    let number = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
    let lines = (number(anchor.first_line), number(anchor.last_line));
    format!("was {}", lines_in_words(lines, anchor.side))
}
