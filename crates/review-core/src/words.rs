//! Sentences and figures that people read, the same wherever they stand.

use jiff::{SignedDuration, Timestamp};
use review_api::{
    AgentHealth, AuditAction, AutomaticActKind, AutomationMode, ChangeSize, ChangeState,
    DreamRunState, DreamStatus, DreamingFrequency, DreamingSettings, InboxReason, Measurement,
    Metric, SetupWarning, SuggestionStatus,
};

/// Returns a day as people write it, such as `30 Nov 2026`, in UTC.
pub fn date(at: Timestamp) -> String {
    at.strftime("%-d %b %Y").to_string()
}

/// Returns how long ago `then` was, such as `3 h ago`, or `in 3 h` for what is to come.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let passed = now.duration_since(then);
    let length = length(passed.abs());
    match (length.as_str(), passed.is_negative()) {
        ("", _) => "just now".to_owned(),
        (length, false) => format!("{length} ago"),
        (length, true) => format!("in {length}"),
    }
}

/// Returns a length of time in its largest unit, or nothing below a minute.
fn length(duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    match minutes {
        0 => String::new(),
        1..60 => format!("{minutes} min"),
        60..1_440 => format!("{} h", minutes / 60),
        1_440..86_400 => format!("{} d", minutes / 1_440),
        _ => format!("{} months", minutes / 43_200),
    }
}

/// Returns a share from 0 to 1 as `82 %`, with one decimal where that tells two figures apart.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if (percent - percent.round()).abs() < 0.05 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.1} %")
    }
}

/// Returns names as they stand in a sentence: "ann", "ann and bo", "ann, bo and cy".
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// Returns a number with a comma between each three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns `+3 −1`, with the real minus sign.
pub fn size(size: ChangeSize) -> String {
    format!("+{} \u{2212}{}", size.lines_added, size.lines_removed)
}

/// Returns a metric in words: before, after and how many cases; `not measured` where there is nothing.
pub fn metric(metric: &Metric) -> String {
    let figure = |measured: Option<Measurement>| {
        measured.map_or("not measured".to_owned(), |measured| {
            percent(measured.value)
        })
    };
    if metric.before.is_none() && metric.after.is_none() {
        return "not measured".to_owned();
    }
    let cases = metric
        .after
        .or(metric.before)
        .and_then(|measured| measured.cases);
    let n = cases.map_or("n not given".to_owned(), |cases| format!("n = {cases}"));
    format!(
        "{} \u{2192} {} ({n})",
        figure(metric.before),
        figure(metric.after)
    )
}

/// Returns how dreaming goes, such as `Ran 3 h ago, nothing to suggest.`
pub fn health(health: &AgentHealth, now: Timestamp) -> String {
    let Some(last) = &health.last_dream else {
        let never = if health.dreaming_enabled {
            "Has not dreamt yet."
        } else {
            "Dreaming is off."
        };
        return never.to_owned();
    };
    let when = ago(last.ended_at.unwrap_or(last.created_at), now);
    match (last.status, last.suggestions) {
        (DreamStatus::Pending, _) => format!("Asked to dream {when}, not begun."),
        (DreamStatus::Running, _) => format!("Dreaming since {}.", when.trim_end_matches(" ago")),
        (DreamStatus::Failed, _) => format!("Failed {when}."),
        (DreamStatus::Canceled, _) => format!("Canceled {when}."),
        (DreamStatus::Completed, None) => format!("Ran {when}, no report yet."),
        (DreamStatus::Completed, Some(0)) => format!("Ran {when}, nothing to suggest."),
        (DreamStatus::Completed, Some(1)) => format!("Ran {when}, 1 suggestion."),
        (DreamStatus::Completed, Some(count)) => format!("Ran {when}, {count} suggestions."),
        (DreamStatus::Unknown, _) => {
            format!("Last seen {when} in a state that this console does not know.")
        }
    }
}

/// Returns when the next dream is due, in words; nothing where none is.
pub fn next_due(due: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let due = due?;
    Some(if due >= now {
        format!("next due {}", ago(due, now))
    } else {
        format!("was due {}", ago(due, now))
    })
}

/// Returns what is wrong and what to do about it.
pub fn warning(warning: SetupWarning) -> &'static str {
    match warning {
        SetupWarning::NoWebhook => {
            "No feedback webhook: reports wait until someone looks. Set one in the agent's settings."
        }
        SetupWarning::ThinBaseline => {
            "Fewer than 36 rated interactions: a dream has little to learn from. Rate some first."
        }
        SetupWarning::LopsidedBaseline => {
            "All ratings are of one kind. Rate some interactions that went the other way."
        }
        SetupWarning::DreamsTooOften => {
            "Dreams more often than its traffic justifies: credits spent on noise. Choose a lower frequency."
        }
        SetupWarning::LastDreamFailed => "The last dream failed. Open it to see why.",
        SetupWarning::AutomationUntested => {
            "The policy acts by itself, and people may still approve and apply what no staging test has passed. Ask for \
             a passed test in the policy."
        }
        SetupWarning::AutomationPaused => {
            "The policy would act by itself, but automation is paused for all agents. New suggestions wait for people."
        }
        SetupWarning::Unknown => "A warning that this console does not know. Reload to update it.",
    }
}

/// Returns the word for a change's state.
pub fn change_state(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Staged => "waits for approval",
        ChangeState::Approved => "approved",
        ChangeState::Applying => "being applied",
        ChangeState::Applied => "applied",
        ChangeState::Stale => "out of date",
        ChangeState::NeedsALook => "needs a look",
        ChangeState::Withdrawn => "withdrawn",
        ChangeState::Unknown => "unknown state",
    }
}

/// Returns the word for a suggestion's status.
pub fn suggestion_status(status: SuggestionStatus) -> &'static str {
    match status {
        SuggestionStatus::Open => "open",
        SuggestionStatus::Staged => "staged",
        SuggestionStatus::Applied => "applied",
        SuggestionStatus::Rejected => "rejected",
        SuggestionStatus::Unknown => "unknown status",
    }
}

/// Returns the word for a dream's status.
pub fn dream_status(status: DreamStatus) -> &'static str {
    match status {
        DreamStatus::Pending => "waiting to begin",
        DreamStatus::Running => "dreaming",
        DreamStatus::Completed => "completed",
        DreamStatus::Failed => "failed",
        DreamStatus::Canceled => "canceled",
        DreamStatus::Unknown => "unknown status",
    }
}

/// Returns the word for what became of a slot of the schedule.
pub fn dream_run_state(state: DreamRunState) -> &'static str {
    match state {
        DreamRunState::Asked => "being asked for",
        DreamRunState::Started => "begun",
        DreamRunState::Skipped => "passed over",
        DreamRunState::Failed => "failed",
        DreamRunState::Unknown => "unknown state",
    }
}

/// Returns when an agent dreams, such as `daily at 03:00, Europe/Berlin`.
pub fn schedule(settings: &DreamingSettings) -> String {
    const DAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let plan = &settings.plan;
    let hour = plan.hour;
    let zone = &plan.time_zone;
    match settings.dreaming_frequency {
        _ if !settings.dreaming_enabled => "off".to_owned(),
        DreamingFrequency::Hourly => "hourly, at the full hour".to_owned(),
        DreamingFrequency::Daily => format!("daily at {hour:02}:00, {zone}"),
        DreamingFrequency::Weekly => {
            let day = usize::from(plan.weekday.max(1) - 1);
            let day = DAYS.get(day).copied().unwrap_or_default();
            format!("weekly, {day} at {hour:02}:00, {zone}")
        }
    }
}

/// Returns how far a policy goes by itself.
pub fn automation_mode(mode: AutomationMode) -> &'static str {
    match mode {
        AutomationMode::Off => "nothing by itself",
        AutomationMode::StageAndTest => "stages and tests by itself",
        AutomationMode::Apply => "stages, tests and applies by itself",
        AutomationMode::Unknown => "something that this console does not know",
    }
}

/// Returns what a policy did last with a suggestion, or where its change went since.
pub fn automatic_act(kind: AutomaticActKind, state: Option<ChangeState>) -> &'static str {
    match (kind, state) {
        (AutomaticActKind::Applied, Some(ChangeState::Applied)) => return "applied by itself",
        (_, Some(ChangeState::Staged | ChangeState::Approved) | None) => {}
        (_, Some(state)) => return change_state(state),
    }
    match kind {
        AutomaticActKind::Left => "left to people",
        AutomaticActKind::Staged => "staged",
        AutomaticActKind::TestBegun => "being tested",
        AutomaticActKind::Tested => "tested",
        AutomaticActKind::Refused => "not applied by itself",
        AutomaticActKind::Applied => "was to be applied",
        AutomaticActKind::Unknown => "unknown act",
    }
}

/// Returns what the person is asked to do.
pub fn inbox_reason(reason: InboxReason) -> &'static str {
    match reason {
        InboxReason::Decide => "decide",
        InboxReason::TakeBack => "take back?",
        InboxReason::Approve => "approve",
        InboxReason::Apply => "apply",
        InboxReason::Restage => "stage again",
        InboxReason::Look => "look",
        InboxReason::Review => "review",
        InboxReason::Regressed => "got worse",
        InboxReason::Unknown => "open",
    }
}

/// Returns what was done, as it follows the actor's name.
pub fn audit_action(action: AuditAction) -> &'static str {
    match action {
        AuditAction::AgentCreated => "created agent",
        AuditAction::AgentSettingsChanged => "changed the settings of",
        AuditAction::ReportReceived => "handed in a report on",
        AuditAction::FeedbackGiven => "rated",
        AuditAction::SuggestionRejected => "rejected",
        AuditAction::ChangeStaged => "staged",
        AuditAction::ChangeApproved => "approved",
        AuditAction::ApplyStarted => "began to apply",
        AuditAction::ChangeApplied => "applied",
        AuditAction::ApplyRefused => "was refused applying",
        AuditAction::ApplyUnknown => "got no answer applying",
        AuditAction::ChangeStale => "found out of date",
        AuditAction::ChangeWithdrawn => "withdrew",
        AuditAction::PolicyChanged => "changed the policy of",
        AuditAction::ChangeEdited => "edited",
        AuditAction::ChangeRestaged => "restaged",
        AuditAction::ApprovalsVoid => "voided approvals of",
        AuditAction::GlassBroken => "applied without approvals",
        AuditAction::GlassReviewed => "reviewed the application without approvals of",
        AuditAction::MemoryStepTaken => "changed a memory for",
        AuditAction::ApplyInterrupted => "was interrupted applying",
        AuditAction::PromptDrifted => "found the prompt changed on the platform of",
        AuditAction::DreamAsked => "asked for a dream of",
        AuditAction::DreamSkipped => "passed over a dream of",
        AuditAction::DreamFailed => "got no dream of",
        AuditAction::DreamStarted => "began a dream of",
        AuditAction::DreamCancelAsked => "asked to call off a dream of",
        AuditAction::MemoriesDerived => "derived what a dream did to the memories of",
        AuditAction::TestStarted => "began a staging test of",
        AuditAction::TestCanceled => "called off the staging test of",
        AuditAction::TestEnded => "ended the staging test of",
        AuditAction::DriftSeen => "looked at the change on the platform of",
        AuditAction::CommentAdded => "commented on",
        AuditAction::CommentEdited => "edited a comment on",
        AuditAction::CommentDeleted => "deleted a comment on",
        AuditAction::CommentResolved => "resolved a comment on",
        AuditAction::CommentReopened => "reopened a comment on",
        AuditAction::WebhookSecretShown => "was shown the webhook secret of",
        AuditAction::WebhookTested => "tried the webhook of",
        AuditAction::DeliveryReplayed => "asked again for a delivery to the webhook of",
        AuditAction::ReportDelivered => "delivered to the webhook of",
        AuditAction::ReportUndelivered => "could not deliver to the webhook of",
        AuditAction::WebhookSwitchedOff => "switched off the webhook of",
        AuditAction::WebhookSwitchedOn => "switched on the webhook of",
        AuditAction::FeedbackEdited => "edited a rating of",
        AuditAction::FeedbackWithdrawn => "withdrew a rating of",
        AuditAction::FeedbackLogged => "logged a rating in",
        AuditAction::FeedbackImported => "imported ratings for",
        AuditAction::ReflectionWanted => "asked for a reflection on a dream of",
        AuditAction::ReflectionAsked => "asked a model to reflect on a dream of",
        AuditAction::ReflectionEnded => "noted what came of the reflection on a dream of",
        AuditAction::AutomationLeft => "left to people",
        AuditAction::AutomationRefused => "did not go on by itself with",
        AuditAction::AutomationPaused => "paused",
        AuditAction::AutomationResumed => "resumed",
        AuditAction::VersionKept => "kept a version that did worse of",
        AuditAction::Unknown => "did something unknown to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::LastDream;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn lengths_of_time_take_their_largest_unit() {
        let table = [
            (0, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (3_600, "1 h ago"),
            (86_399, "23 h ago"),
            (86_400, "1 d ago"),
            (59 * 86_400, "59 d ago"),
            (60 * 86_400, "2 months ago"),
            (-7_200, "in 2 h"),
        ];
        for (seconds, expected) in table {
            assert_eq!(
                ago(at(1_000_000_000 - seconds), at(1_000_000_000)),
                expected,
                "{seconds} s"
            );
        }
    }

    #[test]
    fn digits_stand_in_threes() {
        let table = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (number, expected) in table {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn figures_carry_their_n() {
        let measured = |value, cases| Some(Measurement { value, cases });
        let table = [
            (
                measured(0.82, Some(120)),
                measured(0.88, Some(120)),
                "82 % → 88 % (n = 120)",
            ),
            (
                measured(0.82, None),
                measured(0.875, None),
                "82 % → 87.5 % (n not given)",
            ),
            (None, measured(0.5, Some(4)), "not measured → 50 % (n = 4)"),
            (None, None, "not measured"),
        ];
        for (before, after, expected) in table {
            let name = "accuracy".to_owned();
            let given = Metric {
                name,
                before,
                after,
                measured_by: "pipeline".to_owned(),
            };
            assert_eq!(metric(&given), expected);
        }
    }

    #[test]
    fn a_dream_without_suggestions_does_not_look_broken() {
        let given = AgentHealth {
            agent_id: "agent_1".into(),
            agent_name: "Support".to_owned(),
            dreaming_enabled: true,
            last_dream: Some(LastDream {
                id: "drm_1".into(),
                status: DreamStatus::Completed,
                created_at: at(0),
                ended_at: Some(at(600)),
                suggestions: Some(0),
            }),
            next_due_at: None,
            warnings: Vec::new(),
        };
        assert_eq!(
            health(&given, at(600 + 3 * 3_600)),
            "Ran 3 h ago, nothing to suggest."
        );
    }
}
