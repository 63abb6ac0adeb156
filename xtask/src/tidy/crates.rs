//! Rules about the crates: what each may depend on, and which versions must agree.

use super::{Source, Violation};

/// What pure crates never depend on: async, HTTP, databases, WASM.
const IMPURE: [&str; 16] = [
    "tokio",
    "futures",
    "futures-util",
    "axum",
    "hyper",
    "http",
    "reqwest",
    "gloo-net",
    "sqlx",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "js-sys",
    "web-sys",
    "leptos",
    "review-proxy",
    "demo-platform",
];

/// Crates that the console must not depend on.
const SERVERS: [&str; 6] = [
    "review-proxy",
    "demo-platform",
    "axum",
    "tokio",
    "sqlx",
    "reqwest",
];

/// Everything the wire types may depend on.
const WIRE: [&str; 4] = ["serde", "serde_json", "jiff", "utoipa"];

/// What the crates' manifests break.
pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.ends_with("Cargo.toml"))
    {
        match toml::from_str::<toml::Table>(&source.text) {
            Ok(manifest) => violations.extend(manifest_breaks(source, &manifest)),
            Err(error) => violations.push(violation(
                &source.path,
                &format!("cannot be read: {}", error.message()),
            )),
        }
    }
    violations.extend(versions(sources));
    violations
}

fn manifest_breaks(source: &Source, manifest: &toml::Table) -> Vec<Violation> {
    let dependencies: Vec<&str> = manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .map(|table| table.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let unwanted: Vec<&str> = match source.path.as_str() {
        "crates/review-core/Cargo.toml" | "crates/prompt-diff/Cargo.toml" => dependencies
            .into_iter()
            .filter(|name| IMPURE.contains(name))
            .collect(),
        "crates/review-api/Cargo.toml" => dependencies
            .into_iter()
            .filter(|name| !WIRE.contains(name))
            .collect(),
        "Cargo.toml" => dependencies
            .into_iter()
            .filter(|name| SERVERS.contains(name))
            .collect(),
        _ => Vec::new(),
    };
    let mut violations: Vec<Violation> = unwanted
        .iter()
        .map(|name| violation(&source.path, &format!("must not depend on {name}")))
        .collect();
    let lints = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool);
    if manifest.contains_key("package") && lints != Some(true) {
        violations.push(violation(
            &source.path,
            "every crate takes the workspace's lints",
        ));
    }
    violations
}

/// `Trunk.toml` and the workspace name one version of wasm-bindgen.
fn versions(sources: &[Source]) -> Vec<Violation> {
    let read = |path: &str| {
        let source = sources.iter().find(|source| source.path == path)?;
        toml::from_str::<toml::Table>(&source.text).ok()
    };
    let trunk = read("Trunk.toml")
        .and_then(|file| Some(file.get("tools")?.get("wasm_bindgen")?.as_str()?.to_owned()));
    let pinned = read("Cargo.toml").and_then(|file| {
        let version = file
            .get("workspace")?
            .get("dependencies")?
            .get("wasm-bindgen")?
            .as_str()?;
        Some(version.strip_prefix('=')?.to_owned())
    });
    if trunk == pinned && trunk.is_some() {
        Vec::new()
    } else {
        vec![violation(
            "Trunk.toml",
            "names another wasm-bindgen than the workspace pins",
        )]
    }
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

    const TRUNK: &str = "[tools]\nwasm_bindgen = \"0.2.130\"\n";
    const ROOT: &str = "[workspace.dependencies]\nwasm-bindgen = \"=0.2.130\"\n";

    #[track_caller]
    fn check_one(path: &str, text: &str, says: &str) {
        let sources =
            [("Trunk.toml", TRUNK), ("Cargo.toml", ROOT), (path, text)].map(|(path, text)| {
                Source {
                    path: path.to_owned(),
                    text: text.to_owned(),
                }
            });
        let said: Vec<String> = check(&sources).iter().map(ToString::to_string).collect();
        if says.is_empty() {
            assert!(said.is_empty(), "{said:?}");
        } else {
            assert!(said.iter().any(|line| line.contains(says)), "{said:?}");
        }
    }

    #[test]
    fn pure_crates_stay_pure() {
        let lints = "\n[lints]\nworkspace = true\n";
        check_one(
            "crates/review-core/Cargo.toml",
            &format!("[dependencies]\ntokio = \"1\"\n{lints}"),
            "depend on tokio",
        );
        check_one(
            "crates/review-core/Cargo.toml",
            &format!("[dependencies]\nserde = \"1\"\n{lints}"),
            "",
        );
        check_one(
            "crates/review-api/Cargo.toml",
            &format!("[dependencies]\nurl = \"2\"\n{lints}"),
            "depend on url",
        );
        let tests_may = format!("[dev-dependencies]\ntokio = \"1\"\n{lints}");
        check_one("crates/prompt-diff/Cargo.toml", &tests_may, "");
    }

    #[test]
    fn every_crate_is_linted() {
        check_one(
            "crates/new/Cargo.toml",
            "[package]\nname = \"new\"\n",
            "workspace's lints",
        );
        check_one(
            "crates/new/Cargo.toml",
            "[package]\nname = \"new\"\n[lints]\nworkspace = true\n",
            "",
        );
        check_one("crates/new/Cargo.toml", "not toml", "cannot be read");
    }

    #[test]
    fn versions_of_wasm_bindgen_agree() {
        let sources = [
            ("Trunk.toml", "[tools]\nwasm_bindgen = \"0.2.129\"\n"),
            ("Cargo.toml", ROOT),
        ]
        .map(|(path, text)| Source {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        assert_eq!(check(&sources).len(), 1);
        assert_eq!(check(&[]).len(), 1);
    }
}
