-- Automation: what policies do by themselves, and the one switch that pauses all of it.

-- An `Automation` as JSON; nothing means off.
ALTER TABLE agent_settings ADD COLUMN automation TEXT COLLATE "C";
-- When it was switched on last; nothing while it is off. Suggestions that came before are left to people.
ALTER TABLE agent_settings ADD COLUMN automation_since BIGINT;
ALTER TABLE changes ADD COLUMN automation TEXT COLLATE "C";

-- Each suggestion that a policy took up, once over all proxies.
CREATE TABLE automatic_changes (
    suggestion_id  TEXT COLLATE "C"   PRIMARY KEY NOT NULL,
    agent_id       TEXT COLLATE "C"   NOT NULL,
    -- The change that it staged; nothing where it left the suggestion to people.
    change_id      TEXT COLLATE "C",
    policy_version BIGINT NOT NULL,
    taken_at       BIGINT NOT NULL,
    -- The staging test that was begun, or why none was.
    test_id        TEXT COLLATE "C",
    test_refused   TEXT COLLATE "C",
    -- What stood against applying it when that was found last, as a JSON array of sentences; and what it was
    -- found of, so that the same is recorded once.
    refused        TEXT COLLATE "C"   NOT NULL DEFAULT '[]',
    refused_of     TEXT COLLATE "C",
    refused_at     BIGINT,
    -- The last act: an `AutomaticActKind`, when, and sentences about it as a JSON array.
    kind           TEXT COLLATE "C"   NOT NULL,
    at             BIGINT NOT NULL,
    words          TEXT COLLATE "C"   NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX automatic_changes_by_change ON automatic_changes (change_id);
CREATE INDEX automatic_changes_by_time ON automatic_changes (at);

-- One row once the switch was used.
CREATE TABLE automation_switch (
    id        BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- Who paused it, when and why; nothing while it is not paused.
    paused_by TEXT COLLATE "C",
    paused_at BIGINT,
    reason    TEXT COLLATE "C",
    revision  BIGINT NOT NULL
);
