//! `cargo xtask doctor`: every prerequisite with its version, or what is missing.

use crate::failure::Result;
use crate::project::Project;
use crate::run::output_of;
use crate::setup::{browser, npm, postgres, tools, wasm_std};

/// Whether something needed is there.
#[derive(Debug)]
enum Found {
    Version(String),
    Missing(String),
    /// Works without it, less well.
    Optional(String),
}

/// Prints the list; returns whether nothing needed is missing.
pub(crate) fn run(project: &Project) -> Result<bool> {
    let mut well = true;
    for (name, found) in look(project)? {
        let (mark, text) = match &found {
            Found::Version(version) => ("✓", version.as_str()),
            Found::Optional(what) => ("–", what.as_str()),
            Found::Missing(what) => ("✗", what.as_str()),
        };
        well &= !matches!(found, Found::Missing(_));
        println!("{mark} {name:<26} {text}");
    }
    println!(
        "\n{}",
        if well {
            "Nothing is missing."
        } else {
            "`cargo xtask setup` prepares what it can."
        }
    );
    Ok(well)
}

fn look(project: &Project) -> Result<Vec<(String, Found)>> {
    let mut list = Vec::new();
    for (name, command, remedy) in [
        (
            "Rust compiler",
            &["rustc", "-V"] as &[&str],
            "install Rust with rustup",
        ),
        (
            "rustfmt",
            &["cargo", "fmt", "--version"],
            "rustup component add rustfmt",
        ),
        (
            "clippy",
            &["cargo", "clippy", "--version"],
            "rustup component add clippy",
        ),
        (
            "C compiler (SQLite)",
            &["cc", "--version"],
            "sudo apt-get install -y build-essential",
        ),
    ] {
        list.push((name.to_owned(), answered(project, command, remedy)?));
    }
    let std = if wasm_std::present(project)? {
        Found::Version("there, and it works".to_owned())
    } else {
        Found::Missing(format!("rustup target add {}", wasm_std::TARGET))
    };
    list.push((format!("std for {}", wasm_std::TARGET), std));
    for tool in tools::wanted(project)? {
        let found = match tool.found_in(&project.tools_bin()) {
            Some(version) if tool.present_in(&project.tools_bin()) => Found::Version(version),
            Some(version) => Found::Missing(format!("found {version}: cargo xtask setup")),
            None => Found::Missing("cargo xtask setup".to_owned()),
        };
        list.push((tool.name(), found));
    }
    list.push((
        "wasm-opt".to_owned(),
        match npm::version(project)? {
            Some(version) => Found::Version(version),
            None => Found::Optional(
                "missing: the console is built larger (needs Node.js with npm)".to_owned(),
            ),
        },
    ));
    match browser::find() {
        Ok(found) => {
            let (chrome, driver) = found.versions();
            let or_none = |version: Option<String>| {
                version.map_or_else(
                    || Found::Missing("it does not answer".to_owned()),
                    Found::Version,
                )
            };
            list.push((format!("{}", found.chrome.display()), or_none(chrome)));
            list.push((format!("{}", found.driver.display()), or_none(driver)));
        }
        Err(failure) => list.push((
            "browser".to_owned(),
            Found::Missing(failure.to_string().replace('\n', " ")),
        )),
    }
    list.push((
        "PostgreSQL (tests)".to_owned(),
        match postgres::version() {
            Ok(Some(version)) => Found::Version(version),
            Ok(None) => Found::Missing("it does not answer".to_owned()),
            Err(failure) => Found::Missing(failure.to_string().replace('\n', " ")),
        },
    ));
    list.push((
        "strace (tests)".to_owned(),
        match output_of(project.command("strace")?.arg("--version")) {
            Some(said) => Found::Version(said.lines().next().unwrap_or_default().to_owned()),
            None => Found::Optional(
                "missing: writes to the disk are not counted (cargo xtask setup)".to_owned(),
            ),
        },
    ));
    Ok(list)
}

fn answered(project: &Project, command: &[&str], remedy: &str) -> Result<Found> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(Found::Missing(remedy.to_owned()));
    };
    let answer = output_of(project.command(program)?.args(arguments));
    Ok(
        match answer.as_deref().and_then(|answer| answer.lines().next()) {
            Some(version) => Found::Version(version.to_owned()),
            None => Found::Missing(remedy.to_owned()),
        },
    )
}
