//! Where an agent's reports are posted and what became of each, and how the agent did over time.
#![expect(clippy::missing_errors_doc, reason = "as in `calls`")]

use super::{ApiClient, ApiError, PageOf, escaped, with_query};
use review_api::{
    AgentId, AgentWebhook, Delivery, DeliveryDetail, DeliveryId, KeepVersion, KeptVersion,
    Outcomes, Page, Trends, WebhookSecret,
};
use serde::Serialize;

#[derive(Serialize)]
struct Empty {}

impl ApiClient {
    /// Returns how an agent did over time.
    pub async fn trends(&self, id: &AgentId) -> Result<Trends, ApiError> {
        self.get(of(id, "trends")).await
    }

    /// Returns how the versions of an agent's prompt did.
    pub async fn outcomes(&self, id: &AgentId) -> Result<Outcomes, ApiError> {
        self.get(of(id, "outcomes")).await
    }

    /// Keeps the version that an agent has although it does worse than the one before.
    pub async fn keep_version(
        &self,
        id: &AgentId,
        body: &KeepVersion,
        revision: u64,
    ) -> Result<KeptVersion, ApiError> {
        self.post_on(of(id, "regression/keep"), body, revision)
            .await
    }

    /// Returns an agent's webhook as it is now.
    pub async fn webhook(&self, id: &AgentId) -> Result<AgentWebhook, ApiError> {
        self.get(of(id, "webhook")).await
    }

    /// Returns the webhook's secret, shown this once; `revision` is the agent's.
    pub async fn webhook_secret(
        &self,
        id: &AgentId,
        revision: u64,
    ) -> Result<WebhookSecret, ApiError> {
        self.post_on(of(id, "webhook/secret"), &Empty {}, revision)
            .await
    }

    /// Sends something to the webhook to try it; `revision` is the agent's.
    pub async fn test_webhook(&self, id: &AgentId, revision: u64) -> Result<Delivery, ApiError> {
        self.post_on(of(id, "webhook/test"), &Empty {}, revision)
            .await
    }

    /// Returns a page of what was posted, newest first.
    pub async fn deliveries(&self, id: &AgentId, page: PageOf) -> Result<Page<Delivery>, ApiError> {
        let pairs = [
            ("limit", page.limit.map(|limit| limit.to_string())),
            ("cursor", page.cursor),
        ];
        self.get(with_query(&of(id, "deliveries"), &pairs)).await
    }

    /// Returns a delivery with what was tried.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<DeliveryDetail, ApiError> {
        self.get(format!("/deliveries/{}", escaped(&id.0))).await
    }

    /// Has something delivered again.
    pub async fn deliver_again(
        &self,
        id: &DeliveryId,
        revision: u64,
    ) -> Result<Delivery, ApiError> {
        let path = format!("/deliveries/{}/replay", escaped(&id.0));
        self.post_on(path, &Empty {}, revision).await
    }
}

fn of(id: &AgentId, what: &str) -> String {
    format!("/agents/{}/{what}", escaped(&id.0))
}
