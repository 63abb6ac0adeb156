//! The results of the last runs, kept between them in `target/promises`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::heard::{Heard, promise_of};
use crate::failure::{Failure, Result};
use crate::project::Project;

/// What the last runs came to.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// By the test's name with its modules.
    tests: BTreeMap<String, Last>,
    /// By promise and what was done.
    figures: BTreeMap<String, Figures>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Last {
    ok: bool,
    at: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Figures {
    numbers: String,
    at: Timestamp,
}

fn file(project: &Project) -> PathBuf {
    project.target().join("promises/results.json")
}

/// Adds what a step said to what is kept.
pub(crate) fn keep(project: &Project, heard: &Heard) -> Result<()> {
    if *heard == Heard::default() {
        return Ok(());
    }
    let mut record = Record::read(project);
    record.add(heard, Timestamp::now());
    let file = file(project);
    let folder = file.parent().unwrap_or(&file);
    fs::create_dir_all(folder).map_err(|error| Failure::file("making", folder, &error))?;
    let text = serde_json::to_string_pretty(&record)
        .map_err(|error| Failure::new(format!("the results cannot be written: {error}")))?;
    fs::write(&file, text).map_err(|error| Failure::file("writing", &file, &error))
}

impl Record {
    /// What is kept; nothing where nothing ran yet.
    pub(super) fn read(project: &Project) -> Self {
        fs::read_to_string(file(project))
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    fn add(&mut self, heard: &Heard, at: Timestamp) {
        for (name, ok) in &heard.tests {
            self.tests.insert(name.clone(), Last { ok: *ok, at });
        }
        for line in &heard.figures {
            let mut words = line.splitn(3, ' ');
            if let (Some(promise), Some(what), Some(numbers)) =
                (words.next(), words.next(), words.next())
            {
                let numbers = numbers.to_owned();
                self.figures
                    .insert(format!("{promise} {what}"), Figures { numbers, at });
            }
        }
    }

    /// `passed`, `FAILED` or `not run`, for a test by its name without modules.
    ///
    /// One name may stand for several tests, on two databases for instance: then all must have passed.
    pub(super) fn result_of(&self, name: &str) -> &'static str {
        let mut own = self
            .tests
            .iter()
            .filter(|(path, _)| path.rsplit("::").next() == Some(name))
            .map(|(_, last)| last.ok)
            .peekable();
        if own.peek().is_none() {
            "not run"
        } else if own.all(|ok| ok) {
            "passed"
        } else {
            "FAILED"
        }
    }

    /// What the runs of a promise came to.
    pub(super) fn figures_of(&self, promise: u8) -> Vec<String> {
        self.figures
            .iter()
            .filter(|(key, _)| {
                key.split_once(' ')
                    .and_then(|(name, _)| promise_of(&format!("{name}_x")))
                    == Some(promise)
            })
            .map(|(key, figures)| {
                let what = key.split_once(' ').map_or("", |(_, what)| what);
                format!("{what} ({}): {}", minute(figures.at), figures.numbers)
            })
            .collect()
    }

    /// Says from when the results are.
    pub(super) fn age(&self) -> String {
        match self.tests.values().map(|last| last.at).max() {
            None => "No results are kept yet: run cargo xtask test.".to_owned(),
            Some(at) => format!("Last result: {}.", minute(at)),
        }
    }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_step_said_is_there_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        let said = |tests: &[(&str, bool)], figures: &str| Heard {
            tests: tests
                .iter()
                .map(|(name, ok)| ((*name).to_owned(), *ok))
                .collect(),
            figures: vec![figures.to_owned()],
        };
        let first = said(
            &[("a::p13_x", false), ("on_sqlite::p20_y", true)],
            "p13 crash runs=1",
        );
        keep(&project, &first).unwrap();
        let second = said(
            &[("a::p13_x", true), ("on_postgres::p20_y", false)],
            "p13 crash runs=72 lost=0",
        );
        keep(&project, &second).unwrap();
        let record = Record::read(&project);
        assert_eq!(record.result_of("p13_x"), "passed");
        assert_eq!(record.result_of("p20_y"), "FAILED");
        assert_eq!(record.result_of("p14_z"), "not run");
        let figures = record.figures_of(13);
        assert_eq!(figures.len(), 1);
        assert!(figures[0].ends_with("runs=72 lost=0"), "{figures:?}");
        assert!(record.figures_of(1).is_empty());
    }
}
