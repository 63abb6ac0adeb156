-- Which memories interactions used, as their transcripts show it.
CREATE TABLE memory_uses (
    interaction_id TEXT NOT NULL,
    store_id       TEXT NOT NULL,
    -- The memory's path in its store.
    path           TEXT NOT NULL,
    -- `named`, `read` or `written`: the strongest of the transcript.
    kind           TEXT NOT NULL,
    -- The first event that shows it.
    event_id       TEXT NOT NULL,
    PRIMARY KEY (interaction_id, store_id, path)
);
CREATE INDEX memory_uses_by_memory ON memory_uses (store_id, path);
-- Transcripts that were read already are read once more. Ratings found in them are known by their lines.
UPDATE interactions SET transcript_read_to = NULL;
