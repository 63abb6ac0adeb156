//! Reports as a pipeline of one's own hands them in, signed as Standard Webhooks are.

use crate::{Result, Stack};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{sleep, timeout};

/// Longest wait for what the servers do by themselves.
const DONE_WITHIN: Duration = Duration::from_mins(1);

/// Hands in a report that proposes a prompt for an agent.
///
/// # Errors
/// If it is not taken.
pub async fn report(stack: &Stack, agent: &str, prompt: &str) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let id = format!("msg_{}", now.as_nanos());
    let body = json!({
        "type": "dreaming_report",
        "agent_id": agent,
        "suggestions": [{
            "action": "update_system_prompt",
            "new_prompt": prompt,
            "title": "Ask for the order number",
            "rationale": "Refunds went out twice.",
        }],
    })
    .to_string();
    let seconds = now.as_secs();
    let secret = crate::stack::WEBHOOK_SECRET.trim_start_matches("whsec_");
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(secret)?)?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let headers = [
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
    ];
    stack
        .post_signed("/api/hooks/dreaming-report", &headers, body)
        .await
}

/// Waits until `holds` says so.
///
/// # Errors
/// If it fails, or does not say so in time.
pub async fn until_true(what: &str, mut holds: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let held = async {
        while !holds().await? {
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    };
    timeout(DONE_WITHIN, held)
        .await
        .map_err(|_| format!("waited in vain: {what}"))?
}
