//! Characters that show nothing of themselves, so that people can be shown them all the same.
//!
//! What is classified here is drawn as a chip, with its number and name. Whether it is a finding that must be
//! acknowledged is told by [`Hidden::is_ordinary`]; [`crate::findings()`] lists those.

mod table;

use std::ops::Range;

/// Length of the tags in a flag: five letters and the end, of four bytes each.
const FLAG_BYTES: usize = 24;

/// What a hidden character does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HiddenClass {
    /// A tab.
    Tab,
    /// Breaks a line without being a line feed.
    LineBreak,
    /// A control character.
    Control,
    /// Changes the direction of the text after it: what is read may not be what is there.
    Bidi,
    /// Has no width.
    ZeroWidth,
    /// Joins or parts the letters or emoji around it.
    Joiner,
    /// Looks like a space or like nothing, and is a letter or a symbol.
    Filler,
    /// Chooses the look of the character before it.
    Variation,
    /// Spells text that no one sees.
    Tag,
    /// Has no meaning but by private agreement.
    PrivateUse,
    /// Is no character at all.
    Noncharacter,
    /// A space other than the usual one.
    Space,
    /// Any other formatting character.
    Format,
}

/// A hidden character, or a run of tags that spell something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// Where it lies in the text, in bytes.
    pub range: Range<usize>,
    /// The character; of a run, the first.
    pub character: char,
    /// What it does.
    pub class: HiddenClass,
    /// Its name, such as `zero width space`.
    pub name: &'static str,
    /// What a run of tags spells.
    pub decoded: Option<String>,
    /// Whether it stands where ordinary text has it, such as a joiner within an emoji.
    ///
    /// It is drawn all the same, and is no finding.
    pub is_ordinary: bool,
}

impl HiddenClass {
    /// Returns the word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tab => "tab",
            Self::LineBreak => "line-break",
            Self::Control => "control",
            Self::Bidi => "bidi",
            Self::ZeroWidth => "zero-width",
            Self::Joiner => "joiner",
            Self::Filler => "filler",
            Self::Variation => "variation",
            Self::Tag => "tag",
            Self::PrivateUse => "private-use",
            Self::Noncharacter => "noncharacter",
            Self::Space => "space",
            Self::Format => "format",
        }
    }
}

impl Hidden {
    /// Returns the character's number, such as `U+200B`.
    pub fn number(&self) -> String {
        format!("U+{:04X}", u32::from(self.character))
    }
}

/// Part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text that shows as it is.
    Text(Range<usize>),
    /// A hidden character.
    Hidden(Hidden),
}

/// Returns the class and name of `c`, or nothing if it can be seen. A line feed and a space can.
pub fn class_of(c: char) -> Option<(HiddenClass, &'static str)> {
    table::class_of(c)
}

/// Finds all hidden characters of `text`, in order.
pub fn hidden(text: &str) -> Vec<Hidden> {
    let mut found: Vec<Hidden> = Vec::new();
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return found;
    }
    let mut before = None;
    let mut before_tags = None;
    let mut rest = text.char_indices().peekable();
    while let Some((start, character)) = rest.next() {
        let after = rest.peek().map(|(_, c)| *c);
        let end = start + character.len_utf8();
        let previous = before.replace(character);
        let Some((class, name)) = table::class_of(character) else {
            continue;
        };
        let letter = (class == HiddenClass::Tag).then(|| spelt(character));
        match found.last_mut() {
            Some(run) if letter.is_some() && run.class == class && run.range.end == start => {
                run.range.end = end;
                run.decoded.get_or_insert_default().extend(letter.flatten());
                let tags = text.get(run.range.clone()).unwrap_or_default();
                run.is_ordinary =
                    run.range.len() == FLAG_BYTES && table::is_flag(before_tags, tags);
            }
            _ => {
                before_tags = previous;
                found.push(Hidden {
                    range: start..end,
                    character,
                    class,
                    name,
                    decoded: letter.map(|letter| letter.into_iter().collect()),
                    is_ordinary: table::is_ordinary(character, class, previous, after),
                });
            }
        }
    }
    found
}

/// Cuts `text` into what shows and what hides, in order and without gaps.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut place = 0;
    for hidden in hidden(text) {
        if place < hidden.range.start {
            pieces.push(Piece::Text(place..hidden.range.start));
        }
        place = hidden.range.end;
        pieces.push(Piece::Hidden(hidden));
    }
    if place < text.len() {
        pieces.push(Piece::Text(place..text.len()));
    }
    pieces
}

/// Returns the letter that a tag stands for; the first and the last tag of a run stand for none.
fn spelt(tag: char) -> Option<char> {
    let low = u32::from(tag).checked_sub(0xE0000)?;
    char::from_u32(low).filter(|c| (' '..='~').contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Draws hidden characters as `⟨number name⟩`, with a `!` before those that are findings.
    fn drawn(text: &str) -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(range) => text[range].to_owned(),
                Piece::Hidden(hidden) => {
                    let mark = if hidden.is_ordinary { "" } else { "!" };
                    let spelt = hidden.decoded.as_ref().map(|text| format!(" “{text}”"));
                    format!(
                        "⟨{mark}{} {}{}⟩",
                        hidden.number(),
                        hidden.name,
                        spelt.unwrap_or_default()
                    )
                }
            })
            .collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(drawn(text), expected);
    }

    #[test]
    fn zero_width_and_bidi_characters_are_findings() {
        check("re\u{200B}fund", "re⟨!U+200B zero width space⟩fund");
        check("\u{202E}drawer", "⟨!U+202E right-to-left override⟩drawer");
        check(
            "\u{2066}a\u{2069}",
            "⟨!U+2066 left-to-right isolate⟩a⟨!U+2069 pop directional isolate⟩",
        );
        check("a\u{0007}", "a⟨!U+0007 control⟩");
        check(
            "a\u{FFFE}\u{E000}\u{3164}",
            "a⟨!U+FFFE noncharacter⟩⟨!U+E000 private use⟩⟨!U+3164 hangul filler⟩",
        );
    }

    #[test]
    fn a_run_of_tags_is_read_out() {
        let spelt: String = "ignore rules"
            .chars()
            .filter_map(|c| char::from_u32(0xE0000 + u32::from(c)))
            .collect();
        check(&format!("ok{spelt}."), "ok⟨!U+E0069 tag “ignore rules”⟩.");
    }

    #[test]
    fn ordinary_text_has_chips_and_no_findings() {
        check("👩\u{200D}💻 ok", "👩⟨U+200D zero width joiner⟩💻 ok");
        check("❤\u{FE0F}", "❤⟨U+FE0F variation selector⟩");
        check("می\u{200C}خواهم", "می⟨U+200C zero width non-joiner⟩خواهم");
        check("क्\u{200D}ष", "क्⟨U+200D zero width joiner⟩ष");
        check(
            "10\u{00A0}€\tx\r",
            "10⟨U+00A0 no-break space⟩€⟨U+0009 tab⟩x⟨U+000D carriage return⟩",
        );
        check("全角\u{3000}空白", "全角⟨U+3000 ideographic space⟩空白");
        check(
            "plain text, nothing else – “really”",
            "plain text, nothing else – “really”",
        );
    }

    #[test]
    fn the_same_characters_within_latin_words_are_findings() {
        check("pay\u{200D}ment", "pay⟨!U+200D zero width joiner⟩ment");
        check("a\u{FE0F}", "a⟨!U+FE0F variation selector⟩");
    }

    #[test]
    fn a_run_of_selectors_or_tags_is_no_emoji() {
        check(
            "❤\u{FE0F}\u{FE0F}",
            "❤⟨U+FE0F variation selector⟩⟨!U+FE0F variation selector⟩",
        );
        check("😀\u{E0101}", "😀⟨!U+E0101 variation selector⟩");
        let tags = |text: &str| -> String {
            text.chars()
                .filter_map(|c| char::from_u32(0xE0000 + u32::from(c)))
                .collect()
        };
        let flag = format!("🏴{}\u{E007F}", tags("gbsct"));
        check(&flag, "🏴⟨U+E0067 tag “gbsct”⟩");
        let smuggled = format!("🏴{}\u{E007F}", tags("gbpwn"));
        check(&smuggled, "🏴⟨!U+E0067 tag “gbpwn”⟩");
    }

    proptest! {
        #[test]
        fn pieces_have_no_gaps(text in any::<String>()) {
            let mut place = 0;
            for piece in pieces(&text) {
                let range = match piece { Piece::Text(range) => range, Piece::Hidden(hidden) => hidden.range };
                prop_assert_eq!(range.start, place);
                place = range.end;
            }
            prop_assert_eq!(place, text.len());
        }
    }
}
