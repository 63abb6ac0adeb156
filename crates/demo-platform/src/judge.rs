//! How the stand-in's model fills in a tool that asks it whether an answer is right: by the words they share.

use crate::answer::topics;
use serde_json::{Map, Value, json};

/// Least share of the expected words that a right answer has.
const ENOUGH: f64 = 0.5;

/// Returns the input of a tool whose schema asks for a yes or no about what `asked` holds; nothing for others.
///
/// The request is read as any model would: a JSON object in which the fields that say what is expected, and the one
/// that holds the answer, are told by their names.
pub(crate) fn judgement(schema: &Value, asked: &str) -> Option<Value> {
    let properties = schema.get("properties")?.as_object()?;
    if !properties
        .values()
        .any(|property| property["type"] == "boolean")
    {
        return None;
    }
    let material: Map<String, Value> = serde_json::from_str(asked).ok()?;
    let is_wanted = |name: &str| {
        ["expected", "rubric", "reference"]
            .iter()
            .any(|word| name.contains(word))
    };
    let texts = |wanted: bool| {
        let fields = material
            .iter()
            .filter(move |(name, _)| is_wanted(name) == wanted);
        fields
            .filter_map(|(_, value)| value.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let (wanted, given) = (topics(&texts(true)), topics(&texts(false)));
    let shared = wanted.intersection(&given).count();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred words at most")]
    let share = shared as f64 / wanted.len().max(1) as f64;
    let is_right = share >= ENOUGH;
    let why = format!(
        "It has {shared} of the {} words that matter in what is expected.",
        wanted.len()
    );
    let input = properties.iter().filter_map(|(name, property)| {
        let value = match property["type"].as_str() {
            Some("boolean") => json!(is_right),
            Some("string") => json!(why),
            _ => return None,
        };
        Some((name.clone(), value))
    });
    Some(Value::Object(input.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(expected: &str, answer: &str) -> bool {
        let schema =
            json!({"properties": {"ok": {"type": "boolean"}, "because": {"type": "string"}}});
        let asked = json!({"expected_answer": expected, "answer": answer, "turns": []}).to_string();
        let input = judgement(&schema, &asked).unwrap();
        assert!(input["because"].as_str().unwrap().contains("words"));
        input["ok"].as_bool().unwrap()
    }

    #[test]
    fn an_answer_with_the_expected_words_is_right_and_another_is_not() {
        let expected = "Could you give me the order number first?";
        assert!(judged(
            expected,
            "Please give me your order number, then I look at it first."
        ));
        assert!(!judged(expected, "I have started the refund for you."));
    }

    #[test]
    fn a_tool_that_asks_for_something_else_is_left_alone() {
        let schema = json!({"properties": {"items": {"type": "array"}}});
        assert_eq!(judgement(&schema, "{}"), None);
        let yes_or_no = json!({"properties": {"ok": {"type": "boolean"}}});
        assert_eq!(judgement(&yes_or_no, "Is it right?"), None);
    }
}
