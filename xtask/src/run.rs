//! Running other programs: what is shown of them, how long they take, how they end with us.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::failure::{Failure, Result};
use crate::promises::Heard;
use crate::signals;

/// How often a long step says that it is still at work.
const PROGRESS: Duration = Duration::from_secs(30);
/// How many last lines of a hidden output are shown when its program fails.
const KEPT_LINES: usize = 80;
/// How long pipes may stay open after their program ended, held by something it left behind.
const PIPE_GRACE: Duration = Duration::from_secs(2);

/// What of a program's output is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Nothing, unless the program fails.
    OnFailure,
    /// All but lines that say that all is well: what cargo compiles, which tests passed.
    News,
}

/// A program that ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Whether it ended well.
    pub(crate) ok: bool,
    /// How long it took.
    pub(crate) took: Duration,
    /// The tests it reported, if it ran any.
    pub(crate) tests: Tests,
    /// What its tests said about promises.
    pub(crate) heard: Heard,
}

/// Tests as a test program counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tests {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Tests {
    /// Adds what a line like `test result: ok. 3 passed; 0 failed; 1 ignored; …` says.
    fn note(&mut self, line: &str) {
        let Some((_, counts)) = line
            .trim_start()
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(kind)) =
                (words.next().map(str::parse::<usize>), words.next())
            else {
                continue;
            };
            match kind {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// Runs a program to its end, saying what it is and, every half minute, that it still runs.
pub(crate) fn step(name: &str, command: &mut Command, show: Show) -> Result<Outcome> {
    println!("▸ {name}");
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: it and everything below it can be ended together.
        .process_group(0)
        .spawn()
        .map_err(|error| {
            Failure::new(format!(
                "{name}: {} cannot be started: {error}",
                program(command)
            ))
        })?;
    let (send, lines) = mpsc::channel();
    forward(child.stdout.take(), send.clone());
    forward(child.stderr.take(), send);

    let mut report = Report::new(name, show, started);
    let status = watch(&mut child, &lines, &mut report)?;
    if !status.success() && show == Show::OnFailure {
        for line in &report.kept {
            println!("  │ {line}");
        }
    }
    Ok(Outcome {
        ok: status.success(),
        took: started.elapsed(),
        tests: report.tests,
        heard: report.heard,
    })
}

/// Runs a program that must succeed; its output is shown only if it does not.
pub(crate) fn must(name: &str, command: &mut Command) -> Result<Duration> {
    let outcome = step(name, command, Show::OnFailure)?;
    if outcome.ok {
        println!("  done in {}", seconds(outcome.took));
        Ok(outcome.took)
    } else {
        Err(Failure::new(format!("{name} failed")))
    }
}

/// What a program prints on stdout, or `None` if it cannot be run or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Asks a process to end.
pub(crate) fn ask_to_end(child: &Child) {
    if let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended already, which is what was asked for.
        let _ = kill_process(id, Signal::TERM);
    }
}

/// A duration as people read it.
pub(crate) fn seconds(took: Duration) -> String {
    let total = took.as_secs();
    match total {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..60 => format!("{total} s"),
        _ => format!("{} min {:02} s", total / 60, total % 60),
    }
}

struct Report<'a> {
    name: &'a str,
    show: Show,
    started: Instant,
    said: Instant,
    kept: VecDeque<String>,
    tests: Tests,
    heard: Heard,
}

impl<'a> Report<'a> {
    fn new(name: &'a str, show: Show, started: Instant) -> Self {
        Self {
            name,
            show,
            started,
            said: started,
            kept: VecDeque::new(),
            tests: Tests::default(),
            heard: Heard::default(),
        }
    }

    fn line(&mut self, line: String) {
        self.tests.note(&line);
        self.heard.note(&line);
        if self.show == Show::News && is_news(&line) {
            println!("  {line}");
            self.said = Instant::now();
        }
        if self.kept.len() == KEPT_LINES {
            self.kept.pop_front();
        }
        self.kept.push_back(line);
    }

    fn progress(&mut self) {
        if self.said.elapsed() >= PROGRESS {
            self.said = Instant::now();
            let last = self
                .kept
                .iter()
                .rev()
                .map(|line| line.trim())
                .find(|line| !line.is_empty());
            let last: String = last.unwrap_or("no output yet").chars().take(100).collect();
            println!(
                "  … {}: {} so far · {last}",
                self.name,
                seconds(self.started.elapsed())
            );
        }
    }
}

fn watch(
    child: &mut Child,
    lines: &Receiver<String>,
    report: &mut Report<'_>,
) -> Result<ExitStatus> {
    let failed = |error| Failure::new(format!("waiting for a program failed: {error}"));
    let mut ended: Option<(ExitStatus, Instant)> = None;
    let mut told_to_end = false;
    loop {
        match lines.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => report.line(line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        report.progress();
        if signals::stop_asked() && !told_to_end {
            told_to_end = true;
            end_group(child);
        }
        if ended.is_none() {
            ended = child
                .try_wait()
                .map_err(failed)?
                .map(|status| (status, Instant::now()));
        }
        if ended.is_some_and(|(_, when)| when.elapsed() > PIPE_GRACE) {
            end_group(child);
            break;
        }
    }
    let status = match ended {
        Some((status, _)) => status,
        None => child.wait().map_err(failed)?,
    };
    if told_to_end {
        Err(Failure::new(format!("{} was stopped", report.name)))
    } else {
        Ok(status)
    }
}

fn end_group(child: &Child) {
    if let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Gone already: nothing to end.
        let _ = kill_process_group(id, Signal::TERM);
    }
}

fn forward(pipe: Option<impl Read + Send + 'static>, to: Sender<String>) {
    let Some(pipe) = pipe else { return };
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|count| count > 0)
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if to.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
}

/// Whether a line says more than that all is well.
fn is_news(line: &str) -> bool {
    const DULL: [&str; 16] = [
        "Compiling ",
        "Checking ",
        "Downloading ",
        "Downloaded ",
        "Fresh ",
        "Blocking ",
        "Updating ",
        "Locking ",
        "Adding ",
        "Executable ",
        "running ",
        "Doc-tests ",
        "Set WASM_BINDGEN_TEST_TIMEOUT",
        "Running headless tests",
        "Try find `webdriver.json`",
        "Loading Wasm module",
    ];
    let text = line.trim_start();
    let passed = text.starts_with("test ")
        && (text.ends_with(" ... ok") || text.ends_with(" ... \u{1b}[32mok\u{1b}[0m"));
    let nothing = text.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored");
    // Of the servers that journeys start, only what is wrong is news.
    let routine = text.starts_with('{') && text.contains("\"level\":\"INFO\"");
    !text.is_empty()
        && !routine
        && text != "Ok"
        && !passed
        && !nothing
        && !DULL.iter().any(|start| text.starts_with(start))
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> Tests {
        let mut tests = Tests::default();
        for line in lines {
            tests.note(line);
        }
        tests
    }

    #[test]
    fn tests_are_counted_over_all_programs() {
        let tests = counted(&[
            "running 3 tests",
            "test a ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "    test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 filtered out; finished in 0.02s",
        ]);
        assert_eq!(
            tests,
            Tests {
                passed: 5,
                failed: 1,
                skipped: 1
            }
        );
    }

    #[test]
    fn words_that_only_look_like_a_result_count_nothing() {
        assert_eq!(
            counted(&["the test result: ok. 3 passed", "test result: none"]),
            Tests::default()
        );
    }

    #[test]
    fn what_went_well_is_no_news_and_what_failed_is() {
        for dull in [
            "   Compiling serde v1.0.0",
            "test a::b ... ok",
            "",
            "running 4 tests",
            r#"{"timestamp":"t","level":"INFO","fields":{"message":"answered"}}"#,
        ] {
            assert!(!is_news(dull), "{dull}");
        }
        for news in [
            "test a::b ... FAILED",
            "warning: unused",
            "error[E0308]: mismatched",
            r#"{"timestamp":"t","level":"WARN","fields":{"message":"no platform"}}"#,
            "test result: ok. 3 passed; 0",
        ] {
            assert!(is_news(news), "{news}");
        }
    }

    #[test]
    fn a_failing_program_is_an_outcome_and_a_missing_one_a_failure() {
        let outcome = step("false", &mut Command::new("false"), Show::OnFailure).unwrap();
        assert!(!outcome.ok);
        let missing = step(
            "nothing",
            &mut Command::new("no-such-program-here"),
            Show::OnFailure,
        );
        assert!(
            missing
                .unwrap_err()
                .to_string()
                .contains("no-such-program-here cannot be started")
        );
    }

    #[test]
    fn a_program_that_leaves_its_pipe_open_does_not_hold_us() {
        let started = Instant::now();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 30 & echo $!"]);
        let outcome = step("sh", &mut command, Show::OnFailure).unwrap();
        assert!(outcome.ok && started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(42)), "42 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
