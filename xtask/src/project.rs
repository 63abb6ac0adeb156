//! Where things lie in the project, and the environment its tools run in.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::failure::{Failure, Result};

/// The project's folders.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// The project this program was built from, or the one around the current folder.
    pub(crate) fn find() -> Result<Self> {
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .map(Path::to_path_buf);
        let here = env::current_dir()
            .map_err(|error| Failure::new(format!("no current folder: {error}")))?;
        built_from
            .iter()
            .map(PathBuf::as_path)
            .chain(here.ancestors())
            .find(|folder| folder.join("Trunk.toml").is_file() && folder.join("xtask").is_dir())
            .map(|root| Self {
                root: root.to_path_buf(),
            })
            .ok_or_else(|| Failure::new("this is not a checkout of Dream Review"))
    }

    /// A project at `root`.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    /// The checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root.join(inside)
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => self.root.join(folder),
            None => self.root.join("target"),
        }
    }

    /// Where build tools of the project's own are kept; nothing is installed for the whole machine.
    pub(crate) fn tools(&self) -> PathBuf {
        self.path("target/tools")
    }

    /// The programs that cargo installed for this project.
    pub(crate) fn tools_bin(&self) -> PathBuf {
        self.tools().join("bin")
    }

    /// The programs that npm installed for this project.
    pub(crate) fn npm_bin(&self) -> PathBuf {
        self.tools().join("npm/node_modules/.bin")
    }

    /// The console's built files.
    pub(crate) fn dist(&self) -> PathBuf {
        self.path("dist")
    }

    /// `PATH` with the project's own tools first.
    pub(crate) fn search_path(&self) -> Result<OsString> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let own = [
            self.tools_bin(),
            self.npm_bin(),
            self.tools().join("stand-in"),
        ];
        env::join_paths(own.into_iter().chain(env::split_paths(&inherited)))
            .map_err(|error| Failure::new(format!("PATH cannot be extended: {error}")))
    }

    /// A command that runs in the checkout with the project's own tools first on `PATH`.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let path = self.search_path()?;
        // The program itself is looked up in the parent's PATH, so an own tool is named in full.
        let own = [self.tools_bin(), self.npm_bin()].map(|folder| folder.join(program));
        let found = own.iter().find(|file| file.is_file()).map(PathBuf::as_path);
        let mut command = Command::new(found.unwrap_or(Path::new(program)));
        command.current_dir(&self.root).env("PATH", path);
        Ok(command)
    }

    /// Cargo, in the checkout.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = self.command("cargo")?;
        command.args(arguments);
        // Set by the cargo that started this program; they would reach build scripts and rebuild things.
        for name in [
            "CARGO_MANIFEST_DIR",
            "CARGO_MANIFEST_PATH",
            "CARGO_PKG_NAME",
            "CARGO_PKG_VERSION",
        ] {
            command.env_remove(name);
        }
        Ok(command)
    }

    /// The text of a file of the checkout.
    pub(crate) fn read(&self, inside: &str) -> Result<String> {
        let path = self.path(inside);
        fs::read_to_string(&path).map_err(|error| Failure::file("reading", &path, &error))
    }
}

/// Whether a file's name ends in `.kind`.
pub(crate) fn is_kind(path: impl AsRef<Path>, kind: &str) -> bool {
    path.as_ref()
        .extension()
        .is_some_and(|extension| extension == kind)
}

/// Creates a folder with everything above it.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| Failure::file("creating", path, &error))
}

/// Removes a file or folder; nothing there is fine.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file("removing", path, &error))
        }
        _ => Ok(()),
    }
}

/// Writes a file.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, content).map_err(|error| Failure::file("writing", path, &error))
}

/// The first of `names` that is a program on `PATH`.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}
