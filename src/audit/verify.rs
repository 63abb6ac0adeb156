//! Whether the ledger is what was written: its head, and what verifying it finds.

use super::state::{Chain, Loss, Verdict};
use crate::{
    session::Session,
    ui::{Button, ButtonKind, Notice, Time, Tone},
};
use leptos::prelude::*;
use review_api::AuditHead;
use review_core::{digest::short, rules, words::grouped};
use std::sync::Arc;

#[component]
pub(super) fn ChainStatus(chain: Chain) -> impl IntoView {
    let session = Session::use_context();
    let refusal = Signal::derive(move || {
        let verdict = rules::may_verify_audit(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let busy = Signal::derive(move || matches!(chain.verdict(), Verdict::Running { .. }));
    let head = move || chain.head().value().map(|head| view! { <Head head /> });
    let seen = move || {
        let seen = chain.seen().filter(|seen| seen.seq > 0)?;
        Some(view! {
            {format!("This browser remembers line {}, seen ", grouped(seen.seq))}
            <Time at=seen.at />
            "."
        })
    };
    let no_head = move || match chain.head().get() {
        Some(Err(error)) => Some(view! {
            <span data-about="no-head">"The head of the ledger could not be read: " {error.to_string()}</span>
        }),
        _ => None,
    };
    view! {
        <section class="chain" aria-labelledby="chain-title">
            <div class="chain-head">
                <h2 id="chain-title">"Chain"</h2>
                <p class="chain-line" data-about="head">{head} {no_head} " " {seen}</p>
                <Button on_press=Callback::new(move |()| chain.verify()) refusal busy action="verify">
                    {move || if busy.get() { "Verifying" } else { "Verify" }}
                </Button>
            </div>
            {move || chain.loss().map(|loss| view! { <Lost chain loss /> })}
            <div role="status" data-about="verdict">
                {move || view! { <Found verdict=chain.verdict() /> }}
            </div>
        </section>
    }
}

#[component]
fn Head(head: Arc<AuditHead>) -> impl IntoView {
    if head.seq == 0 {
        return "The ledger is empty.".into_any();
    }
    let line = grouped(head.seq);
    let (hash, whole) = (short(&head.hash).to_owned(), head.hash.clone());
    view! {
        {format!("{line} lines, sealed by ")}
        <code title=whole>{hash}</code>
        ", read "
        <Time at=head.read_at />
        "."
    }
    .into_any()
}

/// The loudest thing that this page can say.
#[component]
fn Lost(chain: Chain, loss: Loss) -> impl IntoView {
    let (seen, what) = match loss {
        Loss::CutOff { seen, now } => {
            let what = format!("It ends at line {} now: lines were cut off.", grouped(now));
            (seen, what)
        }
        Loss::Rewritten { seen } => {
            let what = "That line is another one now: the ledger was written anew.".to_owned();
            (seen, what)
        }
    };
    view! {
        <Notice tone=Tone::Bad about="loss">
            <div>
                <p class="notice-title">"The ledger is not the one that this browser saw"</p>
                <p>
                    "This browser saw line " {grouped(seen.seq)} " with hash " <code>{short(&seen.hash).to_owned()}</code> ", "
                    <Time at=seen.at /> ". " {what}
                </p>
                <p>
                    "Do not rely on this ledger until somebody knows why. Tell whoever runs the review server; a backup that was \
                     restored looks like this too."
                </p>
                <Button on_press=Callback::new(move |()| chain.remember()) kind=ButtonKind::Bare action="remember-head">
                    "I know why: go on from this ledger"
                </Button>
            </div>
        </Notice>
    }
}

#[component]
fn Found(verdict: Verdict) -> impl IntoView {
    match verdict {
        Verdict::NotAsked => ().into_any(),
        Verdict::Running { good_to } => view! {
            <p class="section-note">{format!("{} lines are good so far.", grouped(good_to))}</p>
        }
        .into_any(),
        Verdict::Good {
            good_to,
            checkpoints,
        } => {
            let checkpoints = match checkpoints {
                0 => "no signed checkpoint was there to hold it against".to_owned(),
                1 => "1 signed checkpoint agrees".to_owned(),
                more => format!("{} signed checkpoints agree", grouped(more)),
            };
            view! {
                <Notice tone=Tone::Good about="good">
                    <div>
                        <p class="notice-title">"Every line is as it was written"</p>
                        <p>{format!("{} lines checked from the first to the last; {checkpoints}. What this browser saw before is in it.", grouped(good_to))}</p>
                    </div>
                </Notice>
            }
            .into_any()
        }
        Verdict::Bad { good_to, bad } => view! {
            <Notice tone=Tone::Bad about="bad">
                <div>
                    <p class="notice-title">{format!("Line {} is not as it was written", grouped(bad.seq))}</p>
                    <p>{bad.sentence}</p>
                    <p>
                        {format!("Lines up to {} are good. Keep the database and the checkpoints as they are, and tell whoever runs the review server.", grouped(good_to))}
                    </p>
                </div>
            </Notice>
        }
        .into_any(),
        Verdict::Failed(error) => view! {
            <Notice tone=Tone::Bad about="verify-failure">
                <span>"It is not known whether the ledger is in order. " {error.to_string()}</span>
            </Notice>
        }
        .into_any(),
    }
}
