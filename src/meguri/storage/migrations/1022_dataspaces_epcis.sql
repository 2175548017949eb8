-- Visibility events (EPCIS 2.0): an exchange projection and what partners captured. A correction is a second record, never an edit.
CREATE TABLE epcis_event (
  operator_id       uuid        NOT NULL,
  row_id            uuid        NOT NULL,
  event_id          text        NOT NULL,
  correction        boolean     NOT NULL,
  event_type        text        NOT NULL,
  event_time        timestamptz NOT NULL,
  record_time       timestamptz NOT NULL,
  action            text,
  biz_step          text,
  disposition       text,
  read_point        text,
  biz_location      text,
  transformation_id text,
  epcs              text[]      NOT NULL,
  parties           text[]      NOT NULL,
  capturer          text        NOT NULL,
  body              jsonb       NOT NULL,
  body_hash         bytea       NOT NULL,
  PRIMARY KEY (operator_id, row_id)
);
CREATE UNIQUE INDEX epcis_event_id ON epcis_event (operator_id, event_id, correction, body_hash);
CREATE INDEX epcis_event_time ON epcis_event (operator_id, event_time, row_id);
CREATE INDEX epcis_event_recorded ON epcis_event (operator_id, record_time, row_id);
CREATE INDEX epcis_event_capturer ON epcis_event (operator_id, capturer, event_time, row_id);
CREATE INDEX epcis_event_epcs ON epcis_event USING gin (epcs);
CREATE INDEX epcis_event_parties ON epcis_event USING gin (parties);
CALL meguri_append_only_table('epcis_event');

CREATE TABLE epcis_capture (
  operator_id uuid        NOT NULL,
  capture_id  uuid        NOT NULL,
  capturer    text        NOT NULL,
  behaviour   text        NOT NULL,
  success     boolean     NOT NULL,
  errors      jsonb       NOT NULL,
  created_at  timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  PRIMARY KEY (operator_id, capture_id)
);
CALL meguri_append_only_table('epcis_capture');

CREATE TABLE epcis_query (
  operator_id uuid        NOT NULL,
  owner       text        NOT NULL,
  name        text        NOT NULL,
  query       jsonb       NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, owner, name)
);
CALL meguri_tenant_table('epcis_query');
