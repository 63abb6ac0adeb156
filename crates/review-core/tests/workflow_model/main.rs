//! P16: the whole workflow obeys its model, whatever five people do to three changes in whatever order.
//!
//! `DREAM_REVIEW_SEQUENCES` says how many sequences are tried; 10,000 with `DREAM_REVIEW_LONG=1`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, which the exception for tests does not see"
)]

mod machine;
mod oracle;
mod replay;

use machine::{AGENTS, Answer, Defect, Machine, Operation, SLOTS, Seen, USERS};
use oracle::Oracle;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use std::cell::RefCell;
use std::io::Write as _;
use std::time::Instant;

/// Most operations of one sequence.
const LONGEST: usize = 60;

/// Sequences tried where the environment does not say otherwise.
const FEW_SEQUENCES: u32 = 200;

/// Sequences tried in the long form.
const MANY_SEQUENCES: u32 = 10_000;

/// Sequences within which each defect must show.
const CONTROL_SEQUENCES: u32 = 3_000;

/// What happened in all sequences.
#[derive(Debug, Default)]
struct Counts {
    sequences: u64,
    operations: u64,
    taken: u64,
    applied: u64,
    withdrawn: u64,
    stale: u64,
    unknown: u64,
    writes: u64,
}

fn any_seen() -> impl Strategy<Value = Seen> {
    prop_oneof![6 => Just(Seen::Now), 1 => Just(Seen::First)]
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(Answer::Delivered),
        1 => Just(Answer::LostAfterwards),
        1 => Just(Answer::NeverArrived),
    ]
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let user = || 0..USERS.len();
    let slot = || 0..SLOTS;
    let agent = || 0..AGENTS.len();
    // Few texts, so that the same bytes come again.
    let text = || 0..4_u8;
    prop_oneof![
        16 => (user(), slot(), text())
            .prop_map(|(user, slot, text)| Operation::Stage { user, slot, text }),
        2 => (user(), slot(), text())
            .prop_map(|(user, slot, text)| Operation::Edit { user, slot, text }),
        14 => (user(), slot(), any_seen())
            .prop_map(|(user, slot, seen)| Operation::Approve { user, slot, seen }),
        14 => (user(), slot(), any_seen())
            .prop_map(|(user, slot, seen)| Operation::Apply { user, slot, seen }),
        8 => (slot(), any_answer()).prop_map(|(slot, answer)| Operation::Answer { slot, answer }),
        3 => slot().prop_map(|slot| Operation::Reconcile { slot }),
        1 => (agent(), text()).prop_map(|(agent, text)| Operation::BaseMoves { agent, text }),
        1 => agent().prop_map(|agent| Operation::Poll { agent }),
        1 => (user(), agent(), 0..4_u32)
            .prop_map(|(user, agent, needed)| Operation::EditPolicy { user, agent, needed }),
        1 => (user(), slot()).prop_map(|(user, slot)| Operation::Withdraw { user, slot }),
    ]
}

/// Runs one sequence and stops at the first broken promise.
fn run(operations: &[Operation], defect: Option<Defect>) -> Result<Machine, String> {
    let mut machine = Machine::new(defect);
    let mut oracle = Oracle::new(&machine);
    for operation in operations {
        machine.take(operation);
        oracle.check(&machine)?;
    }
    replay::check(&machine)?;
    Ok(machine)
}

fn try_sequences(
    runner: &mut TestRunner,
    defect: Option<Defect>,
) -> (Result<(), TestError<Vec<Operation>>>, Counts) {
    use review_api::ChangeState::{Applied, Stale, Withdrawn};
    let counts = RefCell::new(Counts::default());
    // Mostly long ones: a change needs a few operations to get anywhere.
    let sequences = prop_oneof![
        1 => prop::collection::vec(any_operation(), 1..LONGEST / 2),
        4 => prop::collection::vec(any_operation(), LONGEST / 2..=LONGEST),
    ];
    let result = runner.run(&sequences, |operations| {
        let machine = run(&operations, defect).map_err(TestCaseError::fail)?;
        let mut counts = counts.borrow_mut();
        let ended = |state| machine.slots().filter(|slot| slot.state == state).count() as u64;
        counts.sequences += 1;
        counts.operations += operations.len() as u64;
        counts.taken += machine.taken.len() as u64;
        counts.applied += ended(Applied);
        counts.withdrawn += ended(Withdrawn);
        counts.stale += ended(Stale);
        counts.unknown += machine.unknown;
        counts.writes += machine.writes.len() as u64;
        Ok(())
    });
    (result, counts.into_inner())
}

#[test]
fn p16_the_whole_workflow_obeys_its_model() {
    let started = Instant::now();
    let variable = |name| std::env::var(name).ok();
    let is_long = variable("DREAM_REVIEW_LONG").is_some_and(|long| long == "1");
    let cases = variable("DREAM_REVIEW_SEQUENCES")
        .and_then(|number| number.parse().ok())
        .unwrap_or(if is_long {
            MANY_SEQUENCES
        } else {
            FEW_SEQUENCES
        });
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let (result, counts) = try_sequences(&mut runner, None);
    // Past the test harness, which keeps what passing tests print to itself.
    let _unheard = writeln!(
        std::io::stderr(),
        "\npromise-figure p16 model sequences={} operations={} taken={} applied={} withdrawn={} \
         stale={} unknown={} writes={} broken={} seconds={}",
        counts.sequences,
        counts.operations,
        counts.taken,
        counts.applied,
        counts.withdrawn,
        counts.stale,
        counts.unknown,
        counts.writes,
        u8::from(result.is_err()),
        started.elapsed().as_secs(),
    );
    if let Err(error) = result {
        panic!("{error}");
    }
    assert_eq!(counts.sequences, u64::from(cases));
    // A model in which nothing happens proves nothing.
    if cases >= FEW_SEQUENCES {
        let seen = [
            counts.applied,
            counts.withdrawn,
            counts.stale,
            counts.unknown,
            counts.writes,
        ];
        assert!(seen.iter().all(|count| *count > 0), "{counts:?}");
    }
}

/// Breaks one rule and expects the model to notice, with one of the words that name the promise.
#[track_caller]
fn control(defect: Defect, expected: &[&str]) {
    let config = Config {
        cases: CONTROL_SEQUENCES,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    match try_sequences(&mut runner, Some(defect)).0 {
        Err(TestError::Fail(reason, _)) => {
            let named = expected.iter().any(|word| reason.message().contains(word));
            assert!(named, "{defect:?}: {reason}");
        }
        other => panic!("{defect:?} was not noticed: {other:?}"),
    }
}

#[test]
fn control_own_approvals_that_count_are_noticed() {
    control(Defect::OwnApprovalCounts, &["approvals"]);
}

#[test]
fn control_an_editor_who_approves_is_noticed() {
    control(Defect::EditorsForgotten, &["approvals"]);
}

#[test]
fn control_one_person_counted_twice_is_noticed() {
    control(Defect::CountedTwice, &["approvals"]);
}

#[test]
fn control_approvals_that_survive_an_edit_are_noticed() {
    control(Defect::ApprovalsSurviveEdits, &["approvals"]);
}

#[test]
fn control_a_stricter_policy_that_is_forgotten_is_noticed() {
    control(
        Defect::PolicyForgotten,
        &["was sent with", "under a digest", "replay"],
    );
}

#[test]
fn control_two_changes_under_way_for_one_agent_are_noticed() {
    control(Defect::NoLease, &["under way"]);
}

#[test]
fn control_a_withdrawn_change_that_comes_back_is_noticed() {
    control(Defect::NothingIsFinal, &["final"]);
}

#[test]
fn control_an_update_without_a_version_is_noticed() {
    control(Defect::NoPrecondition, &["landed on"]);
}

#[test]
fn control_an_unknown_outcome_sent_again_is_noticed() {
    control(Defect::BlindRetry, &["landed"]);
}

#[test]
fn control_an_effect_without_an_audit_row_is_noticed() {
    control(Defect::SilentApproval, &["replay"]);
}
