//! Which words a text has, whatever their order: a quick measure of how much two lines are alike.

/// Words of a text as sorted hashes, of which equal words have equal ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bag(Vec<u32>);

/// Words that are looked at; what two texts have in common shows early.
const MOST_WORDS: usize = 1_000;

/// Fewer words than this are contained in another text by chance.
const FEWEST_CONTAINED: usize = 3;

/// What it counts for that the words of one text are in the other.
const CONTAINED: f32 = 0.5;

impl Bag {
    /// Reads the words of `text`: letters and digits, whatever the case of ASCII letters; each ideograph is a word.
    pub(crate) fn new(text: &str) -> Self {
        let mut words = words_up_to(text, MOST_WORDS);
        words.sort_unstable();
        Self(words)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the words, without those that repeat.
    pub(crate) fn distinct(&self) -> impl Iterator<Item = u32> {
        self.0
            .chunk_by(|a, b| a == b)
            .filter_map(|run| run.first().copied())
    }

    /// Counts the words that both have.
    pub(crate) fn common(&self, other: &Self) -> usize {
        let mut common = 0;
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(&&a), Some(&&b)) = (left.peek(), right.peek()) {
            common += usize::from(a == b);
            if a <= b {
                left.next();
            }
            if b <= a {
                right.next();
            }
        }
        common
    }

    /// Returns how much two texts are alike as one text that grew or shrank: their likeness, or a middling value where
    /// the words of one are nearly all in the other.
    pub(crate) fn kinship(&self, other: &Self) -> f32 {
        let common = self.common(other);
        let likeness = share(common, self.len() + other.len());
        let is_contained =
            common >= FEWEST_CONTAINED && common * 10 >= self.len().min(other.len()) * 9;
        if is_contained {
            likeness.max(CONTAINED)
        } else {
            likeness
        }
    }

    /// Says whether nearly all words of this text are in the other one.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let common = self.common(other);
        common >= FEWEST_CONTAINED && common * 10 >= self.len() * 9
    }

    /// Returns the share of words that two texts have in common, from 0 to 1; texts without words are alike.
    pub(crate) fn likeness(&self, other: &Self) -> f32 {
        share(self.common(other), self.len() + other.len())
    }
}

/// Returns the share that `common` words of each of two texts are of their `all` words.
fn share(common: usize, all: usize) -> f32 {
    if all == 0 {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a share of two small counts")]
    let share = 2.0 * common as f32 / all as f32;
    share
}

/// Returns the hash of each word of `text`, in order.
pub(crate) fn words(text: &str) -> Vec<u32> {
    words_up_to(text, usize::MAX)
}

fn words_up_to(text: &str, most: usize) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut words = Vec::with_capacity(most.min(bytes.len() / 6 + 1));
    let mut place = 0;
    while words.len() < most
        && let Some(rest) = bytes.get(place..).filter(|rest| !rest.is_empty())
    {
        // Most words are ASCII, and there a look at each byte is enough.
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let word = rest.get(..length).unwrap_or_default();
        let begins_other = rest.get(length).is_some_and(|byte| !byte.is_ascii());
        if !begins_other {
            if length > 0 {
                words.push(hash(word));
            }
            place += length + 1;
            continue;
        }
        let end = other_word(text, place, &mut words);
        place = end;
    }
    words
}

/// Reads a word that is not all ASCII, or passes a character that is none; returns the place behind it.
fn other_word(text: &str, start: usize, words: &mut Vec<u32>) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let is_part = |c: char| c.is_alphanumeric() && !is_ideograph(c);
    let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    if length > 0 {
        words.push(hash(rest.get(..length).unwrap_or_default().as_bytes()));
        return start + length;
    }
    let Some(c) = rest.chars().next() else {
        return start + 1;
    };
    if c.is_alphanumeric() {
        words.push(hash(c.encode_utf8(&mut [0; 4]).as_bytes()));
    }
    start + c.len_utf8()
}

/// Hashes a word; ASCII letters count whatever their case.
fn hash(word: &[u8]) -> u32 {
    /// Set in small letters and digits, and not in capitals.
    const SMALL: u64 = 0x2020_2020_2020_2020;
    let mut hash = word.len() as u64;
    for chunk in word.chunks(8) {
        let value = chunk
            .iter()
            .rev()
            .fold(0, |value, &byte| value << 8 | u64::from(byte));
        hash = (hash.rotate_left(23) ^ (value | SMALL)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    (hash >> 32) as u32
}

/// Letters that are words of their own, as in Chinese and Japanese, where no spaces part them.
pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_the_share_of_words_in_common() {
        let likeness = |a: &str, b: &str| Bag::new(a).likeness(&Bag::new(b));
        assert!((likeness("Ask for the number.", "ask for a number") - 0.75).abs() < 0.001);
        assert!(likeness("one two", "three four") < 0.001);
        assert!(likeness("", " - ") > 0.999);
        assert!((likeness("注文番号", "注文確認") - 0.5).abs() < 0.001);
    }
}
