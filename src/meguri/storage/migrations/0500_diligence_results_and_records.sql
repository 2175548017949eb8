-- Due diligence: what a maker states of a part, what suppliers answered, and the records behind it.

-- What the maker of a part states; results only. body: the whole statement.
CREATE TABLE diligence_result (
  operator_id     uuid        NOT NULL,
  trace_id        uuid        NOT NULL,
  dd_id           uuid        NOT NULL,
  assessment_date date        NOT NULL,
  valid_until     date,
  body            jsonb       NOT NULL,
  version         integer     NOT NULL,
  expired_told    date,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trace_id)
);
CREATE INDEX diligence_result_ends ON diligence_result (valid_until) WHERE valid_until IS NOT NULL;
CALL meguri_tenant_table('diligence_result');

CREATE TABLE diligence_result_history (
  operator_id uuid        NOT NULL,
  trace_id    uuid        NOT NULL,
  version     integer     NOT NULL,
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,
  body        jsonb       NOT NULL,
  PRIMARY KEY (operator_id, trace_id, version, at)
);
CALL meguri_append_only_table('diligence_result_history');

-- The customer's half of an answer: the supplier's total as far as it is disclosed. body NULL: nothing is.
CREATE TABLE diligence_answer (
  operator_id         uuid        NOT NULL,
  trade_id            uuid        NOT NULL,
  downstream_trace_id uuid        NOT NULL,
  body                jsonb,
  updated_at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trade_id)
);
CREATE UNIQUE INDEX diligence_answer_by_part ON diligence_answer (operator_id, downstream_trace_id);
CALL meguri_tenant_table('diligence_answer');

-- Mass of a material in one declared unit of a part, kg.
CREATE TABLE diligence_mass (
  operator_id   uuid        NOT NULL,
  trace_id      uuid        NOT NULL,
  material      text        NOT NULL,
  mass_per_unit numeric     NOT NULL CHECK (mass_per_unit >= 0),
  method        text        NOT NULL,
  updated_at    timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trace_id, material)
);
CALL meguri_tenant_table('diligence_mass');

-- Policies, parties, sites, supply edges, evidence, findings, actions, verifications, responses, reports and their like.
-- One shape for all: a document with its state, what it is about, and when it ends. Why: docs/decisions/diligence-records.md.
CREATE TABLE diligence_record (
  operator_id uuid        NOT NULL,
  kind        text        NOT NULL,
  record_id   uuid        NOT NULL,
  version     integer     NOT NULL,
  state       text        NOT NULL DEFAULT '',
  subject_id  uuid,
  ends        date,
  body        jsonb       NOT NULL,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, kind, record_id)
);
CREATE INDEX diligence_record_subject ON diligence_record (operator_id, kind, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX diligence_record_ends ON diligence_record (kind, ends) WHERE ends IS NOT NULL;
CALL meguri_tenant_table('diligence_record');

CREATE TABLE diligence_record_history (
  operator_id uuid        NOT NULL,
  kind        text        NOT NULL,
  record_id   uuid        NOT NULL,
  version     integer     NOT NULL,
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,
  state       text        NOT NULL,
  body        jsonb       NOT NULL,
  PRIMARY KEY (operator_id, kind, record_id, version)
);
CALL meguri_append_only_table('diligence_record_history');

-- Grievances. What was said is sealed (storage/sealing.py); no address, no browser of a reporter is kept anywhere.
CREATE TABLE diligence_case (
  operator_id uuid        NOT NULL,
  case_id     uuid        NOT NULL,
  code_hash   bytea       NOT NULL,
  sealed      bytea,
  state       text        NOT NULL,
  channel     text        NOT NULL,
  category    text,
  facility_id uuid,
  reason      text        NOT NULL DEFAULT '',
  retaliation boolean     NOT NULL DEFAULT false,
  received_at timestamptz NOT NULL,
  admitted_on date,
  version     integer     NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, case_id)
);
CREATE UNIQUE INDEX diligence_case_code ON diligence_case (operator_id, code_hash);
CALL meguri_tenant_table('diligence_case');

CREATE TABLE diligence_case_message (
  operator_id uuid        NOT NULL,
  case_id     uuid        NOT NULL,
  message_id  uuid        NOT NULL,
  at          timestamptz NOT NULL,
  said_by     text        NOT NULL CHECK (said_by IN ('reporter', 'handler')),
  sealed      bytea       NOT NULL,
  PRIMARY KEY (operator_id, case_id, message_id)
);
CALL meguri_tenant_table('diligence_case_message');
