//! Two groups of different cases: whether chance alone explains that one has the larger share.

/// Cases, and how many of them something is true of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// How many it is true of; never more than there are.
    pub hits: u32,
    /// Cases in all.
    pub cases: u32,
}

/// Returns the one-sided p-value of Fisher's exact test: how often chance alone would put at least so many of all
/// hits into `group`, if `group` and `other` had the same true share.
///
/// With both sizes and the sum of hits given, the hits in one group follow the hypergeometric distribution; the
/// p-value is its upper tail. R. A. Fisher, "The logic of inductive inference", Journal of the Royal Statistical
/// Society 98 (1935), 39–82. It never rejects a true hypothesis more often than it says, however few the cases. 1
/// where there are no hits or no cases to compare.
pub fn fisher_more(group: Group, other: Group) -> f64 {
    let [hits, cases, other_hits, other_cases] = [
        group.hits.min(group.cases),
        group.cases,
        other.hits.min(other.cases),
        other.cases,
    ]
    .map(u64::from);
    let all_hits = hits + other_hits;
    let most = all_hits.min(cases);
    // In logarithms: a single outcome may be rarer than the smallest number, and the next ones not.
    let mut log_term = ln_choose(cases, hits) + ln_choose(other_cases, all_hits - hits)
        - ln_choose(cases + other_cases, all_hits);
    let mut tail = 0.0;
    for here in hits..=most {
        tail += log_term.exp();
        let there = all_hits - here;
        // One hit more here is one less there.
        let ways = ratio(cases - here, here + 1) * ratio(there, other_cases + 1 - there);
        log_term += ways.ln();
    }
    tail.min(1.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "cases are counted, far below 2^53"
)]
fn ratio(one: u64, other: u64) -> f64 {
    one as f64 / other as f64
}

/// Returns the logarithm of the number of ways to choose `k` of `n`.
fn ln_choose(n: u64, k: u64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Returns the logarithm of `n!`: added up while that is quick, then by Stirling's series, whose error is below
/// 10⁻¹⁵ there.
fn ln_factorial(n: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "cases are counted, far below 2^53"
    )]
    let x = n as f64;
    if n < 32 {
        return (2..=n).map(|factor| ratio(factor, 1).ln()).sum();
    }
    let correction = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1_260.0 * x * x)) / (x * x)) / x;
    (x + 0.5) * x.ln() - x + std::f64::consts::TAU.ln() / 2.0 + correction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(hits: u32, cases: u32) -> Group {
        Group { hits, cases }
    }

    #[track_caller]
    fn check(one: Group, other: Group, expected: f64) {
        let p = fisher_more(one, other);
        assert!((p - expected).abs() < 1e-6 * expected.max(1e-3), "{p}");
    }

    #[test]
    fn published_p_values_come_out() {
        // Fisher's lady tasting tea (The Design of Experiments, 1935): 3 of 4 against 1 of 4.
        check(group(3, 4), group(1, 4), 17.0 / 70.0);
        // Fisher's twins of criminals (1935), as in R's `fisher.test(Convictions, alternative = "less")`, which
        // prints 0.0004652: 10 of 13 monozygotic and 2 of 17 dizygotic twins were convicted.
        check(group(10, 13), group(2, 17), 40_235.0 / 86_493_225.0);
    }

    #[test]
    fn nothing_to_compare_is_no_evidence() {
        for (one, other) in [
            (group(0, 0), group(5, 9)),
            (group(5, 9), group(0, 0)),
            (group(0, 20), group(0, 30)),
            (group(20, 20), group(30, 30)),
            (group(0, 20), group(9, 30)),
        ] {
            assert!(
                (fisher_more(one, other) - 1.0).abs() < 1e-9,
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn both_tails_share_what_was_seen() {
        // The upper tail of one group and that of the other add up to 1 and the chance of what was seen, which
        // is worked out here by multiplying.
        for (a, n, b, m) in [
            (3, 9, 5, 12),
            (18, 40, 9, 60),
            (1, 30, 29, 31),
            (50, 99, 1, 7),
        ] {
            let seen = {
                let ways = |n: u32, k: u32| {
                    (0..k).fold(1.0, |ways, at| ways * f64::from(n - at) / f64::from(at + 1))
                };
                ways(n, a) * ways(m, b) / ways(n + m, a + b)
            };
            let sum = fisher_more(group(a, n), group(b, m)) + fisher_more(group(b, m), group(a, n));
            assert!((sum - 1.0 - seen).abs() < 1e-9, "{a}/{n} {b}/{m}: {sum}");
        }
    }

    #[test]
    fn thousands_of_cases_are_no_trouble() {
        let p = fisher_more(group(30_000, 100_000), group(20_000, 100_000));
        assert!((0.0..1e-300).contains(&p), "{p}");
        // Far below what is usual the first outcomes are rarer than the smallest number; the sum is still 1.
        check(group(20_000, 100_000), group(30_000, 100_000), 1.0);
        let even = fisher_more(group(10_000, 100_000), group(10_000, 100_000));
        assert!((0.5..0.51).contains(&even), "{even}");
    }

    #[test]
    fn factorials_by_series_go_on_where_adding_up_ends() {
        let mut sum = 0.0;
        for n in 1..=200_u64 {
            sum += ratio(n, 1).ln();
            assert!((ln_factorial(n) - sum).abs() < 1e-11, "{n}");
        }
    }
}
