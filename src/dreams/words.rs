//! What a dream report says in words: how the dream ended, what to do, and its figures.

use super::in_place::only_what_holds;
use jiff::Timestamp;
use review_api::{
    Cost, DreamError, DreamReport, DreamStatus, Measurement, Metric, Reflection, ReflectionLeftOut,
    ReflectionState, Usage,
};
use review_core::{
    prices,
    words::{ago, grouped, percent},
};

/// How a dream stands or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What happened, in a sentence or two.
    pub sentence: String,
    /// What to do about it, if anything.
    pub advice: Option<String>,
    /// The platform's own words about a failure.
    pub platform_words: Option<String>,
}

impl Outcome {
    fn plain(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            advice: None,
            platform_words: None,
        }
    }

    fn with_advice(self, advice: impl Into<String>) -> Self {
        Self {
            advice: Some(advice.into()),
            ..self
        }
    }
}

/// Says how a dream stands at `now`, or how it ended.
pub fn outcome(report: &DreamReport, now: Timestamp) -> Outcome {
    let asked = ago(report.created_at, now);
    match report.status {
        DreamStatus::Pending => Outcome::plain(format!("Asked for {asked}, not begun.")),
        DreamStatus::Running => {
            let since = asked.trim_end_matches(" ago");
            Outcome::plain(if since == "just now" {
                "Dreaming. It began just now.".to_owned()
            } else {
                format!("Dreaming for {since}.")
            })
        }
        DreamStatus::Completed => completed(report, now),
        DreamStatus::Failed => failed(report, now),
        DreamStatus::Canceled => {
            let advice = "Nothing was changed. The next dream starts as scheduled.";
            Outcome::plain(format!("Canceled {}.", ended(report, now)))
                .with_advice(only_what_holds(report, advice))
        }
        DreamStatus::Unknown => Outcome::plain("In a state that this console does not know.")
            .with_advice("Reload the page; a newer console may know it."),
    }
}

fn completed(report: &DreamReport, now: Timestamp) -> Outcome {
    let when = ended(report, now);
    match (report.reported_at, report.proposals().count()) {
        (_, 0) if report.in_place.is_some() => {
            Outcome::plain(format!("Completed {when}; it proposes nothing."))
        }
        (None, _) => Outcome::plain(format!("Completed {when}. No report has come yet.")).with_advice(
            "Reports come by webhook, mostly within minutes. If none comes, check the pipeline that sends them.",
        ),
        (Some(_), 0) => Outcome::plain(format!("Completed {when}, nothing to suggest.")),
        (Some(_), 1) => Outcome::plain(format!("Completed {when}, 1 suggestion.")),
        (Some(_), count) => Outcome::plain(format!("Completed {when}, {count} suggestions.")),
    }
}

fn failed(report: &DreamReport, now: Timestamp) -> Outcome {
    let when = ended(report, now);
    let Some(error) = &report.error else {
        return Outcome::plain(format!("Failed {when}. The platform did not say why."))
            .with_advice(only_what_holds(
                report,
                "Nothing was changed. Read the raw log, or wait for the next dream.",
            ));
    };
    let (why, advice) = reason(error);
    Outcome {
        sentence: format!("Failed {when}. {why}"),
        advice: Some(only_what_holds(report, advice)),
        platform_words: Some(format!("{} ({})", error.message, error.kind)),
    }
}

/// Returns a failure in plain words, and what to do about it.
///
/// The platform's set of kinds is open: one that is not known here leaves its own sentence to speak.
fn reason(error: &DreamError) -> (&'static str, &'static str) {
    match error.kind.as_str() {
        "timeout" => (
            "It ran out of time.",
            "Nothing was changed. Let it read fewer interactions, or wait for the next dream.",
        ),
        "internal_error" => (
            "The platform had an error of its own.",
            "Nothing was changed and nothing is wrong with the agent. The next dream tries again.",
        ),
        "memory_store_org_limit_exceeded" => (
            "The organization has as many memory stores as it may have.",
            "Archive or delete stores that nobody uses any more; the next dream then finds room.",
        ),
        "input_memory_store_too_large" => (
            "The agent's memory store is too large to dream over.",
            "Remove or shorten memories that are out of date, then dream again.",
        ),
        "input_memory_store_unavailable" => (
            "The memory store it should read was archived or deleted meanwhile.",
            "Attach a memory store that is in use to the agent, then dream again.",
        ),
        "input_session_unavailable" => (
            "An interaction it should read was deleted meanwhile.",
            "Keep interactions until the dream over them has ended. The next dream chooses anew.",
        ),
        _ => (
            "The platform gives a reason that this console does not know.",
            "Read the platform's words and the raw log. Nothing was changed.",
        ),
    }
}

/// Returns when a dream ended and how long it took, such as `3 h ago after 12 min`.
fn ended(report: &DreamReport, now: Timestamp) -> String {
    let Some(ended_at) = report.ended_at else {
        return ago(report.created_at, now);
    };
    format!(
        "{} after {}",
        ago(ended_at, now),
        took(report.created_at, ended_at)
    )
}

/// Returns a length of time in its two largest units.
pub fn took(from: Timestamp, until: Timestamp) -> String {
    let secs = until.duration_since(from).as_secs().max(0);
    match secs {
        0..60 => format!("{secs} s"),
        60..3_600 if secs % 60 == 0 => format!("{} min", secs / 60),
        60..3_600 => format!("{} min {} s", secs / 60, secs % 60),
        3_600.. if secs % 3_600 < 60 => format!("{} h", secs / 3_600),
        _ => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
    }
}

/// Returns what stands in the place of the suggestions where there are none: that, and what will fill it.
pub fn no_suggestions(report: &DreamReport) -> (&'static str, &'static str) {
    match report.status {
        DreamStatus::Pending | DreamStatus::Running => (
            "No suggestions yet",
            "They come with the report, when the dream has ended. This page follows it by itself.",
        ),
        DreamStatus::Completed if report.reported_at.is_some() => (
            "Nothing to suggest",
            "The dream found nothing that a change of the prompt would mend. \
             Ratings of interactions give the next dream more to go by.",
        ),
        DreamStatus::Completed => (
            "No suggestions yet",
            "They come with the report, which has not come yet.",
        ),
        DreamStatus::Failed => ("No suggestions", "The dream failed before it could report."),
        DreamStatus::Canceled => (
            "No suggestions",
            "The dream was canceled before it could report.",
        ),
        DreamStatus::Unknown => (
            "No suggestions so far",
            "They come with the dream's report.",
        ),
    }
}

/// Returns the heading of a dream's page, such as `Dream of 22 Nov 2026`.
pub fn title(report: &DreamReport) -> String {
    format!("Dream of {}", report.created_at.strftime("%-d %b %Y"))
}

/// Returns how often a pattern was seen, such as `seen 14 times, 6 of them named`.
pub fn seen(occurrences: Option<u32>, named: usize) -> String {
    match (occurrences, named) {
        (Some(1), _) => "seen once".to_owned(),
        (Some(count), named) if named > 0 && count as usize > named => {
            format!("seen {count} times, {named} of them named")
        }
        (Some(count), _) => format!("seen {count} times"),
        (None, 0) => "how often is not reported".to_owned(),
        (None, 1) => "1 interaction named".to_owned(),
        (None, named) => format!("{named} interactions named"),
    }
}

/// A figure of a metric: the share, what it is a share of, and how far chance alone may carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The share, such as `82 %`.
    pub share: String,
    /// Cases measured, such as `n = 120`, or that nobody said.
    pub cases: String,
    /// The 95 % interval, such as `74–88 %`, where the cases are known.
    pub interval: Option<String>,
}

/// A row of the metrics table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricRow {
    /// What is measured, as people write it.
    pub name: String,
    /// Before, or nothing where not measured.
    pub before: Option<Figure>,
    /// After, or nothing where not measured.
    pub after: Option<Figure>,
    /// The difference in percentage points, such as `+6`, where both are measured.
    pub points: Option<String>,
    /// Who measured.
    pub measured_by: String,
}

/// Returns the row of a metric.
pub fn metric_row(metric: &Metric) -> MetricRow {
    let points = metric.before.zip(metric.after).map(|(before, after)| {
        let points = (after.value - before.value) * 100.0;
        signed(points)
    });
    MetricRow {
        name: sentence_case(&metric.name),
        before: metric.before.map(figure),
        after: metric.after.map(figure),
        points,
        measured_by: metric.measured_by.clone(),
    }
}

fn signed(points: f64) -> String {
    let rounded = (points * 10.0).round() / 10.0;
    let size = if (rounded - rounded.round()).abs() < 0.05 {
        format!("{:.0}", rounded.abs())
    } else {
        format!("{:.1}", rounded.abs())
    };
    if rounded.abs() < 0.05 {
        "±0".to_owned()
    } else if rounded > 0.0 {
        format!("+{size}")
    } else {
        format!("\u{2212}{size}")
    }
}

fn figure(measured: Measurement) -> Figure {
    Figure {
        share: percent(measured.value),
        cases: measured
            .cases
            .map_or("n not given".to_owned(), |cases| format!("n = {cases}")),
        interval: measured
            .cases
            .and_then(|cases| interval(measured.value, cases)),
    }
}

/// Returns Wilson's 95 % interval of a share, which stays honest for few cases and near 0 and 1.
fn interval(share: f64, cases: u32) -> Option<String> {
    const Z: f64 = 1.96;
    if cases == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let n = f64::from(cases);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let middle = share + Z * Z / (2.0 * n);
    let scale = 1.0 + Z * Z / n;
    let low = ((middle - spread) / scale * 100.0).max(0.0);
    let high = ((middle + spread) / scale * 100.0).min(100.0);
    Some(format!("{low:.0}\u{2013}{high:.0} %"))
}

fn sentence_case(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut chars = spaced.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => "Unnamed metric".to_owned(),
    }
}

/// Says what something cost, at the prices that are set now.
pub fn cost(cost: Option<&Cost>) -> String {
    cost.map_or_else(|| "not measured".to_owned(), prices::in_words)
}

/// Returns the tokens a dream took, in words.
pub fn usage(usage: Option<Usage>) -> String {
    let Some(usage) = usage else {
        return "not reported".to_owned();
    };
    let cached = usage.cache_read_input_tokens;
    let read = usage
        .input_tokens
        .saturating_add(usage.cache_creation_input_tokens)
        .saturating_add(cached);
    let from_cache = if cached == 0 {
        String::new()
    } else {
        format!(" ({} of them from the cache)", grouped(cached))
    };
    format!(
        "{} tokens read{from_cache}, {} written",
        grouped(read),
        grouped(usage.output_tokens)
    )
}

/// Says how the reflection on a dream stands, in a sentence or two.
pub fn reflection(it: Option<&Reflection>) -> String {
    let Some(it) = it else {
        return "No model was asked to reflect on this dream.".to_owned();
    };
    let model = it.model.as_deref().unwrap_or("A model");
    let reason = it.reason.as_deref().unwrap_or_default();
    match it.state {
        ReflectionState::Waiting => "A model will be asked in a moment.".to_owned(),
        ReflectionState::Asked => format!("{model} is being asked."),
        ReflectionState::Done => format!(
            "{model} found {} and proposes {}. Each proposal is reviewed like any other.",
            counted(it.patterns, "pattern", "patterns"),
            counted(it.suggestions, "edit of the prompt", "edits of the prompt"),
        ),
        ReflectionState::Skipped => format!("No model was asked. {reason}"),
        ReflectionState::Failed => format!("No reflection came of it. {reason}"),
        ReflectionState::Lost => {
            format!(
                "What the model answered was lost, and it is not asked again by itself. {reason}"
            )
        }
        ReflectionState::Unknown => "In a state that this console does not know.".to_owned(),
    }
}

fn counted(number: u32, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{} {many}", grouped(u64::from(number))),
    }
}

/// Says what of a model's answer was not kept; nothing where all of it was.
pub fn left_out(it: &ReflectionLeftOut) -> Option<String> {
    let parts = [
        (it.without_place, "edits without a place in the prompt"),
        (it.without_effect, "edits without effect"),
        (it.too_many_adjustments, "edits beyond five"),
        (it.too_many_patterns, "patterns beyond twenty"),
        (
            it.unknown_interactions,
            "interactions that it was not told of",
        ),
        (
            it.unknown_patterns,
            "names of patterns that it did not report",
        ),
        (it.unreadable, "parts that could not be read"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!said.is_empty()).then(|| format!("Left out of its answer: {}.", said.join(", ")))
}

/// Says whether more may come of a dream: it is not over, it ended minutes ago, or a model is at work on it.
pub fn may_change(report: &DreamReport, now: Timestamp) -> bool {
    let is_reflected_on = report
        .reflection
        .as_ref()
        .is_some_and(|it| matches!(it.state, ReflectionState::Waiting | ReflectionState::Asked));
    let is_fresh = report.ended_at.is_some_and(|ended| {
        let patience = if report.reported_at.is_some() { 2 } else { 10 };
        now.duration_since(ended).as_mins() < patience
    });
    !report.status.is_final() || is_reflected_on || is_fresh
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{ChangeSize, InPlace, SuggestionRow, SuggestionStatus};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn report(status: DreamStatus) -> DreamReport {
        DreamReport {
            id: "drm_1".into(),
            agent_id: "agent_1".into(),
            agent_name: "Support".to_owned(),
            status,
            created_at: at(0),
            ended_at: status.is_final().then(|| at(750)),
            reported_at: None,
            reported_by: None,
            summary: None,
            patterns: Vec::new(),
            suggestions: Vec::new(),
            metrics: Vec::new(),
            usage: None,
            cost: None,
            model: None,
            instructions: None,
            interactions_read: 40,
            error: None,
            in_place: None,
            reflection: None,
            has_log: true,
        }
    }

    #[track_caller]
    fn check(report: &DreamReport, sentence: &str) {
        assert_eq!(outcome(report, at(750 + 3 * 3_600)).sentence, sentence);
    }

    #[test]
    fn a_dream_is_followed_until_nothing_more_comes() {
        let minutes = |minutes: i64| at(750 + minutes * 60);
        let mut given = report(DreamStatus::Running);
        assert!(may_change(&given, minutes(600)));
        given = report(DreamStatus::Completed);
        assert!(
            may_change(&given, minutes(9)),
            "its report is still to come"
        );
        assert!(!may_change(&given, minutes(11)));
        given.reported_at = Some(minutes(0));
        assert!(may_change(&given, minutes(1)) && !may_change(&given, minutes(3)));
        given.reflection = Some(asked());
        assert!(may_change(&given, minutes(600)), "a model is at work on it");
    }

    fn asked() -> Reflection {
        Reflection {
            state: ReflectionState::Asked,
            reason: None,
            model: Some("opus".to_owned()),
            usage: None,
            cost: None,
            estimated_tokens: None,
            patterns: 2,
            suggestions: 1,
            left_out: ReflectionLeftOut::default(),
            asked_by: "schedule".into(),
            asked_at: at(0),
            ended_at: None,
        }
    }

    #[test]
    fn a_reflection_is_told_with_its_numbers_and_what_was_left_out() {
        assert_eq!(reflection(Some(&asked())), "opus is being asked.");
        let mut done = asked();
        done.state = ReflectionState::Done;
        done.left_out.without_place = 3;
        assert_eq!(
            reflection(Some(&done)),
            "opus found 2 patterns and proposes 1 edit of the prompt. Each proposal is reviewed like any other."
        );
        assert_eq!(
            left_out(&done.left_out).as_deref(),
            Some("Left out of its answer: 3 edits without a place in the prompt.")
        );
        assert_eq!(left_out(&asked().left_out), None);
    }

    #[test]
    fn each_ending_is_said_in_words() {
        check(
            &report(DreamStatus::Pending),
            "Asked for 3 h ago, not begun.",
        );
        check(&report(DreamStatus::Running), "Dreaming for 3 h.");
        check(
            &report(DreamStatus::Completed),
            "Completed 3 h ago after 12 min 30 s. No report has come yet.",
        );
        check(
            &report(DreamStatus::Canceled),
            "Canceled 3 h ago after 12 min 30 s.",
        );
        check(
            &report(DreamStatus::Unknown),
            "In a state that this console does not know.",
        );
        check(
            &report(DreamStatus::Failed),
            "Failed 3 h ago after 12 min 30 s. The platform did not say why.",
        );
    }

    #[test]
    fn a_report_without_suggestions_says_so() {
        let mut given = report(DreamStatus::Completed);
        given.reported_at = Some(at(760));
        check(
            &given,
            "Completed 3 h ago after 12 min 30 s, nothing to suggest.",
        );
        assert_eq!(no_suggestions(&given).0, "Nothing to suggest");
        given.suggestions.push(SuggestionRow {
            id: "sug_1".into(),
            title: "Ask first".to_owned(),
            status: SuggestionStatus::Open,
            size: ChangeSize::default(),
            proposed_by: None,
            takes_back: false,
        });
        check(&given, "Completed 3 h ago after 12 min 30 s, 1 suggestion.");
    }

    #[test]
    fn of_a_dream_that_wrote_in_place_nobody_says_that_nothing_was_changed() {
        let mut given = report(DreamStatus::Canceled);
        given.in_place = Some(InPlace::Waiting);
        for kind in [None, Some("timeout"), Some("internal_error"), Some("odd")] {
            if let Some(kind) = kind {
                given.status = DreamStatus::Failed;
                given.error = Some(DreamError {
                    kind: kind.to_owned(),
                    message: "It ended.".to_owned(),
                });
            }
            let advice = outcome(&given, at(750)).advice.unwrap();
            assert!(!advice.contains("was changed"), "{advice}");
            assert!(
                advice.ends_with('.') && !advice.starts_with(' '),
                "{advice}"
            );
        }
    }

    #[test]
    fn a_taking_back_is_no_suggestion_of_the_dream() {
        let mut given = report(DreamStatus::Completed);
        given.reported_at = Some(at(760));
        given.in_place = Some(InPlace::Waiting);
        given.suggestions.push(SuggestionRow {
            id: "sug_1".into(),
            title: "Take back: 1 edited".to_owned(),
            status: SuggestionStatus::Open,
            size: ChangeSize::default(),
            proposed_by: None,
            takes_back: true,
        });
        check(
            &given,
            "Completed 3 h ago after 12 min 30 s; it proposes nothing.",
        );
    }

    #[test]
    fn a_failure_has_its_reason_its_advice_and_the_platforms_words() {
        let mut given = report(DreamStatus::Failed);
        given.error = Some(DreamError {
            kind: "input_memory_store_unavailable".to_owned(),
            message: "The input memory store was archived.".to_owned(),
        });
        let said = outcome(&given, at(750));
        assert_eq!(
            said.sentence,
            "Failed just now after 12 min 30 s. \
             The memory store it should read was archived or deleted meanwhile."
        );
        assert!(said.advice.unwrap().contains("dream again"));
        assert_eq!(
            said.platform_words.as_deref(),
            Some("The input memory store was archived. (input_memory_store_unavailable)")
        );
    }

    #[test]
    fn a_failure_of_an_unknown_kind_keeps_the_platforms_words() {
        let mut given = report(DreamStatus::Failed);
        given.error = Some(DreamError {
            kind: "new_kind".to_owned(),
            message: "Odd.".to_owned(),
        });
        assert_eq!(
            outcome(&given, at(750)).platform_words.as_deref(),
            Some("Odd. (new_kind)")
        );
    }

    #[test]
    fn lengths_of_time_have_two_units() {
        let table = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (750, "12 min 30 s"),
            (3_600, "1 h"),
            (3_659, "1 h"),
            (4_500, "1 h 15 min"),
        ];
        for (secs, expected) in table {
            assert_eq!(took(at(0), at(secs)), expected);
        }
        assert_eq!(took(at(9), at(0)), "0 s", "clocks may disagree");
    }

    #[test]
    fn figures_carry_n_and_an_interval() {
        let measured = |value, cases| Some(Measurement { value, cases });
        let row = metric_row(&Metric {
            name: "task_accuracy".to_owned(),
            before: measured(0.82, Some(120)),
            after: measured(0.88, None),
            measured_by: "pipeline".to_owned(),
        });
        assert_eq!(row.name, "Task accuracy");
        assert_eq!(row.points.as_deref(), Some("+6"));
        let before = row.before.unwrap();
        assert_eq!(
            (before.share.as_str(), before.cases.as_str()),
            ("82 %", "n = 120")
        );
        assert_eq!(before.interval.as_deref(), Some("74–88 %"));
        assert_eq!(row.after.unwrap().interval, None, "no interval without n");
    }

    #[test]
    fn what_was_not_measured_is_not_made_up() {
        let row = metric_row(&Metric {
            name: String::new(),
            before: None,
            after: Some(Measurement {
                value: 1.0,
                cases: Some(4),
            }),
            measured_by: "pipeline".to_owned(),
        });
        assert_eq!((row.before, row.points), (None, None));
        assert_eq!(row.after.unwrap().interval.as_deref(), Some("51–100 %"));
        assert_eq!(row.name, "Unnamed metric");
    }

    #[test]
    fn differences_have_their_sign() {
        for (points, expected) in [
            (6.0, "+6"),
            (-0.4, "\u{2212}0.4"),
            (0.01, "±0"),
            (5.96, "+6"),
        ] {
            assert_eq!(signed(points), expected);
        }
    }

    #[test]
    fn tokens_are_counted_with_the_cache() {
        let given = Usage {
            input_tokens: 1_000,
            output_tokens: 12_345,
            cache_read_input_tokens: 2_000_000,
            cache_creation_input_tokens: 500,
        };
        assert_eq!(
            usage(Some(given)),
            "2,001,500 tokens read (2,000,000 of them from the cache), 12,345 written"
        );
        assert_eq!(usage(None), "not reported");
        assert_eq!(cost(None), "not measured");
        let not_set = Cost::PriceNotSet {
            model: "m".to_owned(),
        };
        assert_eq!(cost(Some(&not_set)), "price of m not set");
    }

    #[test]
    fn how_often_a_pattern_was_seen() {
        let table = [
            (Some(14), 14, "seen 14 times"),
            (Some(14), 6, "seen 14 times, 6 of them named"),
            (Some(14), 0, "seen 14 times"),
            (Some(1), 1, "seen once"),
            (None, 3, "3 interactions named"),
            (None, 0, "how often is not reported"),
        ];
        for (occurrences, named, expected) in table {
            assert_eq!(seen(occurrences, named), expected);
        }
    }
}
