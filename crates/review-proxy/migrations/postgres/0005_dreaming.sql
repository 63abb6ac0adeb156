-- Dreams by schedule: the plan, its runs, and the stores that dreams read and write.

-- A `DreamPlan` as JSON; nothing means the plan that holds where nobody has made one.
ALTER TABLE agent_settings ADD COLUMN dream_plan TEXT COLLATE "C";
-- When dreaming was switched on last: slots before it are nobody's.
ALTER TABLE agent_settings ADD COLUMN dreaming_since BIGINT;

-- The first memory store that the interaction had attached.
ALTER TABLE interactions ADD COLUMN memory_store_id TEXT COLLATE "C";

ALTER TABLE dreams ADD COLUMN input_store_id TEXT COLLATE "C";
ALTER TABLE dreams ADD COLUMN output_store_id TEXT COLLATE "C";
CREATE INDEX dreams_by_input_store ON dreams (input_store_id, created_at);

CREATE TABLE dream_runs (
    id               TEXT COLLATE "C"   PRIMARY KEY NOT NULL,
    agent_id         TEXT COLLATE "C"   NOT NULL,
    -- The slot; nothing for a dream asked for by hand.
    slot             BIGINT,
    -- `asked`, `started`, `skipped` or `failed`.
    state            TEXT COLLATE "C"   NOT NULL,
    reason           TEXT COLLATE "C",
    dream_id         TEXT COLLATE "C",
    -- What the platform is asked for: store, interactions (a JSON array of ids) and model.
    memory_store_id  TEXT COLLATE "C",
    interaction_ids  TEXT COLLATE "C"   NOT NULL,
    model            TEXT COLLATE "C",
    instructions     TEXT COLLATE "C",
    estimated_tokens BIGINT,
    asked_by         TEXT COLLATE "C"   NOT NULL,
    asked_at         BIGINT NOT NULL
);
-- Exactly one run for each slot, over all proxies and restarts.
CREATE UNIQUE INDEX dream_runs_by_slot ON dream_runs (agent_id, slot);
CREATE INDEX dream_runs_by_agent ON dream_runs (agent_id, asked_at, id);
CREATE INDEX dream_runs_by_state ON dream_runs (state);

-- When the memory changes of a dream were derived, or found to be none or impossible.
ALTER TABLE dreams ADD COLUMN derived_at BIGINT;

-- `prompt` or `memory`; a suggestion of memories has its manifest and the memories as they were, as JSON.
ALTER TABLE suggestions ADD COLUMN target TEXT COLLATE "C" NOT NULL DEFAULT 'prompt';
ALTER TABLE suggestions ADD COLUMN memory_manifest TEXT COLLATE "C";
ALTER TABLE suggestions ADD COLUMN memory_store_name TEXT COLLATE "C";
ALTER TABLE suggestions ADD COLUMN memory_before TEXT COLLATE "C";
