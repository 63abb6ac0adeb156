//! trunk and wasm-bindgen of the versions that the project names, below `target/tools`.
//!
//! Built tools are also kept in the user's cache folder, by version and machine, so that the next fresh clone takes them
//! from there instead of compiling for minutes. `DREAM_REVIEW_TOOL_CACHE=off` turns that off; any other value is the folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder, remove};
use crate::run::{must, output_of};

/// trunk's version; `Trunk.toml` accepts the same.
const TRUNK: &str = "0.21.14";

/// A program that `cargo install` brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tool {
    package: &'static str,
    /// The programs it brings; the first one answers `--version`.
    programs: &'static [&'static str],
    version: String,
    /// Whether the versions in its own lock file are used.
    locked: bool,
}

impl Tool {
    /// The command with which a person would install it.
    fn install_command(&self) -> String {
        let locked = if self.locked { " --locked" } else { "" };
        format!(
            "cargo install {}@{}{locked} --root target/tools",
            self.package, self.version
        )
    }

    /// Whether all its programs are in `folder`, in the wanted version.
    pub(crate) fn present_in(&self, folder: &Path) -> bool {
        let all_there = self
            .programs
            .iter()
            .all(|program| folder.join(program).is_file());
        all_there && self.found_in(folder).as_deref() == Some(self.version.as_str())
    }

    /// The version that is in `folder`.
    pub(crate) fn found_in(&self, folder: &Path) -> Option<String> {
        let program = folder.join(self.programs.first()?);
        version_in(&output_of(Command::new(program).arg("--version"))?)
    }

    /// What doctor calls it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.package, self.version)
    }
}

/// The tools that the project needs.
pub(crate) fn wanted(project: &Project) -> Result<Vec<Tool>> {
    Ok(vec![
        Tool {
            package: "wasm-bindgen-cli",
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            version: locked_version(&project.read("Cargo.lock")?, "wasm-bindgen")?,
            // Registry mirrors may lag behind its lock file.
            locked: false,
        },
        Tool {
            package: "trunk",
            programs: &["trunk"],
            version: TRUNK.to_owned(),
            locked: true,
        },
    ])
}

/// Makes sure that the wanted tools are there.
pub(crate) fn prepare(project: &Project) -> Result<()> {
    let cache = cache_folder(
        env::var("DREAM_REVIEW_TOOL_CACHE").ok(),
        env::var_os("XDG_CACHE_HOME"),
        env::var_os("HOME"),
    );
    for tool in wanted(project)? {
        let kept = cache.as_ref().map(|folder| {
            folder
                .join(machine())
                .join(format!("{}-{}", tool.package, tool.version))
        });
        obtain(project, &tool, kept.as_deref())?;
    }
    remove(&build_folder(project))
}

/// Takes a tool from where it is kept, or builds it; keeps it for the next clone.
fn obtain(project: &Project, tool: &Tool, kept: Option<&Path>) -> Result<()> {
    let bin = project.tools_bin();
    let is_kept = kept.is_some_and(|folder| tool.present_in(folder));
    if tool.present_in(&bin) {
        // Nothing to do but to keep it.
    } else if let Some(folder) = kept.filter(|_| is_kept)
        && copy(tool, folder, &bin).is_ok()
    {
        println!("Took {} from {}.", tool.name(), folder.display());
    } else {
        install(project, tool)?;
    }
    if let Some(folder) = kept.filter(|_| !is_kept) {
        // Only a convenience for the next clone: without it the tools are built again.
        drop(copy(tool, &bin, folder));
    }
    Ok(())
}

fn build_folder(project: &Project) -> PathBuf {
    project.tools().join("build")
}

fn install(project: &Project, tool: &Tool) -> Result<()> {
    println!(
        "{} is missing: building it, once, below target/tools.",
        tool.name()
    );
    let mut cargo = project.cargo(&["install", tool.package, "--version", &tool.version])?;
    if tool.locked {
        cargo.arg("--locked");
    }
    cargo
        .args(["--force", "--root"])
        .arg(project.tools())
        .env("CARGO_TARGET_DIR", build_folder(project))
        // Tools that run for seconds need no minutes of optimising.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    must(&format!("cargo install {}", tool.name()), &mut cargo)
        .map_err(|failure| failure.or_run(tool.install_command()))?;
    if tool.present_in(&project.tools_bin()) {
        Ok(())
    } else {
        Err(
            Failure::new(format!("{} was installed but does not answer", tool.name()))
                .or_run(tool.install_command()),
        )
    }
}

fn copy(tool: &Tool, from: &Path, into: &Path) -> Result<()> {
    create_folder(into)?;
    for program in tool.programs {
        let (source, aside) = (from.join(program), into.join(format!(".{program}.new")));
        fs::copy(&source, &aside)
            .and_then(|_| fs::rename(&aside, into.join(program)))
            .map_err(|error| Failure::file("copying", &source, &error))?;
    }
    Ok(())
}

/// The folder in which tools are kept across clones, if any.
fn cache_folder(
    setting: Option<String>,
    cache_home: Option<std::ffi::OsString>,
    home: Option<std::ffi::OsString>,
) -> Option<PathBuf> {
    match setting.as_deref() {
        Some("off") => None,
        Some(folder) if !folder.is_empty() => Some(PathBuf::from(folder)),
        _ => cache_home
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from)
            .or_else(|| home.map(|home| PathBuf::from(home).join(".cache")))
            .map(|folder| folder.join("dream-review/tools")),
    }
}

/// Programs run on one kind of machine only.
fn machine() -> String {
    format!("{}-{}", env::consts::OS, env::consts::ARCH)
}

/// The version of a package in a `Cargo.lock`.
fn locked_version(lock: &str, package: &str) -> Result<String> {
    let missing = || Failure::new(format!("Cargo.lock names no {package}"));
    let lock: toml::Table =
        toml::from_str(lock).map_err(|error| Failure::new(format!("Cargo.lock: {error}")))?;
    let packages = lock
        .get("package")
        .and_then(toml::Value::as_array)
        .ok_or_else(missing)?;
    packages
        .iter()
        .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .and_then(|entry| entry.get("version")?.as_str().map(str::to_owned))
        .ok_or_else(missing)
}

/// The version in what a program answers to `--version`.
pub(crate) fn version_in(answer: &str) -> Option<String> {
    let numbered =
        |word: &&str| word.starts_with(|sign: char| sign.is_ascii_digit()) && word.contains('.');
    answer.split_whitespace().find(numbered).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::project::write;

    fn tool(version: &str) -> Tool {
        Tool {
            package: "some",
            programs: &["some", "some-runner"],
            version: version.to_owned(),
            locked: true,
        }
    }

    fn program(folder: &Path, name: &str, answer: &str) {
        let path = folder.join(name);
        write(&path, format!("#!/bin/sh\necho {answer}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_tool_is_present_only_whole_and_in_its_version() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!tool("1.2.3").present_in(folder.path()));
        program(folder.path(), "some", "some 1.2.3");
        assert!(
            !tool("1.2.3").present_in(folder.path()),
            "one of its programs is missing"
        );
        program(folder.path(), "some-runner", "");
        assert!(tool("1.2.3").present_in(folder.path()));
        assert!(!tool("1.2.4").present_in(folder.path()));
        assert_eq!(
            tool("1.2.4").found_in(folder.path()).as_deref(),
            Some("1.2.3")
        );
    }

    #[test]
    fn a_kept_tool_is_copied_and_runs() {
        let (kept, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        program(kept.path(), "some", "some 1.2.3");
        program(kept.path(), "some-runner", "");
        copy(&tool("1.2.3"), kept.path(), bin.path()).unwrap();
        assert!(tool("1.2.3").present_in(bin.path()));
    }

    #[test]
    fn the_cache_can_be_moved_and_turned_off() {
        let folder = |setting: Option<&str>, cache: Option<&str>, home: Option<&str>| {
            cache_folder(
                setting.map(str::to_owned),
                cache.map(Into::into),
                home.map(Into::into),
            )
        };
        assert_eq!(folder(Some("off"), Some("/c"), Some("/h")), None);
        assert_eq!(
            folder(Some("/mine"), Some("/c"), Some("/h")),
            Some(PathBuf::from("/mine"))
        );
        assert_eq!(
            folder(None, Some("/c"), Some("/h")),
            Some(PathBuf::from("/c/dream-review/tools"))
        );
        assert_eq!(
            folder(Some(""), None, Some("/h")),
            Some(PathBuf::from("/h/.cache/dream-review/tools"))
        );
        assert_eq!(folder(None, None, None), None);
    }

    #[test]
    fn versions_are_read_from_answers_and_the_lock_file() {
        assert_eq!(
            version_in("wasm-bindgen 0.2.130").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(
            version_in("Chromium 140.0.7339.80 built on Debian").as_deref(),
            Some("140.0.7339.80")
        );
        assert_eq!(version_in("no version here"), None);
        let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked_version(lock, "b").unwrap(), "2.0.0");
        assert!(locked_version(lock, "c").is_err());
    }

    #[test]
    fn a_person_is_told_the_whole_command() {
        assert_eq!(
            tool("1.2.3").install_command(),
            "cargo install some@1.2.3 --locked --root target/tools"
        );
    }
}
