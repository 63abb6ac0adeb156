//! Advice on an agent's set-up: each mistake with the numbers behind it and one thing to do about it.

use crate::dreaming::{BASELINE_RATINGS, INTERACTIONS_WORTH_A_DREAM, dreams_in_week};
use crate::words;
use review_api::{Agent, DreamId, FeedbackCounts, SetupWarning};

/// What dreaming does not do, for where people decide how much to expect of it.
pub const NOT_THE_MODEL: &str = "Dreaming changes prompts and memories, not the model: it makes the agent's \
                                 instructions better, and teaches the model nothing.";

/// What to do about a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Change when and how it dreams, or where its reports go.
    Settings,
    /// Rate interactions that nobody has rated.
    Rate,
    /// Look at a dream.
    Dream(DreamId),
    /// Change what it takes to change it, or what is done by itself.
    Policy,
    /// Look at the switch that pauses all automation.
    Automation,
}

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What is wrong.
    pub warning: SetupWarning,
    /// The numbers that say so; nothing where there are none.
    pub numbers: Option<String>,
    /// The one thing to do; nothing where this release knows none.
    pub remedy: Option<Remedy>,
}

/// Returns what to tell the people of an agent, most pressing first.
pub fn advice(agent: &Agent) -> Vec<Advice> {
    let warnings = agent.summary.warnings.iter();
    warnings.map(|warning| one(*warning, agent)).collect()
}

fn one(warning: SetupWarning, agent: &Agent) -> Advice {
    let summary = &agent.summary;
    let (numbers, remedy) = match warning {
        SetupWarning::NoWebhook => (
            Some(format!(
                "{}, and no report is posted anywhere.",
                in_a_week(dreams_in_week(summary.dreaming.dreaming_frequency))
            )),
            Some(Remedy::Settings),
        ),
        SetupWarning::ThinBaseline | SetupWarning::LopsidedBaseline => (
            Some(Baseline::of(summary.feedback).sentence()),
            Some(Remedy::Rate),
        ),
        SetupWarning::DreamsTooOften => {
            let dreams = dreams_in_week(summary.dreaming.dreaming_frequency);
            let least = dreams * INTERACTIONS_WORTH_A_DREAM;
            let numbers = format!(
                "{}, and fewer than {} interactions in the last 7 days: fewer than \
                 {INTERACTIONS_WORTH_A_DREAM} for each dream.",
                in_a_week(dreams),
                words::grouped(least)
            );
            (Some(numbers), Some(Remedy::Settings))
        }
        SetupWarning::LastDreamFailed => {
            let dream = summary.last_dream.as_ref();
            (None, dream.map(|dream| Remedy::Dream(dream.id.clone())))
        }
        SetupWarning::AutomationUntested => (
            Some(format!(
                "Policy v{}: {}, and no staging test is asked for.",
                agent.policy.version,
                words::automation_mode(agent.policy.automation.mode)
            )),
            Some(Remedy::Policy),
        ),
        SetupWarning::AutomationPaused => (
            Some(match summary.open_suggestions {
                1 => "1 suggestion waits.".to_owned(),
                count => format!("{} suggestions wait.", words::grouped(u64::from(count))),
            }),
            Some(Remedy::Automation),
        ),
        SetupWarning::Unknown => (None, None),
    };
    Advice {
        warning,
        numbers,
        remedy,
    }
}

fn in_a_week(dreams: u64) -> String {
    let noun = if dreams == 1 { "dream" } else { "dreams" };
    format!("{dreams} {noun} a week")
}

/// How much there is to learn from and to test against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Baseline {
    /// The ratings.
    pub ratings: FeedbackCounts,
}

impl Baseline {
    /// Makes the baseline of these ratings.
    pub fn of(ratings: FeedbackCounts) -> Self {
        Self { ratings }
    }

    /// Says whether a first dream has enough to learn from: three dozen ratings, of both kinds.
    ///
    /// "A few dozen" is what those who run dreams advise; the figure is a rule of thumb, not a measurement.
    pub fn is_enough(self) -> bool {
        let FeedbackCounts { positive, negative } = self.ratings;
        self.ratings.total() >= BASELINE_RATINGS && positive > 0 && negative > 0
    }

    /// Returns the numbers in words.
    pub fn sentence(self) -> String {
        let FeedbackCounts { positive, negative } = self.ratings;
        let total = self.ratings.total();
        let of = if total < BASELINE_RATINGS {
            format!(" of {BASELINE_RATINGS}")
        } else {
            String::new()
        };
        format!(
            "{}{of} ratings, {} positive and {} negative.",
            words::grouped(total),
            words::grouped(positive),
            words::grouped(negative)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{
        AgentSummary, DreamStatus, DreamingFrequency, DreamingSettings, Freshness, LastDream,
        Policy, Prompt, Timestamp,
    };

    fn agent(frequency: DreamingFrequency, warnings: Vec<SetupWarning>) -> Agent {
        let at = Timestamp::UNIX_EPOCH;
        Agent {
            summary: AgentSummary {
                id: "agent_1".into(),
                name: "Support".to_owned(),
                model: "m".to_owned(),
                version: 1,
                prompt_chars: 0,
                dreaming: DreamingSettings {
                    dreaming_enabled: true,
                    dreaming_frequency: frequency,
                    ..DreamingSettings::default()
                },
                last_dream: Some(LastDream {
                    id: "drm_1".into(),
                    status: DreamStatus::Failed,
                    created_at: at,
                    ended_at: None,
                    suggestions: None,
                }),
                next_due_at: None,
                open_suggestions: 0,
                open_changes: 0,
                feedback: FeedbackCounts {
                    positive: 1_200,
                    negative: 0,
                },
                warnings,
            },
            description: None,
            prompt: Prompt {
                version: 1,
                sha256: String::new(),
                text: String::new(),
            },
            policy: Policy::default(),
            drift: None,
            revision: 1,
            created_at: at,
            updated_at: at,
            freshness: Freshness {
                read_at: None,
                problem: None,
            },
        }
    }

    #[track_caller]
    fn check(frequency: DreamingFrequency, warning: SetupWarning, numbers: &str, remedy: Remedy) {
        let advice = advice(&agent(frequency, vec![warning])).remove(0);
        assert_eq!(advice.numbers.as_deref().unwrap_or_default(), numbers);
        assert_eq!(advice.remedy, Some(remedy));
    }

    #[test]
    fn each_mistake_has_its_numbers_and_one_remedy() {
        check(
            DreamingFrequency::Daily,
            SetupWarning::DreamsTooOften,
            "7 dreams a week, and fewer than 70 interactions in the last 7 days: fewer than 10 for each dream.",
            Remedy::Settings,
        );
        check(
            DreamingFrequency::Hourly,
            SetupWarning::DreamsTooOften,
            "168 dreams a week, and fewer than 1,680 interactions in the last 7 days: fewer than 10 for each \
             dream.",
            Remedy::Settings,
        );
        check(
            DreamingFrequency::Weekly,
            SetupWarning::NoWebhook,
            "1 dream a week, and no report is posted anywhere.",
            Remedy::Settings,
        );
        check(
            DreamingFrequency::Daily,
            SetupWarning::LopsidedBaseline,
            "1,200 ratings, 1,200 positive and 0 negative.",
            Remedy::Rate,
        );
        check(
            DreamingFrequency::Daily,
            SetupWarning::LastDreamFailed,
            "",
            Remedy::Dream("drm_1".into()),
        );
    }

    #[test]
    fn automation_has_its_policy_and_its_switch() {
        check(
            DreamingFrequency::Daily,
            SetupWarning::AutomationUntested,
            "Policy v1: nothing by itself, and no staging test is asked for.",
            Remedy::Policy,
        );
        check(
            DreamingFrequency::Daily,
            SetupWarning::AutomationPaused,
            "0 suggestions wait.",
            Remedy::Automation,
        );
    }

    #[test]
    fn advice_keeps_the_order_of_the_warnings() {
        let warnings = vec![SetupWarning::LastDreamFailed, SetupWarning::NoWebhook];
        let agent = agent(DreamingFrequency::Weekly, warnings.clone());
        let told: Vec<SetupWarning> = advice(&agent).iter().map(|it| it.warning).collect();
        assert_eq!(told, warnings);
    }

    #[test]
    fn a_baseline_needs_three_dozen_ratings_of_both_kinds() {
        let enough =
            |positive, negative| Baseline::of(FeedbackCounts { positive, negative }).is_enough();
        assert!(enough(35, 1));
        assert!(!enough(35, 0));
        assert!(!enough(36, 0));
        assert!(!enough(0, 36));
    }
}
