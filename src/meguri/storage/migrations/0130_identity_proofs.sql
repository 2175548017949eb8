-- Further proofs of who somebody is: passkeys, codes of an authenticator app, providers elsewhere; what a person is told about them.
-- All of it is read and written by meguri_identity alone.

-- public_key: COSE. sign_count: as the authenticator counts, 0 where it does not. synced: the key is kept by a service that copies it
-- between devices.
CREATE TABLE passkey (
  credential_id bytea       NOT NULL,
  passkey_id    uuid        NOT NULL,
  person_id     uuid        NOT NULL,
  name          text        NOT NULL,
  public_key    bytea       NOT NULL,
  sign_count    bigint      NOT NULL,
  synced        boolean     NOT NULL,
  made_at       timestamptz NOT NULL,
  last_used_at  timestamptz,
  PRIMARY KEY (credential_id)
);
CREATE INDEX passkey_of_person ON passkey (person_id, made_at);

-- secret_sealed: sealed with the installation's secret. last_step: the newest time step whose code was accepted; none is taken twice.
CREATE TABLE authenticator_app (
  person_id     uuid        NOT NULL,
  secret_sealed bytea       NOT NULL,
  made_at       timestamptz NOT NULL,
  confirmed_at  timestamptz,
  last_step     bigint      NOT NULL DEFAULT 0,
  last_used_at  timestamptz,
  PRIMARY KEY (person_id)
);

CREATE TABLE recovery_code (
  person_id uuid        NOT NULL,
  code_hash bytea       NOT NULL,
  used_at   timestamptz,
  PRIMARY KEY (person_id, code_hash)
);

-- An account with an OpenID provider that proves who a person is here.
CREATE TABLE outside_account (
  issuer       text        NOT NULL,
  subject      text        NOT NULL,
  link_id      uuid        NOT NULL,
  person_id    uuid        NOT NULL,
  email        text        NOT NULL,
  linked_at    timestamptz NOT NULL,
  last_used_at timestamptz,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX outside_account_of_person ON outside_account (person_id, linked_at);

-- Steps of signing in that were taken (a challenge answered, a ticket used): each is taken once.
CREATE TABLE spent_step (
  step_hash bytea       NOT NULL,
  ends_at   timestamptz NOT NULL,
  PRIMARY KEY (step_hash)
);
CREATE INDEX spent_step_old ON spent_step (ends_at);

-- From where a person signs in: the network of the address, and the kind of device.
CREATE TABLE known_place (
  person_id uuid        NOT NULL,
  network   text        NOT NULL,
  device    text        NOT NULL,
  seen_at   timestamptz NOT NULL,
  PRIMARY KEY (person_id, network, device)
);

-- What a person is told about their own account. sign_in_id: the sign-in from a new place, which is not told of itself.
CREATE TABLE account_notice (
  person_id      uuid        NOT NULL,
  notice_id      uuid        NOT NULL,
  operator_id    uuid        NOT NULL,
  kind           text        NOT NULL,
  at             timestamptz NOT NULL,
  client_address text        NOT NULL DEFAULT '',
  device         text        NOT NULL DEFAULT '',
  sign_in_id     uuid,
  seen_at        timestamptz,
  mailed_at      timestamptz,
  PRIMARY KEY (person_id, notice_id)
);
CREATE INDEX account_notice_to_mail ON account_notice (at) WHERE mailed_at IS NULL;

CALL meguri_identity_table('passkey');
CALL meguri_identity_table('authenticator_app');
CALL meguri_identity_table('recovery_code');
CALL meguri_identity_table('outside_account');
CALL meguri_identity_table('spent_step');
CALL meguri_identity_table('known_place');
CALL meguri_identity_table('account_notice');

-- Remembered sessions know whether there is something to tell.
CREATE TRIGGER rights_changed AFTER INSERT OR UPDATE OF seen_at OR DELETE ON account_notice
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
