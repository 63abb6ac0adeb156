//! Texts of a model as they are kept.

/// Returns the text as one line of at most `longest` characters.
pub(super) fn line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    cut(&words.join(" "), longest)
}

/// Returns the text without control characters, of at most `longest` characters.
pub(super) fn lines(text: &str, longest: usize) -> String {
    let clean: String = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    cut(clean.trim(), longest)
}

/// Cuts a text after `longest` characters, and marks that.
pub(super) fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}\u{2026}", text.get(..at).unwrap_or_default()),
    }
}

/// Cuts a text after `longest` characters, and says how many are left out.
pub(super) fn cut_and_counted(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some((at, _)) => {
            let (head, rest) = text.split_at(at);
            let count = rest.chars().count();
            format!("{head} [{count} characters left out]")
        }
    }
}
