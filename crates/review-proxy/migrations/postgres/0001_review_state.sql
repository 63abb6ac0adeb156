-- The review state. Times are microseconds since 1970 in UTC; JSON is kept as text; booleans are 0 or 1.
-- Texts are ordered by their bytes (COLLATE "C"), as SQLite orders them, so that lists and cursors agree.

-- What was copied from the platform ------------------------------------------------------------

CREATE TABLE agents (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    -- Lower-cased name: what lists are sorted and searched by.
    name_folded   TEXT COLLATE "C" NOT NULL,
    model         TEXT COLLATE "C" NOT NULL,
    description   TEXT COLLATE "C",
    version       BIGINT NOT NULL,
    prompt_sha256 TEXT COLLATE "C" NOT NULL,
    prompt_chars  BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    archived_at   BIGINT
);
CREATE INDEX agents_by_name ON agents (name_folded, id);

CREATE TABLE prompts (
    agent_id   TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    sha256     TEXT COLLATE "C" NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    chars      BIGINT NOT NULL,
    -- When the platform made this version.
    created_at BIGINT NOT NULL,
    PRIMARY KEY (agent_id, version)
);

CREATE TABLE dreams (
    id                          TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    -- Nothing until one of the dream's interactions tells whose it is.
    agent_id                    TEXT COLLATE "C",
    -- 0 for the stand-in of a report that names no dream.
    on_platform                 BIGINT NOT NULL,
    status                      TEXT COLLATE "C" NOT NULL,
    model                       TEXT COLLATE "C",
    instructions                TEXT COLLATE "C",
    -- The session in which the platform dreamt: the raw log.
    session_id                  TEXT COLLATE "C",
    interactions_read           BIGINT NOT NULL,
    input_tokens                BIGINT,
    output_tokens               BIGINT,
    cache_read_input_tokens     BIGINT,
    cache_creation_input_tokens BIGINT,
    error_kind                  TEXT COLLATE "C",
    error_message               TEXT COLLATE "C",
    created_at                  BIGINT NOT NULL,
    ended_at                    BIGINT
);
CREATE INDEX dreams_by_agent ON dreams (agent_id, created_at, id);

CREATE TABLE interactions (
    id            TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    agent_id      TEXT COLLATE "C" NOT NULL,
    agent_version BIGINT NOT NULL,
    title         TEXT COLLATE "C" NOT NULL,
    title_folded  TEXT COLLATE "C" NOT NULL,
    status        TEXT COLLATE "C" NOT NULL,
    created_at    BIGINT NOT NULL
);
CREATE INDEX interactions_by_agent ON interactions (agent_id, created_at, id);

-- How old the copies are: one row per thing copied, and `platform` for the whole.
CREATE TABLE sync_state (
    name     TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    -- When it was last read completely; nothing before the first time.
    read_at  BIGINT,
    tried_at BIGINT,
    -- Why the last attempt failed; nothing if it went well.
    problem  TEXT COLLATE "C",
    -- Where the next read goes on, in the syncer's own words.
    position TEXT COLLATE "C"
);

-- What we know besides ----------------------------------------------------------------------------

CREATE TABLE agent_settings (
    agent_id           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    dreaming_enabled   BIGINT NOT NULL,
    dreaming_frequency TEXT COLLATE "C" NOT NULL,
    feedback_webhook   TEXT COLLATE "C",
    policy_version     BIGINT NOT NULL,
    approvals_needed   BIGINT NOT NULL,
    revision           BIGINT NOT NULL
);

CREATE TABLE feedback (
    id             TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    agent_id       TEXT COLLATE "C" NOT NULL,
    interaction_id TEXT COLLATE "C" NOT NULL,
    rating         TEXT COLLATE "C" NOT NULL,
    comment        TEXT COLLATE "C",
    expected       TEXT COLLATE "C",
    author         TEXT COLLATE "C" NOT NULL,
    source         TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX feedback_by_agent ON feedback (agent_id, created_at, id);
CREATE INDEX feedback_by_interaction ON feedback (interaction_id, created_at, id);

-- Webhook deliveries, stored before they are answered.
CREATE TABLE deliveries (
    -- The sender's `webhook-id`.
    id           TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    body         TEXT COLLATE "C" NOT NULL,
    body_sha256  TEXT COLLATE "C" NOT NULL,
    -- `stored`, `done` or `failed`.
    status       TEXT COLLATE "C" NOT NULL,
    attempts     BIGINT NOT NULL,
    problem      TEXT COLLATE "C",
    -- The report made of it.
    dream_id     TEXT COLLATE "C",
    received_at  BIGINT NOT NULL,
    processed_at BIGINT
);
CREATE INDEX deliveries_waiting ON deliveries (status, received_at);

-- Reports: at most one per dream; a report without a dream has a stand-in row in `dreams` (`rpt_…`).
CREATE TABLE reports (
    dream_id      TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    agent_id      TEXT COLLATE "C" NOT NULL,
    agent_version BIGINT NOT NULL,
    summary       TEXT COLLATE "C",
    reported_by   TEXT COLLATE "C" NOT NULL,
    reported_at   BIGINT NOT NULL,
    completed_at  BIGINT,
    delivery_id   TEXT COLLATE "C",
    -- Whatever else the sender wrote, as a JSON object.
    extra         TEXT COLLATE "C" NOT NULL
);

CREATE TABLE patterns (
    dream_id        TEXT COLLATE "C" NOT NULL,
    position        BIGINT NOT NULL,
    key             TEXT COLLATE "C" NOT NULL,
    title           TEXT COLLATE "C" NOT NULL,
    description     TEXT COLLATE "C" NOT NULL,
    occurrences     BIGINT,
    -- A JSON array of ids.
    interaction_ids TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (dream_id, position)
);

CREATE TABLE metrics (
    dream_id     TEXT COLLATE "C" NOT NULL,
    position     BIGINT NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    before_value DOUBLE PRECISION,
    before_cases BIGINT,
    after_value  DOUBLE PRECISION,
    after_cases  BIGINT,
    measured_by  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (dream_id, position)
);

CREATE TABLE suggestions (
    id              TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    dream_id        TEXT COLLATE "C" NOT NULL,
    agent_id        TEXT COLLATE "C" NOT NULL,
    -- From 1, within its report.
    position        BIGINT NOT NULL,
    title           TEXT COLLATE "C" NOT NULL,
    rationale       TEXT COLLATE "C" NOT NULL,
    -- A JSON array of pattern keys; empty means all of the report's.
    pattern_keys    TEXT COLLATE "C" NOT NULL,
    proposed        TEXT COLLATE "C" NOT NULL,
    proposed_sha256 TEXT COLLATE "C" NOT NULL,
    made_on_version BIGINT NOT NULL,
    lines_added     BIGINT NOT NULL,
    lines_removed   BIGINT NOT NULL,
    status          TEXT COLLATE "C" NOT NULL,
    rejected_by     TEXT COLLATE "C",
    rejected_at     BIGINT,
    rejection_reason TEXT COLLATE "C",
    change_id       TEXT COLLATE "C",
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    UNIQUE (dream_id, position)
);
CREATE INDEX suggestions_by_agent ON suggestions (agent_id, status);
CREATE INDEX suggestions_by_status ON suggestions (status, created_at, id);
CREATE INDEX suggestions_by_bytes ON suggestions (agent_id, proposed_sha256);

CREATE TABLE changes (
    id               TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    agent_id         TEXT COLLATE "C" NOT NULL,
    title            TEXT COLLATE "C" NOT NULL,
    state            TEXT COLLATE "C" NOT NULL,
    base_version     BIGINT NOT NULL,
    base_sha256      TEXT COLLATE "C" NOT NULL,
    -- The prompt as it was when staged, kept here so that a review never depends on a copy elsewhere.
    base_text        TEXT COLLATE "C" NOT NULL,
    proposed         TEXT COLLATE "C" NOT NULL,
    proposed_sha256  TEXT COLLATE "C" NOT NULL,
    digest           TEXT COLLATE "C" NOT NULL,
    policy_version   BIGINT NOT NULL,
    approvals_needed BIGINT NOT NULL,
    lines_added      BIGINT NOT NULL,
    lines_removed    BIGINT NOT NULL,
    staged_by        TEXT COLLATE "C" NOT NULL,
    staged_at        BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    outcome_by       TEXT COLLATE "C",
    outcome_at       BIGINT,
    outcome_version  BIGINT,
    outcome_message  TEXT COLLATE "C",
    -- Why it is stale or needs a look.
    trouble          TEXT COLLATE "C",
    revision         BIGINT NOT NULL
);
CREATE INDEX changes_by_time ON changes (staged_at, id);
CREATE INDEX changes_by_agent ON changes (agent_id, staged_at, id);

CREATE TABLE change_suggestions (
    change_id     TEXT COLLATE "C" NOT NULL,
    suggestion_id TEXT COLLATE "C" NOT NULL,
    position      BIGINT NOT NULL,
    PRIMARY KEY (change_id, suggestion_id)
);
CREATE INDEX change_suggestions_by_suggestion ON change_suggestions (suggestion_id);

CREATE TABLE approvals (
    change_id   TEXT COLLATE "C" NOT NULL,
    approved_by TEXT COLLATE "C" NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL,
    approved_at BIGINT NOT NULL,
    PRIMARY KEY (change_id, approved_by, digest)
);

-- Intents to apply: written before anything is sent, closed when the outcome is known.
CREATE TABLE apply_attempts (
    id               TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    change_id        TEXT COLLATE "C" NOT NULL,
    agent_id         TEXT COLLATE "C" NOT NULL,
    expected_version BIGINT NOT NULL,
    target_sha256    TEXT COLLATE "C" NOT NULL,
    digest           TEXT COLLATE "C" NOT NULL,
    started_by       TEXT COLLATE "C" NOT NULL,
    started_at       BIGINT NOT NULL,
    -- `applied`, `stale` or `refused`; nothing while it is not known.
    outcome          TEXT COLLATE "C",
    ended_at         BIGINT
);
-- At most one change of an agent is on its way.
CREATE UNIQUE INDEX one_apply_per_agent ON apply_attempts (agent_id) WHERE ended_at IS NULL;
CREATE INDEX apply_attempts_by_change ON apply_attempts (change_id);

-- Who did what: numbered from 1 without gaps, written in the transaction of what it records.
CREATE TABLE audit (
    seq           BIGINT PRIMARY KEY NOT NULL,
    at            BIGINT NOT NULL,
    actor         TEXT COLLATE "C" NOT NULL,
    action        TEXT COLLATE "C" NOT NULL,
    subject_kind  TEXT COLLATE "C" NOT NULL,
    subject_id    TEXT COLLATE "C" NOT NULL,
    subject_title TEXT COLLATE "C" NOT NULL,
    agent_id      TEXT COLLATE "C",
    -- A JSON value.
    detail        TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject_kind, subject_id, seq);
CREATE INDEX audit_by_agent ON audit (agent_id, seq);
CREATE INDEX audit_by_actor ON audit (actor, seq);
CREATE INDEX audit_by_action ON audit (action, seq);

-- The ledger's last row. There is exactly one; every write locks it first, so that one proxy writes at a time.
CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- 0 before the first row.
    seq  BIGINT NOT NULL,
    -- 64 hex digits.
    hash TEXT COLLATE "C" NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Answers given to writes that carried an `Idempotency-Key`.
CREATE TABLE idempotency_keys (
    user_name      TEXT COLLATE "C" NOT NULL,
    key            TEXT COLLATE "C" NOT NULL,
    -- SHA-256 of method, path and body.
    request_sha256 TEXT COLLATE "C" NOT NULL,
    -- Nothing while the first request is at work.
    status         BIGINT,
    etag           TEXT COLLATE "C",
    location       TEXT COLLATE "C",
    body           TEXT COLLATE "C",
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (user_name, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
