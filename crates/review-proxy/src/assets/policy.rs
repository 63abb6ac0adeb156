//! The content security policy: the console's own files, and the inline scripts of its page by their hash.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Returns the policy for a console whose page is `index`.
pub(super) fn of(index: &str) -> HeaderValue {
    let mut scripts = String::new();
    for script in inline_scripts(index) {
        let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
        // Writing to a String cannot fail.
        let _infallible = write!(scripts, " 'sha256-{hash}'");
    }
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
         img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    // Only ASCII goes in, so this cannot fail; the fallback lets nothing run.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Returns the text of every script that stands in the page itself, as browsers hash it.
fn inline_scripts(html: &str) -> Vec<String> {
    // HTML's parser turns CR LF into LF before anything is hashed.
    let html = html.replace("\r\n", "\n");
    let lower = html.to_ascii_lowercase();
    let mut scripts = Vec::new();
    let mut at = 0;
    while let Some(start) = lower.get(at..).and_then(|rest| rest.find("<script")) {
        let start = at + start;
        let Some(open_end) = lower.get(start..).and_then(|rest| rest.find('>')) else {
            break;
        };
        let text_start = start + open_end + 1;
        let Some(length) = lower
            .get(text_start..)
            .and_then(|rest| rest.find("</script"))
        else {
            break;
        };
        let tag = lower.get(start..text_start).unwrap_or_default();
        let has_source = tag
            .split_ascii_whitespace()
            .any(|part| part.starts_with("src="));
        if let (false, Some(text)) = (has_source, html.get(text_start..text_start + length)) {
            scripts.push(text.to_owned());
        }
        at = text_start + length;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_as_they_stand() {
        let html = "<html><script src=\"a.js\"></script><script type=\"module\">\r\nlet a = '>';\n\
                    </script><SCRIPT>b</SCRIPT><link></html>";
        assert_eq!(inline_scripts(html), ["\nlet a = '>';\n", "b"]);
        assert!(inline_scripts("<p>no script</p><script").is_empty());
    }

    #[test]
    fn the_hash_is_the_one_that_browsers_compute() {
        // Computed apart from this code: `printf b | openssl dgst -sha256 -binary | base64`.
        let policy = of("<script>b</script>");
        let policy = policy.to_str().unwrap();
        assert!(
            policy.contains("'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='"),
            "{policy}"
        );
    }

    #[test]
    fn p28_nothing_loose_is_allowed() {
        let policy = of("<script>b</script>");
        let policy = policy.to_str().unwrap();
        for loose in [
            "unsafe-inline",
            "'unsafe-eval'",
            "*",
            "http:",
            "https:",
            "data:",
            "nonce",
        ] {
            assert!(!policy.contains(loose), "{loose}");
        }
        assert!(policy.contains("frame-ancestors 'none'"));
    }
}
