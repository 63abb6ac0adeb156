//! `cargo xtask test`: every check there is, and what they came to.

use std::{env, process::Command, time::Instant};

use clap::{Args, ValueEnum};

use crate::dist;
use crate::failure::{Failure, Result};
use crate::journeys;
use crate::project::Project;
use crate::promises::{self, Heard};
use crate::run::{Outcome, Show, Tests, seconds, step};
use crate::servers::{Binaries, FAILPOINTS};
use crate::setup::postgres::{self, Server};
use crate::setup::{self, Need, axe, browser, wasm_std};
use crate::signals;
use crate::summary::Summary;

/// Which checks run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only one kind of checks.
    #[arg(long)]
    only: Option<Kind>,
    /// Runs the long forms: thousands of crashes, races and sequences.
    #[arg(long)]
    long: bool,
}

/// A kind of checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Everything that needs no browser: fmt, clippy, tests of all crates, structural rules.
    Host,
    /// The console in a browser, component by component.
    Web,
    /// Journeys through console, proxy and platform.
    E2e,
}

/// Runs the checks; returns whether all went well.
pub(crate) fn run(project: &Project, options: &Options) -> Result<bool> {
    let wanted = |kind| options.only.is_none_or(|only| only == kind);
    let mut summary = Summary::default();
    if wanted(Kind::Host) {
        host(project, options, &mut summary)?;
    }
    if wanted(Kind::Web) || wanted(Kind::E2e) {
        match prepared(project) {
            Ok(()) => {
                if wanted(Kind::Web) {
                    web(project, &mut summary)?;
                }
                if wanted(Kind::E2e) {
                    end_to_end(project, options, &mut summary)?;
                }
            }
            Err(failure) => summary.failed("set-up for the browser", &failure.to_string()),
        }
    }
    println!("{}", summary.text());
    Ok(summary.is_good())
}

fn host(project: &Project, options: &Options, summary: &mut Summary) -> Result<()> {
    let plain = |arguments: &[&str]| project.cargo(arguments);
    let database = TestDatabase::start(summary)?;
    let tests = |arguments: &[&str]| -> Result<Command> {
        let mut cargo = project.cargo(arguments)?;
        database.tell(&mut cargo);
        if options.long {
            cargo.env("DREAM_REVIEW_LONG", "1");
        }
        Ok(cargo)
    };
    let arguments = ["fmt", "--all", "--check", "--", "-l"];
    check(project, summary, "rustfmt", plain(&arguments)?)?;
    let mut clippy = plain(&["clippy", "--workspace", "--all-targets"])?;
    clippy.args(FAILPOINTS).args(["--", "-D", "warnings"]);
    check(project, summary, "clippy", clippy)?;
    let workspace = ["test", "--workspace", "--exclude", "e2e", "--no-fail-fast"];
    check(project, summary, "host tests", tests(&workspace)?)?;
    if database.is_there() {
        // Every route once more, on the other kind of database.
        let mut proxy = tests(&workspace)?;
        // The whole workspace, or cargo would choose other features and build everything anew.
        proxy
            .args(["--test", "proxy"])
            .env("DREAM_REVIEW_TEST_ON", "postgres");
        check(project, summary, "proxy tests on PostgreSQL", proxy)?;
    }
    let mut rigs = tests(&workspace)?;
    // One after the other: each rig keeps the machine busy by itself.
    rigs.args(FAILPOINTS)
        .args(["--test", "rigs", "--", "--test-threads=1"]);
    check(project, summary, "rigs", rigs)
}

/// The PostgreSQL that tests fill.
enum TestDatabase {
    /// Ours, thrown away at the end.
    Started(Server),
    /// One that a person has running and named.
    Named,
    /// There is none; tests that need it are left out.
    None,
}

impl TestDatabase {
    /// Starts one; in CI it is a failure if that cannot be, elsewhere its tests are left out.
    fn start(summary: &mut Summary) -> Result<Self> {
        if postgres::named().is_some() {
            return Ok(Self::Named);
        }
        match Server::start() {
            Ok(server) => Ok(Self::Started(server)),
            Err(failure) => {
                stop_if_asked(failure.clone())?;
                let name = "tests on PostgreSQL";
                if in_ci(env::var("CI").ok().as_deref()) {
                    summary.failed(name, &failure.to_string());
                } else {
                    summary.skipped(name, &failure.to_string());
                }
                Ok(Self::None)
            }
        }
    }

    fn is_there(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Tells a program where it is.
    fn tell(&self, command: &mut Command) {
        if let Self::Started(server) = self {
            command.env(postgres::VARIABLE, server.url());
        }
    }
}

fn prepared(project: &Project) -> Result<()> {
    setup::prepare(project, &[Need::WasmStd, Need::Tools, Need::WasmOpt])
}

fn web(project: &Project, summary: &mut Summary) -> Result<()> {
    let target = wasm_std::TARGET;
    let mut clippy = project.cargo(&["clippy", "--package", "dream-review", "--target", target])?;
    clippy.args(["--all-targets", "--", "-D", "warnings"]);
    clippy.env("CLIPPY_CONF_DIR", project.path("clippy/wasm"));
    note(
        project,
        summary,
        "clippy for wasm32",
        step("clippy for wasm32", &mut clippy, Show::News)?,
    )?;

    if browser_is_missing(project, summary, "browser tests") {
        return Ok(());
    }
    let mut tests = project.cargo(&["test", "--package", "dream-review", "--target", target])?;
    tests
        .args(["--lib", "--test", "*", "--no-fail-fast"])
        .env("CHROMEDRIVER", browser::find()?.driver)
        // In seconds, for all tests of a file together; a busy machine is slow to start a browser.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    note(
        project,
        summary,
        "browser tests",
        step("browser tests", &mut tests, Show::News)?,
    )
}

fn end_to_end(project: &Project, options: &Options, summary: &mut Summary) -> Result<()> {
    let started = Instant::now();
    if let Err(failure) = dist::build(project) {
        stop_if_asked(failure.clone())?;
        summary.failed("console, release build", &failure.to_string());
        return Ok(());
    }
    let built = Outcome {
        ok: true,
        took: started.elapsed(),
        tests: Tests::default(),
        heard: Heard::default(),
    };
    summary.ran("console, release build", &built);
    if browser_is_missing(project, summary, "journeys") {
        return Ok(());
    }
    let built = Binaries::build_rig(project).and_then(|()| Binaries::build(project));
    if let Err(failure) = built {
        stop_if_asked(failure.clone())?;
        summary.failed("journeys", &failure.to_string());
        return Ok(());
    }
    // Only npm has it, and npm may not be there or have nowhere to ask.
    let axe = axe::prepare(project);
    let mut journeys = journeys::tests(project)?;
    if options.long {
        journeys.env("DREAM_REVIEW_LONG", "1");
    }
    if let Err(failure) = axe {
        summary.skipped("accessibility journeys", &failure.to_string());
        journeys.args(["--", "--skip", "axe_"]);
    }
    note(
        project,
        summary,
        "journeys",
        step("journeys", &mut journeys, Show::News)?,
    )
}

fn check(project: &Project, summary: &mut Summary, name: &str, mut command: Command) -> Result<()> {
    let words: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let title = format!("{name}: cargo {}", words.join(" "));
    let outcome = step(&title, &mut command, Show::News)?;
    note(project, summary, name, outcome)
}

fn note(project: &Project, summary: &mut Summary, name: &str, outcome: Outcome) -> Result<()> {
    println!(
        "  {} after {}",
        if outcome.ok { "passed" } else { "FAILED" },
        seconds(outcome.took)
    );
    summary.ran(name, &outcome);
    promises::keep(project, &outcome.heard)?;
    stop_if_asked(Failure::new("stopped"))
}

/// A failing step does not keep the others from running; a person who stops the run does.
fn stop_if_asked(failure: Failure) -> Result<()> {
    if signals::stop_asked() {
        Err(failure)
    } else {
        Ok(())
    }
}

/// Whether `name` cannot run for want of a browser; in CI that is a failure, elsewhere it is left out with the reason.
fn browser_is_missing(project: &Project, summary: &mut Summary, name: &str) -> bool {
    let Err(failure) = browser::prepare(project) else {
        return false;
    };
    if in_ci(env::var("CI").ok().as_deref()) {
        summary.failed(name, &failure.to_string());
    } else {
        summary.skipped(name, &failure.to_string());
    }
    true
}

fn in_ci(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| !matches!(value, "" | "0" | "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ci_is_what_ci_says() {
        assert!(in_ci(Some("true")) && in_ci(Some("1")));
        assert!(!in_ci(None) && !in_ci(Some("")) && !in_ci(Some("false")));
    }
}
