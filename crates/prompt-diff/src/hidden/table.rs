//! The code points that hide, by class.

use super::HiddenClass;

/// Returns the class and name of `c`, or nothing if it can be seen.
pub(super) fn class_of(c: char) -> Option<(HiddenClass, &'static str)> {
    use HiddenClass::{
        Bidi, Control, Filler, Format, Joiner, LineBreak, Noncharacter, PrivateUse, Space, Tab,
        Tag, Variation, ZeroWidth,
    };
    let number = u32::from(c);
    if number & 0xFFFE == 0xFFFE {
        return Some((Noncharacter, "noncharacter"));
    }
    Some(match number {
        0x0A | 0x20..=0x7E => return None,
        0x09 => (Tab, "tab"),
        0x0B => (LineBreak, "line tabulation"),
        0x0C => (LineBreak, "form feed"),
        0x0D => (LineBreak, "carriage return"),
        0x85 => (LineBreak, "next line"),
        0x2028 => (LineBreak, "line separator"),
        0x2029 => (LineBreak, "paragraph separator"),
        0x00..=0x1F | 0x7F..=0x9F => (Control, "control"),
        0xA0 => (Space, "no-break space"),
        0x1680 => (Space, "ogham space mark"),
        0x2000..=0x200A => (Space, "typographic space"),
        0x202F => (Space, "narrow no-break space"),
        0x205F => (Space, "mathematical space"),
        0x3000 => (Space, "ideographic space"),
        0xAD => (ZeroWidth, "soft hyphen"),
        0x34F => (ZeroWidth, "combining grapheme joiner"),
        0x180E => (Joiner, "mongolian vowel separator"),
        0x200B => (ZeroWidth, "zero width space"),
        0x2060 => (ZeroWidth, "word joiner"),
        0x2061..=0x2064 => (ZeroWidth, "invisible operator"),
        0xFEFF => (ZeroWidth, "byte order mark"),
        0x200C => (Joiner, "zero width non-joiner"),
        0x200D => (Joiner, "zero width joiner"),
        0x61C => (Bidi, "arabic letter mark"),
        0x200E => (Bidi, "left-to-right mark"),
        0x200F => (Bidi, "right-to-left mark"),
        0x202A => (Bidi, "left-to-right embedding"),
        0x202B => (Bidi, "right-to-left embedding"),
        0x202C => (Bidi, "pop directional formatting"),
        0x202D => (Bidi, "left-to-right override"),
        0x202E => (Bidi, "right-to-left override"),
        0x2066 => (Bidi, "left-to-right isolate"),
        0x2067 => (Bidi, "right-to-left isolate"),
        0x2068 => (Bidi, "first strong isolate"),
        0x2069 => (Bidi, "pop directional isolate"),
        0x206A..=0x206F => (Format, "deprecated format character"),
        0x115F | 0x1160 | 0x3164 => (Filler, "hangul filler"),
        0xFFA0 => (Filler, "halfwidth hangul filler"),
        0x17B4 | 0x17B5 => (Filler, "khmer inherent vowel"),
        0x2800 => (Filler, "blank braille pattern"),
        0x1_6FE4 => (Filler, "khitan small script filler"),
        0x1_D159 => (Filler, "musical symbol null notehead"),
        0xFFFC => (Filler, "object replacement character"),
        // Not assigned, and yet meant to be drawn as nothing.
        0x2065 | 0xFFF0..=0xFFF8 | 0xE_0080..=0xE_00FF | 0xE_01F0..=0xE_0FFF => {
            (Format, "unassigned format character")
        }
        0x180B..=0x180D | 0x180F | 0xFE00..=0xFE0F | 0xE_0100..=0xE_01EF => {
            (Variation, "variation selector")
        }
        0xE_0000..=0xE_007F => (Tag, "tag"),
        0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF => (PrivateUse, "private use"),
        0xFDD0..=0xFDEF => (Noncharacter, "noncharacter"),
        0x600..=0x605
        | 0x6DD
        | 0x70F
        | 0x890
        | 0x891
        | 0x8E2
        | 0xFFF9..=0xFFFB
        | 0x1_10BD
        | 0x1_10CD
        | 0x1_3430..=0x1_343F
        | 0x1_BCA0..=0x1_BCA3
        | 0x1_D173..=0x1_D17A => (Format, "format character"),
        _ => return None,
    })
}

/// Says whether `c` stands where ordinary writing has it; tags are judged by their run.
pub(super) fn is_ordinary(
    c: char,
    class: HiddenClass,
    before: Option<char>,
    after: Option<char>,
) -> bool {
    let around = |holds: fn(char) -> bool| (before.is_some_and(holds), after.is_some_and(holds));
    let touches = |holds: fn(char) -> bool| around(holds) != (false, false);
    match class {
        HiddenClass::Tab => true,
        // Windows line ends: the line feed may have been cut off.
        HiddenClass::LineBreak => c == '\r' && matches!(after, None | Some('\n')),
        HiddenClass::Space => match c {
            '\u{A0}' | '\u{2009}' | '\u{202F}' => true,
            // Also the indent of a paragraph.
            '\u{3000}' => touches(is_wide) || before.is_none_or(|c| matches!(c, '\n' | '\u{3000}')),
            _ => false,
        },
        HiddenClass::Joiner if c == '\u{180E}' => around(is_mongolian) == (true, true),
        HiddenClass::Joiner => {
            let emoji = before.is_some_and(|c| is_emoji(c) || c == '\u{FE0F}')
                && after.is_some_and(is_emoji)
                && c == '\u{200D}';
            let joining = around(is_joining_letter);
            emoji || joining == (true, true) || (joining.0 && after.is_none_or(char::is_whitespace))
        }
        // One selector for one character: a run of them spells bytes that no one sees.
        HiddenClass::Variation => match c {
            '\u{180B}'..='\u{180F}' => before.is_some_and(is_mongolian),
            '\u{FE0E}' | '\u{FE0F}' => {
                before.is_some_and(|c| is_emoji(c) || is_han(c)) || after == Some('\u{20E3}')
            }
            _ => before.is_some_and(is_han),
        },
        HiddenClass::Bidi => {
            matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}') && touches(is_right_to_left)
        }
        HiddenClass::Filler => c == '\u{2800}' && touches(|c| matches!(c, '\u{2801}'..='\u{28FF}')),
        // Signs that Arabic and Syriac draw, such as the end of a verse.
        HiddenClass::Format => {
            matches!(
                u32::from(c),
                0x600..=0x605 | 0x6DD | 0x70F | 0x890 | 0x891 | 0x8E2
            ) && touches(|c| is_right_to_left(c) || matches!(c, '\u{660}'..='\u{669}'))
        }
        _ => false,
    }
}

/// Says whether `run` is the flag of England, Scotland or Wales without its first character, a black flag.
pub(super) fn is_flag(before: Option<char>, run: &str) -> bool {
    let spelt = |letters: &str| {
        let tags = letters
            .chars()
            .filter_map(|c| char::from_u32(0xE_0000 + u32::from(c)));
        run.chars().eq(tags.chain(['\u{E007F}']))
    };
    before == Some('\u{1F3F4}') && ["gbeng", "gbsct", "gbwls"].into_iter().any(spelt)
}

fn is_emoji(c: char) -> bool {
    matches!(
        u32::from(c),
        0xA9 | 0xAE | 0x203C..=0x2BFF | 0x3030 | 0x303D | 0x3297 | 0x3299 | 0x1_F000..=0x1_FAFF
    )
}

/// Letters of scripts in which joiners are spelling: Arabic and its kin, and those of India and around.
fn is_joining_letter(c: char) -> bool {
    matches!(u32::from(c), 0x0620..=0x08FF | 0x0900..=0x0DFF | 0x0F00..=0x109F | 0x1780..=0x18AF)
        && super::class_of(c).is_none()
}

fn is_mongolian(c: char) -> bool {
    matches!(c, '\u{1810}'..='\u{18AF}')
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3001..=0x3007 | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0xFF01..=0xFF1F | 0x2_0000..=0x3_FFFD)
}

/// Characters as wide as the ideographic space: those of China, Japan and Korea.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x2FFF | 0x3001..=0x9FFF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFF01..=0xFF60 | 0x2_0000..=0x3_FFFD)
}

fn is_right_to_left(c: char) -> bool {
    matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC)
        && super::class_of(c).is_none()
}
