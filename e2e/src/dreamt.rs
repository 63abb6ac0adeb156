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
    for _ in 0..2 {
        let advance = format!("/dreams/{dream}/advance");
        stack.control(&advance, &json!({})).await?;
    }
    let output = newest_store(stack).await?;
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

/// Returns the store that was made last: the one that the dream writes to.
async fn newest_store(stack: &Stack) -> Result<String> {
    let stores = stack.on_platform("/v1/memory_stores?limit=100").await?;
    let stores = list(&stores, "data");
    let made = |store: &Value| text(store, "created_at");
    let newest = stores.iter().max_by_key(|store| made(store));
    let id = newest.map(|store| text(store, "id"));
    Ok(id.ok_or("the platform has no memory store")?)
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
