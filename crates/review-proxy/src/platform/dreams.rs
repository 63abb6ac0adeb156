//! Dreams.

use super::error::PlatformError;
use super::transport::Area;
use super::wire::{Dream, List};
use super::{PageQuery, Platform};
use jiff::Timestamp;

impl Platform {
    /// Reads one page of the dreams asked for after `created_after`, newest first; archived ones too, since
    /// their reports stay readable.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn list_dreams(
        &self,
        created_after: Option<Timestamp>,
        page: &PageQuery,
    ) -> Result<List<Dream>, PlatformError> {
        let request = self
            .list(Area::Dreams, "read the dreams")
            .query_if("created_at[gt]", created_after)
            .query_if("limit", page.limit)
            .query("include_archived", true)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Reads a dream.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn dream(&self, id: &str) -> Result<Dream, PlatformError> {
        self.get(self.object(Area::Dreams, "read the dream", id)?)
            .await
    }
}
