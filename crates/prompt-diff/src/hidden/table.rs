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
        0x180E => (ZeroWidth, "mongolian vowel separator"),
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

/// Says whether `c` stands where ordinary writing has it.
pub(super) fn is_ordinary(
    c: char,
    class: HiddenClass,
    before: Option<char>,
    after: Option<char>,
) -> bool {
    let around = |holds: fn(char) -> bool| (before.is_some_and(holds), after.is_some_and(holds));
    match class {
        HiddenClass::Tab => true,
        // Windows line ends: the line feed may have been cut off.
        HiddenClass::LineBreak => c == '\r' && matches!(after, None | Some('\n')),
        HiddenClass::Space => matches!(c, '\u{A0}' | '\u{2009}' | '\u{202F}' | '\u{3000}'),
        HiddenClass::Joiner => {
            let emoji = around(is_emoji_part) == (true, true) && c == '\u{200D}';
            let joining = around(is_joining_letter);
            emoji || joining == (true, true) || (joining.0 && after.is_none_or(char::is_whitespace))
        }
        HiddenClass::Variation => {
            let keycap = after == Some('\u{20E3}');
            keycap || before.is_some_and(|c| is_emoji_part(c) || is_han_or_mongolian(c))
        }
        HiddenClass::Bidi => {
            let mark = matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}');
            let (left, right) = around(is_right_to_left);
            mark && (left || right)
        }
        // The flags of England, Scotland and Wales are spelt with tags.
        HiddenClass::Tag => before == Some('\u{1F3F4}'),
        _ => false,
    }
}

fn is_emoji_part(c: char) -> bool {
    matches!(u32::from(c), 0xA9 | 0xAE | 0x203C..=0x3299 | 0xFE0F | 0x1_F000..=0x1_FAFF)
}

/// Letters of scripts in which joiners are spelling: Arabic and its kin, and those of India and around.
fn is_joining_letter(c: char) -> bool {
    matches!(u32::from(c), 0x0620..=0x08FF | 0x0900..=0x0DFF | 0x0F00..=0x109F | 0x1780..=0x18AF)
}

fn is_han_or_mongolian(c: char) -> bool {
    matches!(u32::from(c), 0x1820..=0x18AF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFD)
}

fn is_right_to_left(c: char) -> bool {
    matches!(u32::from(c), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC)
}
