//! A copy of the database file, taken while it is in use.

use super::{Conn, Kind, Store, StoreError, StoreResult};
use std::path::Path;

impl Store {
    /// Writes a copy of the database as it is at this moment into the empty file at `path`.
    ///
    /// Reads and writes go on meanwhile.
    ///
    /// # Errors
    /// If it is no file, or the copy cannot be written.
    pub async fn copy_into(&self, path: &Path) -> StoreResult<()> {
        let path = path.to_str().ok_or_else(|| {
            StoreError::Database(sqlx::Error::Io(std::io::ErrorKind::InvalidFilename.into()))
        })?;
        // Outside of a transaction, which `VACUUM` opens itself.
        let mut conn = self.readers.acquire().await?;
        sqlx::query("PRAGMA query_only = OFF")
            .execute(&mut *conn)
            .await?;
        let copied = sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(&mut *conn)
            .await;
        sqlx::query("PRAGMA query_only = ON")
            .execute(&mut *conn)
            .await?;
        copied?;
        Ok(())
    }

    /// Says what is wrong with the database file itself; nothing if it is sound.
    ///
    /// # Errors
    /// If it cannot be read at all.
    pub async fn damage(&self) -> StoreResult<Option<String>> {
        if self.kind == Kind::Postgres {
            return Ok(None);
        }
        let mut read = self.read().await?;
        let conn: &mut Conn = &mut read;
        let rows: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check(10)")
            .fetch_all(conn)
            .await?;
        let said: Vec<_> = rows.into_iter().map(|(line,)| line).collect();
        Ok((said != ["ok"]).then(|| said.join("; ")))
    }
}
