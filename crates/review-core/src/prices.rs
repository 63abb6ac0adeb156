//! What tokens cost, by prices that somebody set.
//!
//! Amounts are whole millionths of the currency's unit. A cost is rounded up to the next of them once, for each
//! model's tokens together; what people read is rounded to hundredths ([`money`]).

use crate::estimate::of_sum;
use crate::words::grouped;
use review_api::{Cost, DreamReport, ModelPrice, Prices, Usage};

/// Millionths in a whole.
const MILLION: u64 = 1_000_000;
/// Digits after the point of an amount.
const PLACES: usize = 6;
/// Highest price of a million tokens, in whole units of the currency.
const HIGHEST: u64 = 1_000_000;

/// Reads prices as settings have them: `MODEL=INPUT/OUTPUT/CACHE READ/CACHE WRITE`, each for a million tokens.
///
/// # Errors
/// With what is wrong, in a sentence that says what to write.
pub fn read(currency: Option<&str>, lines: &[String]) -> Result<Prices, String> {
    let Some(currency) = currency else {
        return match lines.first() {
            None => Ok(Prices::default()),
            Some(_) => {
                Err("prices need a currency: set --price-currency, such as EUR or USD".to_owned())
            }
        };
    };
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(format!(
            "--price-currency {currency:?} is no code of a currency: three capital letters, such as EUR or USD"
        ));
    }
    let mut models: Vec<ModelPrice> = Vec::with_capacity(lines.len());
    for line in lines {
        let price = price(line).ok_or_else(|| {
            format!(
                "--price {line:?} is no price: write MODEL=INPUT/OUTPUT/CACHE_READ/CACHE_WRITE, each the price of a \
                 million tokens with at most {PLACES} decimals, such as some-model=3/15/0.30/3.75"
            )
        })?;
        if models.iter().any(|known| known.model == price.model) {
            return Err(format!("--price names {} twice", price.model));
        }
        models.push(price);
    }
    Ok(Prices {
        currency: currency.to_owned(),
        models,
    })
}

fn price(line: &str) -> Option<ModelPrice> {
    let (model, amounts) = line.rsplit_once('=')?;
    let model = model.trim();
    let amounts: Vec<u64> = amounts
        .split('/')
        .map(|text| amount(text.trim()).filter(|it| *it <= HIGHEST * MILLION))
        .collect::<Option<_>>()?;
    let [input, output, cache_read, cache_write] = amounts[..] else {
        return None;
    };
    (!model.is_empty()).then(|| ModelPrice {
        model: model.to_owned(),
        input,
        output,
        cache_read,
        cache_write,
    })
}

/// Reads an amount such as `12.50` into millionths; nothing where it is none, or finer than that.
pub fn amount(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > PLACES {
        return None;
    }
    let part: u64 = format!("{part:0<PLACES$}").parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(MILLION)?
        .checked_add(part)
}

/// Returns an amount as one would type it: exact, with two decimals at least.
pub fn typed(micros: u64) -> String {
    let part = format!("{:0PLACES$}", micros % MILLION);
    let part = part.trim_end_matches('0');
    format!("{}.{part:0<2}", micros / MILLION)
}

/// Returns the price of a model.
fn of_model<'a>(prices: &'a Prices, model: &str) -> Option<&'a ModelPrice> {
    prices.models.iter().find(|price| price.model == model)
}

/// Returns what tokens of a model cost, in millionths; nothing where it has no price.
pub fn of_usage(prices: &Prices, model: &str, usage: Usage) -> Option<u64> {
    let price = of_model(prices, model)?;
    let kinds = [
        (usage.input_tokens, price.input),
        (usage.output_tokens, price.output),
        (usage.cache_read_input_tokens, price.cache_read),
        (usage.cache_creation_input_tokens, price.cache_write),
    ];
    let sum: u128 = kinds
        .into_iter()
        .map(|(tokens, price)| u128::from(tokens) * u128::from(price))
        .sum();
    Some(u64::try_from(sum.div_ceil(u128::from(MILLION))).unwrap_or(u64::MAX))
}

/// Returns what tokens of an unknown kind cost at most: at the model's highest price.
pub fn at_most(prices: &Prices, model: &str, tokens: u64) -> Option<u64> {
    let price = of_model(prices, model)?;
    let kinds = [
        price.input,
        price.output,
        price.cache_read,
        price.cache_write,
    ];
    let highest = kinds.into_iter().max().unwrap_or_default();
    let sum = u128::from(tokens) * u128::from(highest);
    Some(u64::try_from(sum.div_ceil(u128::from(MILLION))).unwrap_or(u64::MAX))
}

/// Returns what something cost.
pub fn cost(prices: &Prices, model: Option<&str>, usage: Option<Usage>) -> Cost {
    cost_of_part(prices, model, usage, 0)
}

/// The same, where so many parts of it are not in `usage`.
pub fn cost_of_part(
    prices: &Prices,
    model: Option<&str>,
    usage: Option<Usage>,
    left_out: u32,
) -> Cost {
    let (Some(model), Some(usage)) = (model, usage) else {
        return Cost::NotMeasured;
    };
    match of_usage(prices, model, usage) {
        None => not_set(model),
        Some(about) => Cost::Known {
            currency: prices.currency.clone(),
            low: about,
            about,
            high: about,
            left_out,
        },
    }
}

/// Returns what `draws` more of the kind of `seen` will cost, with `more` for all of them together.
pub fn cost_of_sum(prices: &Prices, model: &str, seen: &[Usage], draws: u64, more: Usage) -> Cost {
    if of_model(prices, model).is_none() {
        return not_set(model);
    }
    let each: Option<Vec<u64>> = seen
        .iter()
        .map(|usage| of_usage(prices, model, *usage))
        .collect();
    let range = each.and_then(|each| of_sum(&each, draws));
    match (range, of_usage(prices, model, more)) {
        (Some(range), Some(more)) => Cost::Known {
            currency: prices.currency.clone(),
            low: range.low.saturating_add(more),
            about: range.about.saturating_add(more),
            high: range.high.saturating_add(more),
            left_out: 0,
        },
        _ => Cost::NotMeasured,
    }
}

/// Returns so many times a cost.
pub fn times(cost: Cost, factor: u64) -> Cost {
    match cost {
        Cost::Known {
            currency,
            low,
            about,
            high,
            left_out,
        } => Cost::Known {
            currency,
            low: low.saturating_mul(factor),
            about: about.saturating_mul(factor),
            high: high.saturating_mul(factor),
            left_out,
        },
        other => other,
    }
}

fn not_set(model: &str) -> Cost {
    Cost::PriceNotSet {
        model: model.to_owned(),
    }
}

/// Says beside a dream, and the reflection on it, what it cost.
pub fn price_report(prices: &Prices, report: &mut DreamReport) {
    report.cost = report
        .usage
        .map(|usage| cost(prices, report.model.as_deref(), Some(usage)));
    if let Some(reflection) = &mut report.reflection {
        reflection.cost = reflection
            .usage
            .map(|usage| cost(prices, reflection.model.as_deref(), Some(usage)));
    }
}

/// Returns an amount as people read it, to the hundredth (halves go up), such as `1,234.50 EUR`.
pub fn money(micros: u64, currency: &str) -> String {
    let hundredths = micros / 10_000 + u64::from(micros % 10_000 >= 5_000);
    if hundredths == 0 && micros > 0 {
        return format!("less than 0.01 {currency}");
    }
    let (whole, part) = (grouped(hundredths / 100), hundredths % 100);
    format!("{whole}.{part:02} {currency}")
}

/// Returns an amount for the scale of a chart: short, without its currency, and with as many digits as it takes.
pub fn on_scale(micros: u64) -> String {
    let part = format!("{:06}", micros % 1_000_000);
    let digits = part.trim_end_matches('0').len().max(2);
    let part = part.get(..digits).unwrap_or(&part);
    format!("{}.{part}", grouped(micros / 1_000_000))
}

/// Returns a cost as people read it.
pub fn in_words(cost: &Cost) -> String {
    match cost {
        Cost::Known {
            currency,
            low,
            about,
            high,
            left_out,
        } => {
            let figure = money(*about, currency);
            match (low == high, left_out) {
                (true, 0) => figure,
                (true, 1) => format!("more than {figure}: what 1 answer took is not known"),
                (true, more) => {
                    format!("more than {figure}: what {more} answers took is not known")
                }
                (false, _) => format!(
                    "about {figure}, nine times in ten between {} and {}",
                    money(*low, currency),
                    money(*high, currency)
                ),
            }
        }
        Cost::PriceNotSet { model } => format!("price of {model} not set"),
        Cost::NotMeasured | Cost::Unknown => "not measured".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        let lines = [
            "m=3/15/0.30/3.75".to_owned(),
            "cheap=0.000001/0/0/0".to_owned(),
        ];
        read(Some("EUR"), &lines).unwrap()
    }

    fn usage(input: u64, output: u64, read: u64, written: u64) -> Usage {
        Usage {
            input_tokens: input,
            output_tokens: output,
            cache_read_input_tokens: read,
            cache_creation_input_tokens: written,
        }
    }

    #[test]
    fn prices_are_read_to_the_millionth_and_refused_with_what_to_write() {
        let prices = prices();
        assert_eq!(prices.currency, "EUR");
        assert_eq!(prices.models[0].cache_read, 300_000);
        assert_eq!(prices.models[1].input, 1);
        for (currency, line, said) in [
            (None, "m=1/2/3/4", "--price-currency"),
            (Some("eur"), "m=1/2/3/4", "three capital letters"),
            (Some("EURO"), "m=1/2/3/4", "three capital letters"),
            (
                Some("EUR"),
                "m=1/2/3",
                "INPUT/OUTPUT/CACHE_READ/CACHE_WRITE",
            ),
            (Some("EUR"), "=1/2/3/4", "INPUT/OUTPUT"),
            (Some("EUR"), "m=1/2/3/-4", "INPUT/OUTPUT"),
            (Some("EUR"), "m=1/2/3/0.0000001", "6 decimals"),
            (Some("EUR"), "m=1/2/3/1e9", "INPUT/OUTPUT"),
            (Some("EUR"), "m=1/2/3/1000001", "INPUT/OUTPUT"),
        ] {
            let error = read(currency, &[line.to_owned()]).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
        let twice = ["m=1/1/1/1".to_owned(), "m=2/2/2/2".to_owned()];
        assert!(read(Some("EUR"), &twice).unwrap_err().contains("twice"));
        assert_eq!(read(None, &[]), Ok(Prices::default()));
        let with_sign = read(Some("EUR"), &["a=b=1/2/3/4".to_owned()]).unwrap();
        assert_eq!(with_sign.models[0].model, "a=b");
    }

    #[test]
    fn what_is_typed_comes_back_as_it_was() {
        for (micros, text) in [
            (12_500_000, "12.50"),
            (3_000_000, "3.00"),
            (1, "0.000001"),
            (0, "0.00"),
        ] {
            assert_eq!(typed(micros), text);
            assert_eq!(amount(text), Some(micros));
        }
        for wrong in [
            "",
            ".",
            "1.",
            ".5",
            "1,5",
            "-1",
            "1.0000001",
            "99999999999999999999",
        ] {
            assert_eq!(amount(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_kind_of_token_has_its_price_and_parts_of_a_millionth_are_rounded_up() {
        // 3 + 15 + 0.30 + 3.75 of the currency.
        let million = usage(1_000_000, 1_000_000, 1_000_000, 1_000_000);
        assert_eq!(of_usage(&prices(), "m", million), Some(22_050_000));
        assert_eq!(of_usage(&prices(), "m", usage(1, 0, 0, 0)), Some(3));
        assert_eq!(
            of_usage(&prices(), "m", usage(0, 0, 1, 0)),
            Some(1),
            "0.3 of a millionth"
        );
        assert_eq!(of_usage(&prices(), "m", usage(0, 0, 10, 0)), Some(3));
        assert_eq!(of_usage(&prices(), "cheap", usage(1, 0, 0, 0)), Some(1));
        assert_eq!(of_usage(&prices(), "m", Usage::default()), Some(0));
        let most = usage(u64::MAX, u64::MAX, u64::MAX, u64::MAX);
        assert_eq!(of_usage(&prices(), "m", most), Some(u64::MAX));
        assert_eq!(at_most(&prices(), "m", 1_000_000), Some(15_000_000));
    }

    #[test]
    fn without_a_price_or_tokens_nothing_is_made_up() {
        let some = Some(usage(1, 1, 1, 1));
        assert_eq!(cost(&prices(), Some("m"), None), Cost::NotMeasured);
        assert_eq!(cost(&prices(), None, some), Cost::NotMeasured);
        let unpriced = Cost::PriceNotSet {
            model: "other".to_owned(),
        };
        assert_eq!(cost(&prices(), Some("other"), some), unpriced);
        assert_eq!(cost(&Prices::default(), Some("other"), some), unpriced);
        let seen = [usage(1, 1, 1, 1)];
        assert_eq!(
            cost_of_sum(&prices(), "other", &seen, 2, Usage::default()),
            unpriced
        );
        assert_eq!(
            cost_of_sum(&prices(), "m", &[], 2, Usage::default()),
            Cost::NotMeasured
        );
    }

    #[test]
    fn a_scale_has_the_digits_that_its_steps_take() {
        for (micros, said) in [
            (0, "0.00"),
            (2, "0.000002"),
            (5_000, "0.005"),
            (20_000, "0.02"),
            (500_000, "0.50"),
            (1_200_000_000, "1,200.00"),
        ] {
            assert_eq!(on_scale(micros), said, "{micros}");
        }
    }

    #[test]
    fn people_read_hundredths_and_never_a_zero_that_is_none() {
        for (micros, said) in [
            (0, "0.00 EUR"),
            (1, "less than 0.01 EUR"),
            (4_999, "less than 0.01 EUR"),
            (5_000, "0.01 EUR"),
            (14_999, "0.01 EUR"),
            (1_994_999, "1.99 EUR"),
            (1_995_000, "2.00 EUR"),
            (1_234_500_000, "1,234.50 EUR"),
        ] {
            assert_eq!(money(micros, "EUR"), said, "{micros}");
        }
        assert!(money(u64::MAX, "EUR").starts_with("18,446,744,073,709.55"));
        let known = |low, high, left_out| {
            in_words(&Cost::Known {
                currency: "EUR".to_owned(),
                low,
                about: 2_000_000,
                high,
                left_out,
            })
        };
        assert_eq!(known(2_000_000, 2_000_000, 0), "2.00 EUR");
        assert_eq!(
            known(1_000_000, 3_000_000, 0),
            "about 2.00 EUR, nine times in ten between 1.00 EUR and 3.00 EUR"
        );
        assert!(known(2_000_000, 2_000_000, 3).contains("more than 2.00 EUR: what 3 answers"));
        assert_eq!(in_words(&not_set("m")), "price of m not set");
    }

    #[test]
    fn an_estimate_is_the_range_of_the_costs_seen() {
        let seen = [
            usage(100, 0, 0, 0),
            usage(200, 0, 0, 0),
            usage(300, 0, 0, 0),
        ];
        let cost = cost_of_sum(&prices(), "m", &seen, 6, usage(0, 1, 0, 0));
        let expected = Cost::Known {
            currency: "EUR".to_owned(),
            low: 1_800 + 15,
            about: 3_600 + 15,
            high: 7_317 + 15,
            left_out: 0,
        };
        assert_eq!(cost, expected);
    }
}
