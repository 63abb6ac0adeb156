//! The settings file.

use super::{BadConfig, known};
use crate::auth::DevUser;
use crate::platform::PlatformAuth;
use crate::terminal::quoted;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Settings of the file; what is absent is left to the defaults.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FileSettings {
    pub(super) listen: Option<SocketAddr>,
    pub(super) platform_url: Option<String>,
    pub(super) data: Option<PathBuf>,
    pub(super) database_url: Option<SecretString>,
    pub(super) audit_key_file: Option<PathBuf>,
    pub(super) assets: Option<PathBuf>,
    #[serde(deserialize_with = "users")]
    pub(super) dev_user: Vec<DevUser>,
    pub(super) webhook_secret: Vec<String>,
    pub(super) api_key_file: Option<PathBuf>,
    pub(super) allow_origin: Vec<String>,
    pub(super) sync_secs: Option<u64>,
    pub(super) watch_secs: Option<u64>,
    pub(super) price_currency: Option<String>,
    pub(super) price: Vec<String>,
    pub(super) log: Option<String>,
    pub(super) platform_webhook_secret: Vec<String>,
    pub(super) webhook_key_file: Option<PathBuf>,
    pub(super) allow_private_webhooks: Option<bool>,
    pub(super) platform_auth: Option<PlatformAuth>,
}

impl FileSettings {
    /// Names of the fields.
    #[cfg(test)]
    pub(super) const NAMES: [&str; 19] = [
        "listen",
        "platform_url",
        "data",
        "database_url",
        "audit_key_file",
        "assets",
        "dev_user",
        "webhook_secret",
        "api_key_file",
        "allow_origin",
        "sync_secs",
        "watch_secs",
        "price_currency",
        "price",
        "log",
        "platform_webhook_secret",
        "webhook_key_file",
        "allow_private_webhooks",
        "platform_auth",
    ];
}

fn users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DevUser>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| text.parse().map_err(serde::de::Error::custom))
        .collect()
}

/// Reads a settings file.
pub(super) fn read(path: &Path) -> Result<FileSettings, BadConfig> {
    let unusable = |why: String| BadConfig::File(path.to_owned(), why);
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    for name in table.keys() {
        let place = format!("the settings file {}", quoted(path));
        if name == "config" {
            return Err(unusable("it cannot name another file".to_owned()));
        }
        known(name, &place, str::to_owned)?;
    }
    // From the text, so that an error names its line.
    toml::from_str(&text).map_err(|error| unusable(error.to_string()))
}
