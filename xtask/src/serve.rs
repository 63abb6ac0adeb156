//! `cargo xtask serve`: the proxy against the real platform.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;

use crate::dist;
use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder};
use crate::run::must;
use crate::servers::{Server, free_port, watch};
use crate::setup::{self, Need};

const PORT: u16 = 4180;
const PLATFORM: &str = "https://api.anthropic.com";

/// How the proxy is served.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A file that holds the platform's API key, in place of `ANTHROPIC_API_KEY`.
    #[arg(long)]
    api_key_file: Option<PathBuf>,
    /// The port of the URL; without it 4180, or a free one if that is taken.
    #[arg(long)]
    port: Option<u16>,
    /// The platform.
    #[arg(long, default_value = PLATFORM)]
    platform_url: String,
    /// Where the review state is kept.
    #[arg(long, default_value = "target/serve")]
    data: PathBuf,
    /// Who uses it, as NAME:ROLE; may be repeated.
    #[arg(long = "user", default_value = "admin:admin")]
    users: Vec<String>,
}

/// Serves until it is stopped.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    let in_environment = env::var("ANTHROPIC_API_KEY").is_ok_and(|key| !key.trim().is_empty());
    let key_file = options.api_key_file.as_deref().map(Path::to_path_buf);
    key_given(in_environment, key_file.as_deref())?;

    setup::prepare(project, &[Need::WasmStd, Need::Tools, Need::WasmOpt])?;
    dist::build(project)?;
    let mut cargo = project.cargo(&[
        "build",
        "--release",
        "--workspace",
        "--bin",
        "dream-review-proxy",
    ])?;
    must("building the proxy", &mut cargo)?;

    let data = project.path(&options.data);
    create_folder(&data)?;
    let port = options.port.map_or_else(|| free_port(PORT), Ok)?;
    let mut proxy = Command::new(project.target().join("release/dream-review-proxy"));
    proxy.arg("--listen").arg(format!("127.0.0.1:{port}"));
    proxy.args(["--platform-url", &options.platform_url]);
    proxy
        .arg("--data")
        .arg(&data)
        .arg("--assets")
        .arg(project.dist());
    proxy.args(options.users.iter().flat_map(|user| ["--dev-user", user]));
    if let Some(file) = key_file {
        proxy.arg("--api-key-file").arg(file);
    }
    let log = data.join("proxy.log");
    let proxy = Server::start("dream-review-proxy", proxy, &log)?;
    println!(
        "\nState: {}. Log: {}. Ctrl-C ends it.\n",
        data.display(),
        log.display()
    );
    println!("  Dream Review:  {}/\n", proxy.url);
    watch(&mut [proxy])
}

/// Refuses to go on without a key.
fn key_given(in_environment: bool, file: Option<&Path>) -> Result<()> {
    match file {
        Some(file) if !file.is_file() => Err(Failure::new(format!(
            "there is no key file {}; name one that holds the platform's API key",
            file.display()
        ))),
        None if !in_environment => Err(Failure::new(
            "set ANTHROPIC_API_KEY to the platform's API key, or name a file that holds it with --api-key-file",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_key_one_sentence_says_what_to_set() {
        let said = key_given(false, None).unwrap_err().to_string();
        assert!(
            said.contains("set ANTHROPIC_API_KEY") && !said.contains('\n'),
            "{said}"
        );
        assert!(key_given(true, None).is_ok());
    }

    #[test]
    fn a_named_key_file_must_be_there_whatever_the_environment_holds() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        assert!(
            key_given(true, Some(&file))
                .unwrap_err()
                .to_string()
                .contains("no key file")
        );
        crate::project::write(&file, "k").unwrap();
        assert!(key_given(false, Some(&file)).is_ok());
    }
}
