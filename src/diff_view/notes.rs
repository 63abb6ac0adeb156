//! What people said on a line, below it, and where one writes to it.

use super::{
    placed::{Placed, Standing, lines_in_words},
    talking::Talking,
};
use crate::{
    browser::storage::Draft,
    comments::Comments,
    ui::{Button, ButtonKind, LongText, Notice, TextArea, Time, Tone},
};
use leptos::prelude::*;
use review_api::Comment;
use review_core::rules::{
    may_comment, may_delete_comment, may_edit_comment, may_reopen_comment, may_resolve_comment,
};
use std::sync::Arc;

/// Everything that stands below one row.
#[component]
pub(super) fn Notes(talking: Talking, row: usize) -> impl IntoView {
    let here = move || {
        talking
            .talk
            .with(|talk| talk.by_row.get(&row).cloned().unwrap_or_default())
    };
    let is_writing =
        Memo::new(move |_| talking.talk.with(|talk| talk.writing == Standing::Row(row)));
    let last = move || here().pop().map(|placed| placed.comment.anchor.clone());
    let reply = Callback::new(move |()| {
        if let Some(anchor) = untrack(last) {
            talking.reply(anchor);
        }
    });
    let may_reply = move || !is_writing.get() && talking.may_comment() && !here().is_empty();
    view! {
        <div class="notes" data-notes=row role="group" aria-label="Comments" tabindex="-1">
            <For each=here key=|it| (it.comment.id.clone(), it.comment.revision, it.lines, it.is_moved) let:placed>
                <Note talking placed />
            </For>
            <Show when=move || is_writing.get()>
                <Composer talking />
            </Show>
            <Show when=may_reply>
                <div class="note-actions">
                    <Button on_press=reply kind=ButtonKind::Bare action="reply">"Add a comment"</Button>
                </div>
            </Show>
        </div>
    }
}

/// A comment at its line; one that is settled is folded.
#[component]
fn Note(talking: Talking, placed: Placed) -> impl IntoView {
    let comment = placed.comment;
    let lines = lines_in_words(placed.lines, comment.anchor.side);
    let written = (comment.anchor.first_line, comment.anchor.last_line);
    let moved = placed.is_moved.then(|| match written {
        (first, last) if first == last => format!("was line {first} when it was written"),
        (first, last) => format!("was lines {first} to {last} when it was written"),
    });
    view! { <CommentView comments=talking.comments comment lines moved /> }
}

/// A comment with what can be done with it.
#[component]
pub(super) fn CommentView(
    comments: Comments,
    comment: Arc<Comment>,
    /// Which lines it is about.
    lines: String,
    /// What to know about these.
    moved: Option<String>,
) -> impl IntoView {
    let draft = comments.edit_draft(&comment.id);
    let is_editing = RwSignal::new(!draft.get_untracked().is_empty());
    let elsewhere = comments
        .is_from_elsewhere(&comment)
        .then_some("on the suggestion");
    let edited = comment
        .edited_at
        .map(|at| view! { <span>"edited " <Time at /></span> });
    let head = view! {
        <span class="note-author">{comment.author.0.clone()}</span>
        <span>{lines}</span>
        {elsewhere.map(|words| view! { <span>{words}</span> })}
        <Time at=comment.created_at />
        {edited}
        {moved.map(|words| view! { <span class="note-moved">{words}</span> })}
    };
    let body = {
        let (text, for_edit) = (comment.text.clone(), Arc::clone(&comment));
        move || {
            if is_editing.get() {
                let comment = Arc::clone(&for_edit);
                view! { <EditForm comments comment draft is_editing /> }.into_any()
            } else {
                view! { <div class="note-text" dir="auto"><LongText text=text.clone() /></div> }
                    .into_any()
            }
        }
    };
    let failure = {
        let id = comment.id.clone();
        move || comments.failed(Some(&id)).map(|error| error.to_string())
    };
    let failure = Memo::new(move |_| failure());
    let (id, resolution) = (comment.id.0.clone(), resolution(&comment));
    let content = view! {
        {body}
        <Show when=move || failure.with(Option::is_some)>
            <Notice tone=Tone::Bad about="comment-failure">
                <p>{move || failure.get()}</p>
            </Notice>
        </Show>
        <Show when=move || !is_editing.get()>
            <Actions comments comment=Arc::clone(&comment) draft is_editing />
        </Show>
    };
    match resolution {
        None => view! {
            <article class="note" data-comment=id>
                <p class="note-head">{head}</p>
                {content}
            </article>
        }
        .into_any(),
        Some((by, at)) => view! {
            <details class="note" data-comment=id data-resolved="">
                <summary class="note-head">
                    <span class="note-resolved">"Resolved by " {by} ", " <Time at /></span>
                    {head}
                </summary>
                {content}
            </details>
        }
        .into_any(),
    }
}

fn resolution(comment: &Comment) -> Option<(String, review_api::Timestamp)> {
    let resolved = comment.resolved.as_ref()?;
    Some((resolved.by.0.clone(), resolved.at))
}

#[component]
fn Actions(
    comments: Comments,
    comment: Arc<Comment>,
    draft: Draft,
    is_editing: RwSignal<bool>,
) -> impl IntoView {
    let user = comments.user();
    let is_asking = RwSignal::new(false);
    let busy = comments.is_busy();
    let stored = StoredValue::new(Arc::clone(&comment));
    let settle = move |is_settled: bool, action: &'static str, label: &'static str| {
        view! {
            <Button
                on_press=Callback::new(move |()| comments.settle(&stored.get_value(), is_settled))
                kind=ButtonKind::Bare
                busy
                action
            >
                {label}
            </Button>
        }
    };
    let edit = Callback::new(move |()| {
        if draft.get_untracked().is_empty() {
            draft.set(stored.get_value().text.clone());
        }
        is_editing.set(true);
    });
    let remove = Callback::new(move |()| comments.remove(&stored.get_value()));
    let may_delete = may_delete_comment(&user, &comment).is_ok();
    view! {
        <div class="note-actions">
            {may_resolve_comment(&user, &comment).is_ok().then(|| settle(true, "resolve", "Resolve"))}
            {may_reopen_comment(&user, &comment).is_ok().then(|| settle(false, "reopen", "Reopen"))}
            {may_edit_comment(&user, &comment)
                .is_ok()
                .then(|| {
                    view! {
                        <Button on_press=edit kind=ButtonKind::Bare action="edit-comment">"Edit"</Button>
                    }
                })}
            <Show when=move || may_delete && !is_asking.get()>
                <Button
                    on_press=Callback::new(move |()| is_asking.set(true))
                    kind=ButtonKind::Bare
                    action="delete-comment"
                >
                    "Delete…"
                </Button>
            </Show>
            <Show when=move || is_asking.get()>
                <span class="note-ask" role="group" aria-label="Delete this comment">
                    <span>"It cannot be brought back."</span>
                    <Button on_press=remove kind=ButtonKind::Danger busy action="really-delete">
                        "Delete for good"
                    </Button>
                    <Button on_press=Callback::new(move |()| is_asking.set(false)) action="keep-comment">
                        "Keep it"
                    </Button>
                </span>
            </Show>
        </div>
    }
}

#[component]
fn EditForm(
    comments: Comments,
    comment: Arc<Comment>,
    draft: Draft,
    is_editing: RwSignal<bool>,
) -> impl IntoView {
    let done = Callback::new(move |()| is_editing.set(false));
    let send = Callback::new(move |()| comments.send_edit(&comment, draft, done));
    let cancel = Callback::new(move |()| {
        draft.clear();
        is_editing.set(false);
    });
    let problem = Signal::derive(move || Comments::problem(&draft.get()));
    view! {
        <div class="note-writing">
            <TextArea
                label="Your comment"
                name="edited-comment"
                value=draft.signal()
                on_input=Callback::new(move |text| draft.set(text))
            />
            <div class="note-actions">
                <Button on_press=send kind=ButtonKind::Primary busy=comments.is_busy() refusal=problem action="save-edit">
                    "Save"
                </Button>
                <Button on_press=cancel action="cancel-edit">"Leave it as it was"</Button>
            </div>
        </div>
    }
}

/// Where one writes a comment; what is written is kept until the proxy has it.
#[component]
fn Composer(talking: Talking) -> impl IntoView {
    let comments = talking.comments;
    let text = Memo::new(move |_| {
        comments
            .writing()
            .map(|writing| writing.text)
            .unwrap_or_default()
    });
    let lines = move || {
        let anchor = comments.writing()?.anchor;
        let lines = (
            usize::try_from(anchor.first_line).ok()?,
            usize::try_from(anchor.last_line).ok()?,
        );
        Some(lines_in_words(lines, anchor.side))
    };
    let refusal = Signal::derive(move || {
        let verdict = may_comment(&comments.user()).err();
        let problem = || text.with(|text| Comments::problem(text));
        verdict.map(|refusal| refusal.sentence).or_else(problem)
    });
    let failure = Memo::new(move |_| comments.failed(None).map(|error| error.to_string()));
    let send = Callback::new(move |()| talking.send());
    let pressed = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            talking.send();
        }
        "Escape" if text.with_untracked(|text| text.trim().is_empty()) => {
            event.prevent_default();
            talking.discard();
        }
        _ => {}
    };
    let more = move |by: isize| Callback::new(move |()| talking.extend(by));
    view! {
        <div class="note-writing" data-about="writing" on:keydown=pressed>
            <p class="note-head">
                <span class="note-lines">"On " {lines}</span>
                <Button on_press=more(-1) kind=ButtonKind::Bare action="extend-up">"One line up"</Button>
                <Button on_press=more(1) kind=ButtonKind::Bare action="extend-down">"One line down"</Button>
            </p>
            <TextArea
                label="Comment"
                name="comment"
                value=text
                on_input=Callback::new(move |text| comments.write(text))
            />
            <Show when=move || failure.with(Option::is_some)>
                <Notice tone=Tone::Bad about="comment-failure">
                    <p>{move || failure.get()}</p>
                    <p>"What you typed is kept, here and in this browser."</p>
                </Notice>
            </Show>
            <div class="note-actions">
                <Button on_press=send kind=ButtonKind::Primary busy=comments.is_busy() refusal action="save-comment">
                    "Save comment"
                </Button>
                <Button on_press=Callback::new(move |()| talking.discard()) action="discard-comment">"Discard"</Button>
            </div>
        </div>
    }
}
