//! When an agent dreams: slots of a wall clock, each run at most once, missed ones not made up for.

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use review_api::DreamingFrequency;

/// The wall-clock plan of an agent's dreams.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How often.
    pub frequency: DreamingFrequency,
    /// The hour of the day at which daily and weekly dreams begin, 0 to 23, in `time_zone`.
    pub hour: u8,
    /// The day on which weekly dreams begin.
    pub weekday: Weekday,
    /// The time zone of `hour` and `weekday`.
    pub time_zone: TimeZone,
}

impl Plan {
    /// Returns the last slot that begins at `at` or before it.
    ///
    /// A slot begins on the full hour. One that falls into the hour left out in spring begins when that hour
    /// would have ended; one that falls into the hour that comes twice in autumn begins the first time.
    /// Nothing only at the ends of time.
    pub fn slot_at_or_before(&self, at: Timestamp) -> Option<Timestamp> {
        if self.frequency == DreamingFrequency::Hourly {
            return full_hour(at);
        }
        let today = at.to_zoned(self.time_zone.clone()).date();
        // A day back for a slot later today, a week back for one later this week, and one more for a clock
        // that was moved.
        let mut date = today.tomorrow().ok()?;
        for _ in 0..9 {
            if self.is_day(date.weekday()) {
                let slot = self.on(date)?;
                if slot <= at {
                    return Some(slot);
                }
            }
            date = date.yesterday().ok()?;
        }
        None
    }

    /// Returns the first slot that begins after `at`. Nothing only at the ends of time.
    pub fn slot_after(&self, at: Timestamp) -> Option<Timestamp> {
        if self.frequency == DreamingFrequency::Hourly {
            return full_hour(at)?
                .checked_add(SignedDuration::from_hours(1))
                .ok();
        }
        let today = at.to_zoned(self.time_zone.clone()).date();
        let mut date = today.yesterday().ok()?;
        for _ in 0..9 {
            if self.is_day(date.weekday()) {
                let slot = self.on(date)?;
                if slot > at {
                    return Some(slot);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// Returns the slot to run at `now`: the newest one that began after `since` and was not run.
    ///
    /// `since` is the newest slot that was run or passed over, or, before the first, the moment at which
    /// dreaming was switched on. Slots missed in between are not made up for: one dream reads everything new.
    pub fn due(&self, now: Timestamp, since: Timestamp) -> Option<Timestamp> {
        self.slot_at_or_before(now).filter(|slot| *slot > since)
    }

    fn is_day(&self, weekday: Weekday) -> bool {
        self.frequency == DreamingFrequency::Daily || weekday == self.weekday
    }

    fn on(&self, date: jiff::civil::Date) -> Option<Timestamp> {
        let hour = i8::try_from(self.hour.min(23)).ok()?;
        // The compatible reading: after the gap in spring, the first time in autumn.
        let zoned = date.at(hour, 0, 0, 0).to_zoned(self.time_zone.clone());
        zoned.ok().map(|zoned| zoned.timestamp())
    }
}

fn full_hour(at: Timestamp) -> Option<Timestamp> {
    let seconds = at.as_second();
    // `as_second` cuts towards 0; before 1970 that is up.
    let seconds = if at.subsec_nanosecond() < 0 {
        seconds - 1
    } else {
        seconds
    };
    Timestamp::from_second(seconds.div_euclid(3_600) * 3_600).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(frequency: DreamingFrequency, hour: u8, zone: &str) -> Plan {
        Plan {
            frequency,
            hour,
            weekday: Weekday::Monday,
            time_zone: TimeZone::posix(zone).unwrap(),
        }
    }

    /// Central Europe, by its rule: no time zone database is needed.
    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(plan: &Plan, now: &str, before: &str, after: &str) {
        assert_eq!(
            plan.slot_at_or_before(at(now)),
            Some(at(before)),
            "before {now}"
        );
        assert_eq!(plan.slot_after(at(now)), Some(at(after)), "after {now}");
    }

    #[test]
    fn hourly_slots_begin_on_the_full_hour() {
        let plan = plan(DreamingFrequency::Hourly, 0, "UTC0");
        check(
            &plan,
            "2026-11-24T13:35:10Z",
            "2026-11-24T13:00:00Z",
            "2026-11-24T14:00:00Z",
        );
        check(
            &plan,
            "2026-11-24T13:00:00Z",
            "2026-11-24T13:00:00Z",
            "2026-11-24T14:00:00Z",
        );
        check(
            &plan,
            "1969-12-31T23:59:59.5Z",
            "1969-12-31T23:00:00Z",
            "1970-01-01T00:00:00Z",
        );
    }

    #[test]
    fn daily_slots_follow_the_wall_clock() {
        let plan = plan(DreamingFrequency::Daily, 3, BERLIN);
        check(
            &plan,
            "2026-11-24T13:00:00Z",
            "2026-11-24T02:00:00Z",
            "2026-11-25T02:00:00Z",
        );
        check(
            &plan,
            "2026-07-01T00:30:00Z",
            "2026-06-30T01:00:00Z",
            "2026-07-01T01:00:00Z",
        );
    }

    #[test]
    fn an_hour_that_is_left_out_is_made_up_for_and_one_that_comes_twice_counts_once() {
        // 2026-03-29: 02:00 becomes 03:00. 2026-10-25: 03:00 becomes 02:00.
        let plan = plan(DreamingFrequency::Daily, 2, BERLIN);
        check(
            &plan,
            "2026-03-29T12:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:00:00Z",
        );
        check(
            &plan,
            "2026-10-25T00:30:00Z",
            "2026-10-25T00:00:00Z",
            "2026-10-26T01:00:00Z",
        );
        check(
            &plan,
            "2026-10-25T01:30:00Z",
            "2026-10-25T00:00:00Z",
            "2026-10-26T01:00:00Z",
        );
    }

    #[test]
    fn weekly_slots_keep_their_day() {
        let plan = plan(DreamingFrequency::Weekly, 3, "UTC0");
        check(
            &plan,
            "2026-11-24T13:00:00Z",
            "2026-11-23T03:00:00Z",
            "2026-11-30T03:00:00Z",
        );
        check(
            &plan,
            "2026-11-23T02:59:59Z",
            "2026-11-16T03:00:00Z",
            "2026-11-23T03:00:00Z",
        );
    }

    #[test]
    fn missed_slots_run_once_not_many_times() {
        let plan = plan(DreamingFrequency::Daily, 3, "UTC0");
        let now = at("2026-11-24T13:00:00Z");
        let slot = plan.due(now, at("2026-11-20T03:00:00Z")).unwrap();
        assert_eq!(slot, at("2026-11-24T03:00:00Z"));
        assert_eq!(plan.due(now, slot), None, "and then not again");
        assert_eq!(
            plan.due(now, at("2026-11-24T12:00:00Z")),
            None,
            "switched on at noon"
        );
    }

    proptest! {
        #[test]
        fn a_moment_lies_between_its_slots_and_walking_them_skips_none(
            second in 0_i64..4_000_000_000,
            hour in 0_u8..24,
            which in 0_usize..3,
            zone in prop::sample::select(vec!["UTC0", BERLIN, "<+1345>-13:45<+1445>,M9.5.0/2:45,M4.1.0/3:45"]),
        ) {
            let plan = plan(DreamingFrequency::ALL[which], hour, zone);
            let now = Timestamp::from_second(second).unwrap();
            let before = plan.slot_at_or_before(now).unwrap();
            let after = plan.slot_after(now).unwrap();
            prop_assert!(before <= now && now < after);
            prop_assert_eq!(plan.slot_after(before), Some(after), "nothing in between");
            prop_assert_eq!(plan.slot_at_or_before(after), Some(after));
        }
    }
}
