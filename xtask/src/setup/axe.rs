//! axe-core, with which the journeys look for what people without mouse, colour or sight would stumble over.

use std::path::PathBuf;
use std::{fs, process::Command};

use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder, on_path};
use crate::run::must;

/// The version whose rules the screens are held against.
const VERSION: &str = "4.14.1";

/// Makes sure that the script is there.
pub(crate) fn prepare(project: &Project) -> Result<()> {
    if find(project).is_some() {
        return Ok(());
    }
    let remedy =
        format!("npm install --no-save --prefix target/tools/axe axe-core@{VERSION} (Node.js)");
    if on_path(&["npm"]).is_none() {
        return Err(
            Failure::new("Node.js with npm is missing, and axe-core with it").or_run(&remedy),
        );
    }
    // A folder of its own: npm takes away from a folder what it was not asked for this time.
    let folder = project.tools().join("axe");
    create_folder(&folder)?;
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--prefix",
    ])
    .arg(&folder)
    .arg(format!("axe-core@{VERSION}"));
    must("npm install axe-core", &mut npm).map_err(|failed| failed.or_run(&remedy))?;
    match find(project) {
        Some(_) => Ok(()),
        None => {
            Err(Failure::new("axe-core was installed but is not the wanted one").or_run(&remedy))
        }
    }
}

/// The script, if it is there in the wanted version.
pub(crate) fn find(project: &Project) -> Option<PathBuf> {
    let package = project.tools().join("axe/node_modules/axe-core");
    let about = fs::read_to_string(package.join("package.json")).ok()?;
    let about: serde_json::Value = serde_json::from_str(&about).ok()?;
    let script = package.join("axe.min.js");
    let is_wanted = about
        .get("version")
        .is_some_and(|version| version == VERSION);
    (is_wanted && script.is_file()).then_some(script)
}
