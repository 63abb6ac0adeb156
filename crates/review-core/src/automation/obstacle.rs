//! One thing that stands against a policy applying a change by itself.

use crate::words;
use review_api::{AutomationMode, ChangeState, Paused, UserName};

/// One thing that stands against a policy applying a change by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The policy does not apply anything by itself.
    NotAllowed {
        /// How far it goes.
        mode: AutomationMode,
    },
    /// The automation of all agents is paused.
    Paused(Paused),
    /// A person staged it.
    StagedByPerson {
        /// Who.
        who: UserName,
    },
    /// A person edited or restaged it: it is theirs now.
    Touched {
        /// Who.
        who: UserName,
    },
    /// Approvals are missing that the policy asks for.
    Approvals {
        /// Which, in a sentence.
        sentence: String,
    },
    /// The agent's prompt is not the base any more.
    BaseMoved,
    /// It does not wait any more.
    NotWaiting {
        /// Where it stands.
        state: ChangeState,
    },
    /// It was sent once, by the policy or by somebody, and the platform did not take it.
    RefusedBefore {
        /// What the platform said.
        message: String,
    },
    /// There is no staging test of exactly these bytes.
    NotTested {
        /// Why none was begun by itself.
        why: Option<String>,
    },
    /// The staging test has not ended.
    TestRuns,
    /// The staging test did not pass.
    NotPassed {
        /// What it came to.
        sentence: Option<String>,
    },
    /// The staging test passed as no worse, not as better beyond chance.
    NotBetter,
    /// Cases got worse, or it is not known how many.
    GotWorse {
        /// How many.
        cases: Option<u32>,
    },
    /// It is not about the prompt.
    NotThePrompt,
    /// It takes back an applied change.
    Rollback,
    /// The text holds what cannot be seen in it.
    HiddenText,
    /// Instructions are gone.
    InstructionsRemoved {
        /// How many.
        count: usize,
    },
    /// Instructions are there in other words.
    InstructionsReworded {
        /// How many.
        count: usize,
    },
    /// Placeholders are gone.
    PlaceholdersLost {
        /// Which.
        texts: Vec<String>,
    },
    /// It changes more lines than the policy lets through.
    TooLarge {
        /// Lines added and removed.
        lines: u32,
        /// The limit.
        most: u32,
    },
    /// Findings stand about its suggestion.
    Findings {
        /// How many.
        count: usize,
    },
    /// The same bytes were turned down before.
    RejectedBefore,
    /// Comments on it are not settled.
    OpenComments {
        /// How many.
        count: u64,
    },
    /// The prompt was changed past this console, and nobody has looked yet.
    Drifted,
}

impl Obstacle {
    /// Returns a word for programs, which stays the same.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "not_allowed",
            Self::Paused(_) => "paused",
            Self::StagedByPerson { .. } => "staged_by_person",
            Self::Touched { .. } => "touched",
            Self::Approvals { .. } => "approvals",
            Self::BaseMoved => "base_moved",
            Self::NotWaiting { .. } => "not_waiting",
            Self::RefusedBefore { .. } => "refused_before",
            Self::NotTested { .. } => "not_tested",
            Self::TestRuns => "test_runs",
            Self::NotPassed { .. } => "not_passed",
            Self::NotBetter => "not_better",
            Self::GotWorse { .. } => "got_worse",
            Self::NotThePrompt => "not_the_prompt",
            Self::Rollback => "rollback",
            Self::HiddenText => "hidden_text",
            Self::InstructionsRemoved { .. } => "instructions_removed",
            Self::InstructionsReworded { .. } => "instructions_reworded",
            Self::PlaceholdersLost { .. } => "placeholders_lost",
            Self::TooLarge { .. } => "too_large",
            Self::Findings { .. } => "findings",
            Self::RejectedBefore => "rejected_before",
            Self::OpenComments { .. } => "open_comments",
            Self::Drifted => "drifted",
        }
    }

    /// Says what stands against it, and where that helps what to do.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotAllowed { mode } => match mode {
                AutomationMode::StageAndTest => "The policy stages and tests by itself; people apply.",
                _ => "The policy does nothing by itself.",
            }
            .to_owned(),
            Self::Paused(paused) => format!(
                "Automation is paused for all agents, by {}: {}",
                paused.by,
                ended(&paused.reason)
            ),
            Self::StagedByPerson { who } => {
                format!("{who} staged it; the policy applies by itself only what it staged itself.")
            }
            Self::Touched { who } => {
                format!("{who} edited or restaged it, so it is for people to apply.")
            }
            Self::Approvals { sentence } => format!(
                "{sentence} The policy does not say that it acts without them."
            ),
            Self::BaseMoved => "The agent's prompt moved on since it was staged.".to_owned(),
            Self::NotWaiting { state } => format!(
                "It does not wait any more: its state is \u{201c}{}\u{201d}.",
                words::change_state(*state)
            ),
            Self::RefusedBefore { message } => format!(
                "It was sent once, and the platform did not take it: {}",
                ended(message)
            ),
            Self::NotTested { why: None } => {
                "There is no staging test of exactly these bytes.".to_owned()
            }
            Self::NotTested { why: Some(why) } => {
                format!("No staging test could be begun by itself: {}", ended(why))
            }
            Self::TestRuns => "Its staging test has not ended yet.".to_owned(),
            Self::NotPassed { sentence: None } => "Its staging test did not pass.".to_owned(),
            Self::NotPassed {
                sentence: Some(sentence),
            } => format!("Its staging test did not pass. {}", ended(sentence)),
            Self::NotBetter => {
                "Its staging test passed as no worse; to apply by itself it must be better, more than chance explains."
                    .to_owned()
            }
            Self::GotWorse { cases: Some(1) } => "1 case got worse in its staging test.".to_owned(),
            Self::GotWorse { cases: Some(cases) } => {
                format!("{cases} cases got worse in its staging test.")
            }
            Self::GotWorse { cases: None } => {
                "It is not known how many cases got worse in its staging test.".to_owned()
            }
            Self::NotThePrompt => {
                "It is about memories; changes of memories are left to people.".to_owned()
            }
            Self::Rollback => "It is a rollback; people take changes back.".to_owned(),
            Self::HiddenText => {
                "The text holds what cannot be seen in it; somebody has to read those findings."
                    .to_owned()
            }
            Self::InstructionsRemoved { count } => {
                counted(*count, "instruction is removed.", "instructions are removed.")
            }
            Self::InstructionsReworded { count } => {
                counted(*count, "instruction is reworded.", "instructions are reworded.")
            }
            Self::PlaceholdersLost { texts } => {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                format!("Placeholders are gone: {}.", words::listed(&texts))
            }
            Self::TooLarge { lines, most } => format!(
                "It changes {} lines, and the policy applies at most {most} by itself.",
                words::grouped(u64::from(*lines))
            ),
            Self::Findings { count } => {
                counted(*count, "finding stands about its suggestion.", "findings stand about its suggestion.")
            }
            Self::RejectedBefore => {
                "The same text was proposed for this agent before, and rejected.".to_owned()
            }
            Self::OpenComments { count } => counted(
                usize::try_from(*count).unwrap_or(usize::MAX),
                "comment on it is not settled.",
                "comments on it are not settled.",
            ),
            Self::Drifted => {
                "The prompt was changed on the platform, past this console, and nobody has looked at that yet."
                    .to_owned()
            }
        }
    }
}

fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// Ends what a person or a program wrote as a sentence ends.
fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '\u{2026}']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}
