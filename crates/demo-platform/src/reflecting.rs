//! What the stand-in's model says when it must report edits of a text: worked out by rule from the request alone.
//!
//! It reads a request as any model would: headings, marked blocks, and the schema of the tool that it must use.

use serde_json::{Value, json};

/// A part of a request between `<<data … label>>` and its end, with the heading above it.
struct Block {
    heading: String,
    label: String,
    text: String,
}

/// Returns the input of a tool that takes patterns and edits; nothing where the tool is another one.
pub(crate) fn input(schema: &Value, request: &str) -> Option<Value> {
    let edit = schema.pointer("/properties/adjustments/items/properties")?;
    if edit.get("find").is_none() || edit.get("replace").is_none() {
        return None;
    }
    let blocks = blocks(request);
    let under = |word: &str| {
        let word = word.to_owned();
        blocks
            .iter()
            .filter(move |block| block.heading.contains(&word))
    };
    let negative: Vec<&Block> = under("feedback")
        .filter(|block| block.label.contains("negative"))
        .collect();
    let prompt = under("prompt")
        .next()
        .map_or("", |block| block.text.as_str());
    let nothing = json!({"patterns": [], "adjustments": []});
    let Some(first) = negative.first() else {
        return Some(nothing);
    };
    let said: String = negative
        .iter()
        .map(|block| block.text.to_lowercase())
        .collect();
    let (title, rule) = if said.contains("order number") || said.contains("refund") {
        (
            "Refunds without an order number",
            "Ask for the order number before any refund, and wait for the answer.",
        )
    } else {
        (
            "Answers that users correct",
            "If you are not sure of a fact, say so and ask one question before you answer.",
        )
    };
    let ids: Vec<&str> = negative
        .iter()
        .filter_map(|block| block.label.rsplit(' ').next())
        .take(20)
        .collect();
    let patterns = json!([{
        "title": title,
        "detail": format!("Seen in {} interactions that people rated negative.", ids.len()),
        "interaction_ids": ids,
    }]);
    // The last line that names one place only.
    let place = prompt
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty() && prompt.matches(line).count() == 1);
    let adjustments = match place {
        Some(line) if !prompt.contains(rule) => json!([{
            "title": rule.split(',').next(),
            "find": line,
            "replace": format!("{line}\n- {rule}"),
            "why": format!("{title}: {}", first.text.lines().next().unwrap_or_default()),
            "pattern": 1,
        }]),
        _ => json!([]),
    };
    Some(json!({"patterns": patterns, "adjustments": adjustments}))
}

fn blocks(request: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut heading = String::new();
    let mut lines = request.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("# ") {
            heading = title.to_lowercase();
        } else if let Some(mark) = line
            .strip_prefix("<<data ")
            .and_then(|rest| rest.strip_suffix(">>"))
        {
            let (nonce, label) = mark.split_once(' ').unwrap_or((mark, ""));
            let end = format!("<<end {nonce}>>");
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            blocks.push(Block {
                heading: heading.clone(),
                label: label.to_owned(),
                text: text.join("\n"),
            });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        json!({"properties": {"patterns": {}, "adjustments": {"items": {"properties": {"find": {}, "replace": {}}}}}})
    }

    const REQUEST: &str = "# Current prompt\n<<data n1 prompt>>\nYou help.\n- Be kind.\n<<end n1>>\n\
        # Feedback of people\n<<data n1 feedback negative sesn_1>>\nComment: refunded too early\n# Feedback\n<<end n1>>\n\
        <<data n1 feedback positive sesn_2>>\nComment: good\n<<end n1>>\n";

    #[test]
    fn a_rule_is_added_for_what_people_complain_about() {
        let input = input(&schema(), REQUEST).unwrap();
        let edit = &input["adjustments"][0];
        assert_eq!(edit["find"], "- Be kind.");
        assert!(edit["replace"].as_str().unwrap().contains("order number"));
        assert_eq!(input["patterns"][0]["interaction_ids"], json!(["sesn_1"]));
    }

    #[test]
    fn nothing_is_proposed_without_a_complaint_and_nothing_said_of_another_tool() {
        let calm = REQUEST.replace("negative", "positive");
        assert_eq!(input(&schema(), &calm).unwrap()["adjustments"], json!([]));
        assert!(input(&json!({}), REQUEST).is_none());
    }
}
