//! Words that fill the gaps in seeded texts: `{name}` takes one of the options of `name`.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Options by name, as `words.txt` lists them.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<Line>);

/// Names that are chosen together, such as a town and its postcode, with the options for them.
#[derive(Debug)]
struct Line {
    names: Vec<&'static str>,
    options: Vec<Vec<&'static str>>,
}

impl Words {
    /// Reads `name: option | option` or `name+other: option ~ option | …`; `#` stands for a digit.
    pub(super) fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        let read = |(names, options): (&'static str, &'static str)| Line {
            names: names.split('+').collect(),
            options: options
                .split(" | ")
                .map(|option| option.split(" ~ ").map(str::trim).collect())
                .collect(),
        };
        Self(lines.map(read).collect())
    }

    /// Chooses one option for every name.
    pub(super) fn choose(&self, random: &mut Rng) -> Chosen {
        let mut chosen = BTreeMap::new();
        for line in &self.0 {
            let option = random.choice(&line.options);
            for (name, text) in line.names.iter().zip(option.into_iter().flatten()) {
                chosen.insert(*name, with_digits(text, random));
            }
        }
        Chosen(chosen)
    }
}

fn with_digits(text: &str, random: &mut Rng) -> String {
    let digits = text.chars().enumerate().map(|(at, char)| match char {
        // No number begins with a nought.
        '#' if at == 0 => random.char('1'..='9'),
        '#' => random.char('0'..='9'),
        char => char,
    });
    digits.collect()
}

/// One option for every name.
#[derive(Debug)]
pub(super) struct Chosen(BTreeMap<&'static str, String>);

impl Chosen {
    /// Sets `date`, and `time` and `time2`, a few minutes before and after.
    pub(super) fn set_times(&mut self, at: Timestamp) {
        let clock = |minutes| {
            let moved = at
                .checked_add(SignedDuration::from_mins(minutes))
                .unwrap_or(at);
            moved.strftime("%H:%M").to_string()
        };
        self.0.insert("date", at.strftime("%Y-%m-%d").to_string());
        self.0.insert("time", clock(-6));
        self.0.insert("time2", clock(13));
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
        let words = Words::parse(
            "name: Ada Lovelace | Alan Turing\norder: ####\ntown+code: Graz ~ 8010 | Lyon ~ 69003\n",
        );
        let fill = |seed| {
            let mut random = Rng::with_seed(seed);
            let chosen = words.choose(&mut random);
            let text = "{name} [[wants||needs]] {order}, {name:slug}, {town} {code}";
            chosen.fill(text, &mut random)
        };
        assert_eq!(fill(1), fill(1));
        let text = fill(2);
        assert!(!text.contains(['{', '[', '#']), "{text}");
        assert!(
            text.ends_with("Graz 8010") || text.ends_with("Lyon 69003"),
            "{text}"
        );
    }
}
