//! Child processes that end with the test that started them.

use crate::Result;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// Longest that a process may take to say that it is ready.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A running child with a process group of its own; the whole group is killed when this is dropped, so
/// that a browser goes with its driver even when a test fails half-way.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts `command` and waits for the first line of its output that `ready` accepts.
    ///
    /// What it prints later is read and dropped, so that it never blocks on a full pipe.
    ///
    /// # Errors
    /// If it cannot be started, ends, or says nothing in time.
    pub async fn start<T>(
        name: &str,
        mut command: Command,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<(Self, T)> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{name} cannot be started: {error}"))?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let found = timeout(READY_WITHIN, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(found) = ready(&line) {
                    return Ok(found);
                }
            }
            Err(std::io::Error::other("it ended before it was ready"))
        })
        .await
        .map_err(|_| format!("{name} was not ready within {READY_WITHIN:?}"))?
        .map_err(|error| format!("{name}: {error}"))?;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((
            Self {
                name: name.to_owned(),
                child,
            },
            found,
        ))
    }

    /// Kills the process, as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// If the system refuses.
    pub async fn kill(&mut self) -> Result<ExitStatus> {
        self.child.start_kill()?;
        Ok(self
            .child
            .wait()
            .await
            .map_err(|error| format!("{}: {error}", self.name))?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Some(id) = self.child.id() else { return };
        let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) else {
            return;
        };
        // Fails only if the whole group is gone already, which is what is wanted.
        let _gone = kill_process_group(group, Signal::KILL);
    }
}
