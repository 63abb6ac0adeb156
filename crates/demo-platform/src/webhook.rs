//! Delivery of reports: signed, one after the other, again and again until the receiver has them.

use crate::platform::Platform;
use crate::state::{Dream, Entry, now};
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Time that a receiver gets to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// First wait after a delivery that failed; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Where reports go, and what they are signed with.
#[derive(Debug, Clone)]
pub struct ReportTarget {
    /// Address that reports are posted to.
    pub url: String,
    /// The secret shared with the receiver.
    pub secret: Secret,
}

/// Delivers reports as they come, until `stop`.
pub(crate) async fn run(
    platform: Arc<Platform>,
    target: ReportTarget,
    client: reqwest::Client,
    stop: CancellationToken,
) {
    let mut wait = FIRST_WAIT;
    loop {
        let Some(dream) = oldest_undelivered(&platform) else {
            tokio::select! {
                () = platform.reports_changed.notified() => continue,
                () = stop.cancelled() => return,
            }
        };
        let delivered = tokio::select! {
            delivered = deliver(&client, &target, &dream) => delivered,
            () = stop.cancelled() => return,
        };
        match delivered {
            Ok(()) => {
                wait = FIRST_WAIT;
                note_delivery(&platform, &dream.id);
            }
            Err(reason) => {
                tracing::warn!(
                    reason,
                    dream.id = dream.id,
                    wait_ms = wait.as_millis(),
                    "a report was not delivered and will be sent again"
                );
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = stop.cancelled() => return,
                }
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
}

fn oldest_undelivered(platform: &Platform) -> Option<Dream> {
    platform.read(|model| {
        let waiting = model.dreams.values().filter(|dream| {
            let report = dream.report.as_ref();
            report.is_some_and(|report| report.delivered_at.is_none())
        });
        waiting.min_by_key(|dream| dream.ended_at).cloned()
    })
}

fn note_delivery(platform: &Platform, id: &str) {
    let noted = platform.change(|change| {
        if let Some(mut dream) = change.model().dreams.get(id).cloned()
            && let Some(report) = &mut dream.report
        {
            report.delivered_at = Some(now());
            change.put(Entry::Dream(Box::new(dream)));
        }
        Ok(())
    });
    if let Err(error) = noted {
        tracing::error!(?error, dream.id = id, "a delivery could not be noted");
    }
}

async fn deliver(
    client: &reqwest::Client,
    target: &ReportTarget,
    dream: &Dream,
) -> Result<(), String> {
    let Some(report) = &dream.report else {
        return Ok(());
    };
    let body = report.body.to_string();
    let at_secs = now().as_second();
    let signature = target
        .secret
        .sign(&report.delivery_id, at_secs, body.as_bytes());
    let sent = client
        .post(&target.url)
        .timeout(ANSWER_WITHIN)
        .header("content-type", "application/json")
        .header(ID_HEADER, &report.delivery_id)
        .header(TIMESTAMP_HEADER, at_secs.to_string())
        .header(SIGNATURE_HEADER, signature)
        .body(body)
        .send()
        .await;
    match sent {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => Err(format!("the receiver answered {}", response.status())),
        Err(error) => Err(error.without_url().to_string()),
    }
}
