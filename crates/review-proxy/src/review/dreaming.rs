//! Edits of an agent's dreaming settings.

use super::texts;
use crate::error::{Error, Result};
use crate::platform::is_sound_id;
use crate::schedule::time_zone;
use crate::store::settings::Settings;
use jiff::Timestamp;
use review_api::{
    CreateDreaming, DreamPlan, DreamingSettings, MAX_DREAM_INTERACTIONS, MAX_INSTRUCTIONS_CHARS,
    Prices,
};

/// Returns the settings after an edit.
pub(super) fn edited(
    mut settings: DreamingSettings,
    edit: CreateDreaming,
    prices: &Prices,
) -> Result<DreamingSettings> {
    if let Some(enabled) = edit.dreaming_enabled {
        settings.dreaming_enabled = enabled;
    }
    if let Some(frequency) = edit.dreaming_frequency {
        settings.dreaming_frequency = frequency;
    }
    match edit.feedback_webhook.as_deref().map(str::trim) {
        None => {}
        Some("") => settings.feedback_webhook = None,
        Some(url) => settings.feedback_webhook = Some(texts::webhook("feedback_webhook", url)?),
    }
    if let Some(plan) = edit.plan {
        settings.plan = sound(plan, prices)?;
    }
    Ok(settings)
}

/// Returns since when an agent dreams: slots before it was switched on, or before its clock was changed, are
/// not made up for.
pub(super) fn since(
    before: &Settings,
    after: &DreamingSettings,
    now: Timestamp,
) -> Option<Timestamp> {
    let clock = |it: &DreamingSettings| {
        let plan = &it.plan;
        (
            it.dreaming_frequency,
            plan.time_zone.clone(),
            plan.hour,
            plan.weekday,
        )
    };
    let is_new = !before.dreaming.dreaming_enabled || clock(&before.dreaming) != clock(after);
    if after.dreaming_enabled && (is_new || before.dreaming_since.is_none()) {
        Some(now)
    } else {
        before.dreaming_since
    }
}

/// Checks a plan, field by field.
fn sound(plan: DreamPlan, prices: &Prices) -> Result<DreamPlan> {
    time_zone(&plan.time_zone).map_err(|why| Error::field("plan.time_zone", why))?;
    if plan.hour > 23 {
        return Err(Error::field("plan.hour", "Give an hour from 0 to 23."));
    }
    if !(1..=7).contains(&plan.weekday) {
        let message = "Give a day from 1 (Monday) to 7 (Sunday).";
        return Err(Error::field("plan.weekday", message));
    }
    if plan.monthly_tokens == Some(0) {
        let message = "A limit of 0 tokens would allow no dream. Switch dreaming off instead, or leave the limit out.";
        return Err(Error::field("plan.monthly_tokens", message));
    }
    if let Some(limit) = &plan.monthly_cost {
        let refused = |message: String| Err(Error::field("plan.monthly_cost", message));
        if prices.currency.is_empty() {
            let message = "The review server knows no prices, so it could not hold to a limit in money. Give a limit \
                           in tokens, or have prices set.";
            return refused(message.to_owned());
        }
        if limit.currency != prices.currency {
            let message = format!(
                "Prices are set in {}, so the limit has to be in {} as well.",
                prices.currency, prices.currency
            );
            return refused(message);
        }
        if limit.micros == 0 {
            let message = "A limit of nothing would allow no dream. Switch dreaming off instead, or leave the limit out.";
            return refused(message.to_owned());
        }
    }
    let most = u32::try_from(MAX_DREAM_INTERACTIONS).unwrap_or(u32::MAX);
    if !(1..=most).contains(&plan.fewest_interactions) {
        let message =
            format!("Give a number of interactions from 1 to {most}, as many as one dream reads.");
        return Err(Error::field("plan.fewest_interactions", message));
    }
    let memory_store_id = plan.memory_store_id.filter(|id| !id.as_str().is_empty());
    if memory_store_id
        .as_ref()
        .is_some_and(|id| !is_sound_id(id.as_str()))
    {
        let message = "This is no id of a memory store. It looks like memstore_….";
        return Err(Error::field("plan.memory_store_id", message));
    }
    let instructions = plan.instructions.filter(|text| !text.trim().is_empty());
    if let Some(instructions) = &instructions {
        texts::lines("plan.instructions", instructions, MAX_INSTRUCTIONS_CHARS)?;
    }
    let reflection_model = plan.reflection_model.filter(|text| !text.trim().is_empty());
    let model = plan.model.filter(|text| !text.trim().is_empty());
    Ok(DreamPlan {
        instructions,
        model: model
            .map(|model| texts::line("plan.model", &model, 256))
            .transpose()?,
        reflection_model: reflection_model
            .map(|model| texts::line("plan.reflection_model", &model, 256))
            .transpose()?,
        memory_store_id,
        ..plan
    })
}
