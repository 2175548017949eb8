-- What two operators settle about passports: transfers, requests for access, grants, delegations. One row on each side.

CREATE TABLE passport_dealing (
  operator_id uuid        NOT NULL,
  dealing_id  uuid        NOT NULL,
  side        text        NOT NULL CHECK (side IN ('giver', 'taker')),
  kind        text        NOT NULL CHECK (kind IN ('transfer', 'request', 'grant', 'delegation')),
  partner_id  uuid        NOT NULL,
  state       text        NOT NULL,
  body        jsonb       NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, dealing_id, side)
);
CREATE INDEX passport_dealing_pair ON passport_dealing (dealing_id);
CREATE INDEX passport_dealing_listed ON passport_dealing (operator_id, kind, side, created_at DESC, dealing_id DESC);
CREATE INDEX passport_dealing_between ON passport_dealing (operator_id, kind, partner_id) WHERE side = 'taker';
CALL meguri_tenant_table('passport_dealing');

-- Roles of authorities, verified by the platform: read with their class, without the owner's consent.
CREATE TABLE passport_actor_role (
  operator_id uuid        NOT NULL,
  role        text        NOT NULL,
  verified_by text        NOT NULL,
  verified_at timestamptz NOT NULL,
  evidence    text        NOT NULL,
  ended_at    timestamptz,
  PRIMARY KEY (operator_id, role)
);
CALL meguri_tenant_table('passport_actor_role');

-- The access register of EN 18239: one chain of entries per operator, each holding the hash of the one before.
CREATE TABLE passport_access (
  operator_id uuid        NOT NULL,
  seq         bigint      NOT NULL,
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,
  passport_id uuid,
  entry       text        NOT NULL,
  hash        text        NOT NULL,
  PRIMARY KEY (operator_id, seq)
);
CREATE INDEX passport_access_of ON passport_access (operator_id, passport_id, seq DESC);
CALL meguri_append_only_table('passport_access');
CREATE TABLE passport_access_head (
  operator_id uuid   NOT NULL PRIMARY KEY,
  seq         bigint NOT NULL,
  hash        text   NOT NULL
);
CALL meguri_tenant_table('passport_access_head');

-- Anonymous reads are only counted, by hour; nothing of the reader is kept.
CREATE TABLE passport_read_count (
  operator_id uuid        NOT NULL,
  passport_id uuid        NOT NULL,
  hour        timestamptz NOT NULL,
  reads       bigint      NOT NULL,
  PRIMARY KEY (operator_id, passport_id, hour)
);
CALL meguri_tenant_table('passport_read_count');

-- Bulk issue: the file in parts of some hundred rows, each done in a transaction of its own.
CREATE TABLE passport_bulk_job (
  operator_id  uuid        NOT NULL,
  job_id       uuid        NOT NULL,
  mode         text        NOT NULL CHECK (mode IN ('dry_run', 'all_or_nothing', 'skip_bad')),
  state        text        NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  model_id     uuid,
  base         text        NOT NULL,
  file_name    text        NOT NULL,
  file_sha256  text        NOT NULL,
  publish      boolean     NOT NULL,
  rows         integer     NOT NULL,
  checked      integer     NOT NULL DEFAULT 0,
  issued       integer     NOT NULL DEFAULT 0,
  present      integer     NOT NULL DEFAULT 0,
  bad          integer     NOT NULL DEFAULT 0,
  reason       text,
  actor        text        NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, job_id)
);
CREATE INDEX passport_bulk_job_listed ON passport_bulk_job (operator_id, created_at DESC, job_id DESC);
CALL meguri_tenant_table('passport_bulk_job');
CREATE TABLE passport_bulk_part (
  operator_id uuid    NOT NULL,
  job_id      uuid    NOT NULL,
  part        integer NOT NULL,
  first_row   integer NOT NULL,
  rows        jsonb   NOT NULL,
  checked     boolean NOT NULL DEFAULT false,
  issued      boolean NOT NULL DEFAULT false,
  errors      jsonb   NOT NULL DEFAULT '[]',
  results     jsonb   NOT NULL DEFAULT '[]',
  PRIMARY KEY (operator_id, job_id, part)
);
CALL meguri_tenant_table('passport_bulk_part');

-- Changes that wait for the back-up provider.
CREATE TABLE passport_backup (
  operator_id uuid        NOT NULL,
  passport_id uuid        NOT NULL,
  version     integer     NOT NULL,
  changed_at  timestamptz NOT NULL,
  copied_at   timestamptz,
  PRIMARY KEY (operator_id, passport_id)
);
CREATE INDEX passport_backup_waiting ON passport_backup (operator_id, changed_at) WHERE copied_at IS NULL;
CALL meguri_tenant_table('passport_backup');
