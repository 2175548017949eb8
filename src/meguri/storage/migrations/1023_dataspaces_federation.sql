-- Two companies on two nodes: their link, what is to be sent, what came in, and which of their ids stands for which of ours.

-- partner_operator_id: the partner's shadow here, a company without people that the partner's messages act as.
CREATE TABLE federation_link (
  operator_id         uuid        NOT NULL,
  link_id             uuid        NOT NULL,
  peer_did            text        NOT NULL,
  peer_base           text        NOT NULL,
  peer_name           text        NOT NULL,
  partner_operator_id uuid        NOT NULL,
  proposed_by_us      boolean     NOT NULL,
  state               text        NOT NULL CHECK (state IN ('PROPOSED', 'ACTIVE', 'REJECTED', 'SUSPENDED', 'ENDED')),
  we_accept           boolean     NOT NULL DEFAULT false,
  they_accept         boolean     NOT NULL DEFAULT false,
  our_thumbprint      text        NOT NULL,
  peer_thumbprint     text        NOT NULL,
  version             integer     NOT NULL,
  last_seq            bigint      NOT NULL DEFAULT 0,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, link_id)
);
CREATE INDEX federation_link_of_partner ON federation_link (operator_id, partner_operator_id);
CREATE INDEX federation_link_of_peer ON federation_link (operator_id, peer_did);
CALL meguri_tenant_table('federation_link');

CREATE TABLE federation_out (
  operator_id  uuid        NOT NULL,
  message_id   uuid        NOT NULL,
  link_id      uuid        NOT NULL,
  seq          bigint      NOT NULL,
  subject_key  text        NOT NULL,
  subject_prev bigint      NOT NULL,
  type         text        NOT NULL,
  in_reply_to  uuid,
  payload      jsonb       NOT NULL,
  state        text        NOT NULL DEFAULT 'queued'
               CHECK (state IN ('queued', 'sent', 'receipted', 'rejected', 'refused', 'expired')),
  code         text,
  receipt      jsonb,
  attempts     integer     NOT NULL DEFAULT 0,
  sent_at      timestamptz NOT NULL,
  next_try_at  timestamptz,
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, message_id)
);
CREATE UNIQUE INDEX federation_out_seq ON federation_out (operator_id, link_id, seq);
CREATE INDEX federation_out_subject ON federation_out (operator_id, link_id, subject_key, seq DESC);
CREATE INDEX federation_out_due ON federation_out (next_try_at) WHERE state IN ('queued', 'sent');
CALL meguri_tenant_table('federation_out');

-- Received bytes stand as they came: raw is never rewritten.
CREATE TABLE federation_in (
  operator_id  uuid        NOT NULL,
  message_id   uuid        NOT NULL,
  sender       text        NOT NULL,
  link_id      uuid        NOT NULL,
  seq          bigint      NOT NULL,
  subject_key  text        NOT NULL,
  subject_prev bigint      NOT NULL,
  type         text        NOT NULL,
  raw          bytea       NOT NULL,
  content_hash text        NOT NULL,
  kid          text        NOT NULL,
  state        text        NOT NULL CHECK (state IN ('held', 'applied', 'rejected', 'kept')),
  code         text,
  received_at  timestamptz NOT NULL,
  applied_at   timestamptz,
  PRIMARY KEY (operator_id, sender, message_id)
);
CREATE UNIQUE INDEX federation_in_seq ON federation_in (operator_id, link_id, seq);
CREATE INDEX federation_in_held ON federation_in (operator_id, link_id, subject_key, seq) WHERE state = 'held';
CALL meguri_tenant_table('federation_in');

CREATE TABLE federation_id (
  operator_id uuid   NOT NULL,
  link_id     uuid   NOT NULL,
  kind        text   NOT NULL,
  theirs      uuid   NOT NULL,
  ours        uuid   NOT NULL,
  version     bigint NOT NULL DEFAULT 0,
  told        text,
  PRIMARY KEY (operator_id, link_id, kind, theirs)
);
CREATE INDEX federation_id_ours ON federation_id (operator_id, kind, ours);
CALL meguri_tenant_table('federation_id');
