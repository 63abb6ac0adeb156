//! Where the review state is: all that a command needs to know.

use super::{BadConfig, Flags, chosen, file_of, variables};
use crate::folder::DATABASE;
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
