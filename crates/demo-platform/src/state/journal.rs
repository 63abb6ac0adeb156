//! The journal: one file of JSON lines, appended to with each change and read at start.

use super::{Entry, Model};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

const FILE: &str = "state.jsonl";

/// The open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Reads the state that lies in `folder`, or has `seed` make one, which is then complete or absent.
    pub(crate) fn open(
        folder: &Path,
        seed: impl FnOnce() -> Vec<Entry>,
    ) -> io::Result<(Self, Model)> {
        fs::create_dir_all(folder)?;
        let path = folder.join(FILE);
        let mut model = Model::default();
        if path.exists() {
            let lines = read(&path, &mut model)?;
            let needed = model.entries();
            // Superseded lines are dropped once they are the larger part.
            if lines.all > needed.len() * 2 || lines.torn {
                write_whole(&path, &needed)?;
            }
        } else {
            let entries = seed();
            write_whole(&path, &entries)?;
            for entry in entries {
                model.apply(entry);
            }
        }
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok((Self { file }, model))
    }

    /// Adds entries, in one write.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines)
    }
}

struct Lines {
    all: usize,
    torn: bool,
}

fn read(path: &PathBuf, model: &mut Model) -> io::Result<Lines> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut lines = Lines {
        all: 0,
        torn: false,
    };
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        lines.all += 1;
        match serde_json::from_slice(&line) {
            Ok(entry) => model.apply(entry),
            // A process that was killed while it wrote leaves half a line at the end, and only there.
            Err(_) if !line.ends_with(b"\n") => lines.torn = true,
            Err(error) => {
                let place = format!("{}, line {}: {error}", path.display(), lines.all);
                return Err(io::Error::new(io::ErrorKind::InvalidData, place));
            }
        }
        line.clear();
    }
    Ok(lines)
}

fn write_whole(path: &Path, entries: &[Entry]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut writer = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
    for entry in entries {
        serde_json::to_writer(&mut writer, entry)?;
        writer.write_all(b"\n")?;
    }
    writer.into_inner()?.sync_all()?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn origin(scale: u32) -> Entry {
        Entry::Origin {
            first_start: Timestamp::UNIX_EPOCH,
            scale,
        }
    }

    #[test]
    fn what_was_appended_is_there_after_a_restart_and_the_seed_is_not_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, model) = Journal::open(folder.path(), || vec![origin(1)]).unwrap();
        assert_eq!(model.origin.unwrap().1, 1);
        journal.append(&[origin(2)]).unwrap();
        drop(journal);
        let (_journal, model) = Journal::open(folder.path(), || unreachable!()).unwrap();
        assert_eq!(model.origin.unwrap().1, 2);
    }

    #[test]
    fn half_a_last_line_is_dropped_and_a_broken_earlier_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        drop(Journal::open(folder.path(), || vec![origin(3)]).unwrap());
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"origin\":{\"first_st").unwrap();
        let (mut journal, model) = Journal::open(folder.path(), Vec::new).unwrap();
        assert_eq!(model.origin.unwrap().1, 3);
        journal.append(&[origin(4)]).unwrap();
        let (_journal, model) = Journal::open(folder.path(), Vec::new).unwrap();
        assert_eq!(model.origin.unwrap().1, 4);

        fs::write(&path, "nonsense\n{}\n").unwrap();
        let error = Journal::open(folder.path(), Vec::new).unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }

    #[test]
    fn superseded_lines_are_dropped_at_start() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), || vec![origin(1)]).unwrap();
        for scale in 0..20 {
            journal.append(&[origin(scale)]).unwrap();
        }
        drop(Journal::open(folder.path(), Vec::new).unwrap());
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(text.lines().count(), 1);
    }
}
