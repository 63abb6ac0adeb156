//! A Chromium and its driver, for browser tests and journeys.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::failure::{Failure, Result};
use crate::project::{Project, on_path};
use crate::run::output_of;

use super::tools::version_in;

const BROWSERS: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
const DRIVERS: [&str; 3] = [
    "chromedriver",
    "chromium.chromedriver",
    "chromium-chromedriver",
];
const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-dejavu-core"];

/// A browser and the driver that speaks to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Browser {
    /// The browser.
    pub(crate) chrome: PathBuf,
    /// Its driver.
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Version of the browser and of the driver.
    pub(crate) fn versions(&self) -> (Option<String>, Option<String>) {
        let version =
            |program: &Path| version_in(&output_of(Command::new(program).arg("--version"))?);
        (version(&self.chrome), version(&self.driver))
    }
}

/// The browser named by `CHROME` and `CHROMEDRIVER`, else the one on `PATH`.
pub(crate) fn find() -> Result<Browser> {
    let chrome = named("CHROME").or_else(|| on_path(&BROWSERS));
    let driver = named("CHROMEDRIVER").or_else(|| on_path(&DRIVERS));
    match (chrome, driver) {
        (Some(chrome), Some(driver)) => Ok(Browser { chrome, driver }),
        (None, _) => Err(missing("a Chromium browser")),
        (_, None) => Err(missing(
            "chromedriver, which tests use to drive the browser,",
        )),
    }
}

/// Makes sure that there is a browser with its driver.
pub(crate) fn prepare(_project: &Project) -> Result<()> {
    let Err(failure) = find() else {
        return Ok(());
    };
    if on_path(&["apt-get"]).is_none() || !rustix::process::geteuid().is_root() {
        return Err(failure);
    }
    println!("A browser or its driver is missing: installing Debian's.");
    super::apt_install(&PACKAGES).map_err(|failed| failed.or_run(install_command()))?;
    find().map(|_| ())
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn missing(what: &str) -> Failure {
    Failure::new(format!(
        "{what} is neither on PATH nor named by CHROME and CHROMEDRIVER"
    ))
    .or_run(install_command())
}

/// What a person runs to get a browser and its driver.
fn install_command() -> String {
    if cfg!(target_os = "macos") {
        "brew install --cask chromium chromedriver".to_owned()
    } else {
        format!(
            "sudo apt-get install -y --no-install-recommends {}",
            PACKAGES.join(" ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_its_command() {
        let said = missing("a Chromium browser").to_string();
        assert!(
            said.contains("a Chromium browser") && said.contains("run this"),
            "{said}"
        );
    }
}
