-- The hash of an import's file, by which the same file is recognised when it is handed in again.
ALTER TABLE import_run ADD COLUMN sha256 text;
CREATE INDEX import_run_by_file ON import_run (operator_id, sha256, kind, import_id) WHERE sha256 IS NOT NULL;
