//! Line ends of a text that went through a text field, which turns all of them into line feeds; pure.

/// Returns `text` as a text field holds it: every line end is a line feed.
pub(super) fn in_field(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Gives `edited`, as it comes out of a text field, the line ends of `original` again.
///
/// Lines before the first edit and after the last one keep theirs exactly; lines between get the end that
/// `original` has most often. What comes out of a text without carriage returns stays as it is.
pub(super) fn restored(original: &str, edited: &str) -> String {
    if !original.contains('\r') {
        return edited.to_owned();
    }
    let known = lines(original);
    let usual = usual_end(&known);
    let bodies: Vec<&str> = edited.split('\n').collect();
    let same = |(one, other): &(&Line, &&str)| one.body == **other;
    let most = known.len().min(bodies.len());
    let before = known.iter().zip(&bodies).take_while(same).count();
    let after = known
        .iter()
        .rev()
        .zip(bodies.iter().rev())
        .take_while(same)
        .count()
        .min(most - before);
    let mut text = String::with_capacity(edited.len() + bodies.len());
    for (place, body) in bodies.iter().enumerate() {
        text.push_str(body);
        let from_end = bodies.len() - place;
        if from_end == 1 {
            break;
        }
        let line = if place < before {
            known.get(place)
        } else if from_end <= after {
            known.get(known.len() - from_end)
        } else {
            None
        };
        let end = line.and_then(|line| line.end).unwrap_or(usual);
        // A line feed right behind a carriage return would be one line end with it.
        let would_join = end == "\n" && text.ends_with('\r');
        text.push_str(if would_join { "\r\n" } else { end });
    }
    text
}

/// A line and what ends it; nothing after the last one.
struct Line<'a> {
    body: &'a str,
    end: Option<&'static str>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        let (body, tail) = rest.split_at(at);
        let end = ["\r\n", "\r", "\n"]
            .into_iter()
            .find(|end| tail.starts_with(end))
            .unwrap_or("\n");
        lines.push(Line {
            body,
            end: Some(end),
        });
        rest = tail.strip_prefix(end).unwrap_or_default();
    }
    lines.push(Line {
        body: rest,
        end: None,
    });
    lines
}

fn usual_end(lines: &[Line<'_>]) -> &'static str {
    let count = |end: &str| lines.iter().filter(|line| line.end == Some(end)).count();
    ["\n", "\r", "\r\n"]
        .into_iter()
        .max_by_key(|end| count(end))
        .unwrap_or("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_ends_and_new_ones_get_the_usual_one() {
        let table = [
            ("a\r\nb\r\n", "a\nb\n", "a\r\nb\r\n"),
            ("a\r\nb\r\n", "a\nx\nb\n", "a\r\nx\r\nb\r\n"),
            ("a\nb\r\nc\r\n", "a\nx\nc\n", "a\nx\r\nc\r\n"),
            ("a\r\nb", "a\nb\nc", "a\r\nb\r\nc"),
            ("a\nb\n", "a\nx\n", "a\nx\n"),
            ("a\rb\r", "a\n", "a\r"),
            ("a\r\n", "", ""),
            ("\ra\n\n", "\n\n", "\r\r\n"),
        ];
        for (original, edited, expected) in table {
            assert_eq!(
                restored(original, edited),
                expected,
                "{original:?} {edited:?}"
            );
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn a_text_that_nobody_edited_comes_back_byte_for_byte(text in "([ab]{0,3}(\n|\r\n|\r)?){0,8}") {
                prop_assert_eq!(restored(&text, &in_field(&text)), text);
            }

            #[test]
            fn nothing_but_line_ends_is_ever_different_from_what_was_typed(
                original in "([ab]{0,2}(\n|\r\n|\r)?){0,8}",
                edited in "([ab]{0,2}\n?){0,8}",
            ) {
                prop_assert_eq!(in_field(&restored(&original, &edited)), edited);
            }
        }
    }
}
