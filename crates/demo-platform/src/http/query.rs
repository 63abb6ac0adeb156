//! Query strings as the platform reads them: `name[]=a`, repeated names, `created_at[gt]=…`.

use super::errors::ApiError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use std::convert::Infallible;

/// A request's query, decoded.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// A range of time; each end may be open.
#[derive(Debug, Default)]
pub(super) struct Times {
    gt: Option<Timestamp>,
    gte: Option<Timestamp>,
    lt: Option<Timestamp>,
    lte: Option<Timestamp>,
}

impl Times {
    /// Says whether a time lies in the range.
    pub(super) fn contains(&self, at: Timestamp) -> bool {
        self.gt.is_none_or(|gt| at > gt)
            && self.gte.is_none_or(|gte| at >= gte)
            && self.lt.is_none_or(|lt| at < lt)
            && self.lte.is_none_or(|lte| at <= lte)
    }
}

/// Time filters that take any of the four comparisons.
pub(super) const ALL_TIMES: [&str; 4] = [
    "created_at[gt]",
    "created_at[gte]",
    "created_at[lt]",
    "created_at[lte]",
];

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

impl Query {
    fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let decoded = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            let name = name.strip_suffix("[]").map_or(name.clone(), str::to_owned);
            (name, decode(value))
        });
        // SDKs before 2.0 send `beta=true` everywhere.
        Self(decoded.filter(|(name, _)| name != "beta").collect())
    }

    /// Refuses parameters that the endpoint does not have.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), ApiError> {
        match self
            .0
            .iter()
            .find(|(name, _)| !names.contains(&name.as_str()))
        {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::invalid(format!(
                "{name}: unknown query parameter"
            ))),
        }
    }

    /// Like [`Self::only`], for a list: `limit` and `page` are allowed too.
    pub(super) fn only_list(&self, names: &[&str]) -> Result<(), ApiError> {
        let mut all = vec!["limit", "page"];
        all.extend(names);
        self.only(&all)
    }

    /// The last value of a parameter.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().rev().filter(|(known, _)| known == name);
        all.next().map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub(super) fn many(&self, name: &str) -> Vec<&str> {
        let all = self.0.iter().filter(|(known, _)| known == name);
        all.map(|(_, value)| value.as_str()).collect()
    }

    /// All values of a parameter, each of which must be one of `known`.
    pub(super) fn words(&self, name: &str, known: &[&str]) -> Result<Vec<&str>, ApiError> {
        let given = self.many(name);
        match given.iter().find(|word| !known.contains(word)) {
            None => Ok(given),
            Some(word) => Err(ApiError::invalid(format!("{name}: unknown value {word:?}"))),
        }
    }

    /// A parameter that is `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.one(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::invalid(format!("{name}: must be true or false"))),
        }
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, ApiError> {
        self.one(name)
            .map(str::parse)
            .transpose()
            .map_err(|_| ApiError::invalid(format!("{name}: must be a whole number")))
    }

    /// How many items a page may carry.
    pub(super) fn limit(&self, max: u32) -> Result<usize, ApiError> {
        let limit = self.number("limit")?.unwrap_or(20.min(max));
        if (1..=max).contains(&limit) {
            Ok(usize::try_from(limit).unwrap_or(20))
        } else {
            Err(ApiError::invalid(format!(
                "limit: must be between 1 and {max}"
            )))
        }
    }

    /// Whether `view=full` was asked for; `default_full` where nothing was.
    pub(super) fn is_full(&self, default_full: bool) -> Result<bool, ApiError> {
        match self.one("view") {
            None => Ok(default_full),
            Some("full") => Ok(true),
            Some("basic") => Ok(false),
            Some(_) => Err(ApiError::invalid("view: must be basic or full")),
        }
    }

    /// Whether the newest come first; `default_desc` where nothing was said.
    pub(super) fn is_desc(&self, default_desc: bool) -> Result<bool, ApiError> {
        match self.one("order") {
            None => Ok(default_desc),
            Some("desc") => Ok(true),
            Some("asc") => Ok(false),
            Some(_) => Err(ApiError::invalid("order: must be asc or desc")),
        }
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.one(name) else {
            return Ok(None);
        };
        // A plus sign that was not encoded has become a space.
        let parsed = text.replace(' ', "+").parse();
        parsed
            .map(Some)
            .map_err(|_| ApiError::invalid(format!("{name}: must be an RFC 3339 time")))
    }

    /// The range that `created_at[…]` asks for.
    pub(super) fn times(&self) -> Result<Times, ApiError> {
        let [gt, gte, lt, lte] = ALL_TIMES;
        Ok(Times {
            gt: self.time(gt)?,
            gte: self.time(gte)?,
            lt: self.time(lt)?,
            lte: self.time(lte)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_come_with_brackets_or_repeated() {
        for text in [
            "statuses%5B%5D=completed&statuses%5B%5D=failed",
            "statuses[]=completed&statuses[]=failed",
            "statuses=completed&beta=true&statuses=failed",
        ] {
            let query = Query::parse(text);
            assert_eq!(query.many("statuses"), ["completed", "failed"], "{text}");
            query.only(&["statuses"]).unwrap();
        }
    }

    #[test]
    fn times_come_with_z_or_offset_encoded_or_not() {
        for text in [
            "created_at[gt]=2026-11-01T00:00:00Z",
            "created_at%5Bgt%5D=2026-11-01T00%3A00%3A00%2B00%3A00",
            "created_at[gt]=2026-11-01T00:00:00+00:00",
        ] {
            let times = Query::parse(text).times().unwrap();
            let at = |text: &str| text.parse().unwrap();
            assert!(!times.contains(at("2026-11-01T00:00:00Z")), "{text}");
            assert!(times.contains(at("2026-11-01T00:00:00.001Z")), "{text}");
        }
        assert!(Query::parse("created_at[gt]=soon").times().is_err());
    }

    #[test]
    fn limits_and_unknown_names_are_refused() {
        assert_eq!(Query::parse("").limit(100).unwrap(), 20);
        for bad in ["limit=0", "limit=101", "limit=x", "limit=-1"] {
            assert!(Query::parse(bad).limit(100).is_err(), "{bad}");
        }
        assert!(Query::parse("pages=1").only_list(&[]).is_err());
    }
}
