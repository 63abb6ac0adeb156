//! P16: the whole workflow obeys its model, whatever five people and two policies do to three changes in whatever
//! order.
//!
//! `DREAM_REVIEW_SEQUENCES` says how many sequences are tried; 10,000 with `DREAM_REVIEW_LONG=1`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test are test code, which the exception for tests does not see"
)]

mod machine;
mod oracle;
mod policy;
mod replay;

use machine::{AGENTS, Answer, Defect, Machine, Operation, SLOTS, STAGED, Seen, USERS};
use oracle::Oracle;
use policy::TestResult;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};
use review_api::{AuditAction, AutomationMode, POLICY_ACTOR};
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
    rolled_back: u64,
    glass: u64,
    lapsed: u64,
    restaged: u64,
    staged_by_policy: u64,
    sent_by_policy: u64,
    paused: u64,
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

fn approvers() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0), 1 => 0..16_u8]
}

fn lapse() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![1 => Just(None), 1 => Just(Some(2))]
}

/// What follows on each other when a change goes well, and back: it is rare by chance.
fn carried_through() -> impl Strategy<Value = Vec<Operation>> {
    let way = (
        0..STAGED,
        any_answer(),
        any_answer(),
        1..USERS.len(),
        0..4_u8,
    );
    way.prop_map(|(slot, answer, answer_back, user, text)| {
        let seen = Seen::Now;
        let back = STAGED + machine::AGENT_OF[slot];
        let mut steps = vec![
            Operation::Stage {
                user: 0,
                slot,
                text,
            },
            Operation::Restage {
                user: 0,
                slot,
                text,
            },
        ];
        steps.extend((1..USERS.len()).map(|user| Operation::Approve { user, slot, seen }));
        steps.extend([
            Operation::Apply { user, slot, seen },
            Operation::Answer { slot, answer },
            Operation::RollBack { user: 0, slot },
            Operation::BreakGlass {
                user,
                slot: back,
                seen,
            },
            Operation::Answer {
                slot: back,
                answer: answer_back,
            },
            Operation::Reconcile { slot: back },
        ]);
        steps
    })
}

/// What follows on each other when a change is left lying: its approvals lapse and its base moves.
fn left_lying() -> impl Strategy<Value = Vec<Operation>> {
    (0..STAGED, 0..4_u8, 0..4_u8).prop_map(|(slot, text, other)| {
        let (agent, seen) = (machine::AGENT_OF[slot], Seen::Now);
        let admin = USERS.len() - 1;
        let (needed, approvers, lapse) = (1, 0, Some(2));
        vec![
            Operation::EditPolicy {
                user: admin,
                agent,
                needed,
                approvers,
                lapse,
                mode: AutomationMode::Off,
                without_approvals: false,
            },
            Operation::Stage {
                user: 0,
                slot,
                text,
            },
            Operation::Approve {
                user: 1,
                slot,
                seen,
            },
            Operation::Approve {
                user: 2,
                slot,
                seen,
            },
            Operation::HoursPass { hours: 2 },
            Operation::BaseMoves { agent, text: other },
            Operation::Poll { agent },
            Operation::Restage {
                user: 0,
                slot,
                text,
            },
        ]
    })
}

fn mode() -> impl Strategy<Value = AutomationMode> {
    prop_oneof![
        2 => Just(AutomationMode::Off),
        1 => Just(AutomationMode::StageAndTest),
        3 => Just(AutomationMode::Apply),
    ]
}

fn test_result() -> impl Strategy<Value = TestResult> {
    prop_oneof![
        4 => Just(TestResult::Better),
        1 => Just(TestResult::NoWorse),
        1 => Just(TestResult::MixedBetter),
        1 => Just(TestResult::Failed),
    ]
}

/// What follows on each other when a policy acts by itself, with something in between now and then.
fn by_itself() -> impl Strategy<Value = Vec<Operation>> {
    let between = prop::option::weighted(0.4, any_operation());
    let way = (0..STAGED, 0..4_u8, any_answer(), any::<bool>());
    let approves = any::<bool>();
    (
        way,
        test_result(),
        prop::collection::vec(between, 4),
        approves,
    )
        .prop_map(
            |((slot, text, answer, without_approvals), result, between, approves)| {
                let admin = USERS.len() - 1;
                let set_up = Operation::EditPolicy {
                    user: admin,
                    agent: machine::AGENT_OF[slot],
                    needed: 1,
                    approvers: 0,
                    lapse: None,
                    mode: AutomationMode::Apply,
                    without_approvals,
                };
                let (user, seen) = (1, Seen::Now);
                let acts = [
                    Operation::PolicyStages { slot, text },
                    Operation::Test { user: None, slot },
                    Operation::TestEnds { slot, result },
                    Operation::Approve { user, slot, seen },
                ];
                let mut steps = vec![Operation::Resume { user: admin }, set_up];
                let acts = acts.into_iter().take(if approves { 4 } else { 3 });
                for (act, between) in acts.zip(between) {
                    steps.push(act);
                    steps.extend(between);
                }
                steps.extend([
                    Operation::PolicyApplies { slot },
                    Operation::Answer { slot, answer },
                    Operation::Reconcile { slot },
                    Operation::PolicyApplies { slot },
                ]);
                steps
            },
        )
}

/// One thing, or several that follow on each other.
fn any_steps() -> impl Strategy<Value = Vec<Operation>> {
    prop_oneof![
        30 => any_operation().prop_map(|operation| vec![operation]),
        1 => carried_through(),
        1 => left_lying(),
        2 => by_itself(),
    ]
}

/// Some steps, at most [`LONGEST`] operations.
fn sequence(steps: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<Operation>> {
    prop::collection::vec(any_steps(), steps).prop_map(|steps| {
        let mut operations = steps.concat();
        operations.truncate(LONGEST);
        operations
    })
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let user = || 0..USERS.len();
    let slot = || prop_oneof![4 => 0..STAGED, 1 => STAGED..SLOTS];
    let agent = || 0..AGENTS.len();
    // Few texts, so that the same bytes come again.
    let text = || 0..4_u8;
    prop_oneof![
        16 => (user(), 0..STAGED, text())
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
        1 => (user(), agent(), 0..4_u32, approvers(), lapse(), mode(), any::<bool>()).prop_map(
            |(user, agent, needed, approvers, lapse, mode, without_approvals)| {
                Operation::EditPolicy {
                    user,
                    agent,
                    needed,
                    approvers,
                    lapse,
                    mode,
                    without_approvals,
                }
            }
        ),
        3 => (user(), slot(), text())
            .prop_map(|(user, slot, text)| Operation::Restage { user, slot, text }),
        2 => (user(), slot()).prop_map(|(user, slot)| Operation::RollBack { user, slot }),
        2 => (user(), slot(), any_seen())
            .prop_map(|(user, slot, seen)| Operation::BreakGlass { user, slot, seen }),
        2 => (0..3_i64).prop_map(|hours| Operation::HoursPass { hours }),
        1 => (user(), slot()).prop_map(|(user, slot)| Operation::Withdraw { user, slot }),
        3 => by_a_policy(),
    ]
}

/// What policies do, and what people do about it.
fn by_a_policy() -> impl Strategy<Value = Operation> {
    let user = || 0..USERS.len();
    prop_oneof![
        2 => (0..STAGED, 0..4_u8)
            .prop_map(|(slot, text)| Operation::PolicyStages { slot, text }),
        2 => (prop::option::of(user()), 0..SLOTS)
            .prop_map(|(user, slot)| Operation::Test { user, slot }),
        3 => (0..SLOTS, test_result())
            .prop_map(|(slot, result)| Operation::TestEnds { slot, result }),
        4 => (0..SLOTS).prop_map(|slot| Operation::PolicyApplies { slot }),
        1 => user().prop_map(|user| Operation::Pause { user }),
        1 => user().prop_map(|user| Operation::Resume { user }),
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
        1 => sequence(1..=LONGEST / 2),
        4 => sequence(LONGEST / 2..=LONGEST),
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
        let taken_back = machine.slots().filter(|slot| slot.rolls_back.is_some());
        counts.rolled_back += taken_back.filter(|slot| slot.state == Applied).count() as u64;
        let rows = |action| {
            machine
                .audit
                .iter()
                .filter(|(row, _)| row.action == action)
                .count()
        };
        counts.glass += rows(AuditAction::GlassBroken) as u64;
        counts.lapsed += rows(AuditAction::ApprovalsVoid) as u64;
        counts.restaged += rows(AuditAction::ChangeRestaged) as u64;
        counts.paused += rows(AuditAction::AutomationPaused) as u64;
        let by_policy = |action| {
            let all = machine.audit.iter().map(|(row, _)| row);
            all.filter(|row| row.action == action && row.actor == POLICY_ACTOR)
                .count() as u64
        };
        counts.staged_by_policy += by_policy(AuditAction::ChangeStaged);
        counts.sent_by_policy += by_policy(AuditAction::ApplyStarted);
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
         stale={} unknown={} writes={} rolled_back={} glass={} lapsed={} restaged={} \
         staged_by_policy={} sent_by_policy={} paused={} broken={} seconds={}",
        counts.sequences,
        counts.operations,
        counts.taken,
        counts.applied,
        counts.withdrawn,
        counts.stale,
        counts.unknown,
        counts.writes,
        counts.rolled_back,
        counts.glass,
        counts.lapsed,
        counts.restaged,
        counts.staged_by_policy,
        counts.sent_by_policy,
        counts.paused,
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
            counts.rolled_back,
            counts.glass,
            counts.lapsed,
            counts.restaged,
            counts.staged_by_policy,
            counts.sent_by_policy,
            counts.paused,
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
fn control_approvals_that_never_lapse_are_noticed() {
    control(Defect::NothingLapses, &["approvals", "replay"]);
}

#[test]
fn control_a_policy_whose_approvers_are_forgotten_is_noticed() {
    control(Defect::ApproversForgotten, &["approvals", "replay"]);
}

#[test]
fn control_glass_broken_for_anything_but_a_rollback_is_noticed() {
    control(Defect::GlassForAnything, &["without approvals"]);
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

#[test]
fn control_a_paused_policy_that_acts_is_noticed() {
    control(Defect::PauseForgotten, &["by a paused policy"]);
}

#[test]
fn control_a_policy_that_applies_without_a_decisive_test_is_noticed() {
    control(Defect::AnyTestWillDo, &["without a decisive test"]);
}

#[test]
fn control_a_policy_that_applies_what_somebody_edited_is_noticed() {
    control(Defect::HandsForgotten, &["touched"]);
}

#[test]
fn control_a_policy_that_makes_approvals_up_is_noticed() {
    control(Defect::ApprovalsLeftOut, &["approvals"]);
}

#[test]
fn control_a_policy_that_sends_again_what_was_refused_is_noticed() {
    control(Defect::RefusalsForgotten, &["again"]);
}

#[test]
fn control_a_policy_that_is_off_and_acts_is_noticed() {
    control(Defect::ModeForgotten, &["by a policy that"]);
}
