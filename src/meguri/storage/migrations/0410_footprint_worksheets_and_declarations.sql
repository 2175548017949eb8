-- Footprints made here: factors, worksheets, results, declarations, verification, readings; footprints received; reductions.

-- What a supplier outside this exchange stated of an own part, as it counts now, and every statement before it.
CREATE TABLE footprint_received (
  operator_id uuid        NOT NULL,
  trace_id    uuid        NOT NULL,
  body        jsonb       NOT NULL,
  version     integer     NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trace_id)
);
CALL meguri_tenant_table('footprint_received');

CREATE TABLE footprint_received_history (
  operator_id uuid        NOT NULL,
  trace_id    uuid        NOT NULL,
  version     integer     NOT NULL,
  body        jsonb       NOT NULL,
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,
  PRIMARY KEY (operator_id, trace_id, version)
);
CALL meguri_append_only_table('footprint_received_history');

-- Emission factors of the company's own; a change is a new version.
CREATE TABLE footprint_factor (
  operator_id uuid        NOT NULL,
  factor_id   text        NOT NULL,
  version     text        NOT NULL,
  hash        text        NOT NULL,
  body        jsonb       NOT NULL,
  import_id   uuid,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, factor_id, version)
);
CALL meguri_append_only_table('footprint_factor');

CREATE TABLE footprint_factor_import (
  operator_id uuid        NOT NULL,
  import_id   uuid        NOT NULL,
  file_name   text        NOT NULL,
  sha256      text        NOT NULL,
  report      jsonb       NOT NULL,
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,
  PRIMARY KEY (operator_id, import_id)
);
CALL meguri_append_only_table('footprint_factor_import');

CREATE TABLE footprint_worksheet (
  operator_id  uuid        NOT NULL,
  worksheet_id uuid        NOT NULL,
  trace_id     uuid        NOT NULL,
  plant_id     uuid        NOT NULL,
  body         jsonb       NOT NULL,
  version      integer     NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, worksheet_id)
);
CREATE INDEX footprint_worksheet_by_part ON footprint_worksheet (operator_id, trace_id, worksheet_id);
CALL meguri_tenant_table('footprint_worksheet');

CREATE TABLE footprint_worksheet_history (
  operator_id  uuid        NOT NULL,
  worksheet_id uuid        NOT NULL,
  version      integer     NOT NULL,
  body         jsonb       NOT NULL,
  at           timestamptz NOT NULL,
  actor        text        NOT NULL,
  PRIMARY KEY (operator_id, worksheet_id, version)
);
CALL meguri_append_only_table('footprint_worksheet_history');

-- A computed footprint, with everything it stands on. Never changed.
CREATE TABLE footprint_result (
  operator_id       uuid        NOT NULL,
  result_id         uuid        NOT NULL,
  worksheet_id      uuid        NOT NULL,
  worksheet_version integer     NOT NULL,
  trace_id          uuid        NOT NULL,
  plant_id          uuid        NOT NULL,
  pack_id           text        NOT NULL,
  body              jsonb       NOT NULL,
  hash              text        NOT NULL,
  preceding_id      uuid,
  reason            text        NOT NULL,
  created_at        timestamptz NOT NULL,
  PRIMARY KEY (operator_id, result_id)
);
CREATE INDEX footprint_result_by_worksheet ON footprint_result (operator_id, worksheet_id, result_id);
CREATE INDEX footprint_result_by_part ON footprint_result (operator_id, trace_id, result_id);
CALL meguri_append_only_table('footprint_result');

-- Of a result that no longer stands for what the worksheet says.
CREATE TABLE footprint_result_stale (
  operator_id uuid        NOT NULL,
  result_id   uuid        NOT NULL,
  reason      text        NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, result_id)
);
CALL meguri_tenant_table('footprint_result_stale');

-- A declaration of one model made at one plant. document: what was published, frozen.
CREATE TABLE footprint_declaration (
  operator_id    uuid        NOT NULL,
  declaration_id uuid        NOT NULL,
  model          text        NOT NULL,
  plant_id       uuid        NOT NULL,
  trace_id       uuid        NOT NULL,
  edition        integer     NOT NULL,
  state          text        NOT NULL
                 CHECK (state IN ('draft', 'submitted', 'returned', 'reviewed', 'published', 'superseded', 'withdrawn')),
  result_id      uuid        NOT NULL,
  body           jsonb       NOT NULL,
  document       jsonb,
  version        integer     NOT NULL,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  published_at   timestamptz,
  PRIMARY KEY (operator_id, declaration_id)
);
CREATE UNIQUE INDEX footprint_declaration_edition ON footprint_declaration (operator_id, model, plant_id, edition);
CREATE UNIQUE INDEX footprint_declaration_current ON footprint_declaration (operator_id, model, plant_id)
  WHERE state = 'published';
CREATE INDEX footprint_declaration_by_id ON footprint_declaration (declaration_id);
CALL meguri_tenant_table('footprint_declaration');

CREATE TABLE footprint_declaration_step (
  operator_id    uuid        NOT NULL,
  declaration_id uuid        NOT NULL,
  version        integer     NOT NULL,
  state          text        NOT NULL,
  note           text,
  actor          text        NOT NULL,
  at             timestamptz NOT NULL,
  PRIMARY KEY (operator_id, declaration_id, version)
);
CALL meguri_append_only_table('footprint_declaration_step');

CREATE TABLE footprint_verification (
  operator_id     uuid        NOT NULL,
  verification_id uuid        NOT NULL,
  result_id       uuid        NOT NULL,
  result_hash     text        NOT NULL,
  state           text        NOT NULL
                  CHECK (state IN ('draft', 'submitted', 'returned', 'verified', 'refused', 'expired', 'withdrawn')),
  body            jsonb       NOT NULL,
  version         integer     NOT NULL,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, verification_id)
);
CREATE INDEX footprint_verification_by_result ON footprint_verification (operator_id, result_id);
CALL meguri_tenant_table('footprint_verification');

-- Readings of meters, systems and invoices: [starts, ends), never overlapping within one source and meter.
CREATE TABLE footprint_reading (
  operator_id uuid        NOT NULL,
  source      text        NOT NULL,
  meter       text        NOT NULL,
  starts      timestamptz NOT NULL,
  ends        timestamptz NOT NULL,
  amount      numeric     NOT NULL,
  unit        text        NOT NULL,
  evidence    text,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, source, meter, starts),
  CHECK (ends > starts)
);
CALL meguri_tenant_table('footprint_reading');

-- A customer asks a supplier to bring a part's footprint down; each side keeps its half.
CREATE TABLE footprint_reduction (
  operator_id  uuid        NOT NULL,
  reduction_id uuid        NOT NULL,
  side         text        NOT NULL CHECK (side IN ('down', 'up')),
  partner_id   uuid        NOT NULL,
  trade_id     uuid        NOT NULL,
  trace_id     uuid        NOT NULL,
  part_name    text        NOT NULL,
  baseline     numeric     NOT NULL,
  target       numeric     NOT NULL,
  due          date        NOT NULL,
  state        text        NOT NULL CHECK (state IN ('asked', 'accepted', 'declined', 'reached', 'withdrawn')),
  message      text,
  reply        text,
  version      integer     NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, reduction_id)
);
CREATE INDEX footprint_reduction_by_trade ON footprint_reduction (operator_id, trade_id);
CALL meguri_tenant_table('footprint_reduction');
