-- The memory that a comment is on, by the path that it has afterwards; nothing for a prompt.
ALTER TABLE comments ADD COLUMN path TEXT COLLATE "C";
