//! Words that read as something else than they are: letters of one script among those of another.

use std::ops::Range;
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::{MixedScript as _, confusable_detection::skeleton};

/// A word whose letters are not what they seem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lookalike {
    /// Where it lies in the text, in bytes.
    pub(crate) range: Range<usize>,
    /// What it reads as; nothing if it only mixes scripts.
    pub(crate) reads_as: Option<String>,
    /// Whether it deceives, rather than mixing scripts as science and brands do.
    pub(crate) deceives: bool,
}

/// Scripts that have so many letters in the shape of Latin ones that whole words can pass for Latin.
const LATIN_SHAPES: [Script; 6] = [
    Script::Cyrillic,
    Script::Greek,
    Script::Armenian,
    Script::Cherokee,
    Script::Coptic,
    Script::Lisu,
];

/// Finds the words of `text` that mix scripts or pass for Latin, in order.
pub(crate) fn lookalikes(text: &str) -> Vec<Lookalike> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.is_ascii() {
            of_line(line, start, &mut found);
        }
        start += line.len();
    }
    found
}

fn of_line(line: &str, start: usize, found: &mut Vec<Lookalike>) {
    let words: Vec<Word<'_>> = words(line).map(Word::new).collect();
    for word in &words {
        let Some(mut one) = word.judged(&words) else {
            continue;
        };
        one.range = start + one.range.start..start + one.range.end;
        found.push(one);
    }
}

/// Cuts a line into runs of letters, digits and marks that hold more than ASCII.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || is_mark(c);
    line.char_indices()
        .map(move |(place, c)| (place, c, is_part(c)))
        .scan(None, move |open: &mut Option<usize>, (place, _, inside)| {
            // Yields a word at the first character after it.
            let ended = match (inside, *open) {
                (true, None) => {
                    *open = Some(place);
                    None
                }
                (false, Some(from)) => {
                    *open = None;
                    Some((from, place))
                }
                _ => None,
            };
            Some(ended)
        })
        .chain(std::iter::once_with(move || {
            let last = line.trim_end_matches(is_part).len();
            (last < line.len()).then_some((last, line.len()))
        }))
        .flatten()
        .filter_map(move |(from, to)| Some((from, line.get(from..to)?)))
        .filter(|(_, word)| !word.is_ascii())
}

fn is_mark(c: char) -> bool {
    c.script() == Script::Inherited && crate::class_of(c).is_none()
}

struct Word<'a> {
    place: usize,
    text: &'a str,
    /// The script of its letters, if they have but one.
    script: Option<Script>,
    mixes: bool,
    /// Letters that are not Latin but have the shape of a Latin letter.
    shaped: usize,
    letters: usize,
}

impl<'a> Word<'a> {
    fn new((place, text): (usize, &'a str)) -> Self {
        let mut word = Self {
            place,
            text,
            script: None,
            mixes: false,
            shaped: 0,
            letters: 0,
        };
        let mut all_east_asian = true;
        for c in text.chars() {
            let script = c.script();
            if matches!(script, Script::Common | Script::Inherited | Script::Unknown) {
                continue;
            }
            word.letters += 1;
            word.mixes |= word.script.is_some_and(|first| first != script);
            word.script.get_or_insert(script);
            if script == Script::Latin || is_east_asian(script) {
                continue;
            }
            all_east_asian = false;
            word.shaped += usize::from(latin_shape(c).is_some());
        }
        word.mixes = word.mixes && !all_east_asian && !text.is_single_script();
        word
    }

    fn judged(&self, line: &[Self]) -> Option<Lookalike> {
        let passes_for_latin = !self.mixes
            && self.letters > 1
            && self.shaped == self.letters
            && self.script.is_some_and(|script| LATIN_SHAPES.contains(&script))
            // Where the line has a word that can only be of this script, it is a language and no trick.
            && !line.iter().any(|other| other.script == self.script && other.shaped < other.letters);
        let is_ornament = self.text.chars().any(is_ornamental);
        if !self.mixes && !passes_for_latin && !is_ornament {
            return None;
        }
        let deceives = passes_for_latin || (self.mixes && self.shaped > 0);
        Some(Lookalike {
            range: self.place..self.place + self.text.len(),
            reads_as: (deceives || is_ornament).then(|| reading(self.text)),
            deceives,
        })
    }
}

/// Scripts that stand beside one another and beside Latin letters in one word, as a matter of course.
fn is_east_asian(script: Script) -> bool {
    matches!(
        script,
        Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo
    )
}

/// Letters for formulas, which ornamental writing borrows.
fn is_ornamental(c: char) -> bool {
    matches!(c, '\u{1D400}'..='\u{1D7FF}')
}

/// Returns the ASCII letters that `c` looks like, if it looks like any.
fn latin_shape(c: char) -> Option<String> {
    let mut buffer = [0; 4];
    let shape: String = skeleton(c.encode_utf8(&mut buffer)).collect();
    let ascii = shape.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (ascii && !shape.is_empty()).then_some(shape)
}

/// Writes a word with the ASCII letters that its letters look like.
fn reading(text: &str) -> String {
    let mut reading = String::with_capacity(text.len());
    for c in text.chars() {
        match latin_shape(c).filter(|_| !c.is_ascii()) {
            Some(shape) => reading += &shape,
            None => reading.push(c),
        }
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let drawn: Vec<_> = lookalikes(text)
            .into_iter()
            .map(|one| {
                let mark = if one.deceives { "!" } else { "" };
                let reads = one.reads_as.unwrap_or_default();
                format!("{mark}{}={reads}", &text[one.range])
            })
            .collect();
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_cyrillic_letter_in_a_latin_word_deceives() {
        check("Send to pаypal.com now", &["!pаypal=paypal"]);
        check("last wоrd\nοne", &["!wоrd=word", "!οne=one"]);
    }

    #[test]
    fn a_word_that_passes_for_latin_deceives_where_nothing_speaks_for_its_script() {
        check("the соре of it", &["!соре=cope"]);
        check("Это ура и нос", &[]);
        check("Α Β αβγ", &[]);
    }

    #[test]
    fn scripts_that_live_together_are_no_finding() {
        check("Kubernetes集群 を使う APIキー 한국어API", &[]);
        check("naïve café straße ﬁn e\u{301}", &[]);
        check("مرحبا नमस्ते שלום สวัสดี", &[]);
    }

    #[test]
    fn what_mixes_scripts_without_deceit_is_shown() {
        check("10 µs and 5 μs", &["μs="]);
        check("𝐁𝐨𝐥𝐝", &["𝐁𝐨𝐥𝐝=Bold"]);
    }
}
