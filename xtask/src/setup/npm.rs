//! wasm-opt, which makes the console's WASM about a third smaller; it runs on Node.js.

use std::os::unix::fs::PermissionsExt as _;
use std::{fs, process::Command};

use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder, on_path, remove, write};
use crate::run::{must, output_of};

/// The package and version that carries wasm-opt; `Trunk.toml` asks for the same.
const BINARYEN: &str = "132.0.0";
const VERSION_ANSWERED: &str = "version_132";
const INSTALL: &str = "npm install --prefix target/tools/npm binaryen@132.0.0";

/// Makes sure that some wasm-opt answers: the real one, or one that copies where there is no Node.js.
pub(crate) fn prepare(project: &Project) -> Result<()> {
    if version(project)?.is_some() {
        return remove(&project.tools().join("stand-in"));
    }
    if on_path(&["node"]).is_some() && on_path(&["npm"]).is_some() {
        let folder = project.tools().join("npm");
        create_folder(&folder)?;
        let mut npm = Command::new("npm");
        npm.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--prefix",
        ])
        .arg(&folder);
        npm.arg(format!("binaryen@{BINARYEN}"));
        match must("npm install binaryen (wasm-opt)", &mut npm) {
            Ok(_) if version(project)?.is_some() => {
                return remove(&project.tools().join("stand-in"));
            }
            Ok(_) => println!("  it was installed but gives no answer"),
            Err(_) => {}
        }
        println!(
            "wasm-opt could not be installed, so the console is built larger than need be. To mend: {INSTALL}"
        );
    } else {
        println!(
            "Node.js with npm is missing, so the console is built without wasm-opt, larger than need be."
        );
    }
    stand_in(project)
}

/// The version of the real wasm-opt, if it is the wanted one.
pub(crate) fn version(project: &Project) -> Result<Option<String>> {
    let own = project.npm_bin().join("wasm-opt");
    let program = if own.is_file() {
        Some(own)
    } else {
        on_path(&["wasm-opt"])
    };
    let Some(program) = program else {
        return Ok(None);
    };
    let answer = output_of(
        Command::new(program)
            .arg("--version")
            .env("PATH", project.search_path()?),
    );
    Ok(answer.filter(|answer| is_wanted(answer)))
}

fn is_wanted(answer: &str) -> bool {
    answer.contains(VERSION_ANSWERED)
}

/// Writes a program that trunk takes for wasm-opt and that copies its input unchanged.
fn stand_in(project: &Project) -> Result<()> {
    let folder = project.tools().join("stand-in");
    create_folder(&folder)?;
    let path = folder.join("wasm-opt");
    write(&path, stand_in_script())?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
        .map_err(|error| Failure::file("making executable", &path, &error))
}

fn stand_in_script() -> String {
    format!(
        r#"#!/bin/sh
# Stands in for wasm-opt where there is none: copies its input unchanged.
for argument in "$@"; do
  case "$argument" in
    --version) echo "wasm-opt {VERSION_ANSWERED}"; exit 0 ;;
    --output=*) output="${{argument#--output=}}" ;;
    -*) ;;
    *) input="$argument" ;;
  esac
done
cp "$input" "$output"
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stand_in_answers_as_the_wanted_version_and_copies() {
        let scratch = tempfile::tempdir().unwrap();
        let project = Project::at(scratch.path());
        stand_in(&project).unwrap();
        let program = project.tools().join("stand-in/wasm-opt");
        let answer = output_of(Command::new(&program).arg("--version")).unwrap();
        assert!(is_wanted(&answer), "{answer}");

        let (input, output) = (
            scratch.path().join("in.wasm"),
            scratch.path().join("out.wasm"),
        );
        write(&input, "bytes").unwrap();
        let mut command = Command::new(&program);
        command
            .arg(format!("--output={}", output.display()))
            .args(["-O", "-Oz"])
            .arg(&input);
        assert!(output_of(&mut command).is_some());
        assert_eq!(fs::read(output).unwrap(), b"bytes");
    }

    #[test]
    fn another_version_is_not_taken() {
        assert!(is_wanted("wasm-opt version 132 (version_132)"));
        assert!(!is_wanted("wasm-opt version 116 (version_116)"));
    }
}
