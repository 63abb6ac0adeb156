use super::*;
use review_api::{
    Approval, AutomaticChange, Automation, ChangeId, ChangeSize, ChangeSummary, Hand, Part, Policy,
    Prompt, SuggestionFinding,
};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A change that its policy may apply by itself: nothing stands against it.
fn good() -> Change {
    Change {
        summary: ChangeSummary {
            id: "chg_1".into(),
            agent_id: "agent_1".into(),
            agent_name: String::new(),
            title: String::new(),
            state: ChangeState::Staged,
            target: ChangeTarget::Prompt,
            rolls_back: None,
            size: ChangeSize {
                lines_added: 15,
                lines_removed: 5,
            },
            base_version: 1,
            staged_by: POLICY_ACTOR.into(),
            staged_at: NOW,
            updated_at: NOW,
            approvals: 0,
            approvals_needed: 1,
        },
        base: Prompt {
            version: 1,
            sha256: String::new(),
            text: String::new(),
        },
        proposed: String::new(),
        memory: None,
        findings_sha256: None,
        digest: "d".to_owned(),
        policy: Policy {
            automation: Automation {
                mode: AutomationMode::Apply,
                most_lines: 20,
                without_approvals: true,
            },
            ..Policy::default()
        },
        suggestion_ids: Vec::new(),
        hands: vec![hand(POLICY_ACTOR, Part::Staged)],
        approvals: Vec::new(),
        overlaps: Vec::new(),
        moved_to: None,
        rolled_back_by: None,
        glass: None,
        test: Some(TestStanding {
            id: "tst_1".to_owned(),
            state: TestState::Completed,
            outcome: Some(TestOutcome::Passed),
            is_decisive: true,
            sentence: Some("Better.".to_owned()),
            worse: Some(0),
        }),
        automatic: Some(AutomaticChange {
            suggestion_id: "sug_1".into(),
            policy_version: 1,
            staged_at: NOW,
            test_refused: None,
            findings: Vec::new(),
            rejected_before: false,
            open_comments: 0,
            drifted: false,
            paused: None,
            refused: Vec::new(),
            refused_at: None,
        }),
        outcome: None,
        trouble: None,
        history: Vec::new(),
        revision: 1,
    }
}

fn hand(who: &str, part: Part) -> Hand {
    Hand {
        who: who.into(),
        part,
    }
}

fn test(change: &mut Change) -> &mut TestStanding {
    change.test.as_mut().unwrap()
}

fn automatic(change: &mut Change) -> &mut AutomaticChange {
    change.automatic.as_mut().unwrap()
}

type Edit = (&'static str, fn(&mut Change, &mut Losses));

/// What each does to a good change, and the obstacle that it is.
const EDITS: [Edit; 25] = [
    ("not_allowed", |it, _| {
        it.policy.automation.mode = AutomationMode::StageAndTest;
    }),
    ("paused", |it, _| {
        automatic(it).paused = Some(Paused {
            by: "ann".into(),
            at: NOW,
            reason: "Refunds go wrong".to_owned(),
        });
    }),
    ("staged_by_person", |it, _| it.automatic = None),
    ("touched", |it, _| it.hands.push(hand("ann", Part::Edited))),
    ("approvals", |it, _| {
        it.policy.automation.without_approvals = false;
    }),
    ("base_moved", |it, _| it.summary.state = ChangeState::Stale),
    ("base_moved", |it, _| it.moved_to = Some(2)),
    ("not_waiting", |it, _| {
        it.summary.state = ChangeState::Withdrawn;
    }),
    ("refused_before", |it, _| {
        it.outcome = Some(review_api::ApplyOutcome {
            by: POLICY_ACTOR.into(),
            at: NOW,
            version: None,
            message: "The platform would not".to_owned(),
        });
    }),
    ("not_tested", |it, _| it.test = None),
    ("test_runs", |it, _| {
        let test = test(it);
        (test.state, test.outcome) = (TestState::Running, None);
    }),
    ("not_passed", |it, _| {
        test(it).outcome = Some(TestOutcome::Inconclusive);
    }),
    ("not_passed", |it, _| test(it).state = TestState::OverBudget),
    ("not_better", |it, _| test(it).is_decisive = false),
    ("got_worse", |it, _| test(it).worse = Some(1)),
    ("got_worse", |it, _| test(it).worse = None),
    ("not_the_prompt", |it, _| {
        it.summary.target = ChangeTarget::Memory;
    }),
    ("rollback", |it, _| {
        it.summary.rolls_back = Some(ChangeId("chg_0".to_owned()));
    }),
    ("hidden_text", |it, _| {
        it.findings_sha256 = Some(String::new());
    }),
    ("instructions_removed", |_, losses| losses.removed = 1),
    ("instructions_reworded", |_, losses| losses.reworded = 2),
    ("placeholders_lost", |_, losses| {
        losses.placeholders = vec!["{name}".to_owned()];
    }),
    ("too_large", |it, _| it.summary.size.lines_added = 16),
    ("findings", |it, _| {
        automatic(it).findings = vec![SuggestionFinding::Unknown];
    }),
    ("rejected_before", |it, _| {
        automatic(it).rejected_before = true;
    }),
];

fn found(change: &Change, losses: &Losses) -> Vec<Obstacle> {
    obstacles(change, losses, NOW)
}

fn codes(change: &Change, losses: &Losses) -> BTreeSet<&'static str> {
    found(change, losses).iter().map(Obstacle::code).collect()
}

#[test]
fn a_good_change_has_nothing_against_it() {
    assert_eq!(found(&good(), &Losses::default()), []);
    assert!(may_apply(&good(), &Losses::default(), NOW).is_ok());
}

#[test]
fn each_thing_alone_stands_against_it_and_says_so_in_a_sentence() {
    for (code, edit) in EDITS {
        let (mut change, mut losses) = (good(), Losses::default());
        edit(&mut change, &mut losses);
        let found = found(&change, &losses);
        let told: Vec<&str> = found.iter().map(Obstacle::code).collect();
        assert_eq!(told, [code]);
        let sentence = found[0].sentence();
        assert!(
            sentence.ends_with('.') && !sentence.contains(".."),
            "{sentence}"
        );
        let refusal = may_apply(&change, &losses, NOW).unwrap_err();
        assert_eq!(refusal.sentence, sentence);
    }
}

#[test]
fn every_two_things_are_both_told() {
    for (one, edit) in EDITS {
        for (other, more) in EDITS {
            let (mut change, mut losses) = (good(), Losses::default());
            // What is taken away cannot be edited any more; it goes last.
            let later = |code| ["not_tested", "staged_by_person"].contains(&code);
            let (first, second) = if later(one) {
                (more, edit)
            } else {
                (edit, more)
            };
            if later(one) && later(other) && one == other {
                continue;
            }
            first(&mut change, &mut losses);
            second(&mut change, &mut losses);
            let told = codes(&change, &losses);
            assert!(!told.is_empty(), "{one} and {other}");
            if hides(one, other) || hides(other, one) {
                continue;
            }
            assert!(
                told.contains(one) && told.contains(other),
                "{one} and {other}: {told:?}"
            );
        }
    }
}

/// Says whether with `one` there is nothing left of which `other` could be said.
fn hides(one: &str, other: &str) -> bool {
    let of_the_test = ["test_runs", "not_passed", "not_better", "got_worse"];
    let of_the_record = [
        "paused",
        "touched",
        "approvals",
        "findings",
        "rejected_before",
    ];
    match one {
        // Of a test without a pass nothing more is said.
        "not_tested" | "test_runs" | "not_passed" => of_the_test.contains(&other),
        "staged_by_person" => of_the_record.contains(&other),
        "not_waiting" => other == "base_moved",
        _ => false,
    }
}

#[test]
fn everything_about_the_record_is_told_at_once() {
    let (mut change, mut losses) = (good(), Losses::default());
    for (code, edit) in EDITS {
        if !["staged_by_person", "not_tested", "test_runs", "not_passed"].contains(&code) {
            edit(&mut change, &mut losses);
        }
    }
    automatic(&mut change).open_comments = 3;
    automatic(&mut change).drifted = true;
    let told = codes(&change, &losses);
    assert_eq!(told.len(), 20, "{told:?}");
    assert!(told.contains("open_comments") && told.contains("drifted"));
}

#[test]
fn approvals_that_are_there_stand_against_nothing() {
    let mut change = good();
    change.policy.automation.without_approvals = false;
    change.approvals = vec![Approval {
        by: "bo".into(),
        at: NOW,
        digest: "d".to_owned(),
    }];
    assert_eq!(found(&change, &Losses::default()), []);
    change.approvals[0].digest = "of other bytes".to_owned();
    let found = found(&change, &Losses::default());
    assert_eq!(
        found[0].sentence(),
        "It has 0 of 1 approvals; 1 more approval of exactly these bytes, from anyone who may approve. \
         The policy does not say that it acts without them."
    );
}

#[test]
fn only_better_beyond_chance_with_no_case_worse_is_decisive() {
    let good = good().test.unwrap();
    assert!(is_decisive(&good));
    let states = [
        TestState::Running,
        TestState::Canceled,
        TestState::OverBudget,
        TestState::Failed,
        TestState::Unknown,
    ];
    for state in states {
        assert!(!is_decisive(&TestStanding {
            state,
            ..good.clone()
        }));
    }
    for outcome in [
        None,
        Some(TestOutcome::Failed),
        Some(TestOutcome::Inconclusive),
        Some(TestOutcome::Unknown),
    ] {
        assert!(!is_decisive(&TestStanding {
            outcome,
            ..good.clone()
        }));
    }
    for worse in [None, Some(1)] {
        assert!(!is_decisive(&TestStanding {
            worse,
            ..good.clone()
        }));
    }
}

#[test]
fn what_a_text_loses_is_worked_out_from_the_bytes() {
    let mut change = good();
    "Be kind.\nNever promise a refund.\nGreet {name}.\n".clone_into(&mut change.base.text);
    "Be kind.\nAlways answer in the customer's own language.\nGreet them.\n"
        .clone_into(&mut change.proposed);
    let losses = Losses::of(&change);
    assert!(losses.removed + losses.reworded > 0, "{losses:?}");
    assert_eq!(losses.placeholders, ["{name}"]);
    change.proposed = format!("{}Always ask for the order number.\n", change.base.text);
    assert_eq!(Losses::of(&change), Losses::default());
}

#[test]
fn a_reviewer_pauses_and_an_admin_resumes() {
    let paused = Paused {
        by: "ann".into(),
        at: NOW,
        reason: "Why.".to_owned(),
    };
    let may = |role, paused: Option<&Paused>| {
        let user = User {
            name: "bo".into(),
            role,
        };
        [
            may_pause(&user, paused).is_ok(),
            may_resume(&user, paused).is_ok(),
        ]
    };
    assert_eq!(may(Role::Viewer, None), [false, false]);
    assert_eq!(may(Role::Reviewer, None), [true, false]);
    assert_eq!(may(Role::Approver, Some(&paused)), [false, false]);
    assert_eq!(may(Role::Admin, Some(&paused)), [false, true]);
    assert_eq!(may(Role::Admin, None), [true, false]);
}

#[test]
fn automation_is_warned_of_only_where_it_is_on() {
    let mut policy = Policy::default();
    assert_eq!(warnings(&policy, true), []);
    policy.automation.mode = AutomationMode::StageAndTest;
    assert_eq!(
        warnings(&policy, true),
        [
            SetupWarning::AutomationPaused,
            SetupWarning::AutomationUntested
        ]
    );
    policy.staging_test_required = true;
    assert_eq!(warnings(&policy, false), []);
}
