//! Memory stores that a staging test makes for itself, and removes again.
//!
//! Each carries the name that it has in the proxy's own list, so that one whose answer was lost is found, and none
//! is ever removed that was not made here.

use super::error::{PlatformError, Trouble};
use super::memories::MemoryStore;
use super::transport::Area;
use super::wire::List;
use super::{PageQuery, Platform};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Metadata key of such stores; its value is their name in the proxy's list.
const MARK: &str = "dream_review_scratch";
/// Stores of one page, and most pages that are looked through for one.
const PAGE: u32 = 100;
/// See [`PAGE`].
const MOST_PAGES: usize = 20;

impl MemoryStore {
    /// Says whether a staging test made it, and will remove it.
    pub fn is_scratch(&self) -> bool {
        self.metadata.contains_key(MARK)
    }

    fn is_marked(&self, mark: &str) -> bool {
        self.metadata.get(MARK).and_then(Value::as_str) == Some(mark)
    }
}

impl Platform {
    /// Makes an empty store with name and description of another one: the name says where it is mounted, and so is
    /// part of what an agent reads. Sent once.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn make_scratch_store(
        &self,
        like: &MemoryStore,
        mark: &str,
    ) -> Result<MemoryStore, PlatformError> {
        let mut metadata = Map::new();
        metadata.insert(MARK.to_owned(), json!(mark));
        let mut body = Map::new();
        body.insert("name".to_owned(), json!(like.name));
        if !like.description.is_empty() {
            body.insert("description".to_owned(), json!(like.description));
        }
        body.insert("metadata".to_owned(), metadata.into());
        let request = self.list(Area::Memories, "make a memory store for the staging test");
        self.post(request, &body.into()).await
    }

    /// Finds the stores that were made under a mark since then.
    ///
    /// # Errors
    /// As [`PlatformError`] says; also where there are too many stores to look through.
    pub async fn scratch_stores(
        &self,
        mark: &str,
        since: Timestamp,
    ) -> Result<Vec<MemoryStore>, PlatformError> {
        let doing = "look for memory stores of the staging test";
        let mut found = Vec::new();
        let mut page = PageQuery::first(PAGE);
        for _ in 0..MOST_PAGES {
            let request = self
                .list(Area::Memories, doing)
                .query("created_at[gte]", since)
                .query("include_archived", false)
                .query_if("limit", page.limit)
                .query_if("page", page.page.as_deref());
            let read: List<MemoryStore> = self.get(request).await?;
            found.extend(read.data.into_iter().filter(|store| store.is_marked(mark)));
            let Some(next) = read.next_page else {
                return Ok(found);
            };
            page = PageQuery::after(PAGE, Some(next));
        }
        Err(PlatformError::bare(Trouble::Oversized, doing))
    }

    /// Removes a store that was made under this mark; one that is gone already is fine. Where the platform does not
    /// let it be removed, it is put away.
    ///
    /// # Errors
    /// As [`PlatformError`] says; also where the store is another one.
    pub async fn remove_scratch_store(&self, id: &str, mark: &str) -> Result<(), PlatformError> {
        let doing = "remove a memory store of the staging test";
        let store = match self.memory_store(id).await {
            Ok(store) => store,
            Err(error) if error.trouble == Trouble::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        // Removing is for good, so nothing is taken on trust here.
        if !store.is_marked(mark) {
            return Err(PlatformError::bare(Trouble::Refused, doing));
        }
        let request = self.object(Area::Memories, doing, id)?;
        match self.delete::<Value>(request).await {
            Ok(_) => Ok(()),
            Err(error) => match error.trouble {
                Trouble::NotFound => Ok(()),
                Trouble::Refused | Trouble::Conflict => {
                    let request = self.object(Area::Memories, doing, id)?.under("archive");
                    self.act::<MemoryStore>(request).await.map(drop)
                }
                _ => Err(error),
            },
        }
    }
}
