//! What a command says when it cannot go on, and what a person should do then.

use std::{error::Error, fmt, io, path::Path};

/// The result of a command or a step of it.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a step failed, with the one command that a person should run where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    what: String,
    remedy: Option<String>,
}

impl Failure {
    /// A failure that `what` says in full.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: None,
        }
    }

    /// Names the one command that gets a person further.
    pub(crate) fn or_run(mut self, command: impl Into<String>) -> Self {
        self.remedy = Some(command.into());
        self
    }

    /// A file or folder that could not be used.
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("{doing} {} failed: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if let Some(command) = &self.remedy {
            write!(f, "\n  run this, then try again:  {command}")?;
        }
        Ok(())
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_one_command() {
        let failure = Failure::new("no browser").or_run("apt-get install chromium");
        assert_eq!(
            failure.to_string(),
            "error: no browser\n  run this, then try again:  apt-get install chromium"
        );
    }
}
