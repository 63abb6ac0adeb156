-- Staging tests: the labelled cases of an agent, run with the base of a change and with its proposal.

CREATE TABLE staging_tests (
    id               TEXT   PRIMARY KEY NOT NULL,
    change_id        TEXT   NOT NULL,
    agent_id         TEXT   NOT NULL,
    -- The change's digest when it began: the only one that the result says something about.
    digest           TEXT   NOT NULL,
    -- `running`, `completed`, `canceled`, `over_budget` or `failed`.
    state            TEXT   NOT NULL,
    reason           TEXT,
    -- `messages` or `sessions`; the latter need an environment, and may have a memory store to read.
    way              TEXT   NOT NULL,
    model            TEXT   NOT NULL,
    environment_id   TEXT,
    memory_store_id  TEXT,
    repeats          BIGINT NOT NULL,
    budget_tokens    BIGINT NOT NULL,
    estimated_tokens BIGINT NOT NULL,
    -- What it came to, once it has ended: `passed`, `failed` or `inconclusive`.
    outcome          TEXT,
    is_decisive      BIGINT NOT NULL DEFAULT 0,
    sentence         TEXT,
    asked_by         TEXT   NOT NULL,
    asked_at         BIGINT NOT NULL,
    ended_at         BIGINT,
    -- The process at work on it, and until when the others leave it alone.
    holder           TEXT,
    lease_until      BIGINT
);
-- At most one at work for each change, over all proxies.
CREATE UNIQUE INDEX staging_tests_running ON staging_tests (change_id) WHERE state = 'running';
CREATE INDEX staging_tests_by_change ON staging_tests (change_id, asked_at, id);
CREATE INDEX staging_tests_by_agent ON staging_tests (agent_id);
CREATE INDEX staging_tests_by_state ON staging_tests (state);

CREATE TABLE staging_test_cases (
    test_id        TEXT   NOT NULL,
    place          BIGINT NOT NULL,
    interaction_id TEXT   NOT NULL,
    title          TEXT   NOT NULL,
    rating         TEXT   NOT NULL,
    expected       TEXT,
    -- A `Check` as JSON.
    expected_check TEXT,
    -- How it came out: a `CaseState`, and its place among them, worse first.
    state          TEXT   NOT NULL,
    severity       BIGINT NOT NULL,
    reason         TEXT,
    question       TEXT   NOT NULL DEFAULT '',
    expectation    TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (test_id, place)
);
CREATE INDEX staging_test_cases_by_severity ON staging_test_cases (test_id, severity, place);

CREATE TABLE staging_test_answers (
    test_id     TEXT   NOT NULL,
    place       BIGINT NOT NULL,
    -- 0 for the base, 1 for the proposal.
    is_proposal BIGINT NOT NULL,
    run         BIGINT NOT NULL,
    answer      TEXT   NOT NULL,
    is_right    BIGINT,
    why         TEXT   NOT NULL,
    tokens      BIGINT NOT NULL,
    PRIMARY KEY (test_id, place, is_proposal, run)
);
