//! Deliveries against receivers that answer in every way, on both databases.

use super::post::MOST_ANSWER;
use super::*;
use crate::databases::{Database, on_each_database};
use crate::outgoing::reach::OutOfReach;
use crate::store::outgoing::{NewDelivery, get, tried};
use crate::store::settings::{self, Settings};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use review_api::DREAMING_REPORT;
use review_core::webhook::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, verify};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

on_each_database!(
    a_delivery_is_tried_again_under_the_same_id_until_it_is_taken,
    p14_of_several_processes_one_posts_a_delivery,
    what_a_process_left_behind_is_posted_once_its_lease_is_over,
    an_address_that_answers_410_is_off_until_it_takes_a_test,
    after_three_days_a_delivery_is_given_up_and_can_be_asked_for_again,
    what_another_key_signs_is_left_to_who_has_that_key,
);

/// What a receiver got.
#[derive(Debug, Clone)]
struct Got {
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// A receiver that answers as it is told, then with 204.
#[derive(Debug, Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<(StatusCode, String)>>>,
}

impl Receiver {
    async fn at(address: &str) -> (Self, SocketAddr) {
        let receiver = Self::default();
        let listener = TcpListener::bind(address).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = axum::Router::new()
            .fallback(take)
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, addr)
    }

    fn answer(&self, status: u16, body: &str) {
        let status = StatusCode::from_u16(status).unwrap();
        self.answers
            .lock()
            .unwrap()
            .push_back((status, body.to_owned()));
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    receiver.got.lock().unwrap().push(Got { headers, body });
    let answer = receiver.answers.lock().unwrap().pop_front();
    let (status, text) = answer.unwrap_or((StatusCode::NO_CONTENT, String::new()));
    let builder = Response::builder().status(status);
    let builder = match status.as_u16() {
        300..=399 => builder.header("location", "/elsewhere"),
        503 => builder.header("retry-after", "900"),
        _ => builder,
    };
    builder.body(text.into()).unwrap()
}

/// Names that lead to these addresses, one after the other, again and again.
struct Turning {
    addresses: Vec<IpAddr>,
    turn: AtomicUsize,
}

impl Turning {
    fn over(addresses: &[&str]) -> Self {
        Self {
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
            turn: AtomicUsize::new(0),
        }
    }
}

impl Resolve for Turning {
    fn resolve(&self, _: Name) -> Resolving {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        let address = self.addresses[turn % self.addresses.len()];
        Box::pin(async move { Ok(Box::new(std::iter::once(SocketAddr::new(address, 0))) as Addrs) })
    }
}

/// In these tests one address of the machine stands for the internet.
const PUBLIC: &str = "127.0.0.2";

fn only_public(address: IpAddr) -> Option<&'static str> {
    (address.to_string() != PUBLIC).then_some("this machine")
}

fn poster(names: Turning) -> Poster {
    Poster::new(Reach::of(only_public, names), Duration::from_secs(20))
}

async fn posted(poster: &Poster, url: &str) -> Sent {
    poster
        .post(url, &"msg_1".into(), &[Secret::of_bytes([7; 32])], "{}")
        .await
}

#[tokio::test]
async fn p2_a_name_that_leads_elsewhere_a_moment_later_is_not_followed_there() {
    let (public, addr) = Receiver::at(&format!("{PUBLIC}:0")).await;
    let (private, _) = Receiver::at(&format!("127.0.0.1:{}", addr.port())).await;
    let poster = poster(Turning::over(&[PUBLIC, "127.0.0.1"]));
    let url = format!("http://reports.example:{}/x", addr.port());
    for _ in 0..4 {
        assert_eq!(posted(&poster, &url).await.status, Some(204));
        let refused = posted(&poster, &url).await;
        assert_eq!(refused.status, None);
        let problem = refused.problem.unwrap();
        assert!(
            problem.starts_with("reports.example is set aside for this machine"),
            "{problem}"
        );
    }
    assert_eq!(public.got().len(), 4);
    assert_eq!(private.got().len(), 0);
}

#[tokio::test]
async fn p2_of_several_addresses_only_the_public_ones_are_connected_to() {
    let (private, addr) = Receiver::at("127.0.0.1:0").await;
    // Nobody listens at the public one, so whoever tried the other next would reach it.
    let reach = Reach::of(only_public, Turning::over(&["127.0.0.1"]));
    let name: Name = "both.example".parse().unwrap();
    assert!(reach.resolve(name).await.is_err());
    let url = format!("http://127.0.0.1:{}/x", addr.port());
    assert!(matches!(reach.check(&url), Err(OutOfReach::NotPublic(..))));
    assert_eq!(
        posted(&poster(Turning::over(&["127.0.0.1"])), &url)
            .await
            .status,
        None
    );
    assert_eq!(private.got().len(), 0);
}

#[test]
fn p2_what_is_shipped_posts_to_public_addresses_over_https_only() {
    let shipped = Reach::new(false);
    for refused in [
        "http://example.com/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.8/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fd00:ec2::254]/x",
        "ftp://example.com/x",
        "x",
    ] {
        assert!(shipped.check(refused).is_err(), "{refused}");
    }
    assert!(shipped.check("https://example.com/x").is_ok());
    assert!(shipped.check("https://93.184.216.34/x").is_ok());
    let told = Reach::new(true);
    assert!(told.check("http://127.0.0.1:9/x").is_ok());
    assert!(told.check("ftp://127.0.0.1/x").is_err());
}

#[tokio::test]
async fn p2_localhost_is_not_reached_by_its_name() {
    let (private, addr) = Receiver::at("127.0.0.1:0").await;
    let poster = Poster::new(Reach::shipped_over_http(), Duration::from_secs(20));
    let sent = posted(&poster, &format!("http://localhost:{}/x", addr.port())).await;
    assert!(
        sent.problem
            .unwrap()
            .starts_with("localhost is set aside for this machine")
    );
    assert_eq!(private.got().len(), 0);
}

#[tokio::test]
async fn p2_a_redirect_is_a_failure_and_followed_nowhere() {
    let (receiver, addr) = Receiver::at(&format!("{PUBLIC}:0")).await;
    let poster = poster(Turning::over(&[PUBLIC]));
    for status in [301, 302, 303, 307, 308] {
        receiver.answer(status, "");
        let sent = posted(&poster, &format!("http://{addr}/x")).await;
        assert_eq!(sent.status, Some(status));
        assert!(sent.problem.unwrap().contains("nothing is followed"));
    }
    assert_eq!(receiver.got().len(), 5);
}

#[tokio::test]
async fn of_an_answer_the_beginning_is_kept_and_only_2xx_counts_as_taken() {
    let (receiver, addr) = Receiver::at(&format!("{PUBLIC}:0")).await;
    let poster = poster(Turning::over(&[PUBLIC]));
    for (status, is_taken) in [
        (200, true),
        (202, true),
        (299, true),
        (400, false),
        (410, false),
        (500, false),
    ] {
        receiver.answer(status, &"\0x".repeat(MOST_ANSWER));
        let sent = posted(&poster, &format!("http://{addr}/x")).await;
        assert_eq!(sent.problem.is_none(), is_taken, "{status}");
        assert!(sent.answer.chars().count() <= MOST_ANSWER, "{status}");
        assert!(!sent.answer.contains('\0'));
    }
    receiver.answer(503, "later");
    let sent = posted(&poster, &format!("http://{addr}/x")).await;
    assert_eq!(sent.retry_after, Some(Duration::from_mins(15)));
}

#[tokio::test]
async fn who_does_not_answer_is_waited_for_only_so_long() {
    let listener = TcpListener::bind(format!("{PUBLIC}:0")).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let reach = Reach::of(only_public, Turning::over(&[PUBLIC]));
    let poster = Poster::new(reach, Duration::from_millis(200));
    let sent = posted(&poster, &format!("http://{addr}/x")).await;
    assert_eq!(
        sent.problem.as_deref(),
        Some("The receiver did not answer in time.")
    );
    drop(listener);
    let sent = posted(&poster, &format!("http://{addr}/x")).await;
    assert!(
        sent.problem
            .unwrap()
            .starts_with("The receiver cannot be reached")
    );
}

/// An agent whose webhook is a receiver here, and a dispatcher of its database.
struct World {
    store: Store,
    dispatcher: Dispatcher,
    receiver: Receiver,
    now: Timestamp,
}

const AGENT: &str = "agent_1";

impl World {
    async fn on(database: &Database) -> Self {
        let store = database.open().await;
        let (receiver, addr) = Receiver::at("127.0.0.1:0").await;
        let mut settings = Settings::default();
        settings.dreaming.feedback_webhook = Some(format!("http://{addr}/reports"));
        let mut write = store.write().await.unwrap();
        settings::set(&mut write, &AGENT.into(), &settings)
            .await
            .unwrap();
        write.commit().await.unwrap();
        Self {
            dispatcher: dispatcher(&store, 7),
            store,
            receiver,
            now: now(),
        }
    }

    /// Puts a delivery in.
    async fn put(&self, id: &str, event: &str) {
        let new = NewDelivery {
            id: &id.into(),
            agent_id: &AGENT.into(),
            event,
            dream_id: None,
            body: "{\"type\":\"dreaming_report\"}",
            at: self.now,
        };
        let mut write = self.store.write().await.unwrap();
        outgoing::insert(&mut write, new).await.unwrap();
        write.commit().await.unwrap();
    }

    async fn delivery(&self, id: &str) -> review_api::Delivery {
        let mut read = self.store.read().await.unwrap();
        get(&mut read, &id.into()).await.unwrap().unwrap()
    }

    /// Goes on to when a delivery is due next, and posts.
    async fn next(&mut self, id: &str) -> usize {
        self.now = self.delivery(id).await.next_attempt_at.unwrap();
        self.dispatcher.work(self.now).await.unwrap()
    }

    async fn actions(&self) -> Vec<AuditAction> {
        let mut read = self.store.read().await.unwrap();
        let filter = audit::Filter::default();
        let lines = audit::list(&mut read, &filter, 100).await.unwrap();
        lines.into_iter().rev().map(|line| line.action).collect()
    }
}

fn dispatcher(store: &Store, key: u8) -> Dispatcher {
    Dispatcher::new(
        store.clone(),
        WebhookKey::of_bytes([key; 32]),
        Reach::new(true),
    )
}

async fn a_delivery_is_tried_again_under_the_same_id_until_it_is_taken(database: Database) {
    let mut world = World::on(&database).await;
    world.put("msg_1", DREAMING_REPORT).await;
    for status in [500, 404, 302] {
        world.receiver.answer(status, "not now");
        assert_eq!(world.next("msg_1").await, 1);
        let delivery = world.delivery("msg_1").await;
        assert_eq!(delivery.state, DeliveryState::Waiting);
        assert_eq!(delivery.last.unwrap().answer, "not now");
        // Not before its time.
        assert_eq!(world.dispatcher.work(world.now).await.unwrap(), 0);
    }
    assert_eq!(world.next("msg_1").await, 1);
    let delivery = world.delivery("msg_1").await;
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert_eq!((delivery.attempts, delivery.next_attempt_at), (4, None));
    let got = world.receiver.got();
    assert_eq!(got.len(), 4);
    let secret = WebhookKey::of_bytes([7; 32]).secret(&AGENT.into(), 1);
    for got in got {
        assert_eq!(got.header(ID_HEADER), "msg_1");
        let (at, signature) = (got.header(TIMESTAMP_HEADER), got.header(SIGNATURE_HEADER));
        let now = Timestamp::now().as_second();
        let secrets = std::slice::from_ref(&secret);
        assert_eq!(
            verify(secrets, "msg_1", at, signature, &got.body, now),
            Ok(())
        );
    }
    let mut read = world.store.read().await.unwrap();
    let statuses = tried(&mut read, &"msg_1".into(), 10).await.unwrap();
    let statuses: Vec<_> = statuses.into_iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(204), Some(302), Some(404), Some(500)]);
    drop(read);
    assert_eq!(world.actions().await, [AuditAction::ReportDelivered]);
}

async fn p14_of_several_processes_one_posts_a_delivery(database: Database) {
    let world = World::on(&database).await;
    for number in 0..20 {
        world.put(&format!("msg_{number}"), DREAMING_REPORT).await;
    }
    let others = [dispatcher(&world.store, 7), dispatcher(&world.store, 7)];
    let (a, b, c) = tokio::join!(
        world.dispatcher.work(world.now),
        others[0].work(world.now),
        others[1].work(world.now),
    );
    assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 20);
    let mut ids: Vec<String> = world
        .receiver
        .got()
        .iter()
        .map(|got| got.header(ID_HEADER).to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), world.receiver.got().len()), (20, 20));
}

async fn what_a_process_left_behind_is_posted_once_its_lease_is_over(database: Database) {
    let world = World::on(&database).await;
    world.put("msg_1", DREAMING_REPORT).await;
    // A process that ends between taking and noting.
    let mut write = world.store.write().await.unwrap();
    let due = outgoing::due(&mut write, world.dispatcher.key.id(), world.now, 1)
        .await
        .unwrap()
        .remove(0);
    world
        .dispatcher
        .take(&mut write, due, world.now)
        .await
        .unwrap()
        .unwrap();
    write.commit().await.unwrap();
    assert_eq!(world.dispatcher.work(world.now).await.unwrap(), 0);
    let last = world.delivery("msg_1").await.last.unwrap();
    assert!(
        last.problem
            .unwrap()
            .starts_with("Nothing was heard of this attempt")
    );
    let later = world.now + LEASE;
    assert_eq!(world.dispatcher.work(later).await.unwrap(), 1);
    assert_eq!(
        world.delivery("msg_1").await.state,
        DeliveryState::Delivered
    );
    assert_eq!(world.delivery("msg_1").await.attempts, 2);
}

async fn an_address_that_answers_410_is_off_until_it_takes_a_test(database: Database) {
    let world = World::on(&database).await;
    world.put("msg_1", DREAMING_REPORT).await;
    world.receiver.answer(410, "gone");
    world.dispatcher.work(world.now).await.unwrap();
    assert_eq!(world.delivery("msg_1").await.state, DeliveryState::GivenUp);
    let webhook = world.dispatcher.webhook(&AGENT.into()).await.unwrap();
    assert!(webhook.problem.unwrap().contains("answered 410"));
    // What comes now is kept and not posted.
    world.put("msg_2", DREAMING_REPORT).await;
    world.dispatcher.work(world.now).await.unwrap();
    let kept = world.delivery("msg_2").await;
    assert_eq!((kept.state, kept.attempts), (DeliveryState::GivenUp, 0));
    assert!(kept.problem.unwrap().contains("answered 410"));
    assert_eq!(world.receiver.got().len(), 1);
    world.put("msg_3", TEST).await;
    world.dispatcher.work(world.now).await.unwrap();
    assert_eq!(
        world.delivery("msg_3").await.state,
        DeliveryState::Delivered
    );
    let webhook = world.dispatcher.webhook(&AGENT.into()).await.unwrap();
    assert_eq!(webhook.problem, None);
    assert_eq!(
        world.actions().await,
        [
            AuditAction::ReportUndelivered,
            AuditAction::WebhookSwitchedOff,
            AuditAction::ReportUndelivered,
            AuditAction::ReportDelivered,
            AuditAction::WebhookSwitchedOn,
        ]
    );
}

async fn after_three_days_a_delivery_is_given_up_and_can_be_asked_for_again(database: Database) {
    let mut world = World::on(&database).await;
    world.put("msg_1", DREAMING_REPORT).await;
    let begun = world.now;
    for _ in 0..retry::MOST_ATTEMPTS {
        world.receiver.answer(500, "");
        assert_eq!(world.next("msg_1").await, 1);
    }
    let delivery = world.delivery("msg_1").await;
    assert_eq!(
        (delivery.state, delivery.next_attempt_at),
        (DeliveryState::GivenUp, None)
    );
    let hours = world.now.duration_since(begun).as_hours();
    assert!((68..84).contains(&hours), "{hours}");
    let mut write = world.store.write().await.unwrap();
    outgoing::ask_again(&mut write, &"msg_1".into(), world.now)
        .await
        .unwrap();
    write.commit().await.unwrap();
    world.receiver.answer(500, "");
    assert_eq!(world.next("msg_1").await, 1);
    // It begins with the first wait again.
    let wait = world
        .delivery("msg_1")
        .await
        .next_attempt_at
        .unwrap()
        .duration_since(world.now);
    assert!(wait.as_secs() < 10, "{wait}");
    assert_eq!(world.next("msg_1").await, 1);
    assert_eq!(
        world.delivery("msg_1").await.state,
        DeliveryState::Delivered
    );
}

async fn what_another_key_signs_is_left_to_who_has_that_key(database: Database) {
    let world = World::on(&database).await;
    world.put("msg_1", DREAMING_REPORT).await;
    world.dispatcher.work(world.now).await.unwrap();
    world.put("msg_2", DREAMING_REPORT).await;
    let other = dispatcher(&world.store, 8);
    assert_eq!(other.work(world.now).await.unwrap(), 0);
    let webhook = other.webhook(&AGENT.into()).await.unwrap();
    assert!(webhook.problem.unwrap().contains("another webhook key"));
    assert_eq!(webhook.waiting, 1);
    assert_eq!(world.dispatcher.work(world.now).await.unwrap(), 1);
}
