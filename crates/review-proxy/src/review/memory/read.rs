//! Reading memory stores, for whoever puts a change of one together.

use crate::error::{Error, Result};
use crate::platform::{Memory as Held, MemoryStore, PageQuery, PlatformError, Trouble};
use crate::review::Review;
use review_api::{ErrorCode, Memory, MemoryId, MemoryStoreId, MemoryStoreSummary, MemorySummary};

/// Stores of one page of the platform.
const PAGE: u32 = 100;
/// Most pages of stores that are read to put them in order.
const MOST_PAGES: usize = 20;

impl Review {
    /// Lists all memory stores by name, then by id.
    ///
    /// # Errors
    /// If the platform does not say, or there are more than 2,000, which are too many to put in order.
    pub async fn memory_stores(&self) -> Result<Vec<MemoryStoreSummary>> {
        let mut all = Vec::new();
        let mut page = PageQuery::first(PAGE);
        for _ in 0..MOST_PAGES {
            let read = self.platform.list_memory_stores(&page).await?;
            // Those of a staging test are gone in a moment, and nobody may build on them.
            let lasting = read.data.into_iter().filter(|store| !store.is_scratch());
            all.extend(lasting.map(store));
            let Some(next) = read.next_page else {
                all.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
                return Ok(all);
            };
            page = PageQuery::after(PAGE, Some(next));
        }
        let message = "The platform has more memory stores than can be put in order here. Put away those \
                       that nobody uses.";
        Err(Error::new(ErrorCode::PlatformRefused, message))
    }

    /// Reads one page of a store's memories, in the platform's order, with the platform's cursor of the next.
    ///
    /// # Errors
    /// If there is no such store, or the platform does not say.
    pub async fn memories(
        &self,
        store_id: &MemoryStoreId,
        page: &PageQuery,
    ) -> Result<(Vec<MemorySummary>, Option<String>)> {
        let read = self
            .platform
            .list_memories(store_id.as_str(), page)
            .await
            .map_err(|error| missing(error, "memory store", store_id.as_str()))?;
        Ok((read.data.iter().map(summary).collect(), read.next_page))
    }

    /// Reads a memory with its text.
    ///
    /// # Errors
    /// If there is no such memory, or the platform does not say.
    pub async fn memory(&self, store_id: &MemoryStoreId, id: &MemoryId) -> Result<Memory> {
        let memory = self
            .platform
            .memory(store_id.as_str(), id.as_str())
            .await
            .map_err(|error| missing(error, "memory", id.as_str()))?;
        Ok(Memory {
            summary: summary(&memory),
            content: memory.content.unwrap_or_default(),
        })
    }
}

fn missing(error: PlatformError, what: &str, id: &str) -> Error {
    match error.trouble {
        Trouble::NotFound => Error::not_found(what, id),
        _ => error.into(),
    }
}

fn store(store: MemoryStore) -> MemoryStoreSummary {
    MemoryStoreSummary {
        id: store.id.into(),
        name: store.name,
        description: store.description,
        created_at: store.created_at,
        archived_at: store.archived_at,
    }
}

fn summary(memory: &Held) -> MemorySummary {
    MemorySummary {
        id: memory.id.as_str().into(),
        path: memory.path.clone(),
        bytes: memory.content_size_bytes,
        sha256: memory.content_sha256.clone(),
        updated_at: memory.updated_at,
    }
}
