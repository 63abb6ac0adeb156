//! The platform's key, and how it is sent.

use super::BadPlatform;
use super::error::Trouble;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

/// How requests prove who sends them, and the version of the API that goes with it; `docs/DEPLOY.md` says when to
/// choose which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum PlatformAuth {
    /// `Authorization: Bearer KEY`, with version 2026-10-21.
    #[default]
    Bearer,
    /// `x-api-key: KEY`, with version 2023-06-01: for gateways in front of the platform that know no other.
    XApiKey,
}

impl PlatformAuth {
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Bearer => "2026-10-21",
            Self::XApiKey => "2023-06-01",
        }
    }

    pub(super) fn header(self, key: &SecretString) -> Result<(HeaderName, HeaderValue), Trouble> {
        let key = key.expose_secret();
        let (name, value) = match self {
            Self::Bearer => (
                AUTHORIZATION,
                HeaderValue::try_from(format!("Bearer {key}")),
            ),
            Self::XApiKey => (
                HeaderName::from_static("x-api-key"),
                HeaderValue::from_str(key),
            ),
        };
        let mut value = value.map_err(|_| Trouble::KeyRefused)?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// Refuses keys that no header can carry.
pub(super) fn check_key(key: &SecretString) -> Result<(), BadPlatform> {
    let key = key.expose_secret();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(BadPlatform::Key);
    }
    Ok(())
}
