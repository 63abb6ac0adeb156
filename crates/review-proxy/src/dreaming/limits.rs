//! What an agent's limits for the month leave to what happens by itself: dreams, reflections, and the staging tests
//! that its policy begins.

use crate::store::dream_runs::{Past, Spent};
use jiff::{Timestamp, tz::TimeZone};
use review_api::{DreamPlan, Money, Prices};
use review_core::prices::{at_most, money, of_usage};
use review_core::words::grouped;

/// What is to begin, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Estimated<'a> {
    /// The model that it asks.
    pub(crate) model: Option<&'a str>,
    /// Tokens that it will take.
    pub(crate) tokens: Option<u64>,
    /// Millionths of the prices' currency that it will cost.
    pub(crate) micros: Option<u64>,
}

/// Says why the limits of `plan` do not allow what is estimated; nothing where they do, or where there are none.
pub(crate) fn over_limits(
    prices: &Prices,
    plan: &DreamPlan,
    past: &Past,
    estimated: Estimated<'_>,
) -> Option<String> {
    let Estimated {
        model,
        tokens,
        micros,
    } = estimated;
    over_tokens(plan.monthly_tokens, past, tokens)
        .or_else(|| over_money(prices, plan.monthly_cost.as_ref(), past, model, micros))
}

fn over_tokens(limit: Option<u64>, past: &Past, estimated: Option<u64>) -> Option<String> {
    let most = limit?;
    let taken = past.tokens_in_month;
    let after = taken.saturating_add(estimated.unwrap_or(0));
    (taken >= most || after > most).then(|| {
        format!(
            "Its dreams, reflections and automatic tests took {} of the {} tokens allowed for this month, and this one \
             would take about {}. Raise the limit in the agent's settings, or wait for the next month.",
            grouped(taken),
            grouped(most),
            estimated.map_or("an unknown number".to_owned(), grouped),
        )
    })
}

/// Says why a limit in money does not allow what is estimated; nothing where it does, or where there is none.
///
/// Where it cannot be known, nothing is begun: a limit that holds only while prices are complete is none.
fn over_money(
    prices: &Prices,
    limit: Option<&Money>,
    past: &Past,
    model: Option<&str>,
    estimated: Option<u64>,
) -> Option<String> {
    let limit = limit?;
    if limit.currency != prices.currency {
        return Some(format!(
            "Its limit for this month is in {}, and no prices are set in that currency. Have prices set, or give \
             another limit in the agent's settings.",
            limit.currency
        ));
    }
    let not_set = |model: &str| {
        format!(
            "Its limit for this month is in money, and the price of {model} is not set. Have it set, or give a limit \
             in tokens in the agent's settings."
        )
    };
    let mut spent = 0_u64;
    for one in &past.month {
        let model = one.model.as_deref().unwrap_or("a model that is not known");
        match micros_of(prices, model, one) {
            Some(micros) => spent = spent.saturating_add(micros),
            None => return Some(not_set(model)),
        }
    }
    // Which model dreams may not be known yet; that is said elsewhere.
    if let Some(model) = model
        && of_usage(prices, model, review_api::Usage::default()).is_none()
    {
        return Some(not_set(model));
    }
    let after = spent.saturating_add(estimated.unwrap_or(0));
    (spent >= limit.micros || after > limit.micros).then(|| {
        let in_words = |micros| money(micros, &prices.currency);
        format!(
            "Its dreams, reflections and automatic tests cost {} of the {} allowed for this month, and this one would \
             cost about {}. Raise the limit in the agent's settings, or wait for the next month.",
            in_words(spent),
            in_words(limit.micros),
            estimated.map_or("an unknown amount".to_owned(), in_words),
        )
    })
}

/// Returns when the month of `now` began, in UTC.
pub(crate) fn month_of(now: Timestamp) -> Timestamp {
    let zoned = now.to_zoned(TimeZone::UTC);
    zoned
        .first_of_month()
        .and_then(|first| first.start_of_day())
        .map_or(now, |start| start.timestamp())
}

/// Returns what something cost. Tokens whose kinds are not known count at the dearest one's price: better too early
/// than too late.
fn micros_of(prices: &Prices, model: &str, spent: &Spent) -> Option<u64> {
    let known = of_usage(prices, model, spent.usage)?;
    Some(known.saturating_add(at_most(prices, model, spent.of_any_kind)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::Usage;

    fn prices() -> Prices {
        let lines = ["m=1/10/0/0".to_owned()];
        review_core::prices::read(Some("EUR"), &lines).unwrap()
    }

    fn spent(model: &str, input: u64, of_any_kind: u64) -> Past {
        Past {
            month: vec![Spent {
                model: Some(model.to_owned()),
                usage: Usage {
                    input_tokens: input,
                    ..Usage::default()
                },
                of_any_kind,
            }],
            ..Past::default()
        }
    }

    fn limit(micros: u64) -> Money {
        Money {
            micros,
            currency: "EUR".to_owned(),
        }
    }

    fn check(limit: &Money, past: &Past, estimated: Option<u64>) -> Option<String> {
        over_money(&prices(), Some(limit), past, Some("m"), estimated)
    }

    #[test]
    fn the_limit_counts_what_is_weighed_and_exactly_used_up_is_allowed() {
        // 1 EUR for the million read, 5 EUR at most for half a million of whatever kind.
        let past = spent("m", 1_000_000, 500_000);
        assert_eq!(check(&limit(7_000_000), &past, Some(1_000_000)), None);
        let refused = check(&limit(7_000_000), &past, Some(1_000_001)).unwrap();
        assert!(refused.contains("6.00 EUR of the 7.00 EUR"), "{refused}");
        assert_eq!(
            check(&limit(6_000_001), &past, None),
            None,
            "nothing to go by"
        );
        assert!(check(&limit(6_000_000), &past, None).is_some(), "used up");
        assert_eq!(
            over_money(&prices(), None, &past, Some("m"), Some(u64::MAX)),
            None
        );
    }

    #[test]
    fn the_limit_in_tokens_counts_what_is_weighed() {
        let weigh = |taken, most| {
            let past = Past {
                tokens_in_month: taken,
                ..Past::default()
            };
            over_tokens(most, &past, Some(20_000))
        };
        assert_eq!(weigh(0, None), None);
        assert_eq!(
            weigh(80_000, Some(100_000)),
            None,
            "exactly used up is allowed"
        );
        let refused = weigh(80_001, Some(100_000)).unwrap();
        assert!(refused.contains("80,001 of the 100,000"), "{refused}");
    }

    #[test]
    fn a_month_begins_on_its_first_day_in_utc() {
        let now = "2026-11-24T13:00:00Z".parse().unwrap();
        assert_eq!(month_of(now).to_string(), "2026-11-01T00:00:00Z");
    }

    #[test]
    fn where_the_cost_cannot_be_known_nothing_is_begun() {
        let unpriced = check(&limit(9_000_000), &spent("old", 1, 0), None).unwrap();
        assert!(unpriced.contains("price of old is not set"), "{unpriced}");
        let past = Past::default();
        let will = over_money(&prices(), Some(&limit(9)), &past, Some("new"), None).unwrap();
        assert!(will.contains("price of new is not set"), "{will}");
        let dollars = Money {
            currency: "USD".to_owned(),
            ..limit(9)
        };
        let other = over_money(&prices(), Some(&dollars), &past, Some("m"), None).unwrap();
        assert!(other.contains("in USD"), "{other}");
        let none = over_money(&Prices::default(), Some(&limit(9)), &past, Some("m"), None);
        assert!(none.is_some(), "prices were taken away");
    }
}
