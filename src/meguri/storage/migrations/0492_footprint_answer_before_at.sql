-- When a part's answer was last told before its last change, so that its maker can be warned of what the difference gives away.
-- Empty: told once only, or not disclosed before.
ALTER TABLE footprint_answer ADD COLUMN before_at timestamptz;
