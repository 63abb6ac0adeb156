//! `cargo xtask bench`: what is measured, against what is aimed at.

mod large;
mod viewers;

use std::fs;

use crate::dist::{self, Weight, brotli, files_below};
use crate::failure::{Failure, Result};
use crate::project::{Project, is_kind};
use crate::setup::{self, Need};

pub(crate) use viewers::Options;

/// What the first screen should weigh at most, in bytes as sent.
const FIRST_SCREEN_AIM: usize = 300_000;

/// Runs every measurement.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    setup::prepare(project, &[Need::WasmStd, Need::Tools, Need::WasmOpt])?;
    dist::build(project)?;
    first_screen(project)?;
    if options.is_size_only() {
        return Ok(());
    }
    if options.is_large_only() {
        return large::run(project);
    }
    viewers::run(project, options)?;
    large::run(project)
}

/// The size of everything that the first screen loads.
fn first_screen(project: &Project) -> Result<()> {
    let index = project.dist().join("index.html");
    let html =
        fs::read_to_string(&index).map_err(|error| Failure::file("reading", &index, &error))?;
    let mut weights = Vec::new();
    for path in files_below(&project.dist())? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if is_loaded(name, &html) {
            let content =
                fs::read(&path).map_err(|error| Failure::file("reading", &path, &error))?;
            let packed = brotli(&content)?.len();
            weights.push(Weight {
                name: name.to_owned(),
                plain: content.len(),
                packed,
            });
        }
    }
    weights.sort_by_key(|weight| std::cmp::Reverse(weight.packed));
    println!("What the first screen loads:\n{}", dist::table(&weights));
    let total = weights.iter().map(|weight| weight.packed).sum::<usize>();
    println!("{}", verdict(total));
    Ok(())
}

fn verdict(total: usize) -> String {
    let word = if total > FIRST_SCREEN_AIM {
        "ABOVE"
    } else {
        "within"
    };
    format!("first screen: {total} B brotli, {word} the aim of {FIRST_SCREEN_AIM} B")
}

/// Whether the first screen loads the file: the page itself, its settings, and what it names.
fn is_loaded(name: &str, html: &str) -> bool {
    name == "index.html" || name == "config.json" || (html.contains(name) && !is_kind(name, "br"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_held_against_the_aim() {
        assert!(verdict(FIRST_SCREEN_AIM).contains("within"));
        assert!(verdict(FIRST_SCREEN_AIM + 1).contains("ABOVE"));
    }

    #[test]
    fn what_the_page_names_is_loaded_and_its_packed_twins_are_not_counted_twice() {
        let html = r#"<link rel="stylesheet" href="/tokens-1a.css"><script src="/app-2b.js">"#;
        for loaded in ["index.html", "config.json", "tokens-1a.css", "app-2b.js"] {
            assert!(is_loaded(loaded, html), "{loaded}");
        }
        for other in ["tokens-1a.css.br", "later-3c.css", "index.html.br"] {
            assert!(!is_loaded(other, html), "{other}");
        }
    }
}
