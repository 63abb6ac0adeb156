//! Tokens by kind, as every table has them that knows them: all four, or none.

use super::{StoreResult, count};
use review_api::Usage;

/// The four columns.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
#[expect(clippy::struct_field_names, reason = "the names of the columns")]
pub(super) struct KindsRow {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cache_read_input_tokens: Option<i64>,
    cache_creation_input_tokens: Option<i64>,
}

impl KindsRow {
    /// Reads them; nothing where they are not known.
    pub(super) fn read(self) -> StoreResult<Option<Usage>> {
        let Some(input) = self.input_tokens else {
            return Ok(None);
        };
        let kind = |tokens: Option<i64>| tokens.map_or(Ok(0), count);
        Ok(Some(Usage {
            input_tokens: count(input)?,
            output_tokens: kind(self.output_tokens)?,
            cache_read_input_tokens: kind(self.cache_read_input_tokens)?,
            cache_creation_input_tokens: kind(self.cache_creation_input_tokens)?,
        }))
    }
}
