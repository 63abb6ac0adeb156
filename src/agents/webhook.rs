//! Where an agent's reports are posted, what they are signed with, and what became of each.

mod secret;

use super::state::{Webhook, WebhookAct};
use crate::{
    api::ApiClient,
    browser::clock::moment,
    routes::Route,
    session::Session,
    ui::{
        Badge, Button, ButtonKind, Crumb, Empty, Faces, Notice, PageTitle, ShowMore, SkeletonRows,
        SkeletonText, Time, Tone, unique_id,
    },
};
use leptos::prelude::*;
use review_api::{AgentId, AgentWebhook, Delivery, DeliveryAttempt, DeliveryId, DeliveryState};
use review_core::{rules, words};
use secret::SecretDialog;
use std::sync::Arc;

/// The whole page.
#[component]
pub fn AgentWebhookPage(
    /// Whose webhook.
    id: AgentId,
) -> impl IntoView {
    let webhook = Webhook::new(&ApiClient::use_context(), &id);
    let crumbs = Memo::new(move |_| {
        let name = webhook
            .agent
            .value()
            .map_or("Agent".to_owned(), |agent| agent.summary.name.clone());
        vec![
            Crumb::new("Agents", Route::Agents),
            Crumb::new(name, Route::Agent { id: id.clone() }),
        ]
    });
    view! {
        <div class="page webhook">
            <PageTitle title="Webhook" crumbs />
            <Faces
                query=webhook.now
                what="the webhook"
                skeleton=|| view! { <SkeletonText lines=4 /> }
                let:now
            >
                <About webhook now />
            </Faces>
            <Deliveries webhook />
            <SecretDialog webhook />
        </div>
    }
}

#[component]
fn About(webhook: Webhook, now: Signal<Arc<AgentWebhook>>) -> impl IntoView {
    let session = Session::use_context();
    let right = move || rules::may_look_after_webhook(&session.user()).err();
    let refusal = Signal::derive(move || right().map(|refusal| refusal.sentence));
    let no_test = Signal::derive(move || {
        let no_url = now.with(|now| now.url.is_none());
        let no_url =
            no_url.then(|| "The agent has no webhook. Set one in its settings first.".to_owned());
        refusal.get().or(no_url)
    });
    let busy_with = move |act| Signal::derive(move || webhook.busy.get() == Some(act_of(act)));
    let url = move || now.with(|now| now.url.clone()).unwrap_or("none".to_owned());
    let problem = Memo::new(move |_| now.with(|now| now.problem.clone()));
    let was_shown = move || {
        now.with(|now| {
            now.secret
                .as_ref()
                .is_some_and(|secret| secret.shown_at.is_some())
        })
    };
    let failure = move || webhook.failure.get().map(|error| error.to_string());
    view! {
        <section class="page-section" aria-labelledby="endpoint-title" data-about="endpoint">
            <div class="section-head">
                <h2 id="endpoint-title">"Where reports go"</h2>
            </div>
            <Show when=move || problem.with(Option::is_some)>
                <Notice tone=Tone::Finding about="webhook-problem">
                    {move || problem.get()}
                </Notice>
            </Show>
            <dl class="facts">
                <dt>"Address"</dt>
                <dd data-fact="url">{url}</dd>
                <dt>"Signed with"</dt>
                <dd data-fact="secret">{move || now.with(|now| signed_with(now))}</dd>
                <dt>"Waiting"</dt>
                <dd data-fact="waiting">{move || words::grouped(now.with(|now| now.waiting))}</dd>
            </dl>
            <div class="webhook-acts">
                <Button
                    on_press=Callback::new(move |()| webhook.test())
                    kind=ButtonKind::Primary
                    refusal=no_test
                    busy=busy_with("test")
                    action="test-webhook"
                >
                    "Send a test"
                </Button>
                <Button
                    on_press=Callback::new(move |()| webhook.show_secret())
                    refusal
                    busy=busy_with("secret")
                    action="show-secret"
                >
                    {move || if was_shown() { "Make a new secret" } else { "Show the secret" }}
                </Button>
            </div>
            <Show when=move || failure().is_some()>
                <Notice tone=Tone::Bad about="webhook-failure">
                    <span>"Not done. " {failure}</span>
                </Notice>
            </Show>
        </section>
    }
}

fn act_of(name: &str) -> WebhookAct {
    if name == "test" {
        WebhookAct::Test
    } else {
        WebhookAct::Secret
    }
}

/// Says what may be known of the secret.
fn signed_with(now: &AgentWebhook) -> String {
    let Some(secret) = &now.secret else {
        return "a secret that is made when it is first needed".to_owned();
    };
    let shown = if secret.shown_at.is_some() {
        "shown once and kept nowhere"
    } else {
        "which nobody has seen yet"
    };
    let former = secret.former_until.map_or(String::new(), |until| {
        format!("; the one before counts until {}", moment(until))
    });
    format!("secret {}, {shown}{former}", secret.generation)
}

#[component]
fn Deliveries(webhook: Webhook) -> impl IntoView {
    let session = Session::use_context();
    let refusal = Signal::derive(move || {
        let verdict = rules::may_look_after_webhook(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    let reason = unique_id("reason");
    let reason_at = StoredValue::new(reason.clone());
    let ids = Memo::new(move |_| {
        let items = webhook.deliveries.items();
        items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    });
    view! {
        <section class="page-section" aria-labelledby="deliveries-title" data-about="deliveries">
            <div class="section-head">
                <h2 id="deliveries-title">"Deliveries"</h2>
                <span class="section-note">"newest first"</span>
            </div>
            // Said once, not in each row.
            <p class="section-note" id=reason>
                {move || refusal.get()}
            </p>
            <Faces
                query=webhook.deliveries.first()
                what="the deliveries"
                skeleton=|| view! { <SkeletonRows count=4 /> }
                let:_first
            >
                <Show
                    when=move || ids.with(|ids| !ids.is_empty())
                    fallback=|| {
                        view! {
                            <Empty title="Nothing was posted yet">
                                "Each report shows here with what the receiver answered. Send a test to see whether it arrives."
                            </Empty>
                        }
                    }
                >
                    <ul class="rows">
                        <For each=move || ids.get() key=DeliveryId::clone let:id>
                            <DeliveryRow webhook id refusal reason_at=reason_at.get_value() />
                        </For>
                    </ul>
                    <ShowMore listing=webhook.deliveries />
                </Show>
            </Faces>
        </section>
    }
}

#[component]
fn DeliveryRow(
    webhook: Webhook,
    id: DeliveryId,
    /// Why it may not be delivered again, which the page says once.
    refusal: Signal<Option<String>>,
    reason_at: String,
) -> impl IntoView {
    let delivery = {
        let id = id.clone();
        Memo::new(move |_| {
            let mut items = webhook.deliveries.items().into_iter();
            items.find(|delivery| delivery.id == id)
        })
    };
    let is_open = {
        let id = id.clone();
        Memo::new(move |_| webhook.opened.with(|opened| opened.as_ref() == Some(&id)))
    };
    let busy = {
        let id = id.clone();
        Signal::derive(move || webhook.busy.get() == Some(WebhookAct::Again(id.clone())))
    };
    let open = {
        let id = id.clone();
        Callback::new(move |()| {
            let is_open = is_open.get_untracked();
            webhook.opened.set((!is_open).then(|| id.clone()));
        })
    };
    let name = id.0.clone();
    let id = StoredValue::new(id);
    let again = Callback::new(move |()| {
        if let Some(delivery) = delivery.get_untracked() {
            webhook.deliver_again(delivery.id, delivery.revision);
        }
    });
    view! {
        <li class="delivery" data-delivery=name>
            <div class="delivery-line">
                {move || delivery.get().map(draw)}
                <Button on_press=open kind=ButtonKind::Bare action="attempts">
                    {move || if is_open.get() { "Hide attempts" } else { "Attempts" }}
                </Button>
                <Button on_press=again refusal busy reason_at action="deliver-again">
                    "Deliver again"
                </Button>
            </div>
            <Show when=move || is_open.get()>
                <Attempts webhook id />
            </Show>
        </li>
    }
}

fn draw(delivery: Delivery) -> impl IntoView {
    let (tone, word) = match delivery.state {
        DeliveryState::Delivered => (Tone::Good, "delivered"),
        DeliveryState::Waiting => (Tone::Accent, "waiting"),
        DeliveryState::GivenUp => (Tone::Bad, "given up"),
        DeliveryState::Unknown => (Tone::Quiet, "unknown"),
    };
    let event = match (delivery.event.as_str(), delivery.dream_id.clone()) {
        ("test", _) => "Test".into_any(),
        (_, Some(id)) => {
            view! { <a href=Route::Dream { id }.href()>"Report of a dream"</a> }.into_any()
        }
        _ => delivery.event.clone().into_any(),
    };
    let next = delivery
        .next_attempt_at
        .map(|at| view! { " The next one " <Time at /> "." });
    view! {
        <span>
            <Badge tone>{word}</Badge>
        </span>
        <span class="delivery-said">
            {event} <span class="section-note">{said(&delivery)} {next}</span>
        </span>
        <span class="row-number">
            <Time at=delivery.created_at />
        </span>
    }
}

/// Says how a delivery stands, in whole sentences.
fn said(delivery: &Delivery) -> String {
    let tried = match delivery.attempts {
        0 => "Not tried yet".to_owned(),
        1 => "1 attempt".to_owned(),
        count => format!("{count} attempts"),
    };
    let last = delivery.last.as_ref();
    let problem = delivery.problem.clone();
    let problem = problem.or_else(|| last.and_then(|last| last.problem.clone()));
    let answered = last.and_then(|last| last.status);
    match (problem, answered) {
        (Some(problem), _) => format!("{tried}. {}.", problem.trim_end_matches('.')),
        (None, Some(status)) => format!("{tried}, answered {status}."),
        (None, None) => format!("{tried}."),
    }
}

#[component]
fn Attempts(webhook: Webhook, id: StoredValue<DeliveryId>) -> impl IntoView {
    let tried = Memo::new(move |_| {
        let detail = webhook.detail.value()?;
        let detail = detail.as_ref().as_ref()?;
        let is_this = id.with_value(|id| *id == detail.delivery.id);
        is_this.then(|| detail.tried.clone())
    });
    let id = id.get_value();
    view! {
        <p class="section-note">"webhook-id " <code>{id.0}</code></p>
        <Show
            when=move || tried.with(Option::is_some)
            fallback=|| view! { <SkeletonText lines=2 /> }
        >
            <ol class="attempts" data-about="attempts">
                <For
                    each=move || tried.get().unwrap_or_default()
                    key=|attempt| (attempt.number, attempt.took_ms)
                    let:attempt
                >
                    <Attempt attempt />
                </For>
            </ol>
        </Show>
    }
}

#[component]
fn Attempt(attempt: DeliveryAttempt) -> impl IntoView {
    let outcome = match (attempt.status, attempt.problem) {
        (_, Some(problem)) => problem,
        (Some(status), None) => format!("Taken: answered {status}."),
        (None, None) => "At work.".to_owned(),
    };
    let took = attempt
        .took_ms
        .map(|ms| format!(" {} ms.", words::grouped(ms)));
    let answer = (!attempt.answer.is_empty()).then(|| {
        view! {
            <pre class="attempt-answer" tabindex="0" aria-label="The answer">
                {attempt.answer}
            </pre>
        }
    });
    view! {
        <li class="attempt">
            <span>
                {format!("Attempt {}, ", attempt.number)} <Time at=attempt.at /> ": " {outcome} {took}
            </span>
            <span class="section-note">{attempt.url}</span>
            {answer}
        </li>
    }
}
