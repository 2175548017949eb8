-- Answering by a link, without an account. Read before any tenant is known, so these are tables of meguri_identity.

-- One link answers one request of `operator_id`. code_hash: of the number that was mailed to prove the address.
CREATE TABLE guest_link (
  token_hash   bytea       NOT NULL,
  link_id      uuid        NOT NULL,
  operator_id  uuid        NOT NULL,
  guest_id     uuid        NOT NULL,
  trade_id     uuid        NOT NULL,
  request_id   uuid        NOT NULL,
  email        text        NOT NULL,
  company      text        NOT NULL,
  contact      text        NOT NULL,
  language     text        NOT NULL CHECK (language IN ('ja', 'en')),
  made_at      timestamptz NOT NULL,
  made_by      text        NOT NULL,
  ends_at      timestamptz NOT NULL,
  opened_at    timestamptz,
  answered_at  timestamptz,
  joined_at    timestamptz,
  revoked_at   timestamptz,
  code_hash    bytea,
  code_ends_at timestamptz,
  failures     integer     NOT NULL DEFAULT 0,
  locked_until timestamptz,
  PRIMARY KEY (token_hash)
);
CREATE INDEX guest_link_of_operator ON guest_link (operator_id, link_id);
CREATE INDEX guest_link_of_request ON guest_link (request_id);
CALL meguri_identity_table('guest_link');

-- A browser in which the address was proved.
CREATE TABLE guest_session (
  cookie_hash bytea       NOT NULL,
  link_id     uuid        NOT NULL,
  token_hash  bytea       NOT NULL,
  started_at  timestamptz NOT NULL,
  ends_at     timestamptz NOT NULL,
  PRIMARY KEY (cookie_hash)
);
CREATE INDEX guest_session_of_link ON guest_session (link_id);
CALL meguri_identity_table('guest_session');
