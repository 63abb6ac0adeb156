-- Comments on lines of a suggestion or of a change. The same statements for both databases.

CREATE TABLE comments (
    id            TEXT   PRIMARY KEY NOT NULL,
    agent_id      TEXT   NOT NULL,
    -- Where it was written: one of the two.
    suggestion_id TEXT,
    change_id     TEXT,
    -- `base` or `proposed`.
    side          TEXT   NOT NULL,
    first_line    BIGINT NOT NULL,
    last_line     BIGINT NOT NULL,
    -- In bytes of the text that it was written on.
    quote_start   BIGINT NOT NULL,
    text_bytes    BIGINT NOT NULL,
    quote         TEXT   NOT NULL,
    -- What stood on either side of the quotation.
    text_before   TEXT   NOT NULL,
    text_after    TEXT   NOT NULL,
    text          TEXT   NOT NULL,
    author        TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    edited_at     BIGINT,
    resolved_by   TEXT,
    resolved_at   BIGINT,
    revision      BIGINT NOT NULL
);
CREATE INDEX comments_by_suggestion ON comments (suggestion_id, created_at, id);
CREATE INDEX comments_by_change ON comments (change_id, created_at, id);
