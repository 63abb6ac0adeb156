//! Building, starting and ending the two servers.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::failure::{Failure, Result};
use crate::project::{Project, create_folder};
use crate::run::{ask_to_end, must};
use crate::signals;

/// How long a server may take until it listens; a first start also fills its database.
const START_DEADLINE: Duration = Duration::from_mins(1);
/// How long a server may take to end before it is made to.
const END_DEADLINE: Duration = Duration::from_secs(10);
/// How often something is looked at that cannot be waited for.
const LOOK: Duration = Duration::from_millis(50);

/// What builds the proxy with places at which it can be ended and a clock that can be moved; never a release build.
pub(crate) const FAILPOINTS: [&str; 2] = ["--features", "review-proxy/failpoints"];

/// Where the built servers lie.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    /// `dream-review-proxy`.
    pub(crate) proxy: PathBuf,
    /// `demo-platform`.
    pub(crate) platform: PathBuf,
}

impl Binaries {
    /// The servers as `cargo test` and `cargo build` leave them.
    pub(crate) fn of(project: &Project) -> Self {
        let folder = project.target().join("debug");
        Self {
            proxy: folder.join("dream-review-proxy"),
            platform: folder.join("demo-platform"),
        }
    }

    /// Builds both servers, with the same features that the tests are built with.
    pub(crate) fn build(project: &Project) -> Result<Self> {
        let mut cargo = project.cargo(&[
            "build",
            "--workspace",
            "--bin",
            "demo-platform",
            "--bin",
            "dream-review-proxy",
        ])?;
        must("building the servers", &mut cargo)?;
        Ok(Self::of(project))
    }

    /// Where [`build_rig`](Self::build_rig) leaves its proxy.
    pub(crate) fn rig(project: &Project) -> PathBuf {
        project.target().join("rigs").join("dream-review-proxy")
    }

    /// Builds the proxy of the rigs as their tests have it, and puts it aside: cargo keeps one program of a name.
    pub(crate) fn build_rig(project: &Project) -> Result<()> {
        let tests = ["test", "--workspace", "--exclude", "e2e", "--no-run"];
        // The same words as for the rigs: with others, cargo would build everything once more.
        let mut cargo = project.cargo(&tests)?;
        cargo.args(FAILPOINTS).args(["--test", "rigs"]);
        must("building the proxy of the rigs", &mut cargo)?;
        let (built, kept) = (Self::of(project).proxy, Self::rig(project));
        create_folder(&project.target().join("rigs"))?;
        // A program that runs cannot be written to, only replaced.
        let new = kept.with_extension("new");
        fs::copy(&built, &new).map_err(|error| Failure::file("copying", &built, &error))?;
        fs::rename(&new, &kept).map_err(|error| Failure::file("renaming", &new, &error))
    }
}

/// A port of 127.0.0.1 that nothing listens on: `usual`, or any other.
pub(crate) fn free_port(usual: u16) -> Result<u16> {
    TcpListener::bind(("127.0.0.1", usual))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("no free port on 127.0.0.1: {error}")))
}

/// A server that was started here; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server and waits until it says where it listens. All it prints goes to `log`.
    pub(crate) fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Self> {
        let mut file = File::create(log).map_err(|error| Failure::file("creating", log, &error))?;
        let errors = file
            .try_clone()
            .map_err(|error| Failure::file("opening", log, &error))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            // Ctrl-C reaches us, and we end the servers in order.
            .process_group(0)
            .spawn()
            .map_err(|error| Failure::new(format!("{name} cannot be started: {error}")))?;
        let (send, addresses) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(stdout)
                    .lines()
                    .map_while(std::result::Result::ok)
                {
                    announce(&line, &send);
                    // A full disk costs the log only.
                    drop(writeln!(file, "{line}"));
                }
            });
        }
        let mut server = Self {
            name,
            child,
            log: log.to_path_buf(),
            url: String::new(),
        };
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            match addresses.recv_timeout(LOOK) {
                Ok(url) => {
                    server.url = url;
                    return Ok(server);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(server.failed("ended before it listened"));
                }
                Err(RecvTimeoutError::Timeout) if signals::stop_asked() => {
                    return Err(Failure::new("stopped"));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() > deadline => {
                    return Err(server.failed("does not listen after a minute"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// How it ended, if it did.
    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn failed(&self, how: &str) -> Failure {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines
            .get(lines.len().saturating_sub(15)..)
            .unwrap_or_default()
            .join("\n  │ ");
        Failure::new(format!(
            "{} {how}; the end of {}:\n  │ {last}",
            self.name,
            self.log.display()
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        ask_to_end(&self.child);
        let deadline = Instant::now() + END_DEADLINE;
        while self.ended().is_none() {
            if Instant::now() > deadline {
                // It had its time; only an already ended process cannot be killed.
                drop(self.child.kill());
                drop(self.child.wait());
                return;
            }
            thread::sleep(LOOK);
        }
    }
}

/// Waits until somebody asks to stop; a server that ends before is a failure.
pub(crate) fn watch(servers: &mut [Server]) -> Result<()> {
    while !signals::stop_asked() {
        for server in servers.iter_mut() {
            if let Some(status) = server.ended() {
                return Err(server.failed(&format!("ended by itself ({status})")));
            }
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Passes on the address in `listening on http://127.0.0.1:4180`.
fn announce(line: &str, to: &Sender<String>) {
    if let Some(url) = line.trim().strip_prefix("listening on ") {
        // Nobody waits any more: the address was passed on before.
        drop(to.send(url.trim().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let usual = taken.local_addr().unwrap().port();
        let port = free_port(usual).unwrap();
        assert_ne!(port, usual);
        drop(TcpListener::bind(("127.0.0.1", port)).unwrap());
    }

    #[test]
    fn a_server_is_ready_when_it_says_where_it_listens_and_ends_with_us() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let script = "trap 'echo bye; exit 0' TERM; echo listening on http://127.0.0.1:1; while :; do sleep 0.05; done";
        let server = Server::start("it", shell(script), &log).unwrap();
        assert_eq!(server.url, "http://127.0.0.1:1");
        drop(server);
        let deadline = Instant::now() + Duration::from_secs(5);
        while !fs::read_to_string(&log).unwrap().contains("bye") {
            assert!(Instant::now() < deadline, "it was not asked to end");
            thread::yield_now();
        }
    }

    #[test]
    fn a_server_that_dies_shows_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let said = Server::start(
            "it",
            shell("echo the disk is full >&2; exit 3"),
            &folder.path().join("log"),
        );
        let said = said.unwrap_err().to_string();
        assert!(
            said.contains("ended before it listened") && said.contains("the disk is full"),
            "{said}"
        );
    }

    #[test]
    fn a_server_that_ends_later_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo listening on http://127.0.0.1:1; exit 4";
        let server = Server::start("it", shell(script), &folder.path().join("log")).unwrap();
        let said = watch(&mut [server]).unwrap_err().to_string();
        assert!(
            said.contains("ended by itself") && said.contains('4'),
            "{said}"
        );
    }
}
