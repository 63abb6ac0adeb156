-- The ledger's hash chain. Rows that are here already are sealed by the program when it starts next, in the
-- transaction that also makes the head's row.

ALTER TABLE audit ADD COLUMN prev_hash TEXT NOT NULL DEFAULT '';
-- SHA-256 over the row before and this one, in hex; see `review_core::chain`.
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- The ledger's last row. There is exactly one.
CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- 0 before the first row.
    seq  BIGINT NOT NULL,
    -- 64 hex digits.
    hash TEXT   NOT NULL
);
