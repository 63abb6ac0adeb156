//! Characters that show nothing of themselves, so that people can be shown them all the same.
//!
//! First form of promise P31: what is classified here is drawn as a chip, with its number and name.

mod table;

use std::ops::Range;

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
            }
            _ => found.push(Hidden {
                range: start..end,
                character,
                class,
                name,
                decoded: letter.map(|letter| letter.into_iter().collect()),
                is_ordinary: table::is_ordinary(character, class, previous, after),
            }),
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
    fn p31_every_code_point_of_the_promise_is_classified() {
        let ranges = [
            0x00..=0x09,
            0x0B..=0x1F,
            0x7F..=0x9F,
            0xA0..=0xA0,
            0xAD..=0xAD,
            0x34F..=0x34F,
            0x600..=0x605,
            0x61C..=0x61C,
            0x6DD..=0x6DD,
            0x70F..=0x70F,
            0x890..=0x891,
            0x8E2..=0x8E2,
            0x115F..=0x1160,
            0x1680..=0x1680,
            0x17B4..=0x17B5,
            0x180B..=0x180F,
            0x2000..=0x200F,
            0x2028..=0x202F,
            0x205F..=0x2064,
            0x2066..=0x206F,
            0x2800..=0x2800,
            0x3000..=0x3000,
            0x3164..=0x3164,
            0xE000..=0xF8FF,
            0xFDD0..=0xFDEF,
            0xFE00..=0xFE0F,
            0xFEFF..=0xFEFF,
            0xFFA0..=0xFFA0,
            0xFFF9..=0xFFFB,
            0xFFFE..=0xFFFF,
            0x1_10BD..=0x1_10BD,
            0x1_10CD..=0x1_10CD,
            0x1_3430..=0x1_343F,
            0x1_BCA0..=0x1_BCA3,
            0x1_D173..=0x1_D17A,
            0x1_FFFE..=0x1_FFFF,
            0xE_0000..=0xE_007F,
            0xE_0100..=0xE_01EF,
            0xF_0000..=0xF_FFFF,
            0x10_0000..=0x10_FFFF,
        ];
        let mut count = 0;
        for number in ranges.into_iter().flatten() {
            let c = char::from_u32(number).unwrap();
            assert!(class_of(c).is_some(), "U+{number:04X} is not seen");
            assert!(
                hidden(&format!("a{c}b"))
                    .iter()
                    .any(|hidden| hidden.character == c),
                "U+{number:04X} is not found in a word"
            );
            count += 1;
        }
        assert!(count > 137_000, "{count}");
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
