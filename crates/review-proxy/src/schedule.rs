//! Wall clocks of agents: the plan of `review_core` with the time zones that this machine knows.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use review_api::DreamingSettings;
use review_core::schedule::Plan;

/// Returns the time zone of that IANA name.
///
/// # Errors
/// With a sentence, if there is none.
pub fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        format!(
            "There is no time zone {name:?}. Give one by its name, such as UTC or Europe/Berlin."
        )
    })
}

/// Returns the plan of an agent's dreams; a time zone that is gone from the machine's list counts as UTC.
pub fn plan(settings: &DreamingSettings) -> Plan {
    let plan = &settings.plan;
    let weekday = i8::try_from(plan.weekday)
        .ok()
        .and_then(|day| Weekday::from_monday_one_offset(day).ok());
    Plan {
        frequency: settings.dreaming_frequency,
        hour: plan.hour,
        weekday: weekday.unwrap_or(Weekday::Monday),
        time_zone: time_zone(&plan.time_zone).unwrap_or(TimeZone::UTC),
    }
}

/// Returns when the next dream is due; nothing where dreaming is off.
pub fn next_slot(settings: &DreamingSettings, now: Timestamp) -> Option<Timestamp> {
    if !settings.dreaming_enabled {
        return None;
    }
    plan(settings).slot_after(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{DreamPlan, DreamingFrequency};

    #[test]
    fn a_plan_is_read_in_its_time_zone() {
        let mut settings = DreamingSettings {
            dreaming_enabled: true,
            dreaming_frequency: DreamingFrequency::Weekly,
            plan: DreamPlan {
                time_zone: "Europe/Berlin".to_owned(),
                hour: 3,
                weekday: 7,
                ..DreamPlan::default()
            },
            ..DreamingSettings::default()
        };
        let now = "2026-11-24T13:00:00Z".parse().unwrap();
        let next = next_slot(&settings, now).unwrap().to_string();
        assert_eq!(next, "2026-11-29T02:00:00Z", "Sunday, 3 o'clock in Berlin");
        settings.dreaming_enabled = false;
        assert_eq!(next_slot(&settings, now), None);
    }

    #[test]
    fn a_time_zone_that_is_none_is_named() {
        let refused = time_zone("Middle/Earth").unwrap_err();
        assert!(refused.contains("Middle/Earth"), "{refused}");
    }
}
