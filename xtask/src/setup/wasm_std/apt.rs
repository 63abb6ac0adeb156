//! The source of Rust's standard library as Debian packages it.
//!
//! The machine's own suite may hold an older one, so newer suites of the same mirror are asked as well: from a list of
//! sources and a state of apt's own that lie in a scratch folder and leave the machine's untouched.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::failure::{Failure, Result};
use crate::project::{create_folder, is_kind, write};
use crate::run::{must, output_of};

/// Newer suites that may hold the wanted version.
const SUITES: [&str; 4] = ["trixie-backports", "trixie-updates", "trixie", "sid"];
/// The keys with which Debian signs every suite.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Fetches the `library` folder of the standard library's source for `version`.
pub(super) fn rust_library(version: &str, scratch: &Path) -> Result<PathBuf> {
    let mirror = machine_mirror()?;
    let apt = Apt::new(&mirror, scratch)?;
    // A mirror may lack one of the suites; the others are used all the same.
    drop(must(
        "asking the package mirror for newer suites",
        &mut apt.command("apt-get", &["update", "-q"]),
    ));
    let offered =
        output_of(&mut apt.command("apt-cache", &["madison", "rust-src"])).unwrap_or_default();
    let package = matching(&offered, version).ok_or_else(|| {
        Failure::new(format!(
            "the package mirror has no rust-src of version {version}"
        ))
    })?;
    let wanted = format!("rust-src={package}");
    must(
        &format!("downloading {wanted}"),
        apt.command("apt-get", &["download", &wanted])
            .current_dir(scratch),
    )?;
    let archive = first_with(scratch, |name| {
        name.starts_with("rust-src_") && is_kind(name, "deb")
    })
    .ok_or_else(|| Failure::new("the downloaded package is not where it should be"))?;
    let unpacked = scratch.join("package");
    must(
        "unpacking it",
        Command::new("dpkg").arg("-x").arg(archive).arg(&unpacked),
    )?;
    library_in(&unpacked)
}

/// The Debian mirror that this machine is set to.
fn machine_mirror() -> Result<String> {
    let folder = Path::new("/etc/apt/sources.list.d");
    let mut files = vec![
        folder.join("debian.sources"),
        PathBuf::from("/etc/apt/sources.list"),
    ];
    files.extend(
        fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path())),
    );
    files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .find_map(|text| mirror_in(&text))
        .ok_or_else(|| Failure::new("apt has no Debian mirror set on this machine"))
}

/// The first Debian archive in a list of sources, in either of apt's two formats.
fn mirror_in(sources: &str) -> Option<String> {
    sources.lines().map(str::trim).find_map(|line| {
        let url = match line.strip_prefix("URIs:") {
            Some(urls) => urls.split_whitespace().next()?,
            None => line
                .strip_prefix("deb ")?
                .split_whitespace()
                .find(|word| word.contains("://"))?,
        };
        let archive = url.trim_end_matches('/');
        archive.ends_with("/debian").then(|| archive.to_owned())
    })
}

/// The newest offered package of `version` in what `apt-cache madison` lists.
fn matching(offered: &str, version: &str) -> Option<String> {
    offered.lines().find_map(|line| {
        let package = line.split('|').nth(1)?.trim();
        let rest = package.strip_prefix(version)?;
        rest.starts_with(['+', '-', '~'])
            .then(|| package.to_owned())
    })
}

/// Where the package keeps `library`; its place has changed over time.
fn library_in(unpacked: &Path) -> Result<PathBuf> {
    let sources = unpacked.join("usr/src");
    let versioned = first_with(&sources, |name| name.starts_with("rustc-"))
        .map(|folder| folder.join("library"));
    versioned
        .into_iter()
        .chain([unpacked.join("usr/lib/rustlib/src/rust/library")])
        .find(|folder| folder.join("std").is_dir())
        .ok_or_else(|| Failure::new("the package holds no source of the standard library"))
}

fn first_with(folder: &Path, wanted: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .find(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(&wanted)
        })
}

/// apt with sources and state of its own.
struct Apt {
    options: Vec<String>,
}

impl Apt {
    fn new(mirror: &str, scratch: &Path) -> Result<Self> {
        let (list, state, cache) = (
            scratch.join("sources.list"),
            scratch.join("state/lists"),
            scratch.join("cache"),
        );
        create_folder(&state.join("partial"))?;
        create_folder(&cache.join("archives/partial"))?;
        let lines: Vec<String> = SUITES
            .iter()
            .map(|suite| format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n"))
            .collect();
        write(&list, lines.concat())?;
        let set = |name: &str, path: &Path| ["-o".to_owned(), format!("{name}={}", path.display())];
        let options = [
            set("Dir::Etc::sourcelist", &list),
            set("Dir::Etc::sourceparts", Path::new("-")),
            set("Dir::State::lists", &state),
            set("Dir::Cache", &cache),
        ];
        Ok(Self {
            options: options.into_iter().flatten().collect(),
        })
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(&self.options).args(arguments);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_found_in_both_formats() {
        let deb822 = "Types: deb\n# comment\nURIs: http://mirror.test/debian\nSuites: bookworm\n";
        assert_eq!(
            mirror_in(deb822).as_deref(),
            Some("http://mirror.test/debian")
        );
        let one_line =
            "# main\ndeb [arch=amd64 signed-by=/k] https://mirror.test/debian/ bookworm main\n";
        assert_eq!(
            mirror_in(one_line).as_deref(),
            Some("https://mirror.test/debian")
        );
    }

    #[test]
    fn other_archives_are_passed_over() {
        let others =
            "deb https://packages.test/apt cloud main\nURIs: http://mirror.test/debian-security\n";
        assert_eq!(mirror_in(others), None);
        assert_eq!(
            mirror_in("# deb http://mirror.test/debian bookworm main"),
            None
        );
    }

    #[test]
    fn only_the_very_version_matches() {
        let offered = " rust-src | 1.96.0+dfsg1-1 | http://m/debian sid/main\n \
                       rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://m/debian trixie-backports/main\n \
                       rust-src | 1.85.0+dfsg3-1 | http://m/debian trixie/main\n";
        assert_eq!(
            matching(offered, "1.95.0").as_deref(),
            Some("1.95.0+dfsg1-2~bpo13+1")
        );
        assert_eq!(matching(offered, "1.9"), None);
        assert_eq!(matching("", "1.95.0"), None);
    }

    #[test]
    fn the_library_is_found_in_either_place() {
        for place in [
            "usr/src/rustc-1.95.0/library",
            "usr/lib/rustlib/src/rust/library",
        ] {
            let scratch = tempfile::tempdir().unwrap();
            create_folder(&scratch.path().join(place).join("std")).unwrap();
            assert_eq!(
                library_in(scratch.path()).unwrap(),
                scratch.path().join(place)
            );
        }
        assert!(library_in(tempfile::tempdir().unwrap().path()).is_err());
    }
}
