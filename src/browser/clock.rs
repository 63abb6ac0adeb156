//! What time it is.

use super::timers;
use jiff::Timestamp;
use leptos::prelude::*;
use std::time::Duration;

/// Returns the time now.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since 1970 fit for the next 292 million years"
)]
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(js_sys::Date::now() as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 are far below 2^53"
)]
fn date_of(at: Timestamp) -> js_sys::Date {
    let millis = at.as_millisecond() as f64;
    js_sys::Date::new(&millis.into())
}

/// Returns the time as people here write it, with the date and, behind it, the same in UTC: for what shows on hover.
pub fn exact(at: Timestamp) -> String {
    let date = date_of(at);
    let locale = date.to_locale_string("en-GB", &wasm_bindgen::JsValue::UNDEFINED);
    format!("{locale} ({})", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
}

/// Returns the day and the time of day here, to be read in a sentence, such as `24 Nov 2026, 14:03`.
pub fn moment(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let date = date_of(at);
    let month = usize::try_from(date.get_month()).ok();
    let month = month.and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    format!(
        "{} {month} {}, {:02}:{:02}",
        date.get_date(),
        date.get_full_year(),
        date.get_hours(),
        date.get_minutes()
    )
}

/// Returns the day as people here write it in short, such as `24/11/2026`.
pub fn day(at: Timestamp) -> String {
    let date = date_of(at);
    let undefined = wasm_bindgen::JsValue::UNDEFINED;
    date.to_locale_date_string("en-GB", &undefined).into()
}

/// Returns the day in UTC, written as [`day`] writes one.
pub fn utc_day(at: Timestamp) -> String {
    let day = at.strftime("%d/%m/%Y");
    day.to_string()
}

/// Returns the time of day as people here write it, such as `14:03:07`.
pub fn time_of_day(at: Timestamp) -> String {
    date_of(at).to_locale_time_string("en-GB").into()
}

/// Returns the time as a `datetime-local` field holds it here, such as `2026-11-24T14:03`.
pub fn to_field(at: Timestamp) -> String {
    let date = date_of(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes()
    )
}

/// Reads what a `datetime-local` field holds; nothing if that is no time.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since 1970 fit for the next 292 million years"
)]
pub fn from_field(typed: &str) -> Option<Timestamp> {
    // Without a zone, the browser takes it as a time of where it is.
    let millis = js_sys::Date::parse(typed);
    if typed.is_empty() || millis.is_nan() {
        return None;
    }
    Timestamp::from_millisecond(millis as i64).ok()
}

/// The time, to the half minute, for what is written in relative words.
#[derive(Debug, Clone, Copy)]
pub struct Clock(RwSignal<Timestamp>);

impl Clock {
    /// Starts the clock. Call once, in `App`.
    pub fn provide() -> Self {
        let clock = Self(RwSignal::new(now()));
        timers::every(Duration::from_secs(15), move || {
            clock.0.try_set(now());
        });
        provide_context(clock);
        clock
    }

    /// Returns the time, and again whenever it has moved on.
    pub fn get(self) -> Timestamp {
        self.0.get()
    }

    /// Returns the clock that `App` started, or one that stands still.
    pub fn use_context() -> Self {
        Self::here()
    }

    /// As [`Self::use_context`], for parts that must work without a context.
    pub fn here() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(now())))
    }
}
