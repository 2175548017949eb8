-- What a part's answer came to before its last change, so that a reader sees the difference. Empty: answered once, or in another unit.
ALTER TABLE footprint_answer ADD COLUMN before_total numeric;
