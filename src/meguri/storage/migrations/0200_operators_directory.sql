-- Companies, their plants, what they disclose, and what they are told.

-- The directory: every signed-in company may read every row, and write its own alone. Nothing confidential belongs here.
-- search_name: the name as it is compared (width and case folded), made by the application.
CREATE TABLE operator (
  operator_id        uuid        NOT NULL,
  name               text        NOT NULL,
  search_name        text        NOT NULL,
  address            text        NOT NULL,
  open_operator_id   text        NOT NULL,
  global_operator_id text,
  lei                text,
  gln                text,
  synthetic          boolean     NOT NULL DEFAULT false,
  version            integer     NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  PRIMARY KEY (operator_id),
  CONSTRAINT operator_open_id UNIQUE (open_operator_id),
  CONSTRAINT operator_global_id UNIQUE (global_operator_id)
);
CREATE INDEX operator_by_name ON operator (search_name COLLATE "C", operator_id);
CALL meguri_guard_table('operator');
CREATE POLICY directory ON operator FOR SELECT TO meguri_app USING ((SELECT meguri_operator()) IS NOT NULL);
CREATE POLICY own_row_add ON operator FOR INSERT TO meguri_app WITH CHECK (operator_id = (SELECT meguri_operator()));
CREATE POLICY own_row_change ON operator FOR UPDATE TO meguri_app USING (operator_id = (SELECT meguri_operator()))
  WITH CHECK (operator_id = (SELECT meguri_operator()));
CREATE POLICY all_rows_read ON operator FOR SELECT TO meguri_across, meguri_identity USING (true);
GRANT SELECT ON operator TO meguri_app, meguri_across, meguri_identity;
GRANT INSERT ON operator TO meguri_app;
-- The public number, the mark of what is made up, and the row itself stay for ever: no right to change or remove them.
GRANT UPDATE (name, search_name, address, global_operator_id, lei, gln, version, updated_at) ON operator TO meguri_app;

-- A company's own switches: never part of the directory.
CREATE TABLE operator_setting (
  operator_id   uuid    NOT NULL,
  auto_disclose boolean NOT NULL DEFAULT false,
  version       integer NOT NULL DEFAULT 1,
  PRIMARY KEY (operator_id)
);
CALL meguri_tenant_table('operator_setting');

CREATE TABLE operator_history (
  operator_id        uuid        NOT NULL,
  version            integer     NOT NULL,
  name               text        NOT NULL,
  address            text        NOT NULL,
  open_operator_id   text        NOT NULL,
  global_operator_id text,
  lei                text,
  gln                text,
  at                 timestamptz NOT NULL,
  actor              text        NOT NULL,
  PRIMARY KEY (operator_id, version)
);
CALL meguri_append_only_table('operator_history');

-- A global id of '' is a value and must be unique; NULL is none.
CREATE TABLE plant (
  operator_id     uuid        NOT NULL,
  plant_id        uuid        NOT NULL,
  name            text        NOT NULL,
  address         text        NOT NULL,
  open_plant_id   text        NOT NULL,
  global_plant_id text,
  gln             text,
  version         integer     NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, plant_id),
  CONSTRAINT plant_open_id UNIQUE (operator_id, open_plant_id),
  CONSTRAINT plant_global_id UNIQUE (operator_id, global_plant_id)
);
CREATE INDEX plant_by_age ON plant (operator_id, created_at, plant_id);
CALL meguri_tenant_table('plant');

CREATE TABLE plant_history (
  operator_id     uuid        NOT NULL,
  plant_id        uuid        NOT NULL,
  version         integer     NOT NULL,
  name            text        NOT NULL,
  address         text        NOT NULL,
  open_plant_id   text        NOT NULL,
  global_plant_id text,
  gln             text,
  at              timestamptz NOT NULL,
  actor           text        NOT NULL,
  PRIMARY KEY (operator_id, plant_id, version)
);
CALL meguri_append_only_table('plant_history');
