//! The journeys: a real browser, the built console and both servers.

use std::{path::PathBuf, process::Command};

use clap::Args;

use crate::dist;
use crate::failure::{Failure, Result};
use crate::project::Project;
use crate::run::{Show, step};
use crate::servers::Binaries;
use crate::setup::{self, Need, axe, browser};

/// Which journeys run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only journeys whose name contains this.
    filter: Option<String>,
    /// Takes the console and the servers as they were built before.
    #[arg(long)]
    no_build: bool,
}

/// How pictures are taken.
#[derive(Debug, Args)]
pub(crate) struct PictureOptions {
    /// Where the pictures go.
    #[arg(default_value = "target/screenshots")]
    folder: PathBuf,
    /// Takes the console and the servers as they were built before.
    #[arg(long)]
    no_build: bool,
}

/// Prepares everything and runs the journeys.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    if !options.no_build {
        Binaries::build_rig(project)?;
    }
    prepare(project, options.no_build)?;
    setup::prepare(project, &[Need::Axe])?;
    let mut cargo = tests(project)?;
    if let Some(filter) = &options.filter {
        cargo.args(["--", filter]);
    }
    succeed("journeys", &mut cargo)
}

/// Prepares everything and takes pictures of all screens.
pub(crate) fn screenshots(project: &Project, options: &PictureOptions) -> Result<()> {
    prepare(project, options.no_build)?;
    let mut cargo = program(project, "screenshots")?;
    cargo.arg(&options.folder);
    succeed("screenshots", &mut cargo)?;
    println!("The pictures are in {}.", options.folder.display());
    Ok(())
}

/// The command that runs the journeys, told where everything lies.
pub(crate) fn tests(project: &Project) -> Result<Command> {
    command(project, &["test", "--package", "e2e", "--no-fail-fast"])
}

/// The command that runs a program of the journeys' package, told where everything lies.
pub(crate) fn program(project: &Project, name: &str) -> Result<Command> {
    command(project, &["run", "--package", "e2e", "--bin", name, "--"])
}

fn prepare(project: &Project, no_build: bool) -> Result<()> {
    setup::prepare(project, &[Need::Browser])?;
    if !no_build {
        setup::prepare(project, &[Need::WasmStd, Need::Tools, Need::WasmOpt])?;
        dist::build(project)?;
        Binaries::build(project)?;
    }
    Ok(())
}

fn succeed(name: &str, cargo: &mut Command) -> Result<()> {
    let outcome = step(name, cargo, Show::News)?;
    if outcome.ok {
        Ok(())
    } else {
        Err(Failure::new(format!("{name} failed")))
    }
}

fn command(project: &Project, arguments: &[&str]) -> Result<Command> {
    let browser = browser::find()?;
    let binaries = Binaries::of(project);
    let mut cargo = project.cargo(arguments)?;
    cargo
        .env("DREAM_REVIEW_DIST", project.dist())
        .env("DREAM_REVIEW_PROXY_BIN", binaries.proxy)
        .env("DEMO_PLATFORM_BIN", binaries.platform)
        .env("RIG_PROXY_BIN", Binaries::rig(project))
        .env("CHROMEDRIVER", browser.driver)
        .env("CHROME", browser.chrome);
    if let Some(axe) = axe::find(project) {
        cargo.env("AXE", axe);
    }
    Ok(cargo)
}
