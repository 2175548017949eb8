-- PACT v3: partners, published footprints, who may read them, events in and out, product ids, footprints received.

CREATE TABLE pact_partner (
  operator_id        uuid        NOT NULL,
  partner_id         uuid        NOT NULL,
  name               text        NOT NULL,
  secret_hash        bytea       NOT NULL,
  base_url           text,
  outgoing_client_id text,
  outgoing_secret    bytea,
  private_network    boolean     NOT NULL DEFAULT false,
  says_denied        boolean     NOT NULL DEFAULT false,
  by_hand            boolean     NOT NULL DEFAULT false,
  ended              boolean     NOT NULL DEFAULT false,
  created_at         timestamptz NOT NULL,
  PRIMARY KEY (operator_id, partner_id)
);
CALL meguri_tenant_table('pact_partner');

-- words in lower case, for the filters; the body is what is sent, and only its status ever changes
CREATE TABLE pact_footprint (
  operator_id     uuid        NOT NULL,
  footprint_id    uuid        NOT NULL,
  created         timestamptz NOT NULL,
  status          text        NOT NULL CHECK (status IN ('Active', 'Deprecated')),
  body            jsonb       NOT NULL,
  trace_id        uuid,
  product_ids     text[]      NOT NULL,
  company_ids     text[]      NOT NULL,
  classifications text[]      NOT NULL,
  geography       text        NOT NULL,
  valid_from      timestamptz NOT NULL,
  valid_to        timestamptz NOT NULL,
  everyone        boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (operator_id, footprint_id)
);
CREATE INDEX pact_footprint_in_order ON pact_footprint (operator_id, created, footprint_id);
CREATE INDEX pact_footprint_by_part ON pact_footprint (operator_id, trace_id) WHERE trace_id IS NOT NULL;
CALL meguri_tenant_table('pact_footprint');

CREATE TABLE pact_share (
  operator_id  uuid NOT NULL,
  partner_id   uuid NOT NULL,
  footprint_id uuid NOT NULL,
  PRIMARY KEY (operator_id, partner_id, footprint_id)
);
CALL meguri_tenant_table('pact_share');

-- Events that partners sent; the key makes each of them count once.
CREATE TABLE pact_event (
  operator_id uuid        NOT NULL,
  partner_id  uuid        NOT NULL,
  source      text        NOT NULL,
  event_id    text        NOT NULL,
  type        text        NOT NULL,
  data        jsonb       NOT NULL,
  state       text        NOT NULL CHECK (state IN ('received', 'answered', 'done')),
  outcome     text,
  received_at timestamptz NOT NULL,
  key_id      uuid        NOT NULL,
  PRIMARY KEY (operator_id, partner_id, source, event_id)
);
CREATE UNIQUE INDEX pact_event_by_key ON pact_event (operator_id, key_id);
CALL meguri_tenant_table('pact_event');

CREATE TABLE pact_message (
  operator_id uuid        NOT NULL,
  message_id  uuid        NOT NULL,
  partner_id  uuid        NOT NULL,
  type        text        NOT NULL,
  body        jsonb       NOT NULL,
  state       text        NOT NULL CHECK (state IN ('waiting', 'sent', 'refused', 'abandoned')),
  tries       integer     NOT NULL DEFAULT 0,
  last_error  text,
  first_at    timestamptz,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, message_id)
);
CALL meguri_tenant_table('pact_message');

-- What we asked of partners; event_id is the message's id.
CREATE TABLE pact_request (
  operator_id uuid        NOT NULL,
  event_id    uuid        NOT NULL,
  partner_id  uuid        NOT NULL,
  trace_id    uuid,
  product_ids text[]      NOT NULL,
  state       text        NOT NULL CHECK (state IN ('asked', 'fulfilled', 'rejected')),
  said        text,
  asked_at    timestamptz NOT NULL,
  answered_at timestamptz,
  PRIMARY KEY (operator_id, event_id)
);
CALL meguri_tenant_table('pact_request');

CREATE TABLE pact_mapping (
  operator_id uuid        NOT NULL,
  mapping_id  uuid        NOT NULL,
  partner_id  uuid        NOT NULL,
  trace_id    uuid        NOT NULL,
  urn         text        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('product-id', 'buyer-id', 'supplier-id')),
  status      text        NOT NULL CHECK (status IN ('suggested', 'confirmed', 'rejected')),
  source      text        NOT NULL,
  score       integer     NOT NULL,
  changed_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, mapping_id)
);
CREATE UNIQUE INDEX pact_mapping_once ON pact_mapping (operator_id, partner_id, urn, trace_id);
CREATE UNIQUE INDEX pact_mapping_confirmed ON pact_mapping (operator_id, partner_id, urn) WHERE status = 'confirmed';
CALL meguri_tenant_table('pact_mapping');

CREATE TABLE pact_received (
  operator_id  uuid        NOT NULL,
  partner_id   uuid        NOT NULL,
  footprint_id uuid        NOT NULL,
  body         jsonb       NOT NULL,
  status       text        NOT NULL,
  flags        text[]      NOT NULL DEFAULT '{}',
  trace_id     uuid,
  received_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, partner_id, footprint_id)
);
CALL meguri_tenant_table('pact_received');
