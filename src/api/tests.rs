//! The client against a transport that answers at once.

use super::*;
use review_api::{CreateFeedback, ErrorCode, Rating, SuggestionId};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

#[derive(Clone, Default)]
struct Wire {
    answers: Arc<Mutex<Vec<Result<HttpResponse, ApiError>>>>,
    asked: Arc<Mutex<Vec<HttpRequest>>>,
    keys: Arc<Mutex<u32>>,
}

impl Wire {
    fn answering(answers: &[Result<(u16, &str), ApiError>]) -> Self {
        let answers = answers.iter().rev().cloned().map(|answer| {
            answer.map(|(status, body)| HttpResponse {
                status,
                body: body.to_owned(),
            })
        });
        Self {
            answers: Arc::new(Mutex::new(answers.collect())),
            ..Self::default()
        }
    }

    fn client(&self) -> ApiClient {
        ApiClient::new("/api", self.clone())
    }

    fn asked(&self) -> Vec<HttpRequest> {
        lock(&self.asked).clone()
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<Result<HttpResponse, ApiError>> {
        lock(&self.asked).push(request);
        let answer = lock(&self.answers).pop().expect("an answer is scripted");
        Box::pin(async move { answer })
    }

    fn fresh_key(&self) -> String {
        let mut keys = lock(&self.keys);
        *keys += 1;
        format!("key-{keys}")
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a scripted transport answers at once"),
    }
}

fn rating() -> CreateFeedback {
    CreateFeedback {
        agent_id: "agent_1".into(),
        interaction_id: "sesn_1".into(),
        rating: Rating::Negative,
        comment: None,
        expected: None,
        check: None,
        unrated: false,
    }
}

const REFUSED: &str =
    r#"{"error":{"code":"conflict","message":"This suggestion was rejected already."}}"#;

#[test]
fn an_id_stays_one_path_segment() {
    let wire = Wire::answering(&[Ok((404, "{}"))]);
    let _error = now(wire.client().suggestion(&SuggestionId::from("a/b %?"))).unwrap_err();
    assert_eq!(wire.asked()[0].url, "/api/suggestions/a%2Fb%20%25%3F");
}

#[test]
fn a_refusal_carries_the_proxys_code_and_sentence() {
    let wire = Wire::answering(&[Ok((409, REFUSED))]);
    let error = now(wire.client().suggestion(&"sug_1".into())).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::Conflict));
    assert_eq!(error.to_string(), "This suggestion was rejected already.");
}

#[test]
fn an_answer_that_is_not_the_proxys_is_named_so() {
    let wire = Wire::answering(&[Ok((502, "<html>Bad gateway</html>"))]);
    let error = now(wire.client().session()).unwrap_err();
    assert_eq!(error, ApiError::NotTheProxy { status: 502 });
    assert!(error.is_worth_a_retry());
}

#[test]
fn a_shape_that_does_not_fit_names_the_path() {
    let wire = Wire::answering(&[Ok((200, "[]"))]);
    let error = now(wire.client().session()).unwrap_err();
    assert!(error.to_string().contains("/session"), "{error}");
}

#[test]
fn a_lost_answer_keeps_the_key_and_a_given_one_ends_it() {
    let lost = || Err(ApiError::Unreachable(String::new()));
    let wire = Wire::answering(&[lost(), Ok((409, REFUSED)), Ok((409, REFUSED))]);
    let client = wire.client();
    for _ in 0..3 {
        let _error = now(client.create_feedback(&rating())).unwrap_err();
    }
    let asked = wire.asked();
    let keys: Vec<_> = asked
        .iter()
        .map(|request| request.header("idempotency-key").unwrap())
        .collect();
    assert_eq!(keys, ["key-1", "key-1", "key-2"]);
}

#[test]
fn another_body_gets_another_key() {
    let lost = || Err(ApiError::Unreachable(String::new()));
    let wire = Wire::answering(&[lost(), lost()]);
    let client = wire.client();
    let _error = now(client.create_feedback(&rating())).unwrap_err();
    let other = CreateFeedback {
        comment: Some("too slow".to_owned()),
        ..rating()
    };
    let _error = now(client.create_feedback(&other)).unwrap_err();
    let asked = wire.asked();
    assert_ne!(
        asked[0].header("idempotency-key"),
        asked[1].header("idempotency-key")
    );
}

#[test]
fn a_rating_is_withdrawn_as_it_was_seen() {
    let wire = Wire::answering(&[Ok((200, r#"{"id":"fbk_1"}"#))]);
    now(wire.client().withdraw_feedback(&"fbk_1".into(), 3)).unwrap();
    let asked = wire.asked().remove(0);
    assert_eq!(
        (asked.method, asked.body.as_deref()),
        (Method::Delete, None)
    );
    assert_eq!(asked.url, "/api/feedback/fbk_1");
    assert_eq!(asked.header("if-match"), Some("\"3\""));
}

#[test]
fn requests_name_the_user_acted_as() {
    let wire = Wire::answering(&[Ok((200, "[]")), Ok((200, "[]"))]);
    let client = wire.client();
    let _error = now(client.session()).unwrap_err();
    client.act_as(Some("approver".into()));
    let _error = now(client.session()).unwrap_err();
    let named = wire
        .asked()
        .iter()
        .map(|request| request.header(DEV_USER_HEADER).map(str::to_owned))
        .collect::<Vec<_>>();
    assert_eq!(named, [None, Some("approver".to_owned())]);
}

#[test]
fn queries_leave_out_what_is_not_asked_and_escape_the_rest() {
    let wire = Wire::answering(&[Ok((200, "[]")), Ok((200, "[]"))]);
    let client = wire.client();
    let _error = now(client.agents(" ", PageOf::default())).unwrap_err();
    let _error = now(client.agents("a&b %", PageOf::first(5))).unwrap_err();
    let urls: Vec<_> = wire
        .asked()
        .into_iter()
        .map(|request| request.url)
        .collect();
    assert_eq!(urls, ["/api/agents", "/api/agents?q=a%26b%20%25&limit=5"]);
}
