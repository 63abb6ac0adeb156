//! The console's diff beside six other viewers, in one browser, on the same texts.

use std::process::Command;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder, on_path};
use crate::run::{Show, must, step};

/// What is timed.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Runs of each viewer on each pair of texts.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Only these viewers, separated by commas; ours is `dream-review`.
    #[arg(long)]
    viewers: Option<String>,
    /// Only the size of what the first screen loads.
    #[arg(long)]
    size_only: bool,
    /// Only the long log and the large memory store.
    #[arg(long, conflicts_with = "size_only")]
    large_only: bool,
}

impl Options {
    /// Whether everything but the size is left out.
    pub(crate) fn is_size_only(&self) -> bool {
        self.size_only
    }

    /// Whether the viewers are left out.
    pub(crate) fn is_large_only(&self) -> bool {
        self.large_only
    }
}

/// Builds our page and those of the others, times them all, and prints tables in Markdown.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    if on_path(&["node"]).is_none() || on_path(&["npm"]).is_none() {
        return Err(Failure::new(
            "The other viewers come from npm and run by Node.js. Install both, or use --size-only.",
        ));
    }
    let peers = project.path("target/bench/peers");
    create_folder(&peers)?;
    std::fs::copy(
        project.path("bench/peers/package.json"),
        peers.join("package.json"),
    )
    .map_err(|error| Failure::file("copying", &peers, &error))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock"])
        .current_dir(&peers);
    must("npm install (other viewers)", &mut npm)?;
    let mut build = Command::new("node");
    build
        .arg(project.path("bench/build.mjs"))
        .arg(&peers)
        .current_dir(project.path("bench"));
    must("bundling the other viewers", &mut build)?;
    let mut trunk = project.command("trunk")?;
    trunk
        .args(["build", "--release", "--offline"])
        .current_dir(project.path("bench/page"))
        .env_remove("NO_COLOR")
        .env("RUST_BACKTRACE", "0");
    must("trunk build --release (our page)", &mut trunk)?;
    let mut time = Command::new("node");
    time.arg(project.path("bench/run.mjs"))
        .arg(&peers)
        .arg(project.path("target/bench/page"))
        .arg(options.rounds.to_string())
        .args(options.viewers.as_ref())
        .current_dir(project.path("bench"));
    let outcome = step("timing the viewers", &mut time, Show::News)?;
    if outcome.ok {
        Ok(())
    } else {
        Err(Failure::new("the viewers could not be timed"))
    }
}
