-- The ledger's hash chain; its head is there since the first step.

ALTER TABLE audit ADD COLUMN prev_hash TEXT COLLATE "C" NOT NULL DEFAULT '';
-- SHA-256 over the row before and this one, in hex; see `review_core::chain`.
ALTER TABLE audit ADD COLUMN hash TEXT COLLATE "C" NOT NULL DEFAULT '';
