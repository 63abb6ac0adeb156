//! Reads the console's files. Only what was found at the start is served, so no path leads elsewhere.

use super::policy;
use axum::body::Bytes;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderValue;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// Most bytes of all files together: many times what a console has.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// Hex digits in a row that make a name one of a kind.
const HASH_DIGITS: usize = 12;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// Why the console's files cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BadAssets {
    /// A file or folder cannot be read.
    #[error("the console's files cannot be read at {0:?}: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is not a built console.
    #[error(
        "{0:?} has no index.html; build the console first and name the folder that it was built to"
    )]
    NotBuilt(PathBuf),
    /// It is something else.
    #[error(
        "{0:?} holds more than {MOST_BYTES} bytes, which no console does; name the right folder"
    )]
    TooLarge(PathBuf),
}

/// One file.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) bytes: Bytes,
    /// The same, compressed at build time.
    pub(super) brotli: Option<Bytes>,
    pub(super) mime: HeaderValue,
    pub(super) etag: HeaderValue,
    pub(super) caching: &'static str,
}

/// The console's files, by path.
#[derive(Debug)]
pub struct Assets {
    files: HashMap<String, Asset>,
    policy: HeaderValue,
}

impl Assets {
    /// Serves nothing but the API.
    pub fn none() -> Self {
        Self {
            files: HashMap::new(),
            policy: policy::of(""),
        }
    }

    /// Reads every file under `folder`.
    ///
    /// # Errors
    /// As [`BadAssets`] says.
    pub fn read(folder: &Path) -> Result<Self, BadAssets> {
        let mut found = HashMap::new();
        let mut room = MOST_BYTES;
        read_folder(folder, "", &mut found, &mut room, folder)?;
        let index = found.get("/index.html");
        let index = index.ok_or_else(|| BadAssets::NotBuilt(folder.to_owned()))?;
        let policy = policy::of(&String::from_utf8_lossy(index));
        let files = found
            .iter()
            .filter(|(path, _)| path.strip_suffix(".br").is_none())
            .map(|(path, bytes)| {
                let brotli = found.get(&format!("{path}.br")).cloned();
                (path.clone(), asset(path, bytes.clone(), brotli))
            })
            .collect();
        Ok(Self { files, policy })
    }

    /// Returns the file at a path that begins with `/`.
    pub(super) fn get(&self, path: &str) -> Option<&Asset> {
        self.files.get(path)
    }

    /// Returns the content security policy that lets this console run, and nothing else.
    pub fn policy(&self) -> &HeaderValue {
        &self.policy
    }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    found: &mut HashMap<String, Bytes>,
    room: &mut u64,
    top: &Path,
) -> Result<(), BadAssets> {
    let unreadable = |error| BadAssets::Unreadable(folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        // Links are not followed: what is served lies in the folder.
        let kind = entry.file_type().map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}/{name}");
        if kind.is_dir() {
            read_folder(&entry.path(), &path, found, room, top)?;
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path())
                .map_err(|error| BadAssets::Unreadable(entry.path(), error))?;
            *room = room
                .checked_sub(bytes.len() as u64)
                .ok_or_else(|| BadAssets::TooLarge(top.to_owned()))?;
            found.insert(path, Bytes::from(bytes));
        }
    }
    Ok(())
}

fn asset(path: &str, bytes: Bytes, brotli: Option<Bytes>) -> Asset {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes));
    let etag = HeaderValue::from_str(&format!("\"{digest}\""));
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let mime = match mime.type_().as_str() {
        "text" => format!("{mime}; charset=utf-8"),
        _ => mime.to_string(),
    };
    let fallback = HeaderValue::from_static("application/octet-stream");
    Asset {
        bytes,
        brotli,
        mime: HeaderValue::from_str(&mime).unwrap_or(fallback),
        etag: etag.unwrap_or(HeaderValue::from_static("\"\"")),
        caching: if is_hashed(path) { FOR_EVER } else { ASK_FIRST },
    }
}

/// Says whether a file's name changes with its content, as the build makes it.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(|char: char| !char.is_ascii_hexdigit() || char.is_ascii_uppercase())
        .any(|run| run.len() >= HASH_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for hashed in [
            "/dream-review-1a2b3c4d5e6f7a8b.js",
            "/dream-review-1a2b3c4d5e6f7a8b_bg.wasm",
            "/style/tokens-0123456789abcdef.css",
        ] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in [
            "/index.html",
            "/config.json",
            "/favicon.svg",
            "/a1b2c3d4e5f60718/logo.svg",
        ] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}
