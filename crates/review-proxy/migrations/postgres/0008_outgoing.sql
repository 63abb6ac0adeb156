-- Reports that go out to the agents' webhooks, and hints that come in from the platform.

-- What an agent's webhook is signed with, and whether it said that it wants nothing more. No secret is kept
-- here: it is derived from the proxy's webhook key, by agent and generation.
CREATE TABLE webhook_endpoints (
    agent_id     TEXT COLLATE "C"   PRIMARY KEY NOT NULL,
    generation   BIGINT NOT NULL,
    -- Names the webhook key that the secret is derived from.
    key_id       TEXT COLLATE "C"   NOT NULL,
    made_at      BIGINT NOT NULL,
    shown_at     BIGINT,
    -- Until when the generation before counts as well.
    former_until BIGINT,
    -- The address that answered 410, and when; another address is on.
    off_url      TEXT COLLATE "C",
    off_at       BIGINT
);

CREATE TABLE outgoing (
    -- The `webhook-id`.
    id              TEXT COLLATE "C"   PRIMARY KEY NOT NULL,
    agent_id        TEXT COLLATE "C"   NOT NULL,
    -- The `type` of the body.
    event           TEXT COLLATE "C"   NOT NULL,
    dream_id        TEXT COLLATE "C",
    body            TEXT COLLATE "C"   NOT NULL,
    -- `waiting`, `delivered` or `given_up`.
    state           TEXT COLLATE "C"   NOT NULL,
    -- Attempts in all, and those since somebody asked for it last.
    attempts        BIGINT NOT NULL,
    tries           BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    next_attempt_at BIGINT,
    -- Until when other processes leave it alone.
    lease_until     BIGINT,
    problem         TEXT COLLATE "C",
    revision        BIGINT NOT NULL
);
CREATE INDEX outgoing_due ON outgoing (state, next_attempt_at);
CREATE INDEX outgoing_by_agent ON outgoing (agent_id, created_at, id);

CREATE TABLE outgoing_attempts (
    outgoing_id TEXT COLLATE "C"   NOT NULL,
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    url         TEXT COLLATE "C"   NOT NULL,
    took_ms     BIGINT,
    status      BIGINT,
    problem     TEXT COLLATE "C",
    answer      TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (outgoing_id, number)
);

-- Ids of the platform's webhook events, so that a second copy does nothing.
CREATE TABLE platform_hints (
    id          TEXT COLLATE "C"   PRIMARY KEY NOT NULL,
    event       TEXT COLLATE "C"   NOT NULL,
    object_id   TEXT COLLATE "C"   NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX platform_hints_by_time ON platform_hints (received_at);
