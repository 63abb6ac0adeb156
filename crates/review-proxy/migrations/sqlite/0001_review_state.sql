-- The review state. Times are microseconds since 1970 in UTC; JSON is kept as text; booleans are 0 or 1.

-- What was copied from the platform ------------------------------------------------------------

CREATE TABLE agents (
    id            TEXT   PRIMARY KEY NOT NULL,
    name          TEXT   NOT NULL,
    -- Lower-cased name: what lists are sorted and searched by.
    name_folded   TEXT   NOT NULL,
    model         TEXT   NOT NULL,
    description   TEXT,
    version       BIGINT NOT NULL,
    prompt_sha256 TEXT   NOT NULL,
    prompt_chars  BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    archived_at   BIGINT
);
CREATE INDEX agents_by_name ON agents (name_folded, id);

CREATE TABLE prompts (
    agent_id   TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    sha256     TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    chars      BIGINT NOT NULL,
    -- When the platform made this version.
    created_at BIGINT NOT NULL,
    PRIMARY KEY (agent_id, version)
);

CREATE TABLE dreams (
    id                          TEXT   PRIMARY KEY NOT NULL,
    -- Nothing until one of the dream's interactions tells whose it is.
    agent_id                    TEXT,
    -- 0 for the stand-in of a report that names no dream.
    on_platform                 BIGINT NOT NULL,
    status                      TEXT   NOT NULL,
    model                       TEXT,
    instructions                TEXT,
    -- The session in which the platform dreamt: the raw log.
    session_id                  TEXT,
    interactions_read           BIGINT NOT NULL,
    input_tokens                BIGINT,
    output_tokens               BIGINT,
    cache_read_input_tokens     BIGINT,
    cache_creation_input_tokens BIGINT,
    error_kind                  TEXT,
    error_message               TEXT,
    created_at                  BIGINT NOT NULL,
    ended_at                    BIGINT
);
CREATE INDEX dreams_by_agent ON dreams (agent_id, created_at, id);

CREATE TABLE interactions (
    id            TEXT   PRIMARY KEY NOT NULL,
    agent_id      TEXT   NOT NULL,
    agent_version BIGINT NOT NULL,
    title         TEXT   NOT NULL,
    title_folded  TEXT   NOT NULL,
    status        TEXT   NOT NULL,
    created_at    BIGINT NOT NULL
);
CREATE INDEX interactions_by_agent ON interactions (agent_id, created_at, id);

-- How old the copies are: one row per thing copied, and `platform` for the whole.
CREATE TABLE sync_state (
    name     TEXT   PRIMARY KEY NOT NULL,
    -- When it was last read completely; nothing before the first time.
    read_at  BIGINT,
    tried_at BIGINT,
    -- Why the last attempt failed; nothing if it went well.
    problem  TEXT,
    -- Where the next read goes on, in the syncer's own words.
    position TEXT
);

-- What we know besides ----------------------------------------------------------------------------

CREATE TABLE agent_settings (
    agent_id           TEXT   PRIMARY KEY NOT NULL,
    dreaming_enabled   BIGINT NOT NULL,
    dreaming_frequency TEXT   NOT NULL,
    feedback_webhook   TEXT,
    policy_version     BIGINT NOT NULL,
    approvals_needed   BIGINT NOT NULL,
    revision           BIGINT NOT NULL
);

CREATE TABLE feedback (
    id             TEXT   PRIMARY KEY NOT NULL,
    agent_id       TEXT   NOT NULL,
    interaction_id TEXT   NOT NULL,
    rating         TEXT   NOT NULL,
    comment        TEXT,
    expected       TEXT,
    author         TEXT   NOT NULL,
    source         TEXT   NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX feedback_by_agent ON feedback (agent_id, created_at, id);
CREATE INDEX feedback_by_interaction ON feedback (interaction_id, created_at, id);

-- Webhook deliveries, stored before they are answered.
CREATE TABLE deliveries (
    -- The sender's `webhook-id`.
    id           TEXT   PRIMARY KEY NOT NULL,
    body         TEXT   NOT NULL,
    body_sha256  TEXT   NOT NULL,
    -- `stored`, `done` or `failed`.
    status       TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    problem      TEXT,
    -- The report made of it.
    dream_id     TEXT,
    received_at  BIGINT NOT NULL,
    processed_at BIGINT
);
CREATE INDEX deliveries_waiting ON deliveries (status, received_at);

-- Reports: at most one per dream; a report without a dream has a stand-in row in `dreams` (`rpt_…`).
CREATE TABLE reports (
    dream_id      TEXT   PRIMARY KEY NOT NULL,
    agent_id      TEXT   NOT NULL,
    agent_version BIGINT NOT NULL,
    summary       TEXT,
    reported_by   TEXT   NOT NULL,
    reported_at   BIGINT NOT NULL,
    completed_at  BIGINT,
    delivery_id   TEXT,
    -- Whatever else the sender wrote, as a JSON object.
    extra         TEXT   NOT NULL
);

CREATE TABLE patterns (
    dream_id        TEXT   NOT NULL,
    position        BIGINT NOT NULL,
    key             TEXT   NOT NULL,
    title           TEXT   NOT NULL,
    description     TEXT   NOT NULL,
    occurrences     BIGINT,
    -- A JSON array of ids.
    interaction_ids TEXT   NOT NULL,
    PRIMARY KEY (dream_id, position)
);

CREATE TABLE metrics (
    dream_id     TEXT   NOT NULL,
    position     BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    before_value DOUBLE PRECISION,
    before_cases BIGINT,
    after_value  DOUBLE PRECISION,
    after_cases  BIGINT,
    measured_by  TEXT   NOT NULL,
    PRIMARY KEY (dream_id, position)
);

CREATE TABLE suggestions (
    id              TEXT   PRIMARY KEY NOT NULL,
    dream_id        TEXT   NOT NULL,
    agent_id        TEXT   NOT NULL,
    -- From 1, within its report.
    position        BIGINT NOT NULL,
    title           TEXT   NOT NULL,
    rationale       TEXT   NOT NULL,
    -- A JSON array of pattern keys; empty means all of the report's.
    pattern_keys    TEXT   NOT NULL,
    proposed        TEXT   NOT NULL,
    proposed_sha256 TEXT   NOT NULL,
    made_on_version BIGINT NOT NULL,
    lines_added     BIGINT NOT NULL,
    lines_removed   BIGINT NOT NULL,
    status          TEXT   NOT NULL,
    rejected_by     TEXT,
    rejected_at     BIGINT,
    rejection_reason TEXT,
    change_id       TEXT,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (dream_id, position)
);
CREATE INDEX suggestions_by_agent ON suggestions (agent_id, status);
CREATE INDEX suggestions_by_status ON suggestions (status, created_at, id);
CREATE INDEX suggestions_by_bytes ON suggestions (agent_id, proposed_sha256);

CREATE TABLE changes (
    id               TEXT   PRIMARY KEY NOT NULL,
    agent_id         TEXT   NOT NULL,
    title            TEXT   NOT NULL,
    state            TEXT   NOT NULL,
    base_version     BIGINT NOT NULL,
    base_sha256      TEXT   NOT NULL,
    -- The prompt as it was when staged, kept here so that a review never depends on a copy elsewhere.
    base_text        TEXT   NOT NULL,
    proposed         TEXT   NOT NULL,
    proposed_sha256  TEXT   NOT NULL,
    digest           TEXT   NOT NULL,
    policy_version   BIGINT NOT NULL,
    approvals_needed BIGINT NOT NULL,
    lines_added      BIGINT NOT NULL,
    lines_removed    BIGINT NOT NULL,
    staged_by        TEXT   NOT NULL,
    staged_at        BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    outcome_by       TEXT,
    outcome_at       BIGINT,
    outcome_version  BIGINT,
    outcome_message  TEXT,
    -- Why it is stale or needs a look.
    trouble          TEXT,
    revision         BIGINT NOT NULL
);
CREATE INDEX changes_by_time ON changes (staged_at, id);
CREATE INDEX changes_by_agent ON changes (agent_id, staged_at, id);

CREATE TABLE change_suggestions (
    change_id     TEXT   NOT NULL,
    suggestion_id TEXT   NOT NULL,
    position      BIGINT NOT NULL,
    PRIMARY KEY (change_id, suggestion_id)
);
CREATE INDEX change_suggestions_by_suggestion ON change_suggestions (suggestion_id);

CREATE TABLE approvals (
    change_id   TEXT   NOT NULL,
    approved_by TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    approved_at BIGINT NOT NULL,
    PRIMARY KEY (change_id, approved_by, digest)
);

-- Intents to apply: written before anything is sent, closed when the outcome is known.
CREATE TABLE apply_attempts (
    id               TEXT   PRIMARY KEY NOT NULL,
    change_id        TEXT   NOT NULL,
    agent_id         TEXT   NOT NULL,
    expected_version BIGINT NOT NULL,
    target_sha256    TEXT   NOT NULL,
    digest           TEXT   NOT NULL,
    started_by       TEXT   NOT NULL,
    started_at       BIGINT NOT NULL,
    -- `applied`, `stale` or `refused`; nothing while it is not known.
    outcome          TEXT,
    ended_at         BIGINT
);
-- At most one change of an agent is on its way.
CREATE UNIQUE INDEX one_apply_per_agent ON apply_attempts (agent_id) WHERE ended_at IS NULL;
CREATE INDEX apply_attempts_by_change ON apply_attempts (change_id);

-- Who did what: numbered from 1 without gaps, written in the transaction of what it records.
CREATE TABLE audit (
    seq           BIGINT PRIMARY KEY NOT NULL,
    at            BIGINT NOT NULL,
    actor         TEXT   NOT NULL,
    action        TEXT   NOT NULL,
    subject_kind  TEXT   NOT NULL,
    subject_id    TEXT   NOT NULL,
    subject_title TEXT   NOT NULL,
    agent_id      TEXT,
    -- A JSON value.
    detail        TEXT   NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject_kind, subject_id, seq);
CREATE INDEX audit_by_agent ON audit (agent_id, seq);
CREATE INDEX audit_by_actor ON audit (actor, seq);
CREATE INDEX audit_by_action ON audit (action, seq);

-- Answers given to writes that carried an `Idempotency-Key`.
CREATE TABLE idempotency_keys (
    user_name      TEXT   NOT NULL,
    key            TEXT   NOT NULL,
    -- SHA-256 of method, path and body.
    request_sha256 TEXT   NOT NULL,
    -- Nothing while the first request is at work.
    status         BIGINT,
    etag           TEXT,
    location       TEXT,
    body           TEXT,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (user_name, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
