-- What a company knows of its disclosed totals that give a supplier's figure away: it was told so, or a person of it read the
-- warning and went on. kind: total (by the total itself), change (by comparing it with the one before).
CREATE TABLE footprint_caution (
  operator_id    uuid        NOT NULL,
  total_of       uuid        NOT NULL,
  to_operator_id uuid        NOT NULL,
  kind           text        NOT NULL,
  trace_id       uuid        NOT NULL,
  columns        text[]      NOT NULL,
  at             timestamptz NOT NULL,
  PRIMARY KEY (operator_id, total_of, to_operator_id, kind, trace_id)
);
CALL meguri_tenant_table('footprint_caution');

-- Until when answers have been looked through; one row, of the platform.
CREATE TABLE footprint_watch (
  operator_id  uuid        NOT NULL,
  looked_until timestamptz NOT NULL,
  PRIMARY KEY (operator_id)
);
CALL meguri_tenant_table('footprint_watch');
