//! Reports: signed, delivered once each, oldest first, again until the receiver has them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic, as tests may"
)]

mod support;

use review_api::DreamingReport;
use serde_json::Value;
use std::collections::HashSet;
use support::{Receiver, Rig, text};

async fn seeded(rig: &Rig) -> usize {
    rig.get("/__control/reports").await.good()["data"]
        .as_array()
        .unwrap()
        .len()
}

async fn all_delivered(rig: &Rig) -> Option<()> {
    let reports = rig.get("/__control/reports").await.good();
    let mut all = reports["data"].as_array().unwrap().iter();
    all.all(|report| report["delivered_at"].is_string())
        .then_some(())
}

#[tokio::test]
async fn seeded_reports_are_delivered_in_order_signed_and_once_even_after_a_restart() {
    let receiver = Receiver::start(0).await;
    let target = receiver.target.clone();
    let mut rig = Rig::with(|config| config.report = Some(target.clone())).await;
    let count = seeded(&rig).await;
    assert!(count > 15, "{count}");
    receiver.has(count).await;
    support::until("all are noted as delivered", || all_delivered(&rig)).await;

    rig.restart(|config| config.report = Some(target.clone()))
        .await;
    let dream = rig.dream("On-call Runbooks").await;
    let complete = format!("/__control/dreams/{}/complete", text(&dream["id"]));
    rig.act(&complete).await.good();
    receiver.has(count + 1).await;

    let deliveries = receiver.deliveries();
    assert_eq!(deliveries.len(), count + 1, "nothing came twice");
    assert!(deliveries.iter().all(|delivery| delivery.signature_is_good));
    let ids: HashSet<_> = deliveries.iter().map(|delivery| &delivery.id).collect();
    assert_eq!(ids.len(), deliveries.len());
    assert_eq!(deliveries[count].body["dream_id"], dream["id"]);
    let times: Vec<_> = deliveries
        .iter()
        .map(|delivery| text(&delivery.body["completed_at"]))
        .collect();
    assert!(times.is_sorted(), "oldest first");
    for delivery in &deliveries {
        let report: DreamingReport = serde_json::from_value(delivery.body.clone()).unwrap();
        assert_eq!(report.kind, "dreaming_report");
        let agent = format!("/v1/agents/{}", report.agent_id);
        let agent = rig.get(&agent).await.good();
        assert_eq!(
            report.agent_version.map(Value::from),
            Some(agent["version"].clone())
        );
        assert!(report.summary.is_some_and(|summary| !summary.contains('{')));
        for id in report
            .patterns
            .iter()
            .flat_map(|pattern| &pattern.interaction_ids)
        {
            let session = rig.get(&format!("/v1/sessions/{id}")).await.good();
            assert_eq!(session["agent"]["id"], agent["id"]);
        }
    }
}

#[tokio::test]
async fn a_refused_report_comes_again_with_the_same_id_before_the_next_one() {
    let receiver = Receiver::start(2).await;
    let target = receiver.target.clone();
    let rig = Rig::with(|config| config.report = Some(target)).await;
    let count = seeded(&rig).await;
    receiver.has(count + 2).await;
    let ids: Vec<_> = receiver
        .deliveries()
        .into_iter()
        .map(|delivery| delivery.id)
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[1], ids[2]);
    assert_ne!(ids[2], ids[3]);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), count);
}

#[tokio::test]
async fn a_new_dream_proposes_something_new_that_fits_the_prompt_of_now() {
    let rig = Rig::start().await;
    let agent = rig.agent("SupportBot").await;
    let known = rig.get("/__control/reports").await.good();
    let edit = format!("/__control/agents/{}/edit", text(&agent["id"]));
    rig.post(&edit, serde_json::json!({"append": "- Sign with Juniper."}))
        .await
        .good();
    let dream = rig.dream("SupportBot").await;
    let complete = format!("/__control/dreams/{}/complete", text(&dream["id"]));
    rig.act(&complete).await.good();
    let reports = rig.get("/__control/reports").await.good();
    let made = reports["data"].as_array().unwrap().iter();
    let report = made
        .rev()
        .find(|report| report["dream_id"] == dream["id"])
        .unwrap();
    let proposed = text(&report["body"]["suggestions"][0]["new_prompt"]);
    assert!(
        proposed.ends_with("- Sign with Juniper.\n"),
        "derived from the prompt of now"
    );
    assert!(!known.to_string().contains("Sign with Juniper"));
    assert_eq!(report["delivered_at"], Value::Null, "there is no receiver");
}
