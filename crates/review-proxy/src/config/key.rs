//! The platform's key.

use super::BadConfig;
use secrecy::SecretString;
use std::path::Path;

/// Returns the key of the file, else of the variable.
pub(super) fn api_key(
    file: Option<&Path>,
    variable: Option<String>,
) -> Result<SecretString, BadConfig> {
    let Some(path) = file else {
        let key = variable
            .filter(|key| !key.trim().is_empty())
            .ok_or(BadConfig::NoKey)?;
        return Ok(key.trim().into());
    };
    let unusable = |why: String| BadConfig::KeyFile(path.to_owned(), why);
    let key = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let key = key.trim();
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(unusable("it must hold one key and nothing else".to_owned()));
    }
    Ok(key.into())
}
