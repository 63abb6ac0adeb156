//! Rules that one file keeps or breaks by itself.

use super::{Source, Violation};
use crate::project::is_kind;

/// The console's features, which meet in the shell and never import each other.
const FEATURES: [&str; 8] = [
    "agents",
    "audit",
    "changes",
    "dreams",
    "inbox",
    "interactions",
    "settings",
    "suggestions",
];

/// Parts of which the whole page has one, so that everything finds them by context.
const UI_WIDE: [&str; 3] = ["page_title.rs", "toast.rs", "time.rs"];

/// Where signatures are made and checked, and where the one clock is read.
const MACHINE_CLOCK: [&str; 3] = ["http/hooks.rs", "outgoing/post.rs", "store.rs"];

/// How long a file may be, its tests not counted.
const MOST_LINES: usize = 400;

/// A rule about the lines of some files.
struct Rule {
    says: &'static str,
    /// Which files it is about.
    concerns: fn(&str) -> bool,
    /// Whether a line of code breaks it.
    broken_by: fn(line: &str, path: &str) -> bool,
}

const RULES: [Rule; 15] = [
    Rule {
        says: "only src/api talks HTTP",
        concerns: |path| console(path) && !inside(path, "api"),
        broken_by: |line, _| line.contains("gloo_net"),
    },
    Rule {
        says: "only src/browser and src/api use web_sys, beyond event types",
        concerns: |path| console(path) && !inside(path, "api") && !inside(path, "browser"),
        broken_by: |line, _| uses_web_sys(line),
    },
    Rule {
        says: "only src/routes.rs and src/api write URLs",
        concerns: |path| console(path) && !inside(path, "api") && !inside(path, "routes"),
        broken_by: |line, _| writes_url(line),
    },
    Rule {
        says: "only a feature's state.rs, and the lists and queries they are made of, start tasks",
        concerns: |path| console(path) && !holds_state(path),
        broken_by: |line, _| line.contains("spawn_local"),
    },
    Rule {
        says: "features do not import each other; they meet in the shell, in routes, in ui or in review-core",
        concerns: console,
        broken_by: imports_other_feature,
    },
    Rule {
        says: "ui/ has no context but its own: the head, the toasts and the time",
        concerns: |path| {
            console(path)
                && inside(path, "ui")
                && !UI_WIDE.contains(&path.trim_start_matches("src/ui/"))
        },
        broken_by: |line, _| {
            ["use_context", "expect_context", "provide_context"]
                .iter()
                .any(|call| line.contains(call))
        },
    },
    Rule {
        says: "ui/ knows no feature, no session and no client",
        concerns: |path| console(path) && inside(path, "ui"),
        broken_by: |line, _| {
            FEATURES
                .iter()
                .chain(&["api", "session", "app"])
                .any(|module| names_module(line, module))
        },
    },
    Rule {
        says: "text is never markup",
        concerns: console,
        broken_by: |line, _| line.contains("inner_html") || line.contains("insert_adjacent_html"),
    },
    Rule {
        says: "no style attributes: the content security policy blocks them",
        concerns: |path| console(path) || path == "index.html",
        broken_by: |line, _| line.contains(" style=\""),
    },
    Rule {
        says: "colours stand in style/tokens.css only",
        concerns: |path| {
            (path.starts_with("style/") && path != "style/tokens.css") || console(path)
        },
        broken_by: |line, path| has_colour(line, path),
    },
    Rule {
        says: "SQL stands in the proxy's store only",
        concerns: |path| {
            path.starts_with("crates/review-proxy/src/")
                && !path.starts_with("crates/review-proxy/src/store")
        },
        broken_by: |line, _| line.contains("sqlx::") || line.contains("use sqlx"),
    },
    Rule {
        says: "the proxy asks store::now for the time; only signatures go by the machine's own clock",
        concerns: |path| {
            path.starts_with("crates/review-proxy/src/")
                && !path.contains("/tests")
                && !MACHINE_CLOCK.contains(&path.trim_start_matches("crates/review-proxy/src/"))
        },
        broken_by: |line, _| {
            line.contains("Timestamp::now()") || line.contains("SystemTime::now()")
        },
    },
    Rule {
        says: "no code asks whether it talks to the demo",
        concerns: |path| console(path) || path.starts_with("crates/review-proxy/src/"),
        broken_by: |line, _| line.to_lowercase().contains("demo"),
    },
    Rule {
        says: "no path of a machine",
        concerns: |path| path != "xtask/src/tidy/rules.rs",
        broken_by: |line, _| {
            // Homes, and the folder that this very checkout lies in.
            let here = concat!(env!("CARGO_MANIFEST_DIR"), "/");
            let here = here.strip_suffix("/xtask/").unwrap_or(here);
            [concat!("/root", "/."), "/home/", "/Users/", here]
                .iter()
                .any(|place| line.contains(place))
        },
    },
    Rule {
        says: "no host name of a package registry",
        concerns: |path| path != "xtask/src/tidy/rules.rs",
        broken_by: |line, _| {
            let words = |c: char| !c.is_alphanumeric() && c != '.' && c != '-';
            line.split(words).any(|word| {
                let host = word.trim_matches('.');
                let starts = [
                    "index.",
                    "static.",
                    "registry.",
                    "deb.",
                    "files.",
                    "mirror.",
                ];
                let ends = [
                    "crates.io",
                    "rust-lang.org",
                    "npmjs.org",
                    "debian.org",
                    "pythonhosted.org",
                ];
                starts.iter().any(|start| host.starts_with(start))
                    && ends.iter().any(|end| host.ends_with(end))
            })
        },
    },
];

/// What a file breaks.
pub(super) fn check(source: &Source) -> Vec<Violation> {
    let code = without_tests(source);
    let mut violations: Vec<Violation> = RULES
        .iter()
        .filter(|rule| (rule.concerns)(&source.path))
        .flat_map(|rule| {
            let lines = code.lines().enumerate();
            lines
                .filter(|(_, line)| !is_comment(line) && (rule.broken_by)(line, &source.path))
                .map(|(index, _)| violation(source, index + 1, rule.says))
        })
        .collect();
    let lines = code.lines().count();
    if measured(&source.path) && lines > MOST_LINES {
        violations.push(violation(
            source,
            0,
            &format!("{lines} lines, its tests not counted; at most {MOST_LINES}"),
        ));
    }
    if source.path.ends_with("/mod.rs") && !source.path.ends_with("tests/support/mod.rs") {
        violations.push(violation(
            source,
            0,
            "a module is foo.rs beside foo/, not foo/mod.rs",
        ));
    }
    violations
}

fn violation(source: &Source, line: usize, rule: &str) -> Violation {
    Violation {
        path: source.path.clone(),
        line,
        rule: rule.to_owned(),
    }
}

fn console(path: &str) -> bool {
    path.starts_with("src/") && is_kind(path, "rs")
}

/// Whether a file of the console is `src/<module>.rs` or below `src/<module>/`.
fn inside(path: &str, module: &str) -> bool {
    path.strip_prefix("src/")
        .and_then(|rest| rest.strip_prefix(module))
        .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
}

/// Whether a file holds state of a feature, or what every such state is made of.
fn holds_state(path: &str) -> bool {
    let own = path.ends_with("/state.rs") || path.contains("/state/");
    own || ["listing", "query", "paged"]
        .iter()
        .any(|module| inside(path, module))
}

/// Files that people read from top to bottom; test files are lists of cases.
fn measured(path: &str) -> bool {
    let counts = is_kind(path, "rs") || is_kind(path, "css");
    counts
        && !path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs")
}

fn is_comment(line: &str) -> bool {
    let text = line.trim_start();
    text.starts_with("//") || text.starts_with("/*") || text.starts_with("* ")
}

/// The text up to the tests at the end of the file.
fn without_tests(source: &Source) -> &str {
    let starts = source
        .text
        .match_indices("\n#[cfg(test)]\n")
        .find(|(start, mark)| {
            let rest = source.text.get(start + mark.len()..).unwrap_or_default();
            rest.lines()
                .find(|line| !line.starts_with("#["))
                .is_some_and(|line| line.starts_with("mod tests {"))
        });
    starts
        .and_then(|(start, _)| source.text.get(..=start))
        .unwrap_or(&source.text)
}

/// Whether a line names something of `web_sys` that is not the type of an event.
fn uses_web_sys(line: &str) -> bool {
    line.match_indices("web_sys::").any(|(start, found)| {
        let rest = line.get(start + found.len()..).unwrap_or_default();
        let names = rest
            .strip_prefix('{')
            .map_or(rest, |list| list.split('}').next().unwrap_or(list));
        let single = !rest.starts_with('{');
        let mut names = names.split(if single {
            |sign: char| !is_word(sign)
        } else {
            |sign: char| sign == ','
        });
        let is_event = |name: &str| name.trim().is_empty() || name.trim().ends_with("Event");
        if single {
            !names.next().is_some_and(is_event)
        } else {
            !names.all(is_event)
        }
    })
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// Whether a line holds a string that starts like a path of this site.
fn writes_url(line: &str) -> bool {
    line.match_indices("\"/").any(|(start, found)| {
        let before = line.get(..start).unwrap_or_default();
        let opens = before.matches('"').count() % 2 == 0;
        let next = line
            .get(start + found.len()..)
            .and_then(|rest| rest.chars().next());
        opens && next.is_some_and(|sign| sign.is_ascii_alphabetic() || sign == '{' || sign == ':')
    })
}

fn imports_other_feature(line: &str, path: &str) -> bool {
    let Some(own) = FEATURES.iter().find(|feature| inside(path, feature)) else {
        return false;
    };
    FEATURES
        .iter()
        .filter(|feature| *feature != own)
        .any(|feature| names_module(line, feature))
}

/// Whether a line says `crate::<module>`.
fn names_module(line: &str, module: &str) -> bool {
    let name = format!("crate::{module}");
    line.match_indices(&name).any(|(start, found)| {
        let rest = line.get(start + found.len()..).unwrap_or_default();
        !rest.chars().next().is_some_and(is_word)
    })
}

fn has_colour(line: &str, path: &str) -> bool {
    const FUNCTIONS: [&str; 7] = ["rgb(", "rgba(", "hsl(", "hsla(", "oklch(", "oklab(", "hwb("];
    if FUNCTIONS.iter().any(|function| line.contains(function)) {
        return true;
    }
    // In Rust, `#` starts attributes and raw strings; only a quoted colour counts.
    let start = if is_kind(path, "css") { "#" } else { "\"#" };
    let value = if is_kind(path, "css") {
        line.split_once(':').map_or("", |(_, value)| value)
    } else {
        line
    };
    value.match_indices(start).any(|(at, found)| {
        let rest = value.get(at + found.len()..).unwrap_or_default();
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        let ends = !rest
            .chars()
            .nth(digits)
            .is_some_and(|sign| is_word(sign) || sign == '-');
        matches!(digits, 3 | 4 | 6 | 8) && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn broken(path: &str, text: &str, rule: &str) {
        let found = check(&Source {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        assert!(
            found.iter().any(|violation| violation.rule.contains(rule)),
            "{path}: {text} → {found:?}"
        );
    }

    #[track_caller]
    fn fine(path: &str, text: &str) {
        let found = check(&Source {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn http_is_spoken_in_its_room() {
        broken(
            "src/inbox/page.rs",
            "use gloo_net::http::Request;",
            "talks HTTP",
        );
        fine("src/api/transport.rs", "use gloo_net::http::Request;");
        fine("src/api.rs", "use gloo_net::http::Request;");
        fine("src/inbox/page.rs", "// gloo_net would be wrong here");
    }

    #[test]
    fn browser_calls_stay_in_theirs_but_events_go_anywhere() {
        broken(
            "src/ui/dialog.rs",
            "let window = web_sys::window();",
            "web_sys",
        );
        broken(
            "src/ui/dialog.rs",
            "use web_sys::{Element, KeyboardEvent};",
            "web_sys",
        );
        broken("src/apiary.rs", "use web_sys::Element;", "web_sys");
        fine(
            "src/ui/dialog.rs",
            "use web_sys::{KeyboardEvent, MouseEvent};",
        );
        fine(
            "src/ui/dialog.rs",
            "on:click=move |event: web_sys::MouseEvent| go(event)",
        );
        fine("src/browser/clock.rs", "let window = web_sys::window();");
    }

    #[test]
    fn urls_are_written_in_routes_and_api() {
        broken("src/inbox/row.rs", r#"<A href="/agents">"#, "URLs");
        broken("src/inbox/row.rs", r#"format!("/agents/{id}")"#, "URLs");
        fine("src/routes.rs", r#"format!("/agents/{id}")"#);
        fine("src/inbox/row.rs", r#"text.push_str(" / "); join("/")"#);
        fine("src/inbox/row.rs", r#"let a = "one"/two;"#);
    }

    #[test]
    fn tasks_start_in_state() {
        broken(
            "src/inbox/page.rs",
            "spawn_local(async move {});",
            "start tasks",
        );
        fine("src/inbox/state.rs", "spawn_local(async move {});");
        fine("src/listing.rs", "spawn_local(async move {});");
    }

    #[test]
    fn features_keep_apart() {
        broken(
            "src/inbox/page.rs",
            "use crate::agents::state::Agents;",
            "import each other",
        );
        fine("src/inbox/page.rs", "use crate::inbox::state::Inbox;");
        fine("src/inbox/page.rs", "use crate::agents_list::Row;");
        fine("src/app.rs", "use crate::agents::AgentsPage;");
    }

    #[test]
    fn parts_are_dumb() {
        broken(
            "src/ui/button.rs",
            "let api = use_context::<Api>();",
            "no context",
        );
        broken(
            "src/ui/button.rs",
            "use crate::session::Session;",
            "knows no feature",
        );
        fine("src/ui/toast.rs", "use_context::<Toasts>()");
        fine("src/inbox/state.rs", "let api = use_context::<Api>();");
    }

    #[test]
    fn nothing_becomes_markup_or_inline_style() {
        broken("src/ui/text.rs", "<div inner_html=text />", "markup");
        broken(
            "src/ui/text.rs",
            r#"<div style="color: red">"#,
            "style attributes",
        );
        broken("index.html", r#"<p style="margin:0">"#, "style attributes");
    }

    #[test]
    fn the_proxy_has_one_wall_clock() {
        let own = "let now = Timestamp::now();";
        broken("crates/review-proxy/src/review/apply.rs", own, "store::now");
        fine("crates/review-proxy/src/store.rs", own);
        fine("crates/review-proxy/src/http/hooks.rs", own);
        fine("crates/review-proxy/src/hooks/tests.rs", own);
    }

    #[test]
    fn colours_are_tokens() {
        for colour in [
            "a { color: #fff; }",
            "a { background: #12345678 }",
            "a { color: oklch(0.5 0.1 20); }",
        ] {
            broken("style/base.css", colour, "colours");
            fine("style/tokens.css", colour);
        }
        fine("style/base.css", "#main { color: var(--ink); }");
        fine(
            "style/base.css",
            "a { color: color-mix(in srgb, var(--ink), transparent); }",
        );
        broken("src/ui/mark.rs", r##"<path fill="#4338ca" />"##, "colours");
        fine("src/ui/mark.rs", r##"<a href="#main">"##);
    }

    #[test]
    fn sql_stays_in_the_store_and_nobody_knows_the_demo() {
        let proxy = |path: &str| format!("crates/review-proxy/src/{path}");
        broken(&proxy("http.rs"), "sqlx::query(text)", "SQL stands");
        fine(&proxy("store.rs"), "sqlx::query(text)");
        fine(&proxy("store/agents.rs"), "use sqlx::Row;");
        broken(&proxy("http.rs"), "if config.demo {", "the demo");
        broken("src/app.rs", "let is_demo = true;", "the demo");
        fine("src/app.rs", "// as in the demo");
    }

    #[test]
    fn long_files_are_noticed_but_tests_may_be_long() {
        let long = "let a = 1;\n".repeat(401);
        broken("crates/review-core/src/a.rs", &long, "401 lines");
        broken("style/base.css", &long, "401 lines");
        fine("crates/review-proxy/tests/http.rs", &long);
        fine(
            "src/a.rs",
            &format!("fn a() {{}}\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n"),
        );
        broken(
            "src/a.rs",
            &format!("#[cfg(test)]\nmod fixtures;\n{long}"),
            "lines",
        );
    }

    #[test]
    fn modules_have_one_shape_and_files_no_machine() {
        broken("src/inbox/mod.rs", "", "foo.rs beside foo/");
        fine("tests/support/mod.rs", "");
        broken("docs/a.md", "see /home/someone/docs", "path of a machine");
        broken(
            "README.md",
            concat!("from registry", ".npmjs.org"),
            "registry",
        );
    }
}
