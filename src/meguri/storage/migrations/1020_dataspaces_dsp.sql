-- Dataspace Protocol: who takes part, who the partners are, what is offered to whom, processes with what is still to be sent,
-- agreements, tokens of the data plane, what was received.

-- A company that takes part. tenant: its word in addresses; counter_offer: what happens to a request with another policy;
-- token_key: from which refresh tokens are made, so that none is stored.
CREATE TABLE dsp_participant (
  operator_id   uuid        NOT NULL PRIMARY KEY,
  did           text        NOT NULL,
  tenant        text        NOT NULL,
  service_id    uuid        NOT NULL,
  counter_offer text        NOT NULL DEFAULT 'review' CHECK (counter_offer IN ('review', 'reject')),
  token_key     bytea       NOT NULL,
  created_at    timestamptz NOT NULL
);
CREATE INDEX dsp_participant_tenant ON dsp_participant (tenant);
CREATE INDEX dsp_participant_did ON dsp_participant (did);
CALL meguri_tenant_table('dsp_participant');

-- Partners in data spaces, by DID. partner_operator_id: the company on this node, or its shadow; auth: how it proves itself;
-- identity_proof: how its identity was proved (rules/dataspaces/trust.toml).
CREATE TABLE dataspace_partner (
  operator_id         uuid        NOT NULL,
  did                 text        NOT NULL,
  name                text        NOT NULL,
  partner_operator_id uuid,
  origins             text[]      NOT NULL DEFAULT '{}',
  base_url            text,
  auth                text        NOT NULL DEFAULT 'did-jwt' CHECK (auth IN ('did-jwt', 'ods-bearer')),
  catena_x            boolean     NOT NULL DEFAULT false,
  bpn                 text,
  country             text,
  credentials         text[]      NOT NULL DEFAULT '{}',
  identity_proof      text        NOT NULL DEFAULT 'self_declared',
  blocked             boolean     NOT NULL DEFAULT false,
  version             integer     NOT NULL DEFAULT 1,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, did)
);
CALL meguri_tenant_table('dataspace_partner');

-- What is offered. content: the agreed version itself, for finite datasets; api: where an interface answers, for the others.
CREATE TABLE dsp_dataset (
  operator_id  uuid        NOT NULL,
  dataset_id   text        NOT NULL,
  kind         text        NOT NULL,
  title        jsonb       NOT NULL,
  type_iri     text        NOT NULL,
  conforms_to  text,
  trace_id     text,
  formats      text[]      NOT NULL,
  content      jsonb,
  content_hash text,
  api          text,
  content_version integer  NOT NULL DEFAULT 1,
  agreed_at    timestamptz,
  modified     timestamptz NOT NULL,
  withdrawn_at timestamptz,
  PRIMARY KEY (operator_id, dataset_id)
);
CALL meguri_tenant_table('dsp_dataset');

-- To whom: one offer per dataset and audience (a DID, or '*' for every authenticated requester).
CREATE TABLE dsp_offer (
  operator_id   uuid        NOT NULL,
  offer_id      text        NOT NULL,
  dataset_id    text        NOT NULL,
  audience      text        NOT NULL,
  policy        jsonb       NOT NULL,
  policy_hash   text        NOT NULL,
  least_proof   integer     NOT NULL DEFAULT 0,
  modified      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, offer_id)
);
CREATE UNIQUE INDEX dsp_offer_by_audience ON dsp_offer (operator_id, audience, modified, dataset_id);
CREATE INDEX dsp_offer_by_dataset ON dsp_offer (operator_id, dataset_id, audience);
CALL meguri_tenant_table('dsp_offer');

-- A negotiation or a transfer as one side has it. state is the last one that the other side acknowledged; what is still to be
-- sent stands in the pending_ columns with its exact bytes.
CREATE TABLE dsp_process (
  operator_id   uuid        NOT NULL,
  pid           text        NOT NULL,
  kind          text        NOT NULL,
  role          text        NOT NULL,
  peer_pid      text,
  peer_did      text        NOT NULL,
  peer_base     text        NOT NULL,
  state         text        NOT NULL,
  dataset_id    text,
  offer_id      text,
  agreement_id  text,
  policy        jsonb,
  policy_hash   text,
  format        text,
  data_address  jsonb,
  purposes      text[]      NOT NULL DEFAULT '{}',
  suspended_by  text,
  script        text,
  step          integer     NOT NULL DEFAULT 0,
  pending_id    uuid,
  pending_move  text,
  pending_state text,
  pending_path  text,
  pending_body  bytea,
  attempts      integer     NOT NULL DEFAULT 0,
  first_try_at  timestamptz,
  next_try_at   timestamptz,
  lease_until   timestamptz,
  unsure        boolean     NOT NULL DEFAULT false,
  held          text,
  waits_for     text,
  end_code      text,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  PRIMARY KEY (operator_id, pid)
);
CREATE UNIQUE INDEX dsp_process_by_peer ON dsp_process (operator_id, kind, role, peer_did, peer_pid) WHERE peer_pid IS NOT NULL;
CREATE INDEX dsp_process_latest ON dsp_process (operator_id, created_at DESC, pid);
CREATE INDEX dsp_process_of_agreement ON dsp_process (operator_id, agreement_id) WHERE agreement_id IS NOT NULL;
CREATE INDEX dsp_process_to_send ON dsp_process (next_try_at) WHERE pending_id IS NOT NULL AND held IS NULL;
CALL meguri_tenant_table('dsp_process');

-- Every message of a process: repeated bytes are recognised, and who said what can be shown later.
CREATE TABLE dsp_message (
  operator_id uuid        NOT NULL,
  pid         text        NOT NULL,
  message_id  uuid        NOT NULL,
  inbound     boolean     NOT NULL,
  move        text        NOT NULL,
  body_hash   bytea       NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, pid, message_id)
);
CREATE INDEX dsp_message_by_hash ON dsp_message (operator_id, pid, body_hash) WHERE inbound;
CALL meguri_append_only_table('dsp_message');

CREATE TABLE dsp_agreement (
  operator_id  uuid        NOT NULL,
  agreement_id text        NOT NULL,
  role         text        NOT NULL,
  pid          text        NOT NULL,
  peer_did     text        NOT NULL,
  dataset_id   text        NOT NULL,
  content_version integer  NOT NULL DEFAULT 1,
  policy       jsonb       NOT NULL,
  policy_hash  text        NOT NULL,
  body         jsonb       NOT NULL,
  uses         bigint      NOT NULL DEFAULT 0,
  agreed_at    timestamptz NOT NULL,
  finalized_at timestamptz,
  ends_at      timestamptz,
  ended_at     timestamptz,
  end_reason   text,
  PRIMARY KEY (operator_id, agreement_id)
);
CREATE INDEX dsp_agreement_latest ON dsp_agreement (operator_id, agreed_at DESC, agreement_id);
CREATE INDEX dsp_agreement_ending ON dsp_agreement (ends_at) WHERE ended_at IS NULL AND ends_at IS NOT NULL;
CALL meguri_tenant_table('dsp_agreement');

-- Tokens of the data plane, hashed. generation counts refresh tokens of one transfer; at most two live.
CREATE TABLE dsp_token (
  operator_id uuid        NOT NULL,
  token_hash  bytea       NOT NULL,
  pid         text        NOT NULL,
  refresh     boolean     NOT NULL,
  generation  integer     NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, token_hash)
);
CREATE INDEX dsp_token_of_transfer ON dsp_token (operator_id, pid, refresh, generation);
CREATE INDEX dsp_token_expiry ON dsp_token (expires_at);
CALL meguri_tenant_table('dsp_token');

-- Request tokens that were used, until they cannot be used any more.
CREATE TABLE dataspace_replay (
  operator_id uuid        NOT NULL,
  issuer      text        NOT NULL,
  jti         text        NOT NULL,
  until       timestamptz NOT NULL,
  PRIMARY KEY (operator_id, issuer, jti)
);
CREATE INDEX dataspace_replay_until ON dataspace_replay (until);
CALL meguri_tenant_table('dataspace_replay');

-- What we received as a consumer, with the proof that came with it, until the agreement ends its use.
CREATE TABLE dsp_copy (
  operator_id  uuid        NOT NULL,
  pid          text        NOT NULL,
  agreement_id text        NOT NULL,
  dataset_id   text        NOT NULL,
  peer_did     text        NOT NULL,
  envelope     jsonb,
  content_hash text        NOT NULL,
  received_at  timestamptz NOT NULL,
  delete_after timestamptz,
  deleted_at   timestamptz,
  PRIMARY KEY (operator_id, pid)
);
CREATE INDEX dsp_copy_ending ON dsp_copy (delete_after) WHERE deleted_at IS NULL AND delete_after IS NOT NULL;
CALL meguri_tenant_table('dsp_copy');
