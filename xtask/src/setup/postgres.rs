//! PostgreSQL for tests: found or installed, and one throw-away server per run.

use std::{
    env, fs,
    io::Read as _,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use super::tools::version_in;
use crate::failure::{Failure, Result};
use crate::project::on_path;
use crate::run::{must, output_of};

/// Where Debian puts the programs of each version, off `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The variable that tests find the server by.
pub(crate) const VARIABLE: &str = "DREAM_REVIEW_TEST_POSTGRES";
/// How long a server may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The folder with `postgres` and `initdb`.
pub(crate) fn find() -> Result<PathBuf> {
    let has_both = |folder: &Path| {
        ["postgres", "initdb"]
            .iter()
            .all(|program| folder.join(program).is_file())
    };
    if let Some(folder) = on_path(&["initdb"]).and_then(|found| found.parent().map(Path::to_owned))
        && has_both(&folder)
    {
        return Ok(folder);
    }
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    versions
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| has_both(folder))
        .max_by_key(|folder| {
            let version = folder.parent().and_then(Path::file_name);
            version.and_then(|name| name.to_str()?.parse::<u32>().ok())
        })
        .ok_or_else(|| {
            Failure::new("PostgreSQL's server is neither on PATH nor where Debian puts it")
                .or_run(install_command())
        })
}

/// The version of the server found.
pub(crate) fn version() -> Result<Option<String>> {
    let postgres = find()?.join("postgres");
    Ok(output_of(Command::new(postgres).arg("--version")).and_then(|said| version_in(&said)))
}

/// The first number of the server's version.
fn major(programs: &Path) -> Option<u32> {
    let said = output_of(Command::new(programs.join("postgres")).arg("--version"))?;
    version_in(&said)?.split('.').next()?.parse().ok()
}

/// Makes sure that there is a server to start.
pub(crate) fn prepare() -> Result<()> {
    let Err(failure) = find() else {
        return Ok(());
    };
    if on_path(&["apt-get"]).is_none() || !geteuid().is_root() {
        return Err(failure);
    }
    println!("PostgreSQL is missing: installing Debian's.");
    super::apt_install(&["postgresql"]).map_err(|failed| failed.or_run(install_command()))?;
    find().map(|_| ())
}

fn install_command() -> String {
    if cfg!(target_os = "macos") {
        "brew install postgresql".to_owned()
    } else {
        "sudo apt-get install -y --no-install-recommends postgresql".to_owned()
    }
}

/// A server that ends with this value and leaves nothing behind.
pub(crate) struct Server {
    child: Child,
    url: String,
    /// Removed after the server has ended; nothing else is done with it.
    #[cfg_attr(not(test), expect(dead_code, reason = "kept for its end"))]
    folder: TempDir,
}

impl Server {
    /// Makes a new cluster in a folder of its own and starts it on the loopback address.
    pub(crate) fn start() -> Result<Self> {
        prepare()?;
        let programs = find()?;
        let folder = tempfile::Builder::new()
            .prefix("dream-review-postgres-")
            .tempdir()
            .map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
        // The server refuses to be root.
        let owner = if geteuid().is_root() {
            Some(user()?)
        } else {
            None
        };
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group))
                .map_err(|error| Failure::file("giving away", folder.path(), &error))?;
        }
        let run = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).env_remove("PGDATA");
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
        };
        // Whoever else is on this machine can reach the address, and a superuser can run programs.
        let password = random()?;
        let secret = folder.path().join("password");
        crate::project::write(&secret, &password)?;
        if let Some((user, group)) = owner {
            chown(&secret, Some(user), Some(group))
                .map_err(|error| Failure::file("giving away", &secret, &error))?;
        }
        let data = folder.path().join("data");
        let mut initdb = run("initdb");
        initdb
            .arg("--pgdata")
            .arg(&data)
            .args(["--username=postgres", "--auth=password", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--no-instructions"])
            .arg("--pwfile")
            .arg(&secret);
        if major(&programs) >= Some(15) {
            // Sorts as people do, which a text column of ours must not: see COLLATE "C".
            initdb.args(["--locale-provider=icu", "--icu-locale=en-US"]);
        }
        must("PostgreSQL for the tests: a new cluster", &mut initdb)?;

        let port = free_port()?;
        let log = folder.path().join("log");
        let output =
            fs::File::create(&log).map_err(|error| Failure::file("writing", &log, &error))?;
        let mut command = run("postgres");
        command
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .args(["-c", "unix_socket_directories="])
            // It is thrown away: nothing has to survive the machine.
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .args(["-c", "max_connections=300", "-c", "shared_buffers=64MB"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            // A group of its own: Ctrl-C reaches it through us, after the tests.
            .process_group(0);
        let child = command
            .spawn()
            .map_err(|error| Failure::new(format!("PostgreSQL cannot be started: {error}")))?;
        let mut server = Self {
            child,
            url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
            folder,
        };
        server.wait_until_ready(&log)?;
        Ok(server)
    }

    /// Its address, with the password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let started = Instant::now();
        loop {
            let said = fs::read_to_string(log).unwrap_or_default();
            if said.contains("ready to accept connections") {
                return Ok(());
            }
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || started.elapsed() > PATIENCE {
                let last: Vec<_> = said.lines().rev().take(5).collect();
                let last: Vec<_> = last.into_iter().rev().collect();
                return Err(Failure::new(format!(
                    "PostgreSQL did not start: {}",
                    last.join(" / ")
                )));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // INT is its fast shutdown: connections are cut, nothing is waited for.
        if let Some(id) = id {
            let _ended_already = kill_process(id, Signal::INT);
        }
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(20)),
                _ => return,
            }
        }
        let _ended_meanwhile = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// User and group for a server that root starts.
fn user() -> Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| ids(&users, name))
        .ok_or_else(|| {
            Failure::new("PostgreSQL refuses to run as root, and there is no user postgres")
        })
}

/// What `/etc/passwd` says of a name.
fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let mut fields = line.split(':').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn random() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(|error| Failure::new(format!("no randomness for a password: {error}")))?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}

fn free_port() -> Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("no free port: {error}")))
}

/// The address of a server that a person has running, who set the variable.
pub(crate) fn named() -> Option<String> {
    env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users = "root:x:0:0::/:/bin/sh\npostgres2:x:7:8::/:/\npostgres:x:105:113:a:/var:/b\n";
        assert_eq!(ids(users, "postgres"), Some((105, 113)));
        assert_eq!(ids(users, "post"), None);
        assert_eq!(ids("postgres:x", "postgres"), None);
    }

    #[test]
    fn a_server_answers_and_leaves_nothing_behind() {
        if let Err(failure) = find() {
            println!("skipped: {failure}");
            return;
        }
        let server = Server::start().unwrap();
        let folder = server.folder.path().to_owned();
        let (_, address) = server.url().rsplit_once('@').unwrap();
        let address = address.strip_suffix("/postgres").unwrap().to_owned();
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(server);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(&address).is_err());
    }
}
