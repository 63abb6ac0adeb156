//! Limits on what people type.

use crate::error::{Error, Result};
use review_api::{ErrorCode, MAX_COMMENT_BYTES, MAX_PROMPT_CHARS};
use serde_json::json;

/// Longest title, in characters.
const LONGEST_TITLE: usize = 200;

fn too_large(field: &str, unit: &str, length: usize, most: usize) -> Error {
    let message =
        format!("The {field} has {length} {unit}; the most is {most}. Shorten it and try again.");
    Error::new(ErrorCode::TooLarge, message)
        .with(json!({ "field": field, "length": length, "most": most, "unit": unit }))
}

/// Refuses NUL, which some databases cannot keep.
fn without_nul(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        let message =
            format!("The {field} holds the character NUL, which cannot be kept. Remove it.");
        return Err(Error::field(field, message));
    }
    Ok(())
}

/// Checks a prompt: at most [`MAX_PROMPT_CHARS`] characters, as the platform counts.
pub(super) fn prompt(field: &str, text: &str) -> Result<()> {
    without_nul(field, text)?;
    let length = text.chars().count();
    if length > MAX_PROMPT_CHARS {
        return Err(too_large(field, "characters", length, MAX_PROMPT_CHARS));
    }
    Ok(())
}

/// Checks a comment, an expected answer or a reason; nothing and blanks are the same.
pub(super) fn comment(field: &str, text: Option<String>) -> Result<Option<String>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    without_nul(field, &text)?;
    if text.len() > MAX_COMMENT_BYTES {
        return Err(too_large(field, "bytes", text.len(), MAX_COMMENT_BYTES));
    }
    Ok(Some(text))
}

/// Checks a title of one line, and takes the blanks around it away.
pub(super) fn title(field: &str, text: &str) -> Result<String> {
    line(field, text, LONGEST_TITLE)
}

/// Checks a text of one line and at most `most` characters, and takes the blanks around it away.
pub(super) fn line(field: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::field(
            field,
            format!("The {field} is empty. Give it one."),
        ));
    }
    if text.chars().any(char::is_control) {
        let message = format!("The {field} must be one line without control characters.");
        return Err(Error::field(field, message));
    }
    let length = text.chars().count();
    if length > most {
        return Err(too_large(field, "characters", length, most));
    }
    Ok(text.to_owned())
}

/// Checks a text of any lines and at most `most` characters.
pub(super) fn lines(field: &str, text: &str, most: usize) -> Result<()> {
    without_nul(field, text)?;
    let length = text.chars().count();
    if length > most {
        return Err(too_large(field, "characters", length, most));
    }
    Ok(())
}

/// Checks an address to post reports to: `https`, or `http` on this machine.
pub(super) fn webhook(field: &str, text: &str) -> Result<String> {
    const LONGEST: usize = 2_048;
    let refused = |why: &str| Err(Error::field(field, format!("The {field} {why}")));
    if text.len() > LONGEST {
        return Err(too_large(field, "bytes", text.len(), LONGEST));
    }
    let Ok(url) = url::Url::parse(text) else {
        return refused("is not a URL. Give one such as https://example.com/reports.");
    };
    let on_loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && on_loopback) {
        return refused("must begin with https://.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("must not hold a user name or password.");
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_counted_in_characters() {
        assert!(prompt("proposed", &"é".repeat(MAX_PROMPT_CHARS)).is_ok());
        let error = prompt("proposed", &"x".repeat(MAX_PROMPT_CHARS + 1)).unwrap_err();
        assert_eq!(error.code, ErrorCode::TooLarge);
        assert_eq!(
            error.message,
            "The proposed has 100001 characters; the most is 100000. Shorten it and try again."
        );
    }

    #[test]
    fn comments_are_counted_in_bytes_and_blank_ones_are_none() {
        assert_eq!(comment("comment", Some(" \n".to_owned())).unwrap(), None);
        assert!(comment("comment", Some("é".repeat(MAX_COMMENT_BYTES / 2))).is_ok());
        let error = comment("comment", Some("é".repeat(MAX_COMMENT_BYTES / 2 + 1))).unwrap_err();
        assert_eq!(error.code, ErrorCode::TooLarge);
        assert!(comment("comment", Some("a\0b".to_owned())).is_err());
    }

    #[test]
    fn webhooks_are_https_or_local() {
        for sound in [
            "https://example.com/x?y=1",
            "http://127.0.0.1:9/x",
            "http://localhost/x",
        ] {
            assert!(webhook("feedback_webhook", sound).is_ok(), "{sound}");
        }
        for odd in [
            "",
            "x",
            "http://example.com",
            "ftp://example.com",
            "https://a:b@example.com",
        ] {
            assert!(webhook("feedback_webhook", odd).is_err(), "{odd}");
        }
    }
}
