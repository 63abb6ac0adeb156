//! State of the fields that say when, over how much and at what cost an agent dreams.

use crate::session::Session;
use leptos::prelude::*;
use review_api::{DreamPlan, MAX_DREAM_INTERACTIONS, Money};
use review_core::prices;

/// The plan as it is being edited; `Copy`.
#[derive(Clone, Copy)]
pub(in crate::agents) struct PlanForm {
    /// The hour of daily and weekly dreams.
    pub(in crate::agents) hour: RwSignal<String>,
    /// The day of weekly dreams, 1 for Monday.
    pub(in crate::agents) weekday: RwSignal<String>,
    /// Where that hour is read on the clock.
    pub(in crate::agents) time_zone: RwSignal<String>,
    /// The fewest new interactions that are worth a dream.
    pub(in crate::agents) fewest: RwSignal<String>,
    /// Most tokens of a month; empty for no limit.
    pub(in crate::agents) monthly_tokens: RwSignal<String>,
    /// Most money of a month; empty for no limit.
    pub(in crate::agents) monthly_cost: RwSignal<String>,
    /// The currency of that; empty where there are no prices to hold a limit by.
    pub(in crate::agents) currency: RwSignal<String>,
    /// Whether a model reflects on each dream.
    pub(in crate::agents) reflects: RwSignal<bool>,
    /// The model that reflects; empty for the agent's own.
    pub(in crate::agents) reflection_model: RwSignal<String>,
    /// The plan as it was, for what is not edited here.
    before: StoredValue<DreamPlan>,
}

impl PlanForm {
    pub(super) fn new() -> Self {
        Self {
            hour: RwSignal::default(),
            weekday: RwSignal::default(),
            time_zone: RwSignal::default(),
            fewest: RwSignal::default(),
            monthly_tokens: RwSignal::default(),
            monthly_cost: RwSignal::default(),
            currency: RwSignal::new(Session::use_context().currency()),
            reflects: RwSignal::default(),
            reflection_model: RwSignal::default(),
            before: StoredValue::new(DreamPlan::default()),
        }
    }

    pub(super) fn fill(self, plan: &DreamPlan) {
        self.hour.set(plan.hour.to_string());
        self.weekday.set(plan.weekday.to_string());
        self.time_zone.set(plan.time_zone.clone());
        self.fewest.set(plan.fewest_interactions.to_string());
        let most = plan.monthly_tokens.map(|most| most.to_string());
        self.monthly_tokens.set(most.unwrap_or_default());
        let most = plan
            .monthly_cost
            .as_ref()
            .map(|most| prices::typed(most.micros));
        self.monthly_cost.set(most.unwrap_or_default());
        if let Some(limit) = plan.monthly_cost.as_ref()
            && self.currency.with_untracked(String::is_empty)
        {
            // Prices were taken away since: the limit can still be seen, and lifted.
            self.currency.set(limit.currency.clone());
        }
        self.reflects.set(plan.reflects);
        self.reflection_model
            .set(plan.reflection_model.clone().unwrap_or_default());
        self.before.set_value(plan.clone());
    }

    /// Says what is wrong with the number of interactions typed.
    pub(in crate::agents) fn fewest_error(self) -> Option<String> {
        fewest(&self.fewest.get()).err()
    }

    /// Says what is wrong with the limit typed.
    pub(in crate::agents) fn monthly_tokens_error(self) -> Option<String> {
        monthly_tokens(&self.monthly_tokens.get()).err()
    }

    /// Says what is wrong with the limit in money typed.
    pub(in crate::agents) fn monthly_cost_error(self) -> Option<String> {
        monthly_cost(&self.monthly_cost.get(), "").err()
    }

    /// Returns the plan typed, or nothing while something typed is wrong or the page is gone.
    pub(super) fn plan(self) -> Option<DreamPlan> {
        let model = self.reflection_model.try_get_untracked()?.trim().to_owned();
        Some(DreamPlan {
            time_zone: self.time_zone.try_get_untracked()?.trim().to_owned(),
            hour: self.hour.get_untracked().parse().ok()?,
            weekday: self.weekday.get_untracked().parse().ok()?,
            fewest_interactions: fewest(&self.fewest.get_untracked()).ok()?,
            monthly_tokens: monthly_tokens(&self.monthly_tokens.get_untracked()).ok()?,
            monthly_cost: monthly_cost(
                &self.monthly_cost.get_untracked(),
                &self.currency.get_untracked(),
            )
            .ok()?,
            reflects: self.reflects.get_untracked(),
            reflection_model: (!model.is_empty()).then_some(model),
            ..self.before.get_value()
        })
    }
}

fn fewest(typed: &str) -> Result<u32, String> {
    let most = u32::try_from(MAX_DREAM_INTERACTIONS).unwrap_or(u32::MAX);
    let number = typed.trim().parse().ok();
    number
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| format!("Give a number from 1 to {most}, as many as one dream reads."))
}

fn monthly_tokens(typed: &str) -> Result<Option<u64>, String> {
    let digits: String = typed
        .chars()
        .filter(|it| !matches!(it, ' ' | ',' | '_'))
        .collect();
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.parse().ok().filter(|number| *number > 0);
    number
        .map(Some)
        .ok_or_else(|| "Give a number of tokens, or leave it empty for no limit.".to_owned())
}

fn monthly_cost(typed: &str, currency: &str) -> Result<Option<Money>, String> {
    let digits: String = typed
        .chars()
        .filter(|it| !matches!(it, ' ' | ',' | '_'))
        .collect();
    if digits.is_empty() {
        return Ok(None);
    }
    let micros = prices::amount(&digits).filter(|micros| *micros > 0);
    let limit = micros.map(|micros| {
        Some(Money {
            micros,
            currency: currency.to_owned(),
        })
    });
    limit.ok_or_else(|| "Give an amount such as 25.00, or leave it empty for no limit.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(fewest(" 12 "), Ok(12));
        for wrong in ["", "0", "101", "ten"] {
            assert!(fewest(wrong).is_err(), "{wrong}");
        }
        assert_eq!(monthly_tokens(""), Ok(None));
        assert_eq!(monthly_tokens("2,000 000"), Ok(Some(2_000_000)));
        for wrong in ["0", "-1", "many"] {
            assert!(monthly_tokens(wrong).is_err(), "{wrong}");
        }
        assert_eq!(monthly_cost(" ", "EUR"), Ok(None));
        let limit = monthly_cost("1,250.50", "EUR").unwrap().unwrap();
        assert_eq!(
            (limit.micros, limit.currency.as_str()),
            (1_250_500_000, "EUR")
        );
        for wrong in ["0", "0.00", "-1", "much"] {
            assert!(monthly_cost(wrong, "EUR").is_err(), "{wrong}");
        }
    }
}
