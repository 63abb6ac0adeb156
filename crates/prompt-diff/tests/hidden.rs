//! Promise P31: what is shown is what is applied, for every code point that hides.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong may stop")]

use prompt_diff::{Piece, Weight, class_of, findings, findings_fingerprint, hidden, pieces};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Returns every code point that the promise names, by its category or by its number.
fn promised() -> Vec<char> {
    let by_category = |c: char| {
        matches!(
            c.general_category(),
            GeneralCategory::Format
                | GeneralCategory::Control
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::SpaceSeparator
                | GeneralCategory::PrivateUse
        )
    };
    let by_number = |c: char| {
        matches!(
            u32::from(c),
            0xFE00..=0xFE0F
                | 0xE_0100..=0xE_01EF
                | 0xE_0000..=0xE_007F
                | 0x034F
                | 0x061C
                | 0x115F
                | 0x1160
                | 0x17B4..=0x17B5
                | 0x180B..=0x180F
                | 0x2800
                | 0x3164
                | 0xFFA0
                | 0xAD
                | 0xFDD0..=0xFDEF
        ) || u32::from(c) & 0xFFFE == 0xFFFE
    };
    let seen = |c: char| matches!(c, '\n' | ' ');
    let found = |c: &char| !seen(*c) && (by_category(*c) || by_number(*c));
    ('\0'..=char::MAX).filter(found).collect()
}

#[test]
fn p31_every_code_point_that_hides_is_found_alone_and_within_a_word() {
    let promised = promised();
    assert!(promised.len() > 137_000, "{}", promised.len());
    for c in promised {
        let (class, name) =
            class_of(c).unwrap_or_else(|| panic!("U+{:04X} is not seen", u32::from(c)));
        assert!(!name.is_empty() && !class.as_str().is_empty());
        for text in [format!("{c}"), format!("re{c}fund"), format!("x {c}")] {
            let found = hidden(&text);
            assert_eq!(found.len(), 1, "U+{:04X} in {text:?}", u32::from(c));
            assert_eq!(found[0].character, c);
            assert_eq!(
                &text[found[0].range.clone()],
                c.to_string(),
                "its exact bytes"
            );
            assert_eq!(found[0].number(), format!("U+{:04X}", u32::from(c)));
            let shown: String = pieces(&text)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(range) => text[range].to_owned(),
                    Piece::Hidden(hidden) => text[hidden.range].to_owned(),
                })
                .collect();
            assert_eq!(shown, text, "chips and text give the text");
        }
    }
}

#[test]
fn p31_every_code_point_that_hides_blocks_within_a_word_unless_it_is_a_space_or_tab() {
    // Spaces that people type, and the tab, are drawn and do not block.
    let harmless = ['\t', '\u{A0}', '\u{2009}', '\u{202F}'];
    for c in promised() {
        let text = format!("re{c}fund");
        let blocks = findings_fingerprint("refund", &text).is_some();
        assert_eq!(blocks, !harmless.contains(&c), "U+{:04X}", u32::from(c));
    }
}

#[test]
fn p31_whatever_is_drawn_as_nothing_is_found_though_no_one_assigned_it() {
    let ranges = [
        0x2065..=0x2065,
        0xFFF0..=0xFFF8,
        0xE_0080..=0xE_00FF,
        0xE_01F0..=0xE_0FFF,
    ];
    for c in ranges.into_iter().flatten().filter_map(char::from_u32) {
        assert!(class_of(c).is_some(), "U+{:04X}", u32::from(c));
    }
}

#[test]
fn p31_ordinary_writing_does_not_block() {
    let texts = [
        "👩\u{200D}👩\u{200D}👧\u{200D}👦 family, 🏳\u{FE0F}\u{200D}🌈, 👁\u{FE0F}\u{200D}🗨\u{FE0F}, 1\u{FE0F}\u{20E3}, ❤\u{FE0F}",
        "👩🏽\u{200D}🚀 and 🏃🏿\u{200D}♀\u{FE0F}",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        "می\u{200C}خواهم کتاب\u{200C}ها را بخوانم",
        "مرحبا\u{200F} بالعالم",
        "क्\u{200D}ष और श्री",
        "ශ්\u{200D}රී ලංකා",
        "全角\u{3000}空白。返金の前に確認する。",
        "\u{3000}\u{3000}第一段落",
        "葛\u{E0100}飾区",
        "\u{1820}\u{180B}\u{1821}",
        "⠃⠗⠁⠊⠇⠇⠑\u{2800}⠞⠑⠭⠞",
        "10\u{A0}€ et 5\u{202F}000\u{A0}km",
        "a\r\nb\tc\r\n",
        "Это обычный текст, где есть «соре» и API-шка? Нет: ключ API.",
        "Ελληνικά και αγγλικά, σε μία γραμμή",
        "Kubernetes集群、APIキー、한국어API",
        "naïve café – “really” … ½ × 3 ≤ 4",
    ];
    for text in texts {
        let blocking: Vec<_> = findings(text)
            .into_iter()
            .filter(|one| one.weight == Weight::Blocking)
            .collect();
        assert!(blocking.is_empty(), "{text}: {blocking:?}");
    }
}
