//! What a dream wrote into the store that it read, and what takes that back.

use super::{
    Derived, Ended, Found, MOST_BYTES, MOST_MEMORIES, MOST_PAGES, PAGE, listed, memory_before,
    there, words,
};
use crate::dreaming::Syncer;
use crate::platform::{Memory, MemoryVersion, PageQuery, PlatformError, Trouble};
use review_api::{
    InPlace, MemoryBefore, MemoryCounts, MemoryId, MemoryManifest, MemoryOperation, MemoryProposal,
    NotTakenBack,
};
use review_core::digest::sha256_hex;
use review_core::in_place::{self, Before, Did, Limits, Plan, Present, Trace, Version};
use review_core::store_diff::{Listed, compare};
use std::collections::HashMap;

/// What one suggestion holds.
const LIMITS: Limits = Limits {
    memories: MOST_MEMORIES,
    bytes: MOST_BYTES,
};

/// Texts that were read, by their SHA-256.
type Texts = HashMap<String, String>;

impl Syncer {
    /// Finds what a dream wrote into the store that it read, and what takes it back.
    pub(super) async fn find_in_place(&self, dream: &Ended) -> Result<Derived, PlatformError> {
        // Only the session says which versions are the dream's.
        let Some(session_id) = &dream.session_id else {
            return Ok(Derived::default());
        };
        let (_, platform) = self.store_and_platform();
        let name = platform.memory_store(&dream.input_store).await?.name;
        let versions = self.versions_since(dream, session_id).await?;
        // After the versions: what is written meanwhile then shows as somebody's.
        let memories = platform.all_memories(&dream.input_store).await?;
        let store: Vec<Present> = memories.into_iter().map(present).collect();
        let mut traces = in_place::traces(&versions, &store);
        for trace in &mut traces {
            if trace.before == Before::Unread && !trace.is_others_too {
                trace.before = self.version_before(dream, trace).await?;
            }
        }
        let mut texts = Texts::new();
        loop {
            let plan = in_place::plan(&traces, &store, LIMITS);
            // A text that is not to be had changes what fits, so that is decided anew; each time one less.
            if !self
                .read_texts(dream, &plan, &mut traces, &mut texts)
                .await?
            {
                continue;
            }
            let suggestion = found(dream, name, &plan, &texts);
            let known = InPlace::Known {
                did: in_place::counts(&traces),
                left_out: plan.left_out,
            };
            return Ok(Derived {
                suggestion,
                in_place: Some(known),
            });
        }
    }

    /// Returns the versions of the store since the dream was asked for, newest first.
    async fn versions_since(
        &self,
        dream: &Ended,
        session_id: &str,
    ) -> Result<Vec<Version>, PlatformError> {
        let doing = "read the memory versions";
        let (_, platform) = self.store_and_platform();
        let mut found = Vec::new();
        let mut page = PageQuery::first(PAGE);
        for _ in 0..MOST_PAGES {
            let read = platform
                .list_memory_versions(&dream.input_store, None, &page)
                .await?;
            if read.unreadable > 0 {
                return Err(PlatformError::bare(Trouble::Garbled, doing));
            }
            let all = read.data.len();
            let since = |version: &MemoryVersion| version.created_at >= dream.created_at;
            let newer: Vec<MemoryVersion> = read.data.into_iter().take_while(since).collect();
            let is_through = newer.len() < all;
            found.extend(newer.into_iter().map(|one| version(one, session_id)));
            match read.next_page.filter(|_| !is_through) {
                Some(next) => page = PageQuery::after(PAGE, Some(next)),
                None => return Ok(found),
            }
        }
        // A list with an end left out would let somebody's work be taken back unseen.
        Err(PlatformError::bare(Trouble::Oversized, doing))
    }

    /// Finds what a memory was before the dream's first version of it.
    async fn version_before(&self, dream: &Ended, trace: &Trace) -> Result<Before, PlatformError> {
        let (_, platform) = self.store_and_platform();
        let id = trace.memory_id.as_str();
        let mut is_past_first = false;
        let mut page = PageQuery::first(PAGE);
        for _ in 0..MOST_PAGES {
            let read = platform
                .list_memory_versions(&dream.input_store, Some(id), &page)
                .await?;
            if read.unreadable > 0 {
                break;
            }
            for one in read.data.into_iter().filter(|one| one.memory_id == id) {
                if is_past_first {
                    return Ok(Before::at(version(one, "")));
                }
                is_past_first = one.id == trace.first;
            }
            match read.next_page {
                Some(next) => page = PageQuery::after(PAGE, Some(next)),
                None => break,
            }
        }
        Ok(Before::Lost)
    }

    /// Reads the texts that a plan needs; says `false` where one of them is not what was listed, which is noted in
    /// its trace.
    async fn read_texts(
        &self,
        dream: &Ended,
        plan: &Plan,
        traces: &mut [Trace],
        texts: &mut Texts,
    ) -> Result<bool, PlatformError> {
        let (_, platform) = self.store_and_platform();
        let mut is_whole = true;
        for difference in compare(&plan.now, &plan.before) {
            if let Some(was) = difference.text_needed()
                && !texts.contains_key(&was.sha256)
                && let Some(trace) = trace_of(traces, &was.memory_id)
                && let Before::Was(version) = &trace.before
            {
                let read = platform
                    .memory_version(&dream.input_store, &version.id)
                    .await;
                let text = there(read)?.and_then(|version| version.content);
                if !keep(texts, &was.sha256, text) {
                    trace.before = Before::Lost;
                    is_whole = false;
                }
            }
            if let Some(now) = memory_before(difference)
                && !texts.contains_key(&now.sha256)
                && let Some(trace) = trace_of(traces, &now.memory_id)
            {
                let id = now.memory_id.as_str();
                let read = platform.memory(&dream.input_store, id).await;
                let text = there(read)?.and_then(|memory| memory.content);
                if !keep(texts, &now.sha256, text) {
                    trace.is_others_too = true;
                    is_whole = false;
                }
            }
        }
        Ok(is_whole)
    }
}

/// Keeps a text if it is the one of this SHA-256, and says whether it is.
fn keep(texts: &mut Texts, sha256: &str, text: Option<String>) -> bool {
    let sound = text.filter(|text| sha256_hex(text) == sha256);
    let is_sound = sound.is_some();
    texts.extend(sound.map(|text| (sha256.to_owned(), text)));
    is_sound
}

fn trace_of<'a>(traces: &'a mut [Trace], id: &MemoryId) -> Option<&'a mut Trace> {
    traces.iter_mut().find(|trace| trace.memory_id == *id)
}

/// Makes what is suggested of a plan all of whose texts were read; nothing where there is nothing to take back.
fn found(dream: &Ended, store_name: String, plan: &Plan, texts: &Texts) -> Option<Found> {
    let text = |of: &Listed| texts.get(&of.sha256).cloned().unwrap_or_default();
    let differences = compare(&plan.now, &plan.before);
    let operations: Vec<MemoryOperation> = differences
        .iter()
        .map(|one| one.operation(&one.text_needed().map(text).unwrap_or_default()))
        .collect();
    if operations.is_empty() {
        return None;
    }
    let now = differences.iter().copied().filter_map(memory_before);
    let before = now
        .map(|now| MemoryBefore {
            memory_id: now.memory_id.clone(),
            path: now.path.clone(),
            sha256: now.sha256.clone(),
            content: text(now),
        })
        .collect();
    let back = words::counts(&operations);
    // What is made again was deleted, and the other way round.
    let did = MemoryCounts {
        created: back.deleted,
        deleted: back.created,
        ..back
    };
    let left_out = plan.left_out;
    Some(Found {
        title: words::title("Take back", &did),
        rationale: rationale(&left_out),
        proposal: MemoryProposal {
            manifest: MemoryManifest {
                store_id: dream.input_store.as_str().into(),
                operations,
            },
            store_name,
            before,
        },
        takes_back: true,
        left_out: serde_json::json!({ "left_out": left_out }),
    })
}

fn rationale(left_out: &NotTakenBack) -> String {
    let mut sentences = vec![
        "The dream wrote this into the store by itself, and nobody decided it. This puts back what was there before, \
         from the versions that the platform keeps."
            .to_owned(),
    ];
    sentences.extend(in_place::left_out(left_out));
    sentences.join(" ")
}

fn present(memory: Memory) -> Present {
    let version_id = memory.memory_version_id.clone();
    Present {
        listed: listed(memory),
        version_id,
    }
}

fn version(version: MemoryVersion, session_id: &str) -> Version {
    let is_blanked = version.redacted_at.is_some();
    Version {
        did: match &*version.operation {
            "created" => Did::Created,
            "deleted" => Did::Deleted,
            _ => Did::Modified,
        },
        is_dreams: version.is_of_session(session_id),
        id: version.id,
        memory_id: MemoryId(version.memory_id),
        // What was blanked out must not come back, whatever is still told of it.
        path: version.path.filter(|_| !is_blanked),
        sha256: version.content_sha256,
        bytes: version.content_size_bytes.unwrap_or_default(),
    }
}
