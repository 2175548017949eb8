-- Data-transport systems that companies here take part in from outside: the account there, whose id is whose, what is to be brought there.

-- sealed: addresses' keys, account and password, never in clear. away_since: it does not answer; held: a person has to act.
CREATE TABLE outside_system (
  operator_id         uuid        NOT NULL,
  system_id           uuid        NOT NULL,
  name                text        NOT NULL,
  base_url            text        NOT NULL,
  auth_url            text        NOT NULL,
  north_url           text,
  gateway             text        NOT NULL CHECK (gateway IN ('plain', 'ods')),
  share_structures    boolean     NOT NULL,
  sealed              bytea       NOT NULL,
  foreign_operator_id uuid        NOT NULL,
  state               text        NOT NULL CHECK (state IN ('active', 'paused', 'held', 'left')),
  reason              text,
  away_since          timestamptz,
  failures            integer     NOT NULL DEFAULT 0,
  next_try_at         timestamptz,
  followed_at         timestamptz,
  read_all_at         timestamptz,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, system_id)
);
CALL meguri_tenant_table('outside_system');

-- One thing on both sides. told: what both sides held when they last agreed.
CREATE TABLE outside_id (
  operator_id uuid NOT NULL,
  system_id   uuid NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('operator', 'plant', 'part', 'trade', 'request', 'footprint', 'file')),
  theirs      uuid NOT NULL,
  ours        uuid NOT NULL,
  told        text,
  PRIMARY KEY (operator_id, system_id, kind, theirs)
);
CREATE UNIQUE INDEX outside_id_ours ON outside_id (operator_id, system_id, kind, ours);
CALL meguri_tenant_table('outside_id');

-- What has to be brought to the system: one row for each thing, however often it changes meanwhile (turn counts the changes).
-- sent_at: a write whose answer has not been seen. track: under which the system tells whether it has done the write.
CREATE TABLE outside_task (
  operator_id uuid        NOT NULL,
  system_id   uuid        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('part', 'request', 'footprint', 'answer')),
  ours        uuid        NOT NULL,
  turn        integer     NOT NULL DEFAULT 1,
  state       text        NOT NULL CHECK (state IN ('queued', 'done', 'held')),
  sent_at     timestamptz,
  track       text,
  code        text,
  detail      text,
  attempts    integer     NOT NULL DEFAULT 0,
  marked_at   timestamptz NOT NULL,
  next_try_at timestamptz NOT NULL,
  PRIMARY KEY (operator_id, system_id, kind, ours)
);
CREATE INDEX outside_task_open ON outside_task (operator_id, system_id, state, marked_at);
CALL meguri_tenant_table('outside_task');
