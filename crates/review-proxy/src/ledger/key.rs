//! The key that signs checkpoints.

use review_core::chain::{PublicKey, SigningKey};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Name of the key's file in the data folder.
const FILE: &str = "audit.key";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum BadAuditKey {
    /// The file cannot be used.
    #[error("the audit key {0:?} cannot be used: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// It holds something else.
    #[error("the audit key {0:?} must hold 64 hex digits and nothing else")]
    Malformed(PathBuf),
}

/// The key of this proxy; several proxies on one database may share it.
#[derive(Debug, Clone)]
pub struct AuditKey(pub(super) SigningKey);

impl AuditKey {
    /// Reads the key in the data folder, which is made if there is none, readable by its owner only.
    ///
    /// # Errors
    /// As [`BadAuditKey`] says.
    pub fn of_folder(folder: &Path) -> Result<Self, BadAuditKey> {
        let path = folder.join(FILE);
        match Self::of_file(&path) {
            Err(BadAuditKey::File(_, error)) if error.kind() == std::io::ErrorKind::NotFound => {
                make_key(&path).map_err(|error| BadAuditKey::File(path.clone(), error))?;
                Self::of_file(&path)
            }
            read => read,
        }
    }

    /// Reads the key in a file.
    ///
    /// # Errors
    /// As [`BadAuditKey`] says.
    pub fn of_file(path: &Path) -> Result<Self, BadAuditKey> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| BadAuditKey::File(path.to_owned(), error))?;
        // The same digits as a public key has, which reads them.
        let bytes: PublicKey = text
            .trim_ascii()
            .parse()
            .map_err(|_| BadAuditKey::Malformed(path.to_owned()))?;
        Ok(Self(SigningKey::from_bytes(&bytes.0)))
    }

    /// Returns what others verify with.
    pub fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }
}

/// Reads the public key that goes with the key in a data folder, if there is one.
///
/// # Errors
/// If there is a key that cannot be read.
pub fn read_public_key(folder: &Path) -> Result<Option<PublicKey>, BadAuditKey> {
    match AuditKey::of_file(&folder.join(FILE)) {
        Ok(key) => Ok(Some(key.public_key())),
        Err(BadAuditKey::File(_, error)) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Makes a file with a key of 64 hex digits in one step: it is there in whole or not at all, whatever interrupts.
pub(crate) fn make_key(path: &Path) -> std::io::Result<()> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
    // As text the digits of a secret look like those of a public key; only the file ever has them.
    let text = format!("{}\n", PublicKey(secret));
    let part = path.with_extension("part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_its_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_public_key(folder.path()).unwrap(), None);
        let made = AuditKey::of_folder(folder.path()).unwrap().public_key();
        let again = AuditKey::of_folder(folder.path()).unwrap().public_key();
        assert_eq!(made, again);
        assert_eq!(read_public_key(folder.path()).unwrap(), Some(made));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let file = std::fs::metadata(folder.path().join(FILE)).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        let other = tempfile::tempdir().unwrap();
        assert_ne!(
            AuditKey::of_folder(other.path()).unwrap().public_key(),
            made
        );
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "hunter2").unwrap();
        let error = AuditKey::of_folder(folder.path()).unwrap_err();
        assert!(matches!(error, BadAuditKey::Malformed(_)), "{error}");
        assert!(!error.to_string().contains("hunter2"));
        let kept = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(kept, "hunter2");
    }
}
