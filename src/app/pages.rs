//! The page of each place.

use crate::{
    agents::{AgentPage, AgentTrendsPage, AgentWebhookPage, AgentsPage, NewAgentPage},
    audit::AuditPage,
    changes::{ChangePage, ChangesPage},
    dreams::{DreamLogPage, DreamPage},
    inbox::InboxPage,
    interactions::{AgentInteractionsPage, FeedbackFilesPage, InteractionPage, LabellingPage},
    routes::Route,
    settings::SettingsPage,
    suggestions::SuggestionPage,
    ui::PageTitle,
};
use leptos::prelude::*;

/// Makes the page of `route`.
pub(super) fn page(route: Route) -> AnyView {
    match route {
        Route::Inbox => view! { <InboxPage /> }.into_any(),
        Route::Agents => view! { <AgentsPage /> }.into_any(),
        Route::Agent { id } => view! { <AgentPage id /> }.into_any(),
        Route::NewAgent => view! { <NewAgentPage /> }.into_any(),
        Route::AgentInteractions { id } => view! { <AgentInteractionsPage id /> }.into_any(),
        Route::Labelling { id } => view! { <LabellingPage id /> }.into_any(),
        Route::FeedbackFiles { id } => view! { <FeedbackFilesPage id /> }.into_any(),
        Route::AgentWebhook { id } => view! { <AgentWebhookPage id /> }.into_any(),
        Route::AgentTrends { id } => view! { <AgentTrendsPage id /> }.into_any(),
        Route::Dream { id } => view! { <DreamPage id /> }.into_any(),
        Route::DreamLog { id } => view! { <DreamLogPage id /> }.into_any(),
        Route::Suggestion { id } => view! { <SuggestionPage id /> }.into_any(),
        Route::Changes => view! { <ChangesPage /> }.into_any(),
        Route::Change { id } => view! { <ChangePage id /> }.into_any(),
        Route::Interaction { id } => view! { <InteractionPage id /> }.into_any(),
        Route::Audit => view! { <AuditPage /> }.into_any(),
        Route::Settings => view! { <SettingsPage /> }.into_any(),
        Route::NotFound => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <div class="page">
            <PageTitle title="Nothing here" />
            <p>
                "There is no such page. Go to " <a href=Route::Inbox.href()>"the inbox"</a> " or to "
                <a href=Route::Agents.href()>"the agents"</a> "."
            </p>
        </div>
    }
}
