//! `cargo xtask demo`: everything on this machine, with seeded agents, behind one URL.

mod first_run;

use std::{
    fs::{self, File, OpenOptions},
    io::Read as _,
    path::Path,
    process::Command,
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;

use crate::dist;
use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder, remove, write};
use crate::run::seconds;
use crate::servers::{Binaries, Server, free_port, watch};
use crate::setup::{self, Need};

const PROXY_PORT: u16 = 4180;
const PLATFORM_PORT: u16 = 4190;
const USERS: [&str; 3] = ["reviewer:reviewer", "approver:approver", "admin:admin"];

/// How the demo runs.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Forgets what earlier runs left in `target/demo` and starts over.
    #[arg(long)]
    fresh: bool,
    /// The port of the URL; without it 4180, or a free one if that is taken.
    #[arg(long)]
    port: Option<u16>,
    /// Multiplies the seeded data.
    #[arg(long)]
    scale: Option<u32>,
    /// Takes the console and the servers as they were built before.
    #[arg(long)]
    no_build: bool,
    /// Ends at once, and well, when everything runs: for checking the set-up.
    #[arg(long)]
    exit_when_ready: bool,
}

/// Runs the demo until it is stopped.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    let started = Instant::now();
    let binaries = if options.no_build {
        Binaries::of(project)
    } else {
        build(project)?
    };

    let state = project.path("target/demo");
    create_folder(&state)?;
    let _only_one = lock(&project.path("target/demo.lock"))?;
    if options.fresh {
        remove(&state)?;
        create_folder(&state)?;
    }
    let secret = webhook_secret(&state.join("webhook-secret"))?;
    let proxy_port = proxy_port(options.port)?;
    let platform_port = free_port(PLATFORM_PORT)?;

    let mut platform = Command::new(&binaries.platform);
    platform
        .arg("--listen")
        .arg(format!("127.0.0.1:{platform_port}"));
    platform.arg("--data").arg(state.join("platform"));
    platform.arg("--report-webhook").arg(format!(
        "http://127.0.0.1:{proxy_port}/api/hooks/dreaming-report"
    ));
    platform.args(["--report-secret", &secret]);
    if let Some(scale) = options.scale {
        platform.args(["--scale", &scale.to_string()]);
    }
    let platform = Server::start("demo-platform", platform, &state.join("platform.log"))?;

    let mut proxy = Command::new(&binaries.proxy);
    proxy.arg("--listen").arg(format!("127.0.0.1:{proxy_port}"));
    proxy.args(["--platform-url", &platform.url, "--webhook-secret", &secret]);
    proxy
        .arg("--data")
        .arg(state.join("proxy"))
        .arg("--assets")
        .arg(project.dist());
    proxy.args(USERS.iter().flat_map(|user| ["--dev-user", user]));
    // Any key will do for the stand-in; a real one must not get into the demo.
    proxy.env("ANTHROPIC_API_KEY", "demo");
    let proxy = Server::start("dream-review-proxy", proxy, &state.join("proxy.log"))?;
    first_run::set_up(&proxy.url, &state.join("set-up"))?;

    println!(
        "\nReady after {}. State and logs: target/demo. Ctrl-C ends it.\n",
        seconds(started.elapsed())
    );
    println!("  Dream Review:  {}/\n", proxy.url);
    if options.exit_when_ready {
        return Ok(());
    }
    // Dropped from the front: the proxy ends before the platform it speaks to.
    let ended = watch(&mut [proxy, platform]);
    println!("Everything that was started has ended.");
    ended
}

fn build(project: &Project) -> Result<Binaries> {
    setup::prepare(project, &[Need::WasmStd, Need::Tools, Need::WasmOpt])?;
    dist::build(project)?;
    Binaries::build(project)
}

fn proxy_port(wanted: Option<u16>) -> Result<u16> {
    let Some(wanted) = wanted else {
        return free_port(PROXY_PORT);
    };
    match free_port(wanted)? {
        port if port == wanted || wanted == 0 => Ok(port),
        free => Err(Failure::new(format!(
            "port {wanted} is taken; {free} is free"
        ))),
    }
}

/// Two demos would write to the same databases.
fn lock(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| Failure::file("opening", path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Failure::new(
            "another `cargo xtask demo` of this checkout is running; end it first",
        )),
    }
}

/// The secret between the two servers, made once.
fn webhook_secret(path: &Path) -> Result<String> {
    if let Ok(secret) = fs::read_to_string(path) {
        return Ok(secret);
    }
    let mut bytes = [0; 32];
    let source = Path::new("/dev/urandom");
    File::open(source)
        .and_then(|mut random| random.read_exact(&mut bytes))
        .map_err(|error| Failure::file("reading", source, &error))?;
    let secret = format!("whsec_{}", STANDARD.encode(bytes));
    write(path, &secret)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_secret_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let first = webhook_secret(&path).unwrap();
        assert_eq!(
            STANDARD
                .decode(first.strip_prefix("whsec_").unwrap())
                .unwrap()
                .len(),
            32
        );
        assert_eq!(webhook_secret(&path).unwrap(), first);
        assert_ne!(webhook_secret(&folder.path().join("other")).unwrap(), first);
    }

    #[test]
    fn a_port_that_was_asked_for_is_not_replaced() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(
            proxy_port(Some(port))
                .unwrap_err()
                .to_string()
                .contains("is taken")
        );
        drop(taken);
        assert_eq!(proxy_port(Some(port)).unwrap(), port);
    }

    #[test]
    fn a_second_demo_is_refused_while_the_first_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = lock(&path).unwrap();
        assert!(lock(&path).is_err());
        drop(first);
        assert!(lock(&path).is_ok());
    }
}
