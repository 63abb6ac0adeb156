//! The form for a new agent.

use super::{settings::FrequencyField, state::CreateForm};
use crate::{
    api::ApiClient,
    browser::storage::Draft,
    routes::{self, Route},
    session::Session,
    ui::{Button, ButtonKind, Crumb, Notice, PageTitle, SwitchField, TextArea, TextField, Tone},
};
use leptos::prelude::*;
use review_api::AgentId;
use review_core::rules;

/// The whole page.
#[component]
pub fn NewAgentPage() -> impl IntoView {
    let go = routes::navigator();
    let session = Session::use_context();
    let form = CreateForm::new(
        ApiClient::use_context(),
        &session.user_untracked().name,
        Callback::new(move |id: AgentId| go.run(Route::Agent { id })),
    );
    let refusal = Signal::derive(move || {
        let verdict = rules::may_create_agent(&session.user());
        verdict.err().map(|refusal| refusal.sentence)
    });
    view! {
        <div class="page new-agent">
            <PageTitle
                title="New agent"
                crumbs=Signal::stored(vec![Crumb::new("Agents", Route::Agents)])
            />
            <form
                class="form"
                data-form="new-agent"
                on:submit=move |event| {
                    event.prevent_default();
                    if refusal.with_untracked(Option::is_none) {
                        form.create();
                    }
                }
            >
                <Fields form />
                <Show when=move || form.failure.with(Option::is_some)>
                    <Notice tone=Tone::Bad about="create-failure">
                        <span>
                            "Not created; what you typed is still here. "
                            {move || form.failure.get().map(|error| error.to_string())}
                        </span>
                    </Notice>
                </Show>
                <div class="form-actions">
                    <Button
                        kind=ButtonKind::Primary
                        on_press=Callback::new(move |()| form.create())
                        refusal
                        busy=form.busy
                        action="create-agent"
                    >
                        "Create agent"
                    </Button>
                </div>
            </form>
        </div>
    }
}

#[component]
fn Fields(form: CreateForm) -> impl IntoView {
    let into = |draft: Draft| Callback::new(move |typed| draft.set(typed));
    // What is missing is said only once somebody tried without it.
    let once_tried = move |error: Option<String>| error.filter(|_| form.tried.get());
    view! {
        <TextField
            label="Name"
            name="name"
            value=form.name.signal()
            on_input=into(form.name)
            error=Signal::derive(move || once_tried(form.name_error()))
        />
        <TextField
            label="Model"
            name="model"
            value=form.model.signal()
            on_input=into(form.model)
            hint=Some("The model's id, as the platform lists it.".to_owned())
            error=Signal::derive(move || once_tried(form.model_error()))
        />
        <TextArea
            label="Description"
            name="description"
            value=form.description.signal()
            on_input=into(form.description)
            rows=2
            error=Signal::derive(move || form.description_error())
        />
        <TextArea
            label="Prompt"
            name="system_prompt"
            value=form.prompt.signal()
            on_input=into(form.prompt)
            rows=14
            hint=Some(
                "Its first prompt. To collect feedback by itself, give it a rule such as: when the user corrects \
                 you, log that as a negative rating. Later edits go through changes."
                    .to_owned(),
            )
            error=Signal::derive(move || form.prompt_error())
        />
        <SwitchField
            label="Dreams"
            name="dreaming_enabled"
            on=form.enabled
            on_switch=Callback::new(move |on| form.enabled.set(on))
        />
        <FrequencyField frequency=form.frequency />
        <TextField
            label="Feedback webhook"
            name="feedback_webhook"
            value=form.webhook.signal()
            on_input=into(form.webhook)
            hint=Some(
                "Each report is posted there. Without one, reports wait until someone looks.".to_owned(),
            )
            error=Signal::derive(move || form.webhook_error())
        />
    }
}
