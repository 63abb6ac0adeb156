//! The structural rules of the source tree (docs/ARCHITECTURE.md), checked as a test and by `cargo xtask tidy`.

mod crates;
mod rules;
mod tree;

use std::fmt;

use crate::failure::Result;
use crate::project::Project;

/// A text file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its path in the checkout, with `/` between folders.
    path: String,
    text: String,
}

/// A place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    path: String,
    /// The line, counted from 1; 0 stands for the file as a whole.
    line: usize,
    rule: String,
}

impl Source {
    /// A file as it would be in the checkout.
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Its path in the checkout.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What it says.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.rule)
    }
}

/// Prints what breaks a rule; returns whether nothing does.
pub(crate) fn run(project: &Project) -> Result<bool> {
    let violations = check(project)?;
    for violation in &violations {
        println!("{violation}");
    }
    println!("{} rules broken", violations.len());
    Ok(violations.is_empty())
}

/// Reads every text file of the project.
pub(crate) fn sources(project: &Project) -> Result<Vec<Source>> {
    tree::read(project)
}

fn check(project: &Project) -> Result<Vec<Violation>> {
    let sources = tree::read(project)?;
    let mut violations: Vec<Violation> = sources.iter().flat_map(rules::check).collect();
    violations.extend(crates::check(&sources));
    violations.extend(tree::check(&sources));
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_tree_keeps_its_rules() {
        let violations = check(&Project::find().unwrap()).unwrap();
        let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(list.is_empty(), "\n{}", list.join("\n"));
    }
}
