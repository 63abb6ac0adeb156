-- Staging tests: the labelled cases of an agent, run with the base of a change and with its proposal.

CREATE TABLE staging_tests (
    id               TEXT COLLATE "C"   PRIMARY KEY NOT NULL,
    change_id        TEXT COLLATE "C"   NOT NULL,
    agent_id         TEXT COLLATE "C"   NOT NULL,
    -- The change's digest when it began: the only one that the result says something about.
    digest           TEXT COLLATE "C"   NOT NULL,
    -- `running`, `completed`, `canceled`, `over_budget` or `failed`.
    state            TEXT COLLATE "C"   NOT NULL,
    reason           TEXT COLLATE "C",
    -- `messages` or `sessions`; the latter need an environment, and may have a memory store to read.
    way              TEXT COLLATE "C"   NOT NULL,
    model            TEXT COLLATE "C"   NOT NULL,
    environment_id   TEXT COLLATE "C",
    memory_store_id  TEXT COLLATE "C",
    repeats          BIGINT NOT NULL,
    budget_tokens    BIGINT NOT NULL,
    estimated_tokens BIGINT NOT NULL,
    -- What it came to, once it has ended: `passed`, `failed` or `inconclusive`.
    outcome          TEXT COLLATE "C",
    is_decisive      BIGINT NOT NULL DEFAULT 0,
    sentence         TEXT COLLATE "C",
    asked_by         TEXT COLLATE "C"   NOT NULL,
    asked_at         BIGINT NOT NULL,
    ended_at         BIGINT,
    -- The process at work on it, and until when the others leave it alone.
    holder           TEXT COLLATE "C",
    lease_until      BIGINT
);
-- At most one at work for each change, over all proxies.
CREATE UNIQUE INDEX staging_tests_running ON staging_tests (change_id) WHERE state = 'running';
CREATE INDEX staging_tests_by_change ON staging_tests (change_id, asked_at, id);
CREATE INDEX staging_tests_by_agent ON staging_tests (agent_id);
CREATE INDEX staging_tests_by_state ON staging_tests (state);

CREATE TABLE staging_test_cases (
    test_id        TEXT COLLATE "C"   NOT NULL,
    place          BIGINT NOT NULL,
    interaction_id TEXT COLLATE "C"   NOT NULL,
    title          TEXT COLLATE "C"   NOT NULL,
    rating         TEXT COLLATE "C"   NOT NULL,
    expected       TEXT COLLATE "C",
    -- A `Check` as JSON.
    expected_check TEXT COLLATE "C",
    -- How it came out: a `CaseState`, and its place among them, worse first.
    state          TEXT COLLATE "C"   NOT NULL,
    severity       BIGINT NOT NULL,
    reason         TEXT COLLATE "C",
    question       TEXT COLLATE "C"   NOT NULL DEFAULT '',
    expectation    TEXT COLLATE "C"   NOT NULL DEFAULT '',
    PRIMARY KEY (test_id, place)
);
CREATE INDEX staging_test_cases_by_severity ON staging_test_cases (test_id, severity, place);

CREATE TABLE staging_test_answers (
    test_id     TEXT COLLATE "C"   NOT NULL,
    place       BIGINT NOT NULL,
    -- 0 for the base, 1 for the proposal.
    is_proposal BIGINT NOT NULL,
    run         BIGINT NOT NULL,
    answer      TEXT COLLATE "C"   NOT NULL,
    is_right    BIGINT,
    why         TEXT COLLATE "C"   NOT NULL,
    tokens      BIGINT NOT NULL,
    PRIMARY KEY (test_id, place, is_proposal, run)
);
