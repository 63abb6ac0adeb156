//! When an agent should dream, and what is wrong with how it does.

use review_api::{
    DreamStatus, DreamingFrequency, DreamingSettings, FeedbackCounts, LastDream, SetupWarning,
};

/// Ratings that an agent should have before its first dream: a few dozen.
pub const BASELINE_RATINGS: u64 = 36;

/// Interactions between two dreams below which dreaming costs more than it can find.
pub const INTERACTIONS_WORTH_A_DREAM: u64 = 10;

/// What is known of an agent's traffic.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// Ratings of its interactions.
    pub feedback: FeedbackCounts,
    /// Interactions in the last 7 days.
    pub interactions_in_week: u64,
}

/// Returns what is wrong with an agent's set-up, most pressing first.
pub fn setup_warnings(
    settings: &DreamingSettings,
    last: Option<&LastDream>,
    traffic: Traffic,
) -> Vec<SetupWarning> {
    let mut warnings = Vec::new();
    if last.is_some_and(|dream| dream.status == DreamStatus::Failed) {
        warnings.push(SetupWarning::LastDreamFailed);
    }
    if !settings.dreaming_enabled {
        return warnings;
    }
    if settings.feedback_webhook.is_none() {
        warnings.push(SetupWarning::NoWebhook);
    }
    let FeedbackCounts { positive, negative } = traffic.feedback;
    if positive + negative < BASELINE_RATINGS {
        warnings.push(SetupWarning::ThinBaseline);
    } else if positive == 0 || negative == 0 {
        warnings.push(SetupWarning::LopsidedBaseline);
    }
    let dreams = dreams_in_week(settings.dreaming_frequency);
    if traffic.interactions_in_week < dreams * INTERACTIONS_WORTH_A_DREAM {
        warnings.push(SetupWarning::DreamsTooOften);
    }
    warnings
}

/// Returns how many dreams a week has at this frequency.
pub fn dreams_in_week(frequency: DreamingFrequency) -> u64 {
    match frequency {
        DreamingFrequency::Hourly => 7 * 24,
        DreamingFrequency::Daily => 7,
        DreamingFrequency::Weekly => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::Timestamp;

    fn enabled(frequency: DreamingFrequency) -> DreamingSettings {
        DreamingSettings {
            dreaming_enabled: true,
            dreaming_frequency: frequency,
            feedback_webhook: Some("https://example.com/hook".to_owned()),
            ..DreamingSettings::default()
        }
    }

    fn dream(status: DreamStatus) -> LastDream {
        LastDream {
            id: "drm_1".into(),
            status,
            created_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            suggestions: None,
        }
    }

    const GOOD: Traffic = Traffic {
        feedback: FeedbackCounts {
            positive: 30,
            negative: 10,
        },
        interactions_in_week: 10_000,
    };

    #[test]
    fn a_good_set_up_has_no_warnings() {
        let last = dream(DreamStatus::Completed);
        assert_eq!(
            setup_warnings(&enabled(DreamingFrequency::Hourly), Some(&last), GOOD),
            []
        );
    }

    #[test]
    fn the_worst_set_up_has_them_in_order() {
        let settings = DreamingSettings {
            feedback_webhook: None,
            ..enabled(DreamingFrequency::Hourly)
        };
        let last = dream(DreamStatus::Failed);
        assert_eq!(
            setup_warnings(&settings, Some(&last), Traffic::default()),
            [
                SetupWarning::LastDreamFailed,
                SetupWarning::NoWebhook,
                SetupWarning::ThinBaseline,
                SetupWarning::DreamsTooOften,
            ],
        );
    }

    #[test]
    fn one_sided_ratings_are_named() {
        let traffic = Traffic {
            feedback: FeedbackCounts {
                positive: 50,
                negative: 0,
            },
            ..GOOD
        };
        let warnings = setup_warnings(&enabled(DreamingFrequency::Weekly), None, traffic);
        assert_eq!(warnings, [SetupWarning::LopsidedBaseline]);
    }

    #[test]
    fn an_agent_that_does_not_dream_is_left_alone() {
        assert_eq!(
            setup_warnings(&DreamingSettings::default(), None, Traffic::default()),
            []
        );
    }
}
