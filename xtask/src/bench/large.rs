//! What grows with use: the log of a long dream, and the memory store that a dream changed.

use crate::failure::{Failure, Result};
use crate::journeys;
use crate::project::Project;
use crate::run::{Show, step};
use crate::servers::Binaries;
use crate::setup::{self, Need};

/// Times a log of 20,000 events in the built console, and the derivation of reports over growing stores.
pub(crate) fn run(project: &Project) -> Result<()> {
    setup::prepare(project, &[Need::Browser])?;
    Binaries::build(project)?;
    let mut log = journeys::program(project, "long_log")?;
    let mut derive = project.cargo(&["run", "--package", "review-proxy", "--example", "derive"])?;
    for (name, command) in [
        ("timing a long log", &mut log),
        ("timing the derivation of reports", &mut derive),
    ] {
        if !step(name, command, Show::News)?.ok {
            return Err(Failure::new(format!("{name} failed")));
        }
    }
    Ok(())
}
