-- Subscriptions to named queries of EPCIS events: what is new is sent to an address. Rows around `reached` are remembered, for an
-- event may be committed a little later than its time of record says.
CREATE TABLE epcis_subscription (
  operator_id     uuid        NOT NULL,
  subscription_id uuid        NOT NULL,
  owner           text        NOT NULL,
  viewer          text,
  query_name      text        NOT NULL,
  dest            text        NOT NULL,
  signature_token bytea,
  report_if_empty boolean     NOT NULL,
  schedule        text,
  begins          timestamptz NOT NULL,
  reached         timestamptz NOT NULL,
  next_at         timestamptz NOT NULL,
  attempts        int         NOT NULL DEFAULT 0,
  failing_since   timestamptz,
  trouble         text,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, subscription_id)
);
CREATE INDEX epcis_subscription_due ON epcis_subscription (next_at);
CALL meguri_tenant_table('epcis_subscription');

CREATE TABLE epcis_reported (
  operator_id     uuid        NOT NULL,
  subscription_id uuid        NOT NULL,
  row_id          uuid        NOT NULL,
  record_time     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, subscription_id, row_id)
);
CALL meguri_tenant_table('epcis_reported');
