//! Prepares what is missing on this machine; each step is quick when there is nothing to do.

pub(crate) mod browser;
pub(crate) mod npm;
pub(crate) mod tools;
pub(crate) mod wasm_std;

use crate::failure::Result;
use crate::project::Project;

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
}

/// Prepares everything that any command needs.
pub(crate) fn all(project: &Project) -> Result<()> {
    prepare(
        project,
        &[Need::WasmStd, Need::Tools, Need::WasmOpt, Need::Browser],
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
        }
    }
    Ok(())
}
