//! Which paths a memory may have, and which paths stand in each other's way.

use std::{collections::BTreeMap, fmt, ops::Bound};
use unicode_normalization::is_nfc;

/// Longest path, in bytes.
pub const MAX_PATH_BYTES: usize = 1_024;

/// Most parts that a path may have.
pub const MAX_PATH_SEGMENTS: usize = 20;

/// Why a path is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPath {
    /// It does not begin with a slash.
    NoSlash,
    /// It is longer than [`MAX_PATH_BYTES`].
    TooLong,
    /// It has more parts than [`MAX_PATH_SEGMENTS`].
    TooDeep,
    /// One of its parts is empty.
    EmptyPart,
    /// One of its parts is `.` or `..`.
    DotPart,
    /// It has a character that cannot be seen or breaks the line.
    Hidden(char),
    /// It is not in Unicode's composed form, so that two paths could look alike.
    NotComposed,
}

impl fmt::Display for BadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSlash => f.write_str("a path begins with \"/\""),
            Self::TooLong => write!(f, "a path has at most {MAX_PATH_BYTES} bytes"),
            Self::TooDeep => write!(f, "a path has at most {MAX_PATH_SEGMENTS} parts"),
            Self::EmptyPart => f.write_str("no part of a path is empty; \"//\" and a \"/\" at the end make one"),
            Self::DotPart => f.write_str("no part of a path is \".\" or \"..\""),
            Self::Hidden(c) => write!(
                f,
                "a path has no characters that cannot be seen or break the line, such as U+{:04X}",
                u32::from(*c)
            ),
            Self::NotComposed => {
                f.write_str("a path is written with composed characters (Unicode NFC), such as \"é\" in one piece")
            }
        }
    }
}

impl std::error::Error for BadPath {}

/// Says whether the platform takes `path` for a memory.
///
/// # Errors
/// With the rule that it breaks.
pub fn check_path(path: &str) -> Result<(), BadPath> {
    let parts = path.strip_prefix('/').ok_or(BadPath::NoSlash)?;
    if path.len() > MAX_PATH_BYTES {
        return Err(BadPath::TooLong);
    }
    if let Some(c) = path.chars().find(|c| is_hidden(*c)) {
        return Err(BadPath::Hidden(c));
    }
    for (place, part) in parts.split('/').enumerate() {
        match part {
            _ if place >= MAX_PATH_SEGMENTS => return Err(BadPath::TooDeep),
            "" => return Err(BadPath::EmptyPart),
            "." | ".." => return Err(BadPath::DotPart),
            _ => {}
        }
    }
    if is_nfc(path) {
        Ok(())
    } else {
        Err(BadPath::NotComposed)
    }
}

/// Says whether `c` is a control or format character (Unicode's Cc and Cf) or one of U+2028 and U+2029.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890..=0x891 | 0x8E2 | 0x180E
                | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x2064 | 0x2066..=0x206F | 0xFEFF
                | 0xFFF9..=0xFFFB | 0x1_10BD | 0x1_10CD | 0x1_3430..=0x1_343F | 0x1_BCA0..=0x1_BCA3
                | 0x1_D173..=0x1_D17A | 0xE_0001 | 0xE_0020..=0xE_007F
        )
}

/// Things by path, to find those that cannot be in one store with another path.
#[derive(Debug)]
pub(crate) struct Tree<'a, T>(BTreeMap<&'a str, Vec<T>>);

impl<'a, T: Copy> Tree<'a, T> {
    pub(crate) fn new(things: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let mut tree = Self(BTreeMap::new());
        for (path, thing) in things {
            tree.insert(path, thing);
        }
        tree
    }

    /// Adds a thing at `path`.
    pub(crate) fn insert(&mut self, path: &'a str, thing: T) {
        self.0.entry(path).or_default().push(thing);
    }

    /// Returns all things at `path`, above it and below it.
    pub(crate) fn colliding(&self, path: &str) -> Vec<(&'a str, T)> {
        let below = format!("{path}/");
        let above_and_at = path
            .match_indices('/')
            .map(|(end, _)| end)
            .chain([path.len()])
            .filter_map(|end| self.0.get_key_value(path.get(..end)?));
        let under = self
            .0
            .range::<str, _>((Bound::Included(&*below), Bound::Unbounded))
            .take_while(|(path, _)| path.starts_with(&below));
        above_and_at
            .chain(under)
            .flat_map(|(path, things)| things.iter().map(|thing| (*path, *thing)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Result<(), BadPath>) {
        assert_eq!(check_path(path), expected, "{path:?}");
    }

    #[test]
    fn ordinary_paths_are_taken() {
        for path in [
            "/a",
            "/notes/Größe.md",
            "/.hidden/...",
            "/a b/ç",
            "/案内/返品",
        ] {
            check(path, Ok(()));
        }
    }

    #[test]
    fn each_rule_has_its_sentence() {
        check("", Err(BadPath::NoSlash));
        check("a/b", Err(BadPath::NoSlash));
        check("/", Err(BadPath::EmptyPart));
        check("/a//b", Err(BadPath::EmptyPart));
        check("/a/", Err(BadPath::EmptyPart));
        check("/a/./b", Err(BadPath::DotPart));
        check("/..", Err(BadPath::DotPart));
        check("/e\u{301}", Err(BadPath::NotComposed));
        for c in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{200d}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            check(&format!("/a{c}b"), Err(BadPath::Hidden(c)));
        }
    }

    #[test]
    fn limits_count_bytes_and_parts() {
        let parts = |count: usize| "/a".repeat(count);
        check(&parts(20), Ok(()));
        check(&parts(21), Err(BadPath::TooDeep));
        let bytes = |count: usize| format!("/{}", "é".repeat(count / 2));
        check(&format!("{}a", bytes(1_022)), Ok(()));
        check(&bytes(1_024), Err(BadPath::TooLong));
    }

    #[test]
    fn a_path_collides_with_itself_and_what_is_above_and_below() {
        let tree = Tree::new(
            ["/a", "/a/b", "/a/b/c", "/a/bc", "/a/b/d", "/a/b.c", "/b"].map(|path| (path, ())),
        );
        let paths = |path| {
            tree.colliding(path)
                .into_iter()
                .map(|(path, ())| path)
                .collect::<Vec<_>>()
        };
        assert_eq!(paths("/a/b"), ["/a", "/a/b", "/a/b/c", "/a/b/d"]);
        assert_eq!(paths("/c"), Vec::<&str>::new());
    }
}
