-- Signing keys of each company, private part sealed with the installation's secret. The nil UUID is the platform itself.
-- A key signs from `signs_from` until the next one of its algorithm does (`replaced_at`), and stays published after that:
-- what it signed is still to be believed, unless it was revoked.
CREATE TABLE proof_key (
  operator_id    uuid        NOT NULL,
  kid            text        NOT NULL,
  algorithm      text        NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256')),
  multikey       text        NOT NULL,
  private_sealed bytea       NOT NULL,
  created_at     timestamptz NOT NULL,
  signs_from     timestamptz NOT NULL,
  replaced_at    timestamptz,
  revoked_at     timestamptz,
  revoked_reason text,
  PRIMARY KEY (operator_id, kid)
);
CALL meguri_tenant_table('proof_key');

-- Status lists: `taken` places of a list are in use. The list itself is made of its entries when it is asked for.
CREATE TABLE status_list (
  operator_id uuid    NOT NULL,
  form        text    NOT NULL CHECK (form IN ('bitstring', 'token')),
  purpose     text    NOT NULL CHECK (purpose IN ('revocation', 'suspension')),
  number      integer NOT NULL CHECK (number > 0),
  taken       integer NOT NULL,
  PRIMARY KEY (operator_id, form, purpose, number)
);
CALL meguri_tenant_table('status_list');

-- One place in a list: whose it is, and since when it is set.
CREATE TABLE status_entry (
  operator_id uuid        NOT NULL,
  form        text        NOT NULL,
  purpose     text        NOT NULL,
  number      integer     NOT NULL,
  place       integer     NOT NULL CHECK (place >= 0),
  subject     text        NOT NULL,
  set_at      timestamptz,
  PRIMARY KEY (operator_id, form, purpose, number, place)
);
CREATE UNIQUE INDEX status_entry_subject ON status_entry (operator_id, subject, form, purpose);
CREATE INDEX status_entry_set ON status_entry (operator_id, form, purpose, number, place) WHERE set_at IS NOT NULL;
CALL meguri_tenant_table('status_entry');
