//! Request bodies: closed JSON objects, refused with the platform's envelope.

use super::errors::ApiError;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// A JSON body of this type; unknown keys are refused by the type.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::too_large())?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| ApiError::invalid(error.to_string()))
    }
}

/// The body of an action: nothing, or an empty object.
pub(super) struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::too_large())?;
        match bytes.trim_ascii() {
            b"" | b"{}" => Ok(Self),
            _ => Err(ApiError::invalid("This action takes no body.")),
        }
    }
}

/// A field that may be absent, `null` or a value, each of which means something else.
#[derive(Debug, Default)]
pub(super) enum Patch<T> {
    /// Stays as it is.
    #[default]
    Absent,
    /// Is cleared.
    Null,
    /// Is replaced.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Null, Self::Value))
    }
}

impl<T> Patch<T> {
    /// Hands over what is to be there, unless it stays as it is.
    pub(super) fn then(self, set: impl FnOnce(Option<T>)) {
        match self {
            Self::Absent => {}
            Self::Null => set(None),
            Self::Value(value) => set(Some(value)),
        }
    }
}

/// Refuses a text that is longer or shorter than allowed, in characters.
pub(super) fn chars(
    name: &str,
    text: &str,
    allowed: std::ops::RangeInclusive<usize>,
) -> Result<(), ApiError> {
    let count = text.chars().count();
    if allowed.contains(&count) {
        return Ok(());
    }
    let (least, most) = (allowed.start(), allowed.end());
    Err(ApiError::invalid(format!(
        "{name}: must have {least} to {most} characters, has {count}"
    )))
}

/// Refuses metadata beyond the platform's limits.
pub(super) fn metadata<'a>(
    pairs: impl Iterator<Item = (&'a String, &'a String)>,
) -> Result<(), ApiError> {
    let mut count = 0;
    for (key, value) in pairs {
        chars("metadata key", key, 1..=64)?;
        chars("metadata value", value, 0..=512)?;
        count += 1;
    }
    if count > 16 {
        return Err(ApiError::invalid("metadata: may have 16 pairs"));
    }
    Ok(())
}
