//! Deliveries that come many times, to several proxies, and in any order.

use super::{SECRET, now, report, signed};
use crate::databases::{Database, on_each_database};
use crate::dreaming::Syncer;
use crate::hooks::{Receiver, Secret, Worker};
use crate::platform::fake::{Fake, dream, session};
use crate::store::{Store, audit, dreams};
use futures_util::future::join_all;
use proptest::prelude::*;
use review_api::AuditAction;
use serde_json::{Value, json};
use std::{sync::OnceLock, time::Duration};

on_each_database!(p26_a_thousand_copies_over_three_proxies_have_one_effect);

/// A proxy as far as deliveries go.
struct Proxy {
    store: Store,
    receiver: Receiver,
    worker: Worker,
}

impl Proxy {
    fn new(store: Store, fake: &Fake) -> Self {
        let receiver = Receiver::new(store.clone(), vec![Secret::parse(SECRET).unwrap()]);
        let syncer = Syncer::new(store.clone(), fake.platform(), Duration::from_hours(1));
        Self {
            worker: Worker::new(receiver.clone(), syncer),
            receiver,
            store,
        }
    }
}

/// A platform with one dream for each of `count` reports.
async fn platform_with(count: usize) -> Fake {
    let fake = Fake::start().await;
    fake.set_agent("agent_1", 4, "One.\nTwo.\n");
    fake.held().sessions = vec![session("sesn_1", "agent_1", "2026-11-01T10:00:00Z")];
    fake.held().dreams = (1..=count)
        .map(|number| {
            let id = format!("drm_{number}");
            dream(&id, "completed", &["sesn_1"], "2026-11-04T10:00:00Z")
        })
        .collect();
    fake
}

async fn p26_a_thousand_copies_over_three_proxies_have_one_effect(database: Database) {
    let fake = platform_with(1).await;
    let mut proxies = Vec::new();
    for _ in 0..3 {
        proxies.push(Proxy::new(database.open().await, &fake));
    }
    let body = report().to_string();
    let headers = signed("msg_1", body.as_bytes());
    let copies = (0..1_000).map(|number| {
        let proxy = &proxies[number % proxies.len()];
        let (headers, body) = (&headers, body.as_bytes());
        async move {
            let accepted = proxy.receiver.receive(headers, body, now()).await.unwrap();
            if number % 50 == 0 {
                proxy.worker.work().await.unwrap();
            }
            accepted.duplicate
        }
    });
    let duplicates = join_all(copies).await;
    assert_eq!(duplicates.iter().filter(|is_one| !**is_one).count(), 1);
    for proxy in &proxies {
        assert_eq!(proxy.worker.work().await.unwrap(), 0);
    }
    let mut read = proxies[0].store.read().await.unwrap();
    let dream = dreams::get(&mut read, &"drm_1".into()).await.unwrap();
    assert_eq!(dream.unwrap().suggestions.len(), 1);
    let lines = audit::list(&mut read, &audit::Filter::default(), 100)
        .await
        .unwrap();
    let received = lines
        .iter()
        .filter(|entry| entry.action == AuditAction::ReportReceived);
    assert_eq!(received.count(), 1, "one line in the ledger");
}

/// A report on one of the dreams.
fn report_on(number: usize) -> Value {
    let mut body = report();
    body["dream_id"] = json!(format!("drm_{number}"));
    body["suggestions"][0]["title"] = json!(format!("Suggestion {number}"));
    body
}

const DREAMS: usize = 8;

/// What comes of each report once, in order.
static IN_ORDER: OnceLock<Vec<Vec<String>>> = OnceLock::new();

/// What people see of all dreams once `order` was delivered: titles and states of their suggestions.
async fn outcome(order: &[usize]) -> Vec<Vec<String>> {
    let fake = platform_with(DREAMS).await;
    let database = Database::sqlite();
    let proxy = Proxy::new(database.open().await, &fake);
    for number in order {
        let body = report_on(*number).to_string();
        let headers = signed(&format!("msg_{number}"), body.as_bytes());
        proxy
            .receiver
            .receive(&headers, body.as_bytes(), now())
            .await
            .unwrap();
    }
    assert_eq!(proxy.worker.work().await.unwrap(), 0);
    let mut read = proxy.store.read().await.unwrap();
    let mut seen = Vec::new();
    for number in 1..=DREAMS {
        let id = format!("drm_{number}");
        let dream = dreams::get(&mut read, &id.as_str().into()).await.unwrap();
        let rows = dream.unwrap().suggestions.into_iter();
        seen.push(
            rows.map(|row| format!("{} {:?}", row.title, row.status))
                .collect(),
        );
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn p26_shuffled_deliveries_with_copies_come_to_what_each_once_in_order_comes_to(
        copies in prop::collection::vec(1..=DREAMS, 0..12),
        order in Just((1..=DREAMS).collect::<Vec<_>>()).prop_shuffle(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        let mut shuffled = order;
        for (copy, place) in copies.into_iter().zip(places) {
            shuffled.insert(place.index(shuffled.len() + 1), copy);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let got = runtime.block_on(outcome(&shuffled));
        let expected = IN_ORDER.get_or_init(|| {
            let in_order: Vec<usize> = (1..=DREAMS).collect();
            runtime.block_on(outcome(&in_order))
        });
        prop_assert_eq!(&got, expected);
        prop_assert!(expected.iter().all(|rows| rows.len() == 1), "each has its suggestion");
    }
}
