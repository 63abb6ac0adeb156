-- Versions that somebody keeps although they do worse than the one before; of each agent the last one.
CREATE TABLE kept_versions (
    agent_id TEXT PRIMARY KEY NOT NULL,
    version  BIGINT NOT NULL,
    kept_by  TEXT NOT NULL,
    kept_at  BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    -- What was worse by then: a `NegativeShare` and a `VersionAccuracy` as JSON; nothing where that was not worse.
    ratings  TEXT,
    accuracy TEXT
);
