-- Reflection on dreams, and when interactions came to rest.

-- At most one question to a model for each dream; asked again only by hand.
CREATE TABLE reflections (
    dream_id         TEXT COLLATE "C"   PRIMARY KEY NOT NULL,
    agent_id         TEXT COLLATE "C"   NOT NULL,
    -- Counts up when it is asked for again by hand: what an earlier attempt still brings is not kept twice.
    attempt          BIGINT NOT NULL,
    -- `waiting`, `asked`, `done`, `skipped`, `failed` or `lost`.
    state            TEXT COLLATE "C"   NOT NULL,
    reason           TEXT COLLATE "C",
    model            TEXT COLLATE "C",
    input_tokens     BIGINT,
    output_tokens    BIGINT,
    cache_read_input_tokens     BIGINT,
    cache_creation_input_tokens BIGINT,
    -- Tokens of the attempts before this one.
    earlier_tokens   BIGINT NOT NULL,
    estimated_tokens BIGINT,
    patterns         BIGINT NOT NULL,
    suggestions      BIGINT NOT NULL,
    -- A `ReflectionLeftOut` as JSON.
    left_out         TEXT COLLATE "C"   NOT NULL,
    asked_by         TEXT COLLATE "C"   NOT NULL,
    asked_at         BIGINT NOT NULL,
    ended_at         BIGINT
);
CREATE INDEX reflections_by_state ON reflections (state, asked_at);
CREATE INDEX reflections_by_agent ON reflections (agent_id, asked_at);

-- The model that proposed it or found it; nothing for what a pipeline sent or the proxy derived.
ALTER TABLE suggestions ADD COLUMN proposed_by TEXT COLLATE "C";
-- `SuggestionFinding`s as a JSON array; nothing means none.
ALTER TABLE suggestions ADD COLUMN findings TEXT COLLATE "C";
ALTER TABLE patterns ADD COLUMN found_by TEXT COLLATE "C";

-- When the interaction was first seen at rest, or moved last where it was at rest when it was first seen.
ALTER TABLE interactions ADD COLUMN settled_at BIGINT;
