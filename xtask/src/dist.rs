//! The console's files: built by trunk, each with a brotli twin for servers that send it as it is.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use brotli::CompressorWriter;
use sha2::{Digest as _, Sha256};

use crate::failure::{Failure, Result};
use crate::project::{Project, is_kind, write};
use crate::run::must;
use crate::setup::wasm_std;

/// What the console is built from.
const INPUTS: [&str; 13] = [
    "src",
    "style",
    "public",
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "crates/review-api",
    "crates/review-core",
    "crates/prompt-diff",
    "target/tools/npm/package-lock.json",
    "target/tools/stand-in/wasm-opt",
];

/// Builds the console in release into `dist/`, unless nothing changed since it was built.
pub(crate) fn build(project: &Project) -> Result<()> {
    let stamp = project.path("target/dist.stamp");
    let wanted = fingerprint(project)?;
    let built = fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == wanted);
    if built && project.dist().join("index.html").is_file() {
        println!("The console is built already.");
        return Ok(());
    }
    // Trunk works offline below, so that it downloads no tools of its own; the sources must be there then.
    let mut fetch = project.cargo(&["fetch", "--quiet", "--target", wasm_std::TARGET])?;
    must("fetching sources", &mut fetch)?;
    let mut trunk = project.command("trunk")?;
    // Trunk takes an inherited NO_COLOR=1 for a wrong value of its own option.
    trunk
        .args(["build", "--release", "--offline"])
        .env_remove("NO_COLOR")
        .env("RUST_BACKTRACE", "0");
    must("trunk build --release", &mut trunk)?;
    let index = project.dist().join("index.html");
    let html =
        fs::read_to_string(&index).map_err(|error| Failure::file("reading", &index, &error))?;
    write(&index, with_silent_digest(&html)?)?;
    let files = compress_all(&project.dist())?;
    println!("{}", table(&files));
    write(&stamp, wanted)
}

/// Moves the digest of the WASM file to where the start script finds it and the browser does not.
///
/// Browsers check no digest on a preload that is fetched by a script, and warn about it on every page; the start script
/// hands the digest to `fetch`, which checks it.
fn with_silent_digest(html: &str) -> Result<String> {
    let unknown =
        || Failure::new("trunk wrote no preload link for the WASM file where it was expected");
    let (before, after) = html.split_once("\" as=\"fetch\"").ok_or_else(unknown)?;
    let (start, digest) = before.rsplit_once(" integrity=\"").ok_or_else(unknown)?;
    if digest.contains(['"', '>']) {
        return Err(unknown());
    }
    Ok(format!(
        "{start} data-integrity=\"{digest}\" as=\"fetch\"{after}"
    ))
}

/// A built file and what it weighs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Its name.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) plain: usize,
    /// Its size in bytes as a server sends it.
    pub(crate) packed: usize,
}

/// Names and sizes below each other, with their sum.
pub(crate) fn table(files: &[Weight]) -> String {
    let line = |name: &str, plain: usize, packed: usize| {
        format!("  {name:<44} {plain:>10} B {packed:>10} B brotli\n")
    };
    let (plain, packed) = files.iter().fold((0, 0), |sum, file| {
        (sum.0 + file.plain, sum.1 + file.packed)
    });
    let mut text: String = files
        .iter()
        .map(|file| line(&file.name, file.plain, file.packed))
        .collect();
    text.push_str(&line("together", plain, packed));
    text
}

/// Packs every file but the one that operators edit, and returns the weights, heaviest first.
fn compress_all(folder: &Path) -> Result<Vec<Weight>> {
    let mut weights = Vec::new();
    for path in files_below(folder)? {
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .display()
            .to_string();
        if is_kind(&name, "br") || name == "config.json" {
            continue;
        }
        let content = fs::read(&path).map_err(|error| Failure::file("reading", &path, &error))?;
        let packed = brotli(&content)?;
        write(&folder.join(format!("{name}.br")), &packed)?;
        weights.push(Weight {
            name,
            plain: content.len(),
            packed: packed.len(),
        });
    }
    weights.sort_by_key(|weight| std::cmp::Reverse(weight.packed));
    Ok(weights)
}

/// Packs bytes as well as brotli can.
pub(crate) fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut writer = CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
    writer
        .write_all(content)
        .map_err(|error| Failure::new(format!("packing failed: {error}")))?;
    Ok(writer.into_inner())
}

fn fingerprint(project: &Project) -> Result<String> {
    let mut hash = Sha256::new();
    for input in INPUTS
        .map(|input| project.path(input))
        .into_iter()
        .filter(|input| input.exists())
    {
        for file in files_below(&input)? {
            let content =
                fs::read(&file).map_err(|error| Failure::file("reading", &file, &error))?;
            hash.update(file.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(content.len().to_le_bytes());
            hash.update(content);
        }
    }
    Ok(STANDARD.encode(hash.finalize()))
}

/// All files below a folder, or the file itself, in a fixed order.
pub(crate) fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let listed = fs::read_dir(path).map_err(|error| Failure::file("reading", path, &error))?;
    let mut entries: Vec<PathBuf> = listed
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        files.extend(files_below(&entry)?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::create_folder;

    #[test]
    fn every_file_gets_a_twin_but_the_one_operators_edit() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("app.js"), "let a = 1;\n".repeat(200)).unwrap();
        write(&folder.path().join("config.json"), "{}").unwrap();
        let weights = compress_all(folder.path()).unwrap();
        assert_eq!(weights.len(), 1);
        assert!(weights[0].packed < weights[0].plain / 10, "{weights:?}");
        let mut plain = Vec::new();
        let packed = fs::read(folder.path().join("app.js.br")).unwrap();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut plain).unwrap();
        assert_eq!(plain, "let a = 1;\n".repeat(200).into_bytes());
        assert!(!folder.path().join("config.json.br").exists());
    }

    #[test]
    fn the_digest_of_the_wasm_file_moves_and_nothing_else() {
        let script = r#"<link rel="modulepreload" href="/a.js" integrity="sha384-A">"#;
        let html = format!(
            r#"{script}<link rel="preload" href="/a.wasm" integrity="sha384-B" as="fetch" type="t">"#
        );
        let wanted = format!(
            r#"{script}<link rel="preload" href="/a.wasm" data-integrity="sha384-B" as="fetch" type="t">"#
        );
        assert_eq!(with_silent_digest(&html).unwrap(), wanted);
        assert!(with_silent_digest(script).is_err());
        let without = format!(r#"{script}<link rel="preload" href="/a.wasm" as="fetch">"#);
        assert!(with_silent_digest(&without).is_err());
    }

    #[test]
    fn the_fingerprint_follows_the_inputs_only() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        create_folder(&project.path("src")).unwrap();
        write(&project.path("src/main.rs"), "fn main() {}").unwrap();
        let first = fingerprint(&project).unwrap();
        write(&project.path("README.md"), "about").unwrap();
        assert_eq!(fingerprint(&project).unwrap(), first);
        write(&project.path("src/main.rs"), "fn main() { }").unwrap();
        assert_ne!(fingerprint(&project).unwrap(), first);
    }
}
