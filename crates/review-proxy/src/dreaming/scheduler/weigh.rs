//! Whether a dream is worth its cost, and what it reads.

use crate::dreaming::limits::{Estimated, month_of, over_limits};
use crate::error::Result;
use crate::schedule::plan;
use crate::store::dream_runs::{self, KeptRun, Past};
use crate::store::settings::Settings;
use crate::store::{Conn, agents, new_id};
use jiff::Timestamp;
use review_api::{AgentId, DreamRun, DreamRunState, MAX_DREAM_INTERACTIONS, Money, Prices};
use review_core::prices::of_usage;

/// Returns the slot to run; nothing where none is due or dreaming is off.
pub(super) async fn due(
    conn: &mut Conn,
    id: &AgentId,
    settings: &Settings,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let Some(since) = settings
        .dreaming_since
        .filter(|_| settings.dreaming.dreaming_enabled)
    else {
        return Ok(None);
    };
    let since = dream_runs::last_slot(conn, id).await?.max(Some(since));
    Ok(since.and_then(|since| plan(&settings.dreaming).due(now, since)))
}

/// A dream that somebody, or the schedule, asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking<'a> {
    /// The slot; nothing where it is asked for by hand.
    pub(super) slot: Option<Timestamp>,
    /// Who asks.
    pub(super) by: &'a str,
    /// What tokens cost.
    pub(super) prices: &'a Prices,
}

/// Decides whether to dream, and over what; a run that is passed over says why.
pub(super) async fn weigh(
    conn: &mut Conn,
    id: &AgentId,
    settings: &Settings,
    asking: Asking<'_>,
    now: Timestamp,
) -> Result<KeptRun> {
    let Asking { slot, by, prices } = asking;
    let wanted = &settings.dreaming.plan;
    let past = dream_runs::past(conn, id, month_of(now)).await?;
    let chosen =
        dream_runs::candidates(conn, id, past.last_completed, MAX_DREAM_INTERACTIONS).await?;
    let store = match &wanted.memory_store_id {
        Some(store) => Some(store.clone()),
        None => dream_runs::store_of(conn, id).await?,
    };
    let model = match &wanted.model {
        Some(model) => Some(model.clone()),
        None => agents::model(conn, id).await?,
    };
    let estimated_tokens = estimate(&past, chosen.len());
    let estimated = model
        .as_deref()
        .and_then(|model| estimated_micros(prices, model, &past, chosen.len()));
    // By hand, one new interaction is enough.
    let fewest = if slot.is_some() {
        wanted.fewest_interactions.max(1)
    } else {
        1
    };
    let will_take = Estimated {
        model: model.as_deref(),
        tokens: estimated_tokens,
        micros: estimated,
    };
    let reason = objection(&past, chosen.len(), fewest)
        .or_else(|| over_limits(prices, wanted, &past, will_take))
        .or_else(|| {
            store.is_none().then(|| {
                "None of its interactions has a memory store, so there is nothing to dream over. Name one in \
                 the agent's settings."
                    .to_owned()
            })
        })
        .or_else(|| {
            // Only an agent that the platform has not described yet has no model.
            model.is_none().then(|| {
                "Which model dreams is not known. Name one in the agent's settings.".to_owned()
            })
        });
    let interaction_ids: Vec<_> = chosen.into_iter().map(|(id, _)| id).collect();
    Ok(KeptRun {
        run: DreamRun {
            id: new_id("run"),
            agent_id: id.clone(),
            slot,
            state: if reason.is_some() {
                DreamRunState::Skipped
            } else {
                DreamRunState::Asked
            },
            reason,
            dream_id: None,
            interactions: u32::try_from(interaction_ids.len()).unwrap_or(u32::MAX),
            memory_store_id: store,
            estimated_tokens,
            estimated_cost: estimated.map(|micros| Money {
                micros,
                currency: prices.currency.clone(),
            }),
            asked_by: by.into(),
            asked_at: now,
        },
        interaction_ids,
        model,
        instructions: wanted.instructions.clone().filter(|text| !text.is_empty()),
    })
}

/// Says why not to dream; nothing where nothing stands against it.
fn objection(past: &Past, new: usize, fewest: u32) -> Option<String> {
    if past.unfinished > 0 {
        return Some("Its last dream has not ended yet.".to_owned());
    }
    let since = if past.last_completed.is_some() {
        "since its last dream"
    } else {
        "so far"
    };
    (new < usize::try_from(fewest).unwrap_or(usize::MAX)).then(|| {
        format!("It had {new} new interactions {since}, and a dream takes {fewest} or more.")
    })
}

/// Returns the tokens that a dream over `interactions` will take, by what the last ones took each.
fn estimate(past: &Past, interactions: usize) -> Option<u64> {
    let interactions = u64::try_from(interactions).ok()?;
    past.tokens
        .checked_mul(interactions)?
        .checked_div(past.interactions)
}

/// Returns what a dream over `interactions` will cost with `model`, by what the last ones took each, in millionths.
fn estimated_micros(prices: &Prices, model: &str, past: &Past, interactions: usize) -> Option<u64> {
    let interactions = u64::try_from(interactions).ok()?;
    of_usage(prices, model, past.usage)?
        .checked_mul(interactions)?
        .checked_div(past.interactions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(tokens_in_month: u64) -> Past {
        Past {
            tokens_in_month,
            tokens: 50_000,
            interactions: 100,
            ..Past::default()
        }
    }

    #[test]
    fn a_dream_is_estimated_by_what_the_last_ones_took() {
        assert_eq!(estimate(&past(0), 40), Some(20_000));
        assert_eq!(estimate(&Past::default(), 40), None, "nothing to go by");
    }

    #[test]
    fn the_same_is_estimated_in_money_at_the_price_of_the_model_that_will_dream() {
        let prices = review_core::prices::read(Some("EUR"), &["m=1/2/0/0".to_owned()]).unwrap();
        let mut past = past(0);
        past.usage.input_tokens = 40_000;
        past.usage.output_tokens = 10_000;
        // 0.06 EUR over 100 interactions.
        assert_eq!(estimated_micros(&prices, "m", &past, 40), Some(24_000));
        assert_eq!(estimated_micros(&prices, "other", &past, 40), None);
        let nothing = Past::default();
        assert_eq!(estimated_micros(&prices, "m", &nothing, 40), None);
    }

    #[test]
    fn too_little_that_is_new_is_said_with_its_numbers() {
        let refused = objection(&past(0), 3, 10).unwrap();
        assert_eq!(
            refused,
            "It had 3 new interactions so far, and a dream takes 10 or more."
        );
    }

    #[test]
    fn one_dream_at_a_time() {
        let busy = Past {
            unfinished: 1,
            ..past(0)
        };
        assert!(objection(&busy, 100, 1).is_some());
    }
}
