//! The standard library for wasm32: from rustup, or built from its source where rustup reaches no server.

mod apt;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder, remove, write};
use crate::run::{must, output_of};

/// The target the console is built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const RUSTUP: &str = "rustup target add wasm32-unknown-unknown";

/// Makes sure that the compiler has a standard library for the target.
pub(crate) fn prepare(project: &Project) -> Result<()> {
    if present(project)? {
        return Ok(());
    }
    println!("The standard library for {TARGET} is missing.");
    let mut rustup = project.command("rustup")?;
    rustup.args(["target", "add", TARGET]);
    if must("rustup target add", &mut rustup).is_err() {
        println!("  rustup could not fetch it: building it from its source instead.");
        build(project).map_err(|failure| failure.or_run(RUSTUP))?;
    }
    // What was compiled against an older one cannot be linked with this one.
    remove(&project.target().join(TARGET))?;
    if present(project)? {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "the standard library for {TARGET} is there but does not work"
        ))
        .or_run(RUSTUP))
    }
}

/// Whether the compiler can build for the target: tried, since a library of another compiler is of no use.
pub(crate) fn present(project: &Project) -> Result<bool> {
    let scratch = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
    let source = scratch.path().join("probe.rs");
    write(&source, "pub fn probe() -> String { String::new() }\n")?;
    let mut rustc = project.command("rustc")?;
    rustc.args([
        "--edition=2024",
        "--crate-type=lib",
        "--emit=metadata",
        "--target",
        TARGET,
        "--out-dir",
    ]);
    rustc.arg(scratch.path()).arg(&source);
    Ok(output_of(&mut rustc).is_some())
}

/// The version of the compiler, like `1.95.0`.
pub(crate) fn rustc_version(project: &Project) -> Result<String> {
    output_of(project.command("rustc")?.arg("-V"))
        .and_then(|line| version_in(&line))
        .ok_or_else(|| Failure::new("rustc -V gives no version; is Rust installed?"))
}

/// The second word of `rustc 1.95.0 (59807616e 2026-04-14)` if it is a released version.
fn version_in(line: &str) -> Option<String> {
    let version = line.split_whitespace().nth(1)?;
    version
        .chars()
        .all(|sign| sign.is_ascii_digit() || sign == '.')
        .then(|| version.to_owned())
}

fn build(project: &Project) -> Result<()> {
    let version = rustc_version(project)?;
    let sysroot = output_of(project.command("rustc")?.args(["--print", "sysroot"]))
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("rustc does not say where it lives"))?;
    let scratch = project.path("target/wasm-std");
    remove(&scratch)?;
    create_folder(&scratch)?;

    let library = apt::rust_library(&version, &scratch)?;
    let source = sysroot.join("lib/rustlib/src/rust");
    create_folder(&source)?;
    remove(&source.join("library"))?;
    must(
        "copying the source",
        Command::new("cp")
            .arg("-rL")
            .arg(&library)
            .arg(source.join("library")),
    )?;

    let crate_folder = scratch.join("empty");
    create_folder(&crate_folder.join("src"))?;
    write(&crate_folder.join("src/lib.rs"), "")?;
    write(&crate_folder.join("Cargo.toml"), EMPTY_CRATE)?;
    let mut cargo = project.cargo(&["build", "--release", "--target", TARGET])?;
    cargo
        .arg("-Zbuild-std=std,panic_abort,proc_macro,test")
        .current_dir(&crate_folder)
        .env("RUSTC_BOOTSTRAP", "1")
        // Without the bitcode, link-time optimisation has nothing to work on.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", scratch.join("build"));
    must("building the standard library for wasm32", &mut cargo)?;

    let built = scratch.join("build").join(TARGET).join("release/deps");
    let into = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    let copied = copy_libraries(&built, &into)?;
    println!("  {copied} libraries are now in {}", into.display());
    remove(&scratch)
}

const EMPTY_CRATE: &str =
    "[package]\nname = \"empty-crate\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";

/// Copies the libraries of std, without the empty crate's own, in place of what an older compiler left there.
fn copy_libraries(built: &Path, into: &Path) -> Result<usize> {
    remove(into)?;
    create_folder(into)?;
    let listed = fs::read_dir(built).map_err(|error| Failure::file("reading", built, &error))?;
    let mut copied = 0;
    for file in listed
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
    {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if file.extension().is_some_and(|kind| kind == "rlib")
            && !name.starts_with("libempty_crate")
        {
            fs::copy(&file, into.join(name))
                .map_err(|error| Failure::file("copying", &file, &error))?;
            copied += 1;
        }
    }
    if copied == 0 {
        Err(Failure::new(
            "the build of the standard library left no libraries",
        ))
    } else {
        Ok(copied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_a_released_compiler_only() {
        assert_eq!(
            version_in("rustc 1.95.0 (59807616e 2026-04-14)").as_deref(),
            Some("1.95.0")
        );
        assert_eq!(version_in("rustc 1.97.0-nightly (abc 2026-05-01)"), None);
        assert_eq!(version_in("rustc"), None);
    }

    #[test]
    fn libraries_replace_those_of_an_older_compiler() {
        let scratch = tempfile::tempdir().unwrap();
        let (built, into) = (scratch.path().join("deps"), scratch.path().join("lib"));
        create_folder(&built).unwrap();
        create_folder(&into).unwrap();
        for name in [
            "libstd-1.rlib",
            "libcore-2.rlib",
            "libempty_crate-3.rlib",
            "libstd-1.rmeta",
        ] {
            write(&built.join(name), "new").unwrap();
        }
        write(&into.join("libstd-0.rlib"), "old").unwrap();

        assert_eq!(copy_libraries(&built, &into).unwrap(), 2);
        assert!(into.join("libstd-1.rlib").is_file() && into.join("libcore-2.rlib").is_file());
        assert!(
            !into.join("libstd-0.rlib").exists() && !into.join("libempty_crate-3.rlib").exists()
        );
    }

    #[test]
    fn a_build_that_left_nothing_is_a_failure() {
        let scratch = tempfile::tempdir().unwrap();
        let built = scratch.path().join("deps");
        create_folder(&built).unwrap();
        assert!(copy_libraries(&built, &scratch.path().join("lib")).is_err());
    }
}
