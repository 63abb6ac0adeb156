//! Where the review state and the platform are: all that a command needs to know.

use super::{BadConfig, DEFAULT_PLATFORM, Flags, api_key, chosen, file_of, variables};
use crate::folder::DATABASE;
use crate::platform::PlatformAuth;
use crate::store::Location;
use secrecy::SecretString;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where the review state is.
#[derive(Debug, Clone)]
pub struct Place {
    /// The proxy's own folder.
    pub data: PathBuf,
    /// The PostgreSQL database; an SQLite file in the folder where absent.
    pub database_url: Option<SecretString>,
}

impl Place {
    /// Completes what the command line and its variables say, for a command that needs no more.
    ///
    /// # Errors
    /// As [`BadConfig`] says.
    pub fn complete(
        flags: Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, BadConfig> {
        let (_, database) = variables(environment)?;
        let file = file_of(&flags)?;
        Ok(Self {
            data: flags.data.or(file.data).ok_or(BadConfig::NoData)?,
            database_url: chosen(flags.database_url.or(file.database_url), database)?,
        })
    }

    /// Returns the database's place.
    pub fn location(&self) -> Location {
        match &self.database_url {
            Some(url) => Location::Server(url.clone()),
            None => Location::File(self.data.join(DATABASE)),
        }
    }
}

/// How to reach the platform.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its address.
    pub platform_url: String,
    /// How the key is sent.
    pub platform_auth: PlatformAuth,
    /// The key.
    pub api_key: SecretString,
}

impl Upstream {
    /// Completes what the command line and its variables say, for a command that needs no more.
    ///
    /// # Errors
    /// As [`BadConfig`] says.
    pub fn complete(
        flags: Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, BadConfig> {
        let (key, _) = variables(environment)?;
        let file = file_of(&flags)?;
        let key_file = flags.api_key_file.or(file.api_key_file);
        Ok(Self {
            platform_url: flags
                .platform_url
                .or(file.platform_url)
                .unwrap_or_else(|| DEFAULT_PLATFORM.to_owned()),
            platform_auth: flags
                .platform_auth
                .or(file.platform_auth)
                .unwrap_or_default(),
            api_key: api_key(key_file.as_deref(), key)?,
        })
    }
}
