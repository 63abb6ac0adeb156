//! Where the proxy is: `config.json` beside `index.html`, or the same origin.

use crate::api;
use serde::Deserialize;

/// What `config.json` may say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address of the proxy, without `/api`; nothing means the console's own origin.
    #[serde(default)]
    pub api_base: Option<String>,
}

impl Config {
    /// Reads and checks the text of `config.json`.
    ///
    /// # Errors
    /// With a sentence that says what is wrong with the file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = serde_json::from_str(text)
            .map_err(|error| format!("config.json cannot be read: {error}."))?;
        if let Some(base) = &config.api_base {
            check(base)?;
        }
        Ok(config)
    }

    /// Returns what all paths of the console API start with.
    pub fn api_root(&self) -> String {
        let base = self.api_base.as_deref().unwrap_or("");
        format!("{}/api", base.trim_end_matches('/'))
    }

    /// Loads `config.json`; where there is none, the proxy is on the same origin.
    ///
    /// # Errors
    /// With a sentence that says what is wrong with the file.
    pub async fn load() -> Result<Self, String> {
        match api::beside_the_page("config.json").await {
            Ok(None) => Ok(Self::default()),
            Ok(Some(text)) => Self::parse(&text),
            Err(reason) => Err(format!("config.json cannot be loaded: {reason}.")),
        }
    }
}

fn check(base: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("config.json: api_base {why}, found “{base}”."));
    let Some((scheme, rest)) = base.split_once("://") else {
        return wrong("must be a whole address such as https://review.example.com");
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() {
        return wrong("names no host");
    }
    if host.contains('@') {
        return wrong("must not hold a user name or password");
    }
    if rest.contains(['?', '#']) {
        return wrong("must not have a query or a fragment");
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_loopback = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    match scheme {
        "https" => Ok(()),
        "http" if is_loopback => Ok(()),
        "http" => wrong("must begin with https:// (http:// only on this machine)"),
        _ => wrong("must begin with https://"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_root(text: &str, expected: Result<&str, &str>) {
        let got = Config::parse(text).map(|config| config.api_root());
        match expected {
            Ok(root) => assert_eq!(got.as_deref(), Ok(root), "{text}"),
            Err(part) => {
                let sentence = got.unwrap_err();
                assert!(sentence.contains(part), "{text}: {sentence}");
            }
        }
    }

    #[test]
    fn a_config_names_a_safe_address_or_is_refused_with_the_reason() {
        check_root("{}", Ok("/api"));
        check_root(r#"{"api_base":null}"#, Ok("/api"));
        check_root(
            r#"{"api_base":"https://r.example/x/"}"#,
            Ok("https://r.example/x/api"),
        );
        check_root(
            r#"{"api_base":"http://127.0.0.1:8080"}"#,
            Ok("http://127.0.0.1:8080/api"),
        );
        check_root(
            r#"{"api_base":"http://[::1]:8080"}"#,
            Ok("http://[::1]:8080/api"),
        );
        check_root(r#"{"api_base":"http://r.example"}"#, Err("https://"));
        check_root(
            r#"{"api_base":"http://localhost.evil.example"}"#,
            Err("https://"),
        );
        check_root(r#"{"api_base":"r.example"}"#, Err("whole address"));
        check_root(r#"{"api_base":"javascript://x"}"#, Err("https://"));
        check_root(r#"{"api_base":"https://a:b@r.example"}"#, Err("password"));
        check_root(r#"{"api_base":"https://"}"#, Err("no host"));
        check_root(r#"{"api_base":"https://r.example?x"}"#, Err("query"));
        check_root(r#"{"apibase":"https://r.example"}"#, Err("unknown field"));
        check_root("<!doctype html>", Err("cannot be read"));
    }
}
