use super::*;
use crate::stats::wilson;
use review_api::Timestamp;

fn version(number: u32, negative: u32, rated: u32) -> VersionOutcome {
    let interval = wilson(negative, rated);
    VersionOutcome {
        version: number,
        made_at: None,
        applied: None,
        ratings: interval.map(|interval| NegativeShare {
            negative,
            rated,
            low: interval.low,
            high: interval.high,
        }),
        accuracy: None,
    }
}

fn accuracy(test: &str, as_proposal: bool, right: u32, cases: u32) -> VersionAccuracy {
    let interval = wilson(right, cases).unwrap();
    VersionAccuracy {
        accuracy: Accuracy {
            right,
            cases,
            low: interval.low,
            high: interval.high,
        },
        test_id: test.to_owned(),
        change_id: "chg_1".into(),
        as_proposal,
        worse: 0,
        better: 0,
        model: "m".to_owned(),
        measured_at: Timestamp::UNIX_EPOCH,
    }
}

fn compared(before: VersionOutcome, now: VersionOutcome) -> Comparison {
    let outcomes = Outcomes {
        now: now.version,
        versions: vec![before, now],
        has_older_versions: false,
        kept: None,
    };
    compare(&outcomes, RegressionRule::default()).unwrap()
}

#[test]
fn more_negative_ratings_than_chance_explains_are_a_regression_in_numbers() {
    let found = compared(version(12, 9, 60), version(13, 18, 40));
    assert!(found.is_regression());
    assert_eq!(found.headline(), "v13 does worse than v12");
    assert_eq!(
        found.reasons().collect::<Vec<_>>(),
        [
            "v13 gets more negative ratings than v12, more than chance explains: 18 of 40 rated interactions \
             (45 %, 95 % interval 31 to 60 %) after 9 of 60 (15 %, 95 % interval 8 to 26 %)."
        ]
    );
    let metric = found.metric.unwrap();
    assert_eq!(metric.name, "negative ratings");
    assert_eq!(crate::words::metric(&metric), "15 % → 45 % (n = 40)");
}

#[test]
fn better_alike_and_a_little_worse_are_no_regression() {
    for (was, is) in [(30, 2), (9, 2), (9, 9), (9, 14), (0, 0), (40, 40)] {
        let found = compared(version(1, was, 40), version(2, is, 40));
        assert_eq!(found.ratings.standing, Standing::NotWorse, "{was} {is}");
        assert!(!found.is_regression());
    }
}

#[test]
fn nothing_is_said_where_too_little_is_known() {
    for (rated_before, rated_now) in [(0, 0), (0, 50), (50, 0), (19, 50), (50, 19)] {
        let found = compared(
            version(1, 0, rated_before),
            version(2, rated_now, rated_now),
        );
        assert_eq!(found.ratings.standing, Standing::TooFew);
        let expected = format!(
            "Too few ratings to tell (n = {rated_now} with v2, n = {rated_before} with v1; it takes 20 of each)."
        );
        assert_eq!(found.ratings.sentence, expected);
        assert!(!found.is_regression());
    }
    assert!(compared(version(1, 0, 20), version(2, 20, 20)).is_regression());
}

#[test]
fn only_the_version_right_before_is_compared_with() {
    let outcomes = |versions: Vec<VersionOutcome>, now| Outcomes {
        versions,
        has_older_versions: false,
        now,
        kept: None,
    };
    let rule = RegressionRule::default();
    let alone = outcomes(vec![version(1, 0, 50)], 1);
    assert_eq!(compare(&alone, rule), None);
    // What is between them may have done it: rolling back would not lead to v1.
    let gap = outcomes(vec![version(1, 0, 50), version(3, 50, 50)], 3);
    assert_eq!(compare(&gap, rule), None);
    let past = outcomes(
        vec![version(1, 0, 50), version(2, 50, 50), version(3, 0, 50)],
        3,
    );
    assert!(!compare(&past, rule).unwrap().is_regression());
}

#[test]
fn both_sides_of_one_test_are_compared_pair_by_pair() {
    let side = |as_proposal, right, worse, better| {
        let mut side = accuracy("tst_1", as_proposal, right, 40);
        (side.worse, side.better) = (worse, better);
        side
    };
    let pair = |worse: u32, better: u32| {
        let mut before = version(1, 0, 0);
        before.accuracy = Some(side(false, 30, worse, better));
        let mut now = version(2, 0, 0);
        now.accuracy = Some(side(true, 30 + better - worse, worse, better));
        compared(before, now)
    };
    let found = pair(9, 1);
    assert_eq!(found.accuracy.standing, Standing::Worse);
    assert!(found.accuracy.sentence.ends_with(
        "22 of 40 cases (55 %, 95 % interval 40 to 69 %) after 30 of 40 (75 %, 95 % interval 60 to 86 %), in one \
         staging test."
    ), "{}", found.accuracy.sentence);
    assert_eq!(found.metric.unwrap().name, "accuracy");
    // 5 against 0 is 0.0625 by McNemar's exact test; 6 against 0 is 0.03125.
    assert_eq!(pair(5, 0).accuracy.standing, Standing::NotWorse);
    assert_eq!(pair(6, 0).accuracy.standing, Standing::Worse);
    assert_eq!(pair(1, 9).accuracy.standing, Standing::NotWorse);
}

#[test]
fn two_tests_are_compared_as_different_cases() {
    let two = |was: (u32, u32), is: (u32, u32)| {
        let mut before = version(1, 0, 0);
        before.accuracy = Some(accuracy("tst_1", true, was.0, was.1));
        let mut now = version(2, 0, 0);
        now.accuracy = Some(accuracy("tst_2", false, is.0, is.1));
        compared(before, now).accuracy
    };
    assert_eq!(two((38, 40), (25, 40)).standing, Standing::Worse);
    assert_eq!(two((38, 40), (35, 40)).standing, Standing::NotWorse);
    assert_eq!(two((25, 40), (38, 40)).standing, Standing::NotWorse);
    assert_eq!(two((38, 40), (0, 19)).standing, Standing::TooFew);
    assert_eq!(
        two((38, 40), (0, 19)).sentence,
        "Too few cases to tell (n = 19 with v2, n = 40 with v1; it takes 20 of each)."
    );
}

#[test]
fn what_was_not_measured_is_said_to_be_so() {
    let found = compared(version(1, 0, 0), version(2, 0, 0));
    assert_eq!(found.accuracy.standing, Standing::NotMeasured);
    assert_eq!(
        found.accuracy.sentence,
        "Accuracy: not measured for v1 and v2."
    );
    assert_eq!(found.metric, None);
}

fn keeping(version: u32) -> KeptVersion {
    KeptVersion {
        version,
        by: "ann".into(),
        at: Timestamp::UNIX_EPOCH,
        reason: "It asks more, and that is wanted.".to_owned(),
        ratings: None,
        accuracy: None,
    }
}

/// Says whether a version that was kept with so many negative ratings of so many still is, once it has others.
fn holds(then: (u32, u32), now: VersionOutcome) -> bool {
    let before = version(1, 2, 60);
    let by_then = vec![before.clone(), version(2, then.0, then.1)];
    let mut outcomes = Outcomes {
        versions: by_then,
        has_older_versions: false,
        now: 2,
        kept: None,
    };
    let rule = RegressionRule::default();
    let found = compare(&outcomes, rule).unwrap();
    assert!(found.is_regression());
    assert_eq!(kept(&found, &outcomes, rule), None, "nobody keeps it yet");
    let (ratings, accuracy) = figures(&found, &outcomes);
    outcomes.kept = Some(KeptVersion {
        ratings,
        accuracy,
        ..keeping(2)
    });
    assert!(kept(&found, &outcomes, rule).is_some(), "it was just kept");
    outcomes.versions = vec![before, now];
    let found = compare(&outcomes, rule).unwrap();
    assert!(found.is_regression());
    kept(&found, &outcomes, rule).is_some()
}

#[test]
fn a_version_that_is_kept_waits_again_only_when_it_is_worse_than_it_was_then() {
    // More of the same, and a few more than that, are what was said yes to.
    assert!(holds((12, 40), version(2, 24, 80)));
    assert!(holds((12, 40), version(2, 26, 80)));
    // Nineteen can tell nothing, however bad; the twentieth can.
    assert!(holds((12, 40), version(2, 31, 59)));
    assert!(!holds((12, 40), version(2, 32, 60)));
    assert!(!holds((12, 40), version(2, 40, 80)));
    // What was withdrawn since leaves fewer, and is no reason.
    assert!(holds((12, 40), version(2, 12, 30)));
}

#[test]
fn what_was_not_worse_when_it_was_kept_is_not_kept() {
    let mut tested = version(2, 12, 40);
    tested.accuracy = Some(accuracy("tst_2", true, 20, 40));
    (tested.accuracy.as_mut().unwrap()).worse = 18;
    let before = {
        let mut before = version(1, 2, 60);
        before.accuracy = Some(accuracy("tst_1", true, 38, 40));
        before
    };
    let rule = RegressionRule::default();
    let mut outcomes = Outcomes {
        versions: vec![before, version(2, 12, 40)],
        has_older_versions: false,
        now: 2,
        kept: None,
    };
    let found = compare(&outcomes, rule).unwrap();
    let (ratings, accuracy_then) = figures(&found, &outcomes);
    assert!(ratings.is_some());
    assert_eq!(accuracy_then, None);
    outcomes.kept = Some(KeptVersion {
        ratings,
        ..keeping(2)
    });
    outcomes.versions[1] = tested;
    let found = compare(&outcomes, rule).unwrap();
    assert_eq!(found.accuracy.standing, Standing::Worse);
    assert_eq!(kept(&found, &outcomes, rule), None);
    // With a yes to both it is kept, until another test is worse still.
    let (ratings, accuracy_then) = figures(&found, &outcomes);
    outcomes.kept = Some(KeptVersion {
        ratings,
        accuracy: accuracy_then,
        ..keeping(2)
    });
    assert!(kept(&found, &outcomes, rule).is_some());
    let again = |right| Some(accuracy("tst_3", true, right, 40));
    outcomes.versions[1].accuracy = again(18);
    assert!(
        kept(&found, &outcomes, rule).is_some(),
        "chance may explain that"
    );
    outcomes.versions[1].accuracy = again(5);
    assert_eq!(kept(&found, &outcomes, rule), None);
}

#[test]
fn ratings_that_turned_worse_since_only_the_tests_were_said_yes_to_are_not_kept() {
    let mut before = version(1, 2, 60);
    before.accuracy = Some(accuracy("tst_1", true, 38, 40));
    let mut tested = version(2, 1, 30);
    tested.accuracy = Some(accuracy("tst_2", true, 20, 40));
    let rule = RegressionRule::default();
    let mut outcomes = Outcomes {
        versions: vec![before, tested.clone()],
        has_older_versions: false,
        now: 2,
        kept: None,
    };
    let found = compare(&outcomes, rule).unwrap();
    let (ratings, accuracy) = figures(&found, &outcomes);
    assert_eq!(ratings, None, "they were no worse then");
    outcomes.kept = Some(KeptVersion {
        accuracy,
        ..keeping(2)
    });
    assert!(kept(&found, &outcomes, rule).is_some());
    outcomes.versions[1] = VersionOutcome {
        accuracy: tested.accuracy,
        ..version(2, 20, 60)
    };
    let found = compare(&outcomes, rule).unwrap();
    assert_eq!(found.ratings.standing, Standing::Worse);
    assert_eq!(kept(&found, &outcomes, rule), None);
}

#[test]
fn another_version_is_not_kept_with_the_one_before() {
    let rule = RegressionRule::default();
    let share = version(2, 12, 40).ratings;
    let outcomes = Outcomes {
        versions: vec![version(2, 12, 40), version(3, 40, 40)],
        has_older_versions: false,
        now: 3,
        kept: Some(KeptVersion {
            ratings: share,
            ..keeping(2)
        }),
    };
    let found = compare(&outcomes, rule).unwrap();
    assert!(found.is_regression());
    assert_eq!(kept(&found, &outcomes, rule), None);
}

#[test]
fn who_may_approve_may_keep_a_version() {
    let user = |name: &str, role| User {
        name: name.into(),
        role,
    };
    let mut policy = Policy::default();
    for (role, may) in [
        (Role::Viewer, false),
        (Role::Reviewer, false),
        (Role::Approver, true),
        (Role::Admin, true),
    ] {
        assert_eq!(
            may_keep(&user("ann", role), &policy).is_ok(),
            may,
            "{role:?}"
        );
    }
    policy.approvers = vec!["bo".into()];
    let refused = may_keep(&user("ann", Role::Admin), &policy).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    assert_eq!(refused.sentence, "This agent's policy leaves that to bo.");
    assert!(may_keep(&user("bo", Role::Approver), &policy).is_ok());
}

/// Returns how often a version as good as the one before is ever found worse, looked at after each rating from the
/// 20th to the `last`, and how often at the last alone; all outcomes are added up with their chances.
fn found_wrongly(before: u32, last: u32, share: f64) -> (f64, f64) {
    let rule = RegressionRule::default();
    let chances = |n: u32| {
        let mut chance = (1.0 - share).powi(i32::try_from(n).unwrap());
        (0..=n)
            .map(|hits| {
                let here = chance;
                chance *= f64::from(n - hits) / f64::from(hits + 1) * share / (1.0 - share);
                here
            })
            .collect::<Vec<f64>>()
    };
    let at_last = chances(last);
    let (mut ever, mut once) = (0.0, 0.0);
    for (was, weight) in (0..).zip(chances(before)) {
        // The chance of each number of negative ratings on a way on which nothing was found yet.
        let mut quiet = vec![1.0];
        let mut found = 0.0;
        let mut fewest = 0;
        for rated in 1..=last {
            let mut next = vec![0.0; quiet.len() + 1];
            for (hits, chance) in quiet.iter().enumerate() {
                next[hits] += chance * (1.0 - share);
                next[hits + 1] += chance * share;
            }
            quiet = next;
            if rated < rule.fewest {
                continue;
            }
            // The fewest that are found only grow with n.
            let is_found = |hits: u32| {
                let [is, was] =
                    [(hits, rated), (was, before)].map(|(hits, cases)| Group { hits, cases });
                fisher_more(is, was) <= rule.significance
            };
            while fewest <= rated && !is_found(fewest) {
                fewest += 1;
            }
            for chance in quiet.iter_mut().skip(fewest as usize) {
                found += *chance;
                *chance = 0.0;
            }
        }
        ever += weight * found;
        once += weight * at_last.iter().skip(fewest as usize).sum::<f64>();
    }
    (once, ever)
}

#[test]
fn a_version_that_is_no_worse_is_seldom_found_worse_however_often_one_looks() {
    for before in [20, 50, 100] {
        for share in [0.05, 0.1, 0.2, 0.3, 0.5] {
            let (once, ever) = found_wrongly(before, 200, share);
            assert!(once <= 0.01, "{before} {share}: {once}");
            assert!(ever <= 0.04, "{before} {share}: {ever}");
        }
    }
}
