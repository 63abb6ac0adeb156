//! Words that fill the gaps in seeded texts: `{name}` takes one of the options of `name`.

use fastrand::Rng;
use std::collections::BTreeMap;

/// Options by name, as `words.txt` lists them.
#[derive(Debug, Default)]
pub(super) struct Words(BTreeMap<&'static str, Vec<&'static str>>);

impl Words {
    /// Reads `name: option | option`, one name a line; `#` stands for a digit.
    pub(super) fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        let read = |(name, options): (&'static str, &'static str)| {
            (name, options.split(" | ").map(str::trim).collect())
        };
        Self(lines.map(read).collect())
    }

    /// Chooses one option for every name.
    pub(super) fn choose(&self, random: &mut Rng) -> Chosen {
        let mut choose = |options: &Vec<&'static str>| {
            let option = random.choice(options).copied().unwrap_or_default();
            option
                .chars()
                .enumerate()
                .map(|(at, char)| match char {
                    // No number begins with a nought.
                    '#' if at == 0 => random.char('1'..='9'),
                    '#' => random.char('0'..='9'),
                    char => char,
                })
                .collect::<String>()
        };
        let chosen = self
            .0
            .iter()
            .map(|(name, options)| (*name, choose(options)));
        Chosen(chosen.collect())
    }
}

/// One option for every name.
#[derive(Debug)]
pub(super) struct Chosen(BTreeMap<&'static str, String>);

impl Chosen {
    /// Sets a name to something.
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.0.insert(name, value);
    }

    /// Fills the gaps of a text: `{name}` by the option chosen, `[[a||b]]` by one of the two.
    pub(super) fn fill(&self, text: &str, random: &mut Rng) -> String {
        let mut varied = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("[[") {
            varied.push_str(before);
            let Some((choices, after)) = after.split_once("]]") else {
                rest = after;
                break;
            };
            let choices: Vec<&str> = choices.split("||").collect();
            varied.push_str(random.choice(&choices).copied().unwrap_or_default());
            rest = after;
        }
        varied.push_str(rest);
        for (name, value) in &self.0 {
            let gap = format!("{{{name}}}");
            if varied.contains(&gap) {
                varied = varied.replace(&gap, value);
            }
            // `{name:slug}` is the same as a part of a path.
            let gap = format!("{{{name}:slug}}");
            if varied.contains(&gap) {
                varied = varied.replace(&gap, &slug(value));
            }
        }
        varied
    }
}

fn slug(text: &str) -> String {
    let dashed: String = text
        .to_lowercase()
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char
            } else {
                '-'
            }
        })
        .collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_the_same_way_for_the_same_seed() {
        let words = Words::parse("name: Ada Lovelace | Alan Turing\norder: ####\n");
        let fill = |seed| {
            let mut random = Rng::with_seed(seed);
            let chosen = words.choose(&mut random);
            chosen.fill("{name} [[wants||needs]] {order}, {name:slug}", &mut random)
        };
        assert_eq!(fill(1), fill(1));
        let text = fill(2);
        assert!(!text.contains(['{', '[', '#']), "{text}");
    }
}
