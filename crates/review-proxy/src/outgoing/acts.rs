//! What people do with a webhook: see its secret once, try it, and have something delivered again.

use super::{Dispatcher, NO_URL, OFF, OVERLAP, TEST, line, new_delivery_id};
use crate::error::{Error, Result};
use crate::review::seen::settings_decided_on;
use crate::store::endpoints::{self, Endpoint};
use crate::store::outgoing::{self, NewDelivery};
use crate::store::{Conn, now, settings};
use review_api::{
    AgentId, AgentWebhook, AuditAction, Delivery, DeliveryDetail, DeliveryId, DeliveryState,
    ErrorCode, User, WebhookSecret, WebhookSecretState,
};
use review_core::rules;
use serde_json::json;

/// Most attempts shown of one delivery.
const MOST_TRIED: u32 = 50;
/// Why nothing is posted that only another key could sign.
const OTHER_KEY: &str = "The webhook's secret was made with another webhook key than this proxy has. Start it with \
                         --webhook-key-file and that key, or make a new secret.";

impl Dispatcher {
    /// Shows an agent's webhook.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn webhook(&self, id: &AgentId) -> Result<AgentWebhook> {
        let mut read = self.store.read().await?;
        let url = settings::get(&mut read, id)
            .await?
            .dreaming
            .feedback_webhook;
        let endpoint = endpoints::get(&mut read, id).await?;
        let problem = match (&url, &endpoint) {
            (Some(_), Some(endpoint)) if endpoint.key_id != self.key.id() => {
                Some(OTHER_KEY.to_owned())
            }
            (Some(url), Some(endpoint)) if endpoint.is_off(url) => Some(OFF.to_owned()),
            (Some(url), _) => self.poster.refusal(url),
            (None, _) => None,
        };
        Ok(AgentWebhook {
            url,
            problem,
            secret: endpoint.as_ref().map(state),
            waiting: outgoing::waiting(&mut read, id).await?,
        })
    }

    /// Shows an agent's secret if nobody has seen it, and makes a new one otherwise; the one before counts for a day.
    ///
    /// # Errors
    /// If `user` may not, the settings changed since `seen`, or the database fails.
    pub async fn show_secret(&self, user: &User, id: &AgentId, seen: u64) -> Result<WebhookSecret> {
        rules::may_look_after_webhook(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        settings_decided_on(&mut write, id, seen).await?;
        let mut endpoint = self.endpoint(&mut write, id, now).await?;
        let is_ours = endpoint.key_id == self.key.id();
        if endpoint.shown_at.is_some() || !is_ours {
            endpoint.generation = endpoint.generation.saturating_add(1);
            // What another key signed with cannot be signed here.
            endpoint.former_until = now.checked_add(OVERLAP).ok().filter(|_| is_ours);
            endpoint.key_id = self.key.id().to_owned();
            endpoint.made_at = now;
        }
        endpoint.shown_at = Some(now);
        endpoints::set(&mut write, id, &endpoint).await?;
        let detail = json!({
            "generation": endpoint.generation,
            "former_until": endpoint.former_until,
        });
        let (actor, action) = (user.name.as_str(), AuditAction::WebhookSecretShown);
        line(&mut write, actor, action, id, detail, now).await?;
        write.commit().await?;
        self.bell.notify_one();
        Ok(WebhookSecret {
            secret: self.key.secret(id, endpoint.generation).expose(),
            state: state(&endpoint),
        })
    }

    /// Sends something to an agent's webhook, once, to see what becomes of it.
    ///
    /// # Errors
    /// If `user` may not, the settings changed since `seen`, there is no webhook, or the database fails.
    pub async fn test(&self, user: &User, id: &AgentId, seen: u64) -> Result<Delivery> {
        rules::may_look_after_webhook(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        settings_decided_on(&mut write, id, seen).await?;
        must_have_url(&mut write, id).await?;
        let body = json!({ "type": TEST, "agent_id": id, "sent_at": now });
        let delivery_id = new_delivery_id();
        let new = NewDelivery {
            id: &delivery_id,
            agent_id: id,
            event: TEST,
            dream_id: None,
            body: &body.to_string(),
            at: now,
        };
        outgoing::insert(&mut write, new).await?;
        let detail = json!({ "delivery_id": delivery_id });
        let (actor, action) = (user.name.as_str(), AuditAction::WebhookTested);
        line(&mut write, actor, action, id, detail, now).await?;
        let delivery = must_be_there(&mut write, &delivery_id).await?;
        write.commit().await?;
        self.bell.notify_one();
        Ok(delivery)
    }

    /// Returns a delivery with what was tried.
    ///
    /// # Errors
    /// If there is none, or the database fails.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<DeliveryDetail> {
        let mut read = self.store.read().await?;
        Ok(DeliveryDetail {
            delivery: must_be_there(&mut read, id).await?,
            tried: outgoing::tried(&mut read, id, MOST_TRIED).await?,
        })
    }

    /// Has something delivered again, at once and with all attempts; its `webhook-id` stays.
    ///
    /// # Errors
    /// If `user` may not, there is no such delivery or no webhook, it changed since `seen`, it is on its way, or the
    /// database fails.
    pub async fn deliver_again(&self, user: &User, id: &DeliveryId, seen: u64) -> Result<Delivery> {
        rules::may_look_after_webhook(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        let before = must_be_there(&mut write, id).await?;
        if before.revision != seen {
            let message =
                "Somebody else asked for this delivery again. Reload to see what came of it.";
            let details = json!({ "seen": seen, "revision": before.revision });
            return Err(Error::new(ErrorCode::Changed, message).with(details));
        }
        let agent_id = &before.agent_id;
        must_have_url(&mut write, agent_id).await?;
        outgoing::ask_again(&mut write, id, now).await?;
        let detail = json!({
            "delivery_id": id,
            "event": before.event,
            "dream_id": before.dream_id,
            "was_delivered": before.state == DeliveryState::Delivered,
        });
        let (actor, action) = (user.name.as_str(), AuditAction::DeliveryReplayed);
        line(&mut write, actor, action, agent_id, detail, now).await?;
        let delivery = must_be_there(&mut write, id).await?;
        write.commit().await?;
        self.bell.notify_one();
        Ok(delivery)
    }
}

fn state(endpoint: &Endpoint) -> WebhookSecretState {
    WebhookSecretState {
        generation: endpoint.generation,
        made_at: endpoint.made_at,
        shown_at: endpoint.shown_at,
        former_until: endpoint.former_until,
    }
}

async fn must_have_url(conn: &mut Conn, id: &AgentId) -> Result<()> {
    let settings = settings::get(conn, id).await?;
    if settings.dreaming.feedback_webhook.is_some() {
        return Ok(());
    }
    let message = format!("{NO_URL} Set one in its dreaming settings first.");
    Err(Error::new(ErrorCode::Conflict, message))
}

async fn must_be_there(conn: &mut Conn, id: &DeliveryId) -> Result<Delivery> {
    let delivery = outgoing::get(conn, id).await?;
    delivery.ok_or_else(|| Error::not_found("delivery", id.as_str()))
}
