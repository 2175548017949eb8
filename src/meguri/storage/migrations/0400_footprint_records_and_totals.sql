-- Carbon footprint: what a maker declares of a part, what its parts bring, and what a supplier answered.
-- Unit of every figure: kg CO2e per ONE declared unit of the part; …_ter/_ger/_tir: that figure times a quality rating.

CREATE TABLE footprint_record (
  operator_id     uuid        NOT NULL,
  trace_id        uuid        NOT NULL,
  footprint_id    uuid        NOT NULL,
  declared_unit   text        NOT NULL,
  pre_production  numeric,
  main_production numeric,
  pre_component   numeric,
  main_component  numeric,
  pre_ter numeric, pre_ger numeric, pre_tir numeric,
  main_ter numeric, main_ger numeric, main_tir numeric,
  comment         text,
  version         integer     NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trace_id)
);
CALL meguri_tenant_table('footprint_record');

CREATE TABLE footprint_record_history (
  operator_id  uuid        NOT NULL,
  trace_id     uuid        NOT NULL,
  footprint_id uuid        NOT NULL,
  version      integer     NOT NULL,
  at           timestamptz NOT NULL,
  actor        text        NOT NULL,
  body         jsonb       NOT NULL,
  PRIMARY KEY (operator_id, trace_id, footprint_id, version)
);
CALL meguri_append_only_table('footprint_record_history');

-- What the components of a part bring to one unit of it: exact, kept by differences.
-- sent: what the parts above this one still count with, while a long cascade is on its way (NULL: up to date).
CREATE TABLE footprint_sum (
  operator_id    uuid    NOT NULL,
  trace_id       uuid    NOT NULL,
  pre numeric NOT NULL DEFAULT 0,
  pre_ter numeric NOT NULL DEFAULT 0, pre_ger numeric NOT NULL DEFAULT 0, pre_tir numeric NOT NULL DEFAULT 0,
  main numeric NOT NULL DEFAULT 0,
  main_ter numeric NOT NULL DEFAULT 0, main_ger numeric NOT NULL DEFAULT 0, main_tir numeric NOT NULL DEFAULT 0,
  sent           numeric[],
  updating_since timestamptz,
  PRIMARY KEY (operator_id, trace_id)
) WITH (fillfactor = 70);
CREATE INDEX footprint_sum_waiting ON footprint_sum (operator_id, trace_id) WHERE sent IS NOT NULL;
CALL meguri_tenant_table('footprint_sum');

-- The customer's half of an answer: the supplier's total, rounded, as far as it is disclosed (NULL: not disclosed).
CREATE TABLE footprint_answer (
  operator_id         uuid        NOT NULL,
  trade_id            uuid        NOT NULL,
  downstream_trace_id uuid        NOT NULL,
  declared_unit       text        NOT NULL,
  pre numeric, main numeric,
  pre_ter numeric, pre_ger numeric, pre_tir numeric,
  main_ter numeric, main_ger numeric, main_tir numeric,
  version             integer     NOT NULL DEFAULT 1,
  answered_at         timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trade_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX footprint_answer_by_part ON footprint_answer (operator_id, downstream_trace_id);
CALL meguri_tenant_table('footprint_answer');

-- Certificates of a part's footprint; the bytes are in the file store.
CREATE TABLE footprint_certificate (
  operator_id    uuid        NOT NULL,
  trace_id       uuid        NOT NULL,
  certificate_id uuid        NOT NULL,
  description    text,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trace_id)
);
CALL meguri_tenant_table('footprint_certificate');

-- content NULL: an upload was announced but has not arrived.
CREATE TABLE footprint_certificate_file (
  operator_id uuid        NOT NULL,
  file_id     uuid        NOT NULL,
  trace_id    uuid,
  file_name   text        NOT NULL,
  media_type  text,
  content     text,
  size        bigint,
  created_at  timestamptz NOT NULL,
  uploaded_at timestamptz,
  PRIMARY KEY (operator_id, file_id)
);
CREATE INDEX footprint_certificate_file_by_part ON footprint_certificate_file (operator_id, trace_id);
CALL meguri_tenant_table('footprint_certificate_file');

-- Addresses by which a file may be sent once, or fetched for a while; the token itself is not kept, only its hash.
CREATE TABLE footprint_file_ticket (
  operator_id       uuid        NOT NULL,
  token_hash        bytea       NOT NULL,
  purpose           text        NOT NULL CHECK (purpose IN ('send', 'fetch')),
  file_id           uuid        NOT NULL,
  owner_operator_id uuid        NOT NULL,
  file_name         text        NOT NULL,
  media_type        text,
  content           text,
  size              bigint,
  expires_at        timestamptz NOT NULL,
  used_at           timestamptz,
  PRIMARY KEY (operator_id, token_hash)
);
CALL meguri_tenant_table('footprint_file_ticket');
