-- Long imports: a file as steps of work in parts, and how far they are done. What a step says is dropped when it is done.
CREATE TABLE import_run (
  operator_id    uuid        NOT NULL,
  import_id      uuid        NOT NULL,
  kind           text        NOT NULL,
  state          text        NOT NULL CHECK (state IN ('queued', 'checking', 'writing', 'done', 'refused', 'cancelled')),
  file_name      text        NOT NULL,
  keep_good_rows boolean     NOT NULL,
  rows           integer     NOT NULL,
  passed         integer     NOT NULL DEFAULT 0,
  written        integer     NOT NULL DEFAULT 0,
  "left"         integer     NOT NULL DEFAULT 0,
  bad            integer     NOT NULL DEFAULT 0,
  actor          text        NOT NULL,
  created_at     timestamptz NOT NULL,
  step_at        timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, import_id)
);
CALL meguri_tenant_table('import_run');

CREATE TABLE import_part (
  operator_id uuid    NOT NULL,
  import_id   uuid    NOT NULL,
  part        integer NOT NULL,
  rows        integer NOT NULL,
  steps       jsonb   NOT NULL,
  checked     boolean NOT NULL DEFAULT false,
  written     boolean NOT NULL DEFAULT false,
  faults      jsonb   NOT NULL DEFAULT '[]',
  PRIMARY KEY (operator_id, import_id, part)
);
CALL meguri_tenant_table('import_part');
