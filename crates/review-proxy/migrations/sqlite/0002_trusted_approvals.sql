-- Approvals that can be trusted: policy in full, hands, memories, rollbacks, drift. The same statements for both databases.

ALTER TABLE agent_settings ADD COLUMN staging_test_required BIGINT NOT NULL DEFAULT 0;
-- A JSON array of login names; empty means everyone whose role may approve.
ALTER TABLE agent_settings ADD COLUMN approvers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE agent_settings ADD COLUMN approvals_lapse_after_hours BIGINT;

-- The policy that a change answers to, as it was when it was last handed on.
ALTER TABLE changes ADD COLUMN staging_test_required BIGINT NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN approvers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE changes ADD COLUMN approvals_lapse_after_hours BIGINT;

-- `prompt` or `memory`.
ALTER TABLE changes ADD COLUMN target TEXT NOT NULL DEFAULT 'prompt';
ALTER TABLE changes ADD COLUMN findings_sha256 TEXT;
-- The applied change that this one takes back.
ALTER TABLE changes ADD COLUMN rolls_back TEXT;
-- The version that the agent was seen to have when this went stale.
ALTER TABLE changes ADD COLUMN moved_to BIGINT;

-- What a change of memories does: the manifest, and the memories it touches as they were, both as JSON.
ALTER TABLE changes ADD COLUMN memory_manifest TEXT;
ALTER TABLE changes ADD COLUMN memory_store_name TEXT;
ALTER TABLE changes ADD COLUMN memory_before TEXT;

-- How it was applied without its approvals, and what was found afterwards.
ALTER TABLE changes ADD COLUMN glass_by TEXT;
ALTER TABLE changes ADD COLUMN glass_at BIGINT;
ALTER TABLE changes ADD COLUMN glass_reason TEXT;
ALTER TABLE changes ADD COLUMN glass_reviewed_by TEXT;
ALTER TABLE changes ADD COLUMN glass_reviewed_at BIGINT;
ALTER TABLE changes ADD COLUMN glass_comment TEXT;
CREATE INDEX changes_by_rolled_back ON changes (rolls_back);

-- Everyone who had a hand in a change, and how.
CREATE TABLE change_hands (
    change_id TEXT   NOT NULL,
    who       TEXT   NOT NULL,
    -- `wrote`, `staged`, `edited` or `restaged`.
    part      TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (change_id, who, part)
);
INSERT INTO change_hands (change_id, who, part, at) SELECT id, staged_by, 'staged', staged_at FROM changes;

-- The steps of a memory change, in the order in which they are taken.
CREATE TABLE memory_steps (
    change_id TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    -- The operation, as JSON.
    operation TEXT   NOT NULL,
    memory_id TEXT,
    done_at   BIGINT,
    PRIMARY KEY (change_id, position)
);

-- Who is at work on an attempt, and until when others leave it alone.
ALTER TABLE apply_attempts ADD COLUMN holder TEXT;
ALTER TABLE apply_attempts ADD COLUMN lease_until BIGINT;

-- The last version of each agent that was known to be in order; nothing before the first look.
ALTER TABLE agents ADD COLUMN known_version BIGINT;

-- Prompts that were changed on the platform by someone else, until somebody has looked.
CREATE TABLE drifts (
    agent_id     TEXT   PRIMARY KEY NOT NULL,
    from_version BIGINT NOT NULL,
    to_version   BIGINT NOT NULL,
    found_at     BIGINT NOT NULL,
    attempt_id   TEXT
);
