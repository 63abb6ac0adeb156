//! Prepares what is missing on this machine; each step is quick when there is nothing to do.

pub(crate) mod axe;
pub(crate) mod browser;
pub(crate) mod npm;
pub(crate) mod postgres;
pub(crate) mod tools;
pub(crate) mod wasm_std;

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::project::{Project, on_path};
use crate::run::must;

/// What a command needs to have prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The WASM target's standard library.
    WasmStd,
    /// trunk, wasm-bindgen and its test runner.
    Tools,
    /// wasm-opt; the console builds without it as well, only larger.
    WasmOpt,
    /// A browser and its driver.
    Browser,
    /// axe-core, for the journeys that look at accessibility.
    Axe,
    /// A PostgreSQL server for tests.
    Postgres,
    /// strace, which tests count writes to the disk with.
    Strace,
}

/// Prepares everything that any command needs.
pub(crate) fn all(project: &Project) -> Result<()> {
    prepare(
        project,
        &[
            Need::WasmStd,
            Need::Tools,
            Need::WasmOpt,
            Need::Browser,
            Need::Axe,
            Need::Postgres,
            Need::Strace,
        ],
    )
}

/// Prepares `needs`, in their order.
pub(crate) fn prepare(project: &Project, needs: &[Need]) -> Result<()> {
    for need in needs {
        match need {
            Need::WasmStd => wasm_std::prepare(project)?,
            Need::Tools => tools::prepare(project)?,
            Need::WasmOpt => npm::prepare(project)?,
            Need::Browser => browser::prepare(project)?,
            Need::Axe => axe::prepare(project)?,
            Need::Postgres => postgres::prepare()?,
            Need::Strace => strace()?,
        }
    }
    Ok(())
}

/// Makes sure that there is strace, where there can be.
fn strace() -> Result<()> {
    if cfg!(not(target_os = "linux")) || on_path(&["strace"]).is_some() {
        return Ok(());
    }
    let remedy = "sudo apt-get install -y --no-install-recommends strace";
    if on_path(&["apt-get"]).is_none() || !rustix::process::geteuid().is_root() {
        return Err(Failure::new("strace is not on PATH").or_run(remedy));
    }
    apt_install(&["strace"]).map_err(|failed| failed.or_run(remedy))
}

/// Installs Debian packages; only root may.
fn apt_install(packages: &[&str]) -> Result<()> {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    // Lists may be old but good enough; the install says so if not.
    drop(must("apt-get update", &mut apt(&["update", "-q"])));
    let mut install = apt(&["install", "-y", "-q", "--no-install-recommends"]);
    install.args(packages);
    must(
        &format!("apt-get install {}", packages.join(" ")),
        &mut install,
    )
    .map(|_| ())
}
