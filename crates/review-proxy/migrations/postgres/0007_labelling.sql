-- Feedback that is edited and withdrawn, checks, ratings that agents log, and what their transcripts say.

-- A `Check` as JSON.
ALTER TABLE feedback ADD COLUMN expected_check TEXT COLLATE "C";
ALTER TABLE feedback ADD COLUMN edited_at BIGINT;
ALTER TABLE feedback ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
-- The event in which an agent logged it by a rule of its prompt.
ALTER TABLE feedback ADD COLUMN event_id TEXT COLLATE "C";

-- Events whose rating was read. The row stays when the rating is withdrawn, so that it is not read again.
CREATE TABLE logged_ratings (
    interaction_id TEXT COLLATE "C" NOT NULL,
    event_id       TEXT COLLATE "C" NOT NULL,
    feedback_id    TEXT COLLATE "C" NOT NULL,
    read_at        BIGINT NOT NULL,
    PRIMARY KEY (interaction_id, event_id)
);

-- When the platform last changed the interaction, and up to which such time its transcript was read.
ALTER TABLE interactions ADD COLUMN changed_at BIGINT;
ALTER TABLE interactions ADD COLUMN transcript_read_to BIGINT;
-- Errors in the transcript as it was read; nothing where it was not.
ALTER TABLE interactions ADD COLUMN errors BIGINT;
CREATE INDEX interactions_by_time ON interactions (created_at, id);
