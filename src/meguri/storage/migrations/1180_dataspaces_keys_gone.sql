-- What was accepted under a key that the partner revoked later: kept, and marked with the moment when that was seen.
ALTER TABLE federation_in ADD COLUMN key_gone_at timestamptz;
CREATE INDEX federation_in_key_gone ON federation_in (operator_id, key_gone_at) WHERE key_gone_at IS NOT NULL;
