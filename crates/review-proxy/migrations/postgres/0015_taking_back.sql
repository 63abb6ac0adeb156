-- Dreams that wrote into the store that they read, which nobody decided, and the suggestions that take that back.

-- What the dream did, an `InPlace` as JSON; nothing where it was not looked for, or cannot be known.
ALTER TABLE dreams ADD COLUMN in_place TEXT COLLATE "C";
-- 1 where it takes back what its dream wrote, and proposes nothing new.
ALTER TABLE suggestions ADD COLUMN takes_back BIGINT NOT NULL DEFAULT 0;
