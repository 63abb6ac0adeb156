//! The files of the project, and rules about several of them together.

use std::{collections::BTreeSet, fs};

use crate::failure::{Failure, Result};
use crate::project::{Project, is_kind};

use super::{Source, Violation};

/// What is not the project's own text.
const PASSED_OVER: [&str; 4] = ["target", "dist", "node_modules", "Cargo.lock"];

/// Kinds of files that people write.
const KINDS: [&str; 12] = [
    "rs", "toml", "md", "css", "html", "json", "sql", "svg", "js", "sh", "conf", "yml",
];

/// Reads every text file of the project.
pub(super) fn read(project: &Project) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![project.root().to_path_buf()];
    while let Some(folder) = folders.pop() {
        let listed =
            fs::read_dir(&folder).map_err(|error| Failure::file("reading", &folder, &error))?;
        for path in listed.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            if PASSED_OVER.contains(&name) || name.starts_with("dist-") || name == ".git" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .and_then(|kind| kind.to_str())
                .is_some_and(|kind| KINDS.contains(&kind))
                || name == "run"
            {
                // A file that another program removes meanwhile, or that is no text, has nothing to check.
                let Ok(text) = fs::read_to_string(&path) else {
                    continue;
                };
                let path = path
                    .strip_prefix(project.root())
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .replace('\\', "/");
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

/// What files break together.
pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = styles(sources);
    let ci = text_of(sources, ".ci/run");
    if !ci.trim_end().ends_with("exec cargo xtask test") {
        violations.push(violation(
            ".ci/run",
            "CI calls the test command and nothing else",
        ));
    }
    violations
}

/// Every style sheet is linked, and no link leads nowhere; the tokens come first.
fn styles(sources: &[Source]) -> Vec<Violation> {
    let there: BTreeSet<&str> = sources
        .iter()
        .map(|source| source.path.as_str())
        .filter(|path| path.starts_with("style/") && is_kind(path, "css"))
        .collect();
    let index = text_of(sources, "index.html");
    let linked: Vec<&str> = index
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.starts_with("style/"))
        .collect();
    let mut violations: Vec<Violation> = there
        .iter()
        .filter(|path| !linked.contains(path))
        .map(|path| violation(path, "a style sheet that index.html does not link"))
        .collect();
    violations.extend(
        linked
            .iter()
            .filter(|href| !there.contains(*href))
            .map(|href| violation("index.html", &format!("links {href}, which is not there"))),
    );
    if linked
        .first()
        .is_some_and(|first| *first != "style/tokens.css")
    {
        violations.push(violation(
            "index.html",
            "style/tokens.css comes first: it names the layers",
        ));
    }
    violations
}

fn text_of<'a>(sources: &'a [Source], path: &str) -> &'a str {
    sources
        .iter()
        .find(|source| source.path == path)
        .map_or("", |source| &source.text)
}

fn violation(path: &str, rule: &str) -> Violation {
    Violation {
        path: path.to_owned(),
        line: 0,
        rule: rule.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    fn said(sources: &[Source]) -> String {
        check(sources)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn style_sheets_and_links_agree() {
        let ci = source(".ci/run", "exec cargo xtask test\n");
        let tokens = source("style/tokens.css", "");
        let base = source("style/base.css", "");
        let links = |hrefs: &[&str]| {
            let text: Vec<String> = hrefs
                .iter()
                .map(|href| format!("<link rel=\"css\" href=\"{href}\">"))
                .collect();
            source("index.html", &text.concat())
        };
        let both = links(&["style/tokens.css", "style/base.css"]);
        assert_eq!(
            said(&[ci.clone(), tokens.clone(), base.clone(), both.clone()]),
            ""
        );
        assert!(
            said(&[ci.clone(), tokens.clone(), both])
                .contains("links style/base.css, which is not there")
        );
        let one = links(&["style/tokens.css"]);
        assert!(
            said(&[ci.clone(), tokens.clone(), base.clone(), one])
                .contains("index.html does not link")
        );
        let turned = links(&["style/base.css", "style/tokens.css"]);
        assert!(said(&[ci, tokens, base, turned]).contains("comes first"));
    }

    #[test]
    fn ci_does_nothing_of_its_own() {
        assert!(
            said(&[source(".ci/run", "exec cargo xtask test --only host\n")])
                .contains("nothing else")
        );
        assert!(said(&[]).contains("nothing else"));
    }
}
