-- Messages with values that this node did not know are kept; `judged_by`: the version of the program that judged them last.
ALTER TABLE federation_in ADD COLUMN judged_by text;
CREATE INDEX federation_in_unsupported ON federation_in (operator_id, received_at) WHERE code = 'UNSUPPORTED_VALUE' AND state = 'rejected';
