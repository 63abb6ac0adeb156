//! The project's own commands: everything a person or the CI runs goes through `cargo xtask`.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on stdout")]

mod bench;
mod demo;
mod dist;
mod doctor;
mod failure;
mod journeys;
mod project;
mod promises;
mod run;
mod serve;
mod servers;
mod setup;
mod signals;
mod summary;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Result;
use crate::project::Project;

/// The project's own commands; each sets up what it needs and finds missing.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts a platform stand-in with seeded agents and the proxy in front of it; prints one URL.
    Demo(demo::Options),
    /// Starts the proxy against the real platform, with the key from `ANTHROPIC_API_KEY` or a file.
    Serve(serve::Options),
    /// Runs every check there is, or those of one kind.
    Test(test::Options),
    /// Runs the journeys in a real browser against the built console.
    E2e(journeys::Options),
    /// Takes pictures of all screens in both themes and widths.
    Screenshots(journeys::PictureOptions),
    /// Builds the console's files into `dist/`, each with its brotli twin.
    Dist,
    /// Measures: the size of everything the first screen loads; the diff beside other viewers.
    Bench(bench::Options),
    /// Lists what is promised, the tests that prove it, and what they came to last.
    Promises,
    /// Checks the structural rules of the source tree.
    Tidy,
    /// Prepares what is missing: WASM target, build tools, wasm-opt, browser.
    Setup,
    /// Lists every prerequisite with its version, or what is missing.
    Doctor,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let project = Project::find()?;
    signals::listen()?;
    let ok = match cli.command {
        Command::Demo(options) => demo::run(&project, &options).map(|()| true),
        Command::Serve(options) => serve::run(&project, &options).map(|()| true),
        Command::Test(options) => test::run(&project, &options),
        Command::E2e(options) => journeys::run(&project, &options).map(|()| true),
        Command::Screenshots(options) => journeys::screenshots(&project, &options).map(|()| true),
        Command::Dist => dist::build(&project).map(|()| true),
        Command::Bench(options) => bench::run(&project, &options).map(|()| true),
        Command::Promises => promises::run(&project).map(|()| true),
        Command::Tidy => tidy::run(&project),
        Command::Setup => setup::all(&project).map(|()| true),
        Command::Doctor => doctor::run(&project),
    }?;
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
