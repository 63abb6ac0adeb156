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
        let mut words = words(text);
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
        let likeness = self.likeness(other);
        if self.is_within(other) || other.is_within(self) {
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
        let all = self.len() + other.len();
        if all == 0 {
            return 1.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share of two small counts")]
        let share = 2.0 * self.common(other) as f32 / all as f32;
        share
    }
}

/// Returns the hash of each word of `text`, in order, at most [`MOST_WORDS`].
pub(crate) fn words(text: &str) -> Vec<u32> {
    let mut words = Vec::with_capacity(text.len().min(MOST_WORDS * 6) / 6 + 1);
    let mut word = 0_u32;
    let mut place = 0;
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(place) {
        // Most text is ASCII, and there a look at each byte is enough.
        let (c, length) = if byte.is_ascii() {
            (char::from(byte), 1)
        } else {
            let c = text
                .get(place..)
                .and_then(|rest| rest.chars().next())
                .unwrap_or_default();
            (c, c.len_utf8())
        };
        place += length;
        let is_part = if c.is_ascii() {
            c.is_ascii_alphanumeric()
        } else {
            c.is_alphanumeric()
        };
        let stands_alone = length > 1 && is_part && is_ideograph(c);
        if word != 0 && (!is_part || stands_alone) {
            words.push(word);
            word = 0;
            if words.len() >= MOST_WORDS {
                return words;
            }
        }
        if is_part {
            word = mix(word, u32::from(c.to_ascii_lowercase()));
        }
        if stands_alone {
            words.push(word);
            word = 0;
        }
    }
    if word != 0 {
        words.push(word);
    }
    words
}

/// Goes on with a hash; never 0, which stands for no word.
fn mix(hash: u32, value: u32) -> u32 {
    ((hash.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B1)) | 1
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
