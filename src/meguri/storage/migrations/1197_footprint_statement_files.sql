-- A verifier's certificate and report, kept as files beside the statement. Never changed; the content lies in the file store.
CREATE TABLE footprint_statement_file (
  operator_id     uuid        NOT NULL,
  file_id         uuid        NOT NULL,
  verification_id uuid        NOT NULL,
  file_name       text        NOT NULL,
  sha256          text        NOT NULL,
  size            bigint      NOT NULL,
  actor           text        NOT NULL,
  added_at        timestamptz NOT NULL,
  PRIMARY KEY (operator_id, file_id),
  UNIQUE (operator_id, verification_id, sha256)
);
CALL meguri_append_only_table('footprint_statement_file');
