//! The words that tell an instruction from other sentences.

/// Words that begin an instruction.
const BEGINNINGS: [&str; 22] = [
    "must",
    "never",
    "always",
    "do not",
    "don't",
    "don’t",
    "only",
    "avoid",
    "ensure",
    "make sure",
    "refuse",
    "you must",
    "you may",
    "you should",
    "under no circumstances",
    "no",
    "if",
    "before",
    "when",
    "unless",
    "then",
    "first",
];

/// Verbs that begin an instruction.
const IMPERATIVES: [&str; 70] = [
    "act",
    "address",
    "copy",
    "disregard",
    "forget",
    "ignore",
    "mirror",
    "name",
    "override",
    "propose",
    "sign",
    "answer",
    "apologise",
    "apologize",
    "ask",
    "assume",
    "be",
    "begin",
    "call",
    "check",
    "cite",
    "close",
    "confirm",
    "create",
    "decline",
    "describe",
    "end",
    "escalate",
    "explain",
    "flag",
    "follow",
    "give",
    "greet",
    "hand",
    "include",
    "keep",
    "leave",
    "let",
    "link",
    "list",
    "log",
    "look",
    "mention",
    "note",
    "offer",
    "open",
    "page",
    "praise",
    "prefer",
    "provide",
    "quote",
    "read",
    "remember",
    "reply",
    "respond",
    "return",
    "say",
    "send",
    "start",
    "state",
    "stop",
    "summarise",
    "summarize",
    "tell",
    "treat",
    "use",
    "verify",
    "wait",
    "write",
    "thank",
];

/// Words that make an instruction of any sentence or list item they stand in.
const ANYWHERE: [&str; 6] = [
    " must ",
    " never ",
    " always ",
    " do not ",
    " may not ",
    " cannot ",
];

/// The same in scripts without spaces: must, never, do not.
const ANYWHERE_UNSPACED: [&str; 10] = [
    "必ず",
    "絶対",
    "しないで",
    "てはいけ",
    "てはなら",
    "必须",
    "不要",
    "不得",
    "禁止",
    "务必",
];

/// Longest label before a rule, in characters.
const LONGEST_LABEL: usize = 40;

/// Words in a heading that make a rule of each item in the list below it.
const RULE_HEADINGS: [&str; 17] = [
    "rule",
    "polic",
    "must",
    "never",
    "always",
    "constraint",
    "instruction",
    "guideline",
    "limit",
    "step",
    "task",
    "process",
    "procedure",
    "avoid",
    "規則",
    "手順",
    "规则",
];

/// Says whether a sentence tells someone to do something, or not to.
pub(super) fn instructs(sentence: &str) -> bool {
    let sentence = sentence.to_lowercase();
    let begins = |part: &str| {
        let part = part.trim_start_matches(|c: char| !c.is_alphanumeric());
        let begins_with = |word: &&str| -> bool {
            let rest = part.strip_prefix(*word);
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        BEGINNINGS.iter().any(&begins_with) || IMPERATIVES.iter().any(&begins_with)
    };
    // A rule may carry a label: "Food safety: if somebody is hurt, …".
    let labelled = sentence.split_once(": ");
    let labelled = labelled.filter(|(label, _)| label.chars().count() <= LONGEST_LABEL);
    begins(&sentence)
        || labelled.is_some_and(|(_, rest)| begins(rest))
        || ANYWHERE.iter().any(|word| sentence.contains(word))
        || ANYWHERE_UNSPACED.iter().any(|word| sentence.contains(word))
}

/// Says whether a heading speaks of rules, so that each item of a list below it is one.
pub(super) fn heads_rules(title: &str) -> bool {
    let title = title.to_lowercase();
    RULE_HEADINGS.iter().any(|word| title.contains(word))
}
