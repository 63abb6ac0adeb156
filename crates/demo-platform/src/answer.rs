//! The stand-in's model: answers by rule from the prompt it is given, the same every time.

use std::collections::HashSet;

/// Most rules quoted in one answer.
const MAX_RULES: usize = 3;
/// Longest rule quoted, in characters.
const MAX_RULE_CHARS: usize = 220;

/// Words that carry no topic.
const COMMON: [&str; 46] = [
    "about", "after", "again", "also", "always", "and", "any", "are", "been", "before", "but",
    "can", "could", "does", "for", "from", "had", "has", "have", "how", "into", "its", "just",
    "must", "never", "not", "one", "our", "out", "please", "that", "the", "their", "them", "then",
    "they", "this", "was", "what", "when", "will", "with", "would", "you", "your", "yours",
];

/// The start of each word that carries a topic, so that forms of one word are the same.
pub(crate) fn topics(text: &str) -> HashSet<String> {
    text.split(|char: char| !char.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| word.len() > 2 && !COMMON.contains(&word.as_str()))
        .map(|word| word.chars().take(5).collect())
        .collect()
}

/// Lines of a prompt that tell the agent what to do.
fn rules(system: &str) -> impl Iterator<Item = &str> {
    const MARKS: [&str; 9] = [
        "must", "never", "always", "do not", "only", "ask", "before", "first", "don't",
    ];
    system.lines().map(str::trim).filter(|line| {
        let lower = line.to_lowercase();
        let is_item = line.starts_with("- ")
            || line.starts_with("* ")
            || line
                .split_once(". ")
                .is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        !line.starts_with('#') && (is_item || MARKS.iter().any(|mark| lower.contains(mark)))
    })
}

fn bare(rule: &str) -> String {
    let rule = rule.trim_start_matches(['-', '*', ' ']);
    let rule = match rule.split_once(". ") {
        Some((number, rest)) if number.parse::<u32>().is_ok() => rest,
        _ => rule,
    };
    let cut: String = rule.chars().take(MAX_RULE_CHARS).collect();
    if cut.len() < rule.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

/// Says whether a text holds something like an order, ticket or invoice number.
fn has_reference(text: &str) -> bool {
    text.split(|char: char| !(char.is_alphanumeric() || char == '-' || char == '#'))
        .any(|word| word.bytes().filter(u8::is_ascii_digit).count() >= 4)
}

/// Returns the answer to what was said (`true` marks the user's turns) under a prompt.
///
/// It follows the rules of the prompt that share words with the last request, so another prompt gives
/// another answer: asked for money without an order number, it asks for one exactly if its prompt says so.
pub(crate) fn answer(system: &str, said: &[(bool, String)]) -> String {
    let asked = said.iter().rev().find(|(is_user, _)| *is_user);
    let Some((_, asked)) = asked else {
        return "How can I help?".to_owned();
    };
    let wanted = topics(asked);
    let mut scored: Vec<(usize, usize, &str)> = rules(system)
        .enumerate()
        .map(|(at, rule)| (topics(rule).intersection(&wanted).count(), at, rule))
        .filter(|(shared, _, _)| *shared > 0)
        .collect();
    scored.sort_by_key(|(shared, at, _)| (usize::MAX - shared, *at));
    let everything: String = said.iter().map(|(_, text)| text.as_str()).collect();
    let lower = asked.to_lowercase();
    let wants_money = ["refund", "money back", "reimburse"]
        .iter()
        .any(|word| lower.contains(word));
    let asks_for_number = rules(system).any(|rule| {
        let rule = rule.to_lowercase();
        rule.contains("order number") && (rule.contains("ask") || rule.contains("before"))
    });
    let mut lines = Vec::new();
    if wants_money && !has_reference(&everything) && asks_for_number {
        lines.push(
            "Could you give me the order number first? I need it before I can look at a refund."
                .to_owned(),
        );
    } else if wants_money {
        lines.push(
            "I have started the refund for you; it will show up within five working days."
                .to_owned(),
        );
    } else {
        let topic: String = asked
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(120)
            .collect();
        lines.push(format!("About \"{topic}\":"));
    }
    for (_, _, rule) in scored.into_iter().take(MAX_RULES) {
        lines.push(format!("- {}", bare(rule)));
    }
    if lines.len() == 1 && !wants_money {
        lines.push(
            "I have no instruction that covers this, so I would check with a person.".to_owned(),
        );
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(system: &str, text: &str) -> String {
        answer(system, &[(true, text.to_owned())])
    }

    #[test]
    fn the_prompt_decides_whether_a_refund_starts_with_the_order_number() {
        let with = "- Ask for the order number before any refund.";
        let refund = "I want a refund for my kettle";
        assert!(ask(with, refund).contains("order number first"));
        assert!(ask("Be kind.", refund).contains("started the refund"));
        assert!(ask(with, "Refund order 48213 please").contains("started the refund"));
    }

    #[test]
    fn rules_that_share_words_are_followed_and_others_are_not() {
        let system =
            "# Rules\n- Never share passwords.\n1. Check the invoice date before you answer.";
        let text = ask(system, "Why is my invoice so high?");
        assert!(text.contains("Check the invoice date"));
        assert!(!text.contains("passwords"));
        assert_eq!(text, ask(system, "Why is my invoice so high?"));
    }
}
