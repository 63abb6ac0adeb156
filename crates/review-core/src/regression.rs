//! Whether the version that an agent has did worse than the one before it.
//!
//! Only worse is looked for, and only beyond chance; where too little is known that is said, and nothing else.
//! `docs/STATISTICS.md` has the figures by which the rule was checked.

use crate::approvals::is_approver;
use crate::rules::{self, Refusal, Verdict};
use crate::stats::{Group, Pairs, fisher_more, mcnemar_exact};
use review_api::{
    Accuracy, AppliedVersion, ErrorCode, KeptVersion, Measurement, Metric, NegativeShare, Outcomes,
    Policy, Role, User, UserName, VersionAccuracy, VersionOutcome,
};

/// When a version counts as worse than the one before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegressionRule {
    /// Fewest cases of each version that can tell anything.
    pub fewest: u32,
    /// Largest one-sided p-value that counts as more than chance, for ratings and for different tests.
    ///
    /// Ratings are looked at again with each that comes, and every look is another chance to be wrong. One in a
    /// hundred keeps all looks from 20 to 200 ratings together below one in twenty-five.
    pub significance: f64,
    /// The same for both sides of one staging test, two-sided: the test's own rule, for it is looked at once.
    pub paired_significance: f64,
}

impl Default for RegressionRule {
    fn default() -> Self {
        Self {
            fewest: 20,
            significance: 0.01,
            paired_significance: 0.05,
        }
    }
}

/// What one measure tells of two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The newer one is worse, more than chance explains.
    Worse,
    /// Chance alone may explain whatever difference there is, or it is better.
    NotWorse,
    /// Too little is known to tell.
    TooFew,
    /// One of them was not measured at all.
    NotMeasured,
}

/// What one measure tells, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it tells.
    pub standing: Standing,
    /// Why, in a sentence with n and intervals.
    pub sentence: String,
}

/// The version that an agent has against the one before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The version before.
    pub before: u32,
    /// The version that the agent has.
    pub now: u32,
    /// The change that brought it in; nothing where it was made past the console.
    pub applied: Option<AppliedVersion>,
    /// What ratings tell.
    pub ratings: Told,
    /// What staging tests tell.
    pub accuracy: Told,
    /// The measure that got worse, or else the ratings; nothing where nothing was measured of both.
    pub metric: Option<Metric>,
}

impl Comparison {
    /// Says whether one of the measures is worse.
    pub fn is_regression(&self) -> bool {
        self.reasons().next().is_some()
    }

    /// Returns the sentences of the measures that are worse.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        let told = [&self.ratings, &self.accuracy].into_iter();
        told.filter(|told| told.standing == Standing::Worse)
            .map(|told| told.sentence.as_str())
    }

    /// Says what is wrong, in a few words.
    pub fn headline(&self) -> String {
        format!("v{} does worse than v{}", self.now, self.before)
    }
}

/// Compares the version that an agent has with the one before it; nothing where there is none.
pub fn compare(outcomes: &Outcomes, rule: RegressionRule) -> Option<Comparison> {
    let of = |wanted: u32| outcomes.versions.iter().find(|it| it.version == wanted);
    let now = of(outcomes.now)?;
    let before = of(outcomes.now.checked_sub(1)?)?;
    let ratings = ratings(before, now, rule);
    let accuracy = accuracy(before, now, rule);
    let metric = if accuracy.standing == Standing::Worse && ratings.standing != Standing::Worse {
        let share = |it: &VersionOutcome| Some(measured(it.accuracy.as_ref()?.accuracy));
        metric("accuracy", share(before), share(now), "staging tests")
    } else {
        let share = |it: &VersionOutcome| Some(rated(it.ratings?));
        metric("negative ratings", share(before), share(now), "ratings")
    };
    Some(Comparison {
        before: before.version,
        now: now.version,
        applied: now.applied.clone(),
        ratings,
        accuracy,
        metric,
    })
}

/// Returns who keeps the version of `found` although it does worse, as long as that holds; nothing where the finding
/// waits for somebody.
///
/// It holds for that version, for the measures that were worse then, and until one of them is worse than it was then,
/// more than chance explains: of ratings those that came since against those by then, of tests a newer one against
/// the one by then. Both by the rule that found it, with as many cases at least.
pub fn kept<'a>(
    found: &Comparison,
    outcomes: &'a Outcomes,
    rule: RegressionRule,
) -> Option<&'a KeptVersion> {
    let kept = outcomes
        .kept
        .as_ref()
        .filter(|it| it.version == found.now)?;
    let now = outcomes
        .versions
        .iter()
        .find(|it| it.version == found.now)?;
    let is_worse = |told: &Told| told.standing == Standing::Worse;
    let ratings_hold = !is_worse(&found.ratings)
        || match (kept.ratings, now.ratings) {
            (Some(then), Some(now)) => !rated_worse_since(then, now, rule),
            _ => false,
        };
    let accuracy_holds = !is_worse(&found.accuracy)
        || match (&kept.accuracy, &now.accuracy) {
            (Some(then), Some(now)) => !measured_worse_since(then, now, rule),
            _ => false,
        };
    (ratings_hold && accuracy_holds).then_some(kept)
}

/// Returns the figures that a keeper of the version of `found` says yes to: of each measure that is worse.
pub fn figures(
    found: &Comparison,
    outcomes: &Outcomes,
) -> (Option<NegativeShare>, Option<VersionAccuracy>) {
    let now = outcomes.versions.iter().find(|it| it.version == found.now);
    let ratings = now.and_then(|it| it.ratings);
    let accuracy = now.and_then(|it| it.accuracy.clone());
    (
        ratings.filter(|_| found.ratings.standing == Standing::Worse),
        accuracy.filter(|_| found.accuracy.standing == Standing::Worse),
    )
}

/// Says whether ratings alone tell that a version does worse than the one before it: what can be asked of all agents at
/// once, before [`compare`] is asked of one.
pub fn is_rated_worse(before: Group, now: Group, rule: RegressionRule) -> bool {
    before.cases.min(now.cases) >= rule.fewest && fisher_more(now, before) <= rule.significance
}

/// May `user` keep a version although it does worse? Those may whose approvals count for the agent.
///
/// # Errors
/// With the reason, if not.
pub fn may_keep(user: &User, policy: &Policy) -> Verdict {
    rules::needs(user, Role::Approver, "keep a version that does worse")?;
    if is_approver(policy, &user.name) {
        return Ok(());
    }
    let people: Vec<&str> = policy.approvers.iter().map(UserName::as_str).collect();
    Err(Refusal {
        code: ErrorCode::Forbidden,
        sentence: format!(
            "This agent's policy leaves that to {}.",
            crate::words::listed(&people)
        ),
    })
}

fn rated_worse_since(then: NegativeShare, now: NegativeShare, rule: RegressionRule) -> bool {
    // What was rated anew since is among those by then; withdrawn ratings may leave fewer than there were.
    let rated = now.rated.saturating_sub(then.rated);
    let negative = now.negative.saturating_sub(then.negative).min(rated);
    let since = Group {
        hits: negative,
        cases: rated,
    };
    let by_then = Group {
        hits: then.negative,
        cases: then.rated,
    };
    rated >= rule.fewest && fisher_more(since, by_then) <= rule.significance
}

fn measured_worse_since(
    then: &VersionAccuracy,
    now: &VersionAccuracy,
    rule: RegressionRule,
) -> bool {
    let is_new = now.test_id != then.test_id;
    let is_enough = now.accuracy.cases.min(then.accuracy.cases) >= rule.fewest;
    is_new
        && is_enough
        && fisher_more(wrong(now.accuracy), wrong(then.accuracy)) <= rule.significance
}

/// Returns the cases that were answered wrong.
fn wrong(accuracy: Accuracy) -> Group {
    Group {
        hits: accuracy.cases.saturating_sub(accuracy.right),
        cases: accuracy.cases,
    }
}

fn metric(
    name: &str,
    before: Option<Measurement>,
    after: Option<Measurement>,
    by: &str,
) -> Option<Metric> {
    Some(Metric {
        name: name.to_owned(),
        before: Some(before?),
        after: Some(after?),
        measured_by: by.to_owned(),
    })
}

fn rated(share: NegativeShare) -> Measurement {
    Measurement {
        value: f64::from(share.negative) / f64::from(share.rated.max(1)),
        cases: Some(share.rated),
    }
}

fn measured(accuracy: Accuracy) -> Measurement {
    Measurement {
        value: f64::from(accuracy.right) / f64::from(accuracy.cases.max(1)),
        cases: Some(accuracy.cases),
    }
}

fn ratings(before: &VersionOutcome, now: &VersionOutcome, rule: RegressionRule) -> Told {
    let (old, new) = (before.version, now.version);
    let rated = |it: &VersionOutcome| it.ratings.map_or(0, |share| share.rated);
    let (Some(was), Some(is)) = (before.ratings, now.ratings) else {
        return too_few(
            "ratings",
            [(new, rated(now)), (old, rated(before))],
            rule.fewest,
        );
    };
    if was.rated.min(is.rated) < rule.fewest {
        return too_few("ratings", [(new, is.rated), (old, was.rated)], rule.fewest);
    }
    let figures = format!(
        "{} of {} rated interactions ({}) after {} of {} ({})",
        is.negative,
        is.rated,
        negative_in_words(is),
        was.negative,
        was.rated,
        negative_in_words(was)
    );
    let group = |share: NegativeShare| Group {
        hits: share.negative,
        cases: share.rated,
    };
    if is_rated_worse(group(was), group(is), rule) {
        return Told {
            standing: Standing::Worse,
            sentence: format!(
                "v{new} gets more negative ratings than v{old}, more than chance explains: {figures}."
            ),
        };
    }
    Told {
        standing: Standing::NotWorse,
        sentence: format!(
            "v{new} gets no more negative ratings than v{old} than chance may explain: {figures}."
        ),
    }
}

fn accuracy(before: &VersionOutcome, now: &VersionOutcome, rule: RegressionRule) -> Told {
    let (old, new) = (before.version, now.version);
    let (Some(was), Some(is)) = (&before.accuracy, &now.accuracy) else {
        let missing: Vec<String> = [before, now]
            .iter()
            .filter(|it| it.accuracy.is_none())
            .map(|it| format!("v{}", it.version))
            .collect();
        return Told {
            standing: Standing::NotMeasured,
            sentence: format!("Accuracy: not measured for {}.", missing.join(" and ")),
        };
    };
    let is_worse = if is.test_id == was.test_id {
        let pairs = pairs(is);
        pairs.broken > pairs.fixed && mcnemar_exact(pairs) <= rule.paired_significance
    } else {
        let counts = [(new, is.accuracy.cases), (old, was.accuracy.cases)];
        if counts.iter().any(|(_, cases)| *cases < rule.fewest) {
            return too_few("cases", counts, rule.fewest);
        }
        fisher_more(wrong(is.accuracy), wrong(was.accuracy)) <= rule.significance
    };
    let tests = if is.test_id == was.test_id {
        "in one staging test"
    } else {
        "in two staging tests"
    };
    let figures = format!(
        "{} of {} cases ({}) after {} of {} ({}), {tests}",
        is.accuracy.right,
        is.accuracy.cases,
        accuracy_in_words(is.accuracy),
        was.accuracy.right,
        was.accuracy.cases,
        accuracy_in_words(was.accuracy)
    );
    if is_worse {
        return Told {
            standing: Standing::Worse,
            sentence: format!(
                "v{new} answers fewer cases right than v{old}, more than chance explains: {figures}."
            ),
        };
    }
    Told {
        standing: Standing::NotWorse,
        sentence: format!(
            "v{new} answers no fewer cases right than v{old} than chance may explain: {figures}."
        ),
    }
}

/// Returns the pairs of the test that measured this side of it.
fn pairs(measured: &VersionAccuracy) -> Pairs {
    let VersionAccuracy { worse, better, .. } = *measured;
    let Accuracy { right, cases, .. } = measured.accuracy;
    let unchanged = if measured.as_proposal { better } else { worse };
    let both_right = right.saturating_sub(unchanged);
    Pairs {
        both_right,
        fixed: better,
        broken: worse,
        both_wrong: cases.saturating_sub(both_right + better + worse),
    }
}

fn too_few(what: &str, versions: [(u32, u32); 2], fewest: u32) -> Told {
    let [(new, here), (old, there)] = versions;
    Told {
        standing: Standing::TooFew,
        sentence: format!(
            "Too few {what} to tell (n = {here} with v{new}, n = {there} with v{old}; it takes {fewest} of each)."
        ),
    }
}

fn negative_in_words(share: NegativeShare) -> String {
    share_in_words(share.negative, share.rated, share.low, share.high)
}

fn accuracy_in_words(accuracy: Accuracy) -> String {
    share_in_words(accuracy.right, accuracy.cases, accuracy.low, accuracy.high)
}

/// Returns a share with its interval, such as `45 %, 95 % interval 31 to 60 %`.
pub fn share_in_words(hits: u32, cases: u32, low: f64, high: f64) -> String {
    let share = f64::from(hits) / f64::from(cases.max(1)) * 100.0;
    let (low, high) = (low * 100.0, high * 100.0);
    format!("{share:.0} %, 95 % interval {low:.0} to {high:.0} %")
}

#[cfg(test)]
mod tests;
