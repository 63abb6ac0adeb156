-- What interactions took, what agents can do, what answers of tests took, and the stores that tests make.

-- Tokens that the interaction took, as far as the platform said when it was read; nothing where it did not.
ALTER TABLE interactions ADD COLUMN input_tokens BIGINT;
ALTER TABLE interactions ADD COLUMN output_tokens BIGINT;
ALTER TABLE interactions ADD COLUMN cache_read_input_tokens BIGINT;
ALTER TABLE interactions ADD COLUMN cache_creation_input_tokens BIGINT;
-- Those that are there already are read once more.
UPDATE sync_state SET position = NULL WHERE name = 'interactions';

-- An `AgentTools` as JSON; nothing until the agent is read again.
ALTER TABLE agents ADD COLUMN tools TEXT COLLATE "C";

-- The upper end of what the test was estimated to take; nothing for tests of earlier releases.
ALTER TABLE staging_tests ADD COLUMN estimated_most BIGINT;

-- The version of the agent that it runs with; nothing for tests of earlier releases.
ALTER TABLE staging_tests ADD COLUMN agent_version BIGINT;
-- What it was estimated to cost, a `Cost` as JSON.
ALTER TABLE staging_tests ADD COLUMN estimated_cost TEXT COLLATE "C";
-- The same of a dream, a `Money` as JSON.
ALTER TABLE dream_runs ADD COLUMN estimated_cost TEXT COLLATE "C";

-- The parts of `tokens`, which cost differently; nothing where they are not known.
ALTER TABLE staging_test_answers ADD COLUMN input_tokens BIGINT;
ALTER TABLE staging_test_answers ADD COLUMN output_tokens BIGINT;
ALTER TABLE staging_test_answers ADD COLUMN cache_read_input_tokens BIGINT;
ALTER TABLE staging_test_answers ADD COLUMN cache_creation_input_tokens BIGINT;

-- Memory stores that a test makes on the platform: noted before they are made, until they are removed.
CREATE TABLE scratch_stores (
    -- Ours, which stands in the store's metadata too: by it one is found whose answer was lost.
    id          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    test_id     TEXT COLLATE "C" NOT NULL,
    -- 0 for the store as it is, 1 for the store as the change would leave it.
    is_proposal BIGINT NOT NULL,
    -- The platform's id, once it is known.
    store_id    TEXT COLLATE "C",
    -- `wanted`, `filled` (it can be attached), `leaving` or `gone`.
    state       TEXT COLLATE "C" NOT NULL,
    wanted_at   BIGINT NOT NULL,
    gone_at     BIGINT
);
CREATE INDEX scratch_stores_by_test ON scratch_stores (test_id);
CREATE INDEX scratch_stores_by_state ON scratch_stores (state, wanted_at);
