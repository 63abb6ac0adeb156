//! Times how long the report of a dream takes to derive, as its memory store grows; a tenth of the memories changed.
//!
//! The real reader, an SQLite file and the platform's stand-in over HTTP on loopback; each size is run five times,
//! with a dream of its own. Prints a table in Markdown: `cargo run -p review-proxy --example derive`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement prints, and stops at the first surprise"
)]

use review_api::DreamId;
use review_proxy::dreaming::Syncer;
use review_proxy::platform::{
    DreamOutcome, Memory, MemoryEdit, MemoryOutcome, NewDream, PageQuery, Platform, SessionFilter,
};
use review_proxy::store::Store;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SIZES: [usize; 4] = [500, 1_000, 2_000, 4_000];
const RUNS: usize = 5;
/// One of so many memories is edited.
const EDITED_ONE_OF: usize = 10;

struct Bench {
    url: String,
    http: reqwest::Client,
    platform: Platform,
    syncer: Syncer,
}

#[tokio::main]
async fn main() {
    let folder = tempfile::TempDir::new().unwrap();
    let config = demo_platform::Config {
        pace: demo_platform::Pace::by_hand(),
        ..demo_platform::Config::local(folder.path().join("platform"))
    };
    let running = demo_platform::start(config).await.unwrap();
    drop(rustls::crypto::ring::default_provider().install_default());
    let platform = Platform::new(&running.url(), "a-key-for-the-demo-platform".into()).unwrap();
    let store = Store::open(&folder.path().join("review.db")).await.unwrap();
    let bench = Bench {
        url: running.url(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        syncer: Syncer::new(store, platform.clone(), Duration::from_hours(1)),
        platform,
    };
    bench.syncer.sync_now().await.unwrap();
    println!(
        "| memories | changed | ms to the report, median of {RUNS} | lowest–highest | µs for each memory |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for size in SIZES {
        bench.size(size).await;
    }
    running.shutdown().await;
}

impl Bench {
    async fn size(&self, size: usize) {
        let input = self.store_of(size).await;
        let mut runs = Vec::new();
        for run in 0..RUNS {
            let dream = self.dream(&input, run).await;
            self.syncer.refresh_dream(&dream).await.unwrap();
            let begun = Instant::now();
            assert_eq!(
                self.syncer.derive().await.unwrap(),
                1,
                "one dream to derive"
            );
            runs.push(begun.elapsed());
        }
        runs.sort_unstable();
        let ms = |run: Duration| run.as_secs_f64() * 1_000.0;
        let median = ms(runs[RUNS / 2]);
        println!(
            "| {size} | {} | {median:.0} | {:.0}–{:.0} | {:.0} |",
            size / EDITED_ONE_OF,
            ms(runs[0]),
            ms(runs[RUNS - 1]),
            median * 1_000.0 / f64::from(u32::try_from(size).unwrap()),
        );
    }

    /// Makes a memory store of `size` memories of about 400 bytes.
    async fn store_of(&self, size: usize) -> String {
        let body = json!({ "name": format!("{size} memories") });
        let made = self
            .post("/v1/memory_stores", "agent-memory-2026-07-22", &body)
            .await;
        let id = made["id"].as_str().unwrap().to_owned();
        for number in 0..size {
            let path = format!("/notes/{:02}/{number:05}.md", number % 40);
            let text = format!(
                "# Note {number}\n\n{}",
                "What was learnt of this case. ".repeat(12)
            );
            let outcome = self.platform.create_memory(&id, &path, &text).await;
            assert!(matches!(outcome, MemoryOutcome::Done { .. }), "{outcome:?}");
        }
        id
    }

    /// Has the platform dream over the store and change a tenth of what it writes.
    async fn dream(&self, input: &str, run: usize) -> DreamId {
        let (any, few) = (SessionFilter::default(), PageQuery::first(5));
        let sessions = self.platform.list_sessions(&any, &few).await.unwrap();
        let new = NewDream {
            memory_store_id: input.to_owned(),
            session_ids: sessions.data.into_iter().map(|one| one.id).collect(),
            model: "claude-sonnet-5".to_owned(),
            instructions: Some(format!("run {run}")),
        };
        let DreamOutcome::Created(dream) = self.platform.create_dream(&new).await else {
            panic!("the dream was not taken");
        };
        for _ in 0..2 {
            self.post(
                &format!("/__control/dreams/{}/advance", dream.id),
                "",
                &json!({}),
            )
            .await;
        }
        let output = self.platform.dream(&dream.id).await.unwrap();
        let output = output.output_store().unwrap().to_owned();
        let memories: Vec<Memory> = self.platform.all_memories(&output).await.unwrap();
        for memory in memories.iter().step_by(EDITED_ONE_OF) {
            let text = format!("# Edited\n\nRun {run} found this to be out of date.\n");
            let edit = MemoryEdit::Content(&text);
            let outcome = self
                .platform
                .update_memory(&output, &memory.id, &memory.content_sha256, edit)
                .await;
            assert!(matches!(outcome, MemoryOutcome::Done { .. }), "{outcome:?}");
        }
        self.post(
            &format!("/__control/dreams/{}/complete", dream.id),
            "",
            &json!({}),
        )
        .await;
        dream.id.as_str().into()
    }

    async fn post(&self, path: &str, beta: &str, body: &Value) -> Value {
        let answer = self
            .http
            .post(format!("{}{path}", self.url))
            .header("x-api-key", "a-key-for-the-demo-platform")
            .header("anthropic-version", "2026-10-21")
            .header("anthropic-beta", beta)
            .json(body)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }
}
