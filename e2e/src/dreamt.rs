//! Dreams of the demo platform, brought to their end on demand.

use crate::{Result, Stack};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Longest that the proxy may take to notice that a dream has ended.
const DERIVED_WITHIN: Duration = Duration::from_mins(1);

/// Lets a dream that was just asked for run, write `memories` (path, text) beside what it writes itself, and end.
/// Returns its report, once the proxy has derived what it did to the memories.
///
/// # Errors
/// If a step fails or nothing is derived in time.
pub async fn complete_dream(
    stack: &Stack,
    dream: &str,
    memories: &[(&str, &str)],
) -> Result<Value> {
    let output = output(stack, dream).await?;
    for (path, content) in memories {
        let memory = json!({ "path": path, "content": content });
        let memories = format!("/v1/memory_stores/{output}/memories");
        stack.post_on_platform(&memories, &memory).await?;
    }
    let complete = format!("/dreams/{dream}/complete");
    stack.control(&complete, &json!({})).await?;
    timeout(DERIVED_WITHIN, derived(stack, dream))
        .await
        .map_err(|_| "the proxy did not derive the memory changes in time")?
}

/// Lets a dream run until it has a store to write to; returns that.
async fn output(stack: &Stack, dream: &str) -> Result<String> {
    let path = format!("/v1/dreams/{dream}");
    // Pending, running, running with its output.
    for _ in 0..3 {
        let now = stack.on_platform(&path).await?;
        if let Some(output) = list(&now, "outputs").first() {
            return Ok(text(output, "memory_store_id"));
        }
        let advance = format!("/dreams/{dream}/advance");
        stack.control(&advance, &json!({})).await?;
    }
    Err("the dream has no memory store".into())
}

async fn derived(stack: &Stack, dream: &str) -> Result<Value> {
    let path = format!("/api/dreams/{dream}");
    loop {
        let report = stack.api(&path).await?;
        let rows = list(&report, "suggestions");
        if rows
            .iter()
            .any(|row| text(row, "title").starts_with("Memories: "))
        {
            return Ok(report);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn list(value: &Value, name: &str) -> Vec<Value> {
    let found = value.get(name).and_then(Value::as_array);
    found.cloned().unwrap_or_default()
}

fn text(value: &Value, name: &str) -> String {
    let found = value.get(name).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}
