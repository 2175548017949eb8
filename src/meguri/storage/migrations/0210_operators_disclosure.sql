-- Who may read which group of items of which part. No row: nothing was decided, nothing is disclosed.
-- version counts the changes of the pair (trace_id, to_operator_id).
CREATE TABLE disclosure_grant (
  operator_id    uuid        NOT NULL,
  trace_id       uuid        NOT NULL,
  to_operator_id uuid        NOT NULL,
  item_group     text        NOT NULL,
  released       boolean     NOT NULL,
  since          timestamptz NOT NULL,
  actor          text        NOT NULL,
  reason         text,
  version        integer     NOT NULL,
  PRIMARY KEY (operator_id, trace_id, to_operator_id, item_group)
);
CREATE INDEX disclosure_grant_by_reader ON disclosure_grant (operator_id, to_operator_id);
CALL meguri_tenant_table('disclosure_grant');

-- released NULL: the decision was withdrawn, and the group is back to nothing decided.
CREATE TABLE disclosure_history (
  operator_id    uuid        NOT NULL,
  trace_id       uuid        NOT NULL,
  to_operator_id uuid        NOT NULL,
  version        integer     NOT NULL,
  item_group     text        NOT NULL,
  released       boolean,
  at             timestamptz NOT NULL,
  actor          text        NOT NULL,
  reason         text,
  PRIMARY KEY (operator_id, trace_id, to_operator_id, version, item_group)
);
CALL meguri_append_only_table('disclosure_history');
