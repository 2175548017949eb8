-- Who may come in: people, their operators, passwords, tokens, sessions, keys. All of it is read and written by
-- meguri_identity alone. Secrets are kept as hashes (SHA-256 of 256 random bits; Argon2id for passwords).

-- email: as it is compared, in lower case. public_password: of accounts that everybody may try (demonstration and tutorial),
-- shown on the sign-in page; where the profile does not allow such accounts they cannot sign in.
CREATE TABLE person (
  person_id           uuid        NOT NULL,
  email               text        NOT NULL,
  name                text        NOT NULL,
  password_hash       text        NOT NULL,
  public_password     text,
  platform_role       text        CHECK (platform_role IN ('platform_operator', 'authority', 'auditor')),
  created_at          timestamptz NOT NULL,
  password_changed_at timestamptz NOT NULL,
  PRIMARY KEY (person_id),
  CONSTRAINT person_email UNIQUE (email)
);

-- Whether an operator may use the service; the company's record itself is another room's.
CREATE TABLE operator_access (
  operator_id uuid        NOT NULL,
  state       text        NOT NULL CHECK (state IN ('active', 'suspended', 'ended')),
  since       timestamptz NOT NULL,
  reason      text        NOT NULL DEFAULT '',
  PRIMARY KEY (operator_id)
);

CREATE TABLE membership (
  operator_id uuid        NOT NULL,
  person_id   uuid        NOT NULL,
  role        text        NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  since       timestamptz NOT NULL,
  PRIMARY KEY (operator_id, person_id)
);
CREATE INDEX membership_of_person ON membership (person_id, since);

-- One sign-in with tokens. kind: native refresh tokens rotate within the family, the one plain token never does.
CREATE TABLE refresh_family (
  family_id      uuid        NOT NULL,
  operator_id    uuid        NOT NULL,
  person_id      uuid        NOT NULL,
  kind           text        NOT NULL CHECK (kind IN ('native', 'plain')),
  client_address text        NOT NULL,
  user_agent     text        NOT NULL,
  started_at     timestamptz NOT NULL,
  seen_at        timestamptz NOT NULL,
  ends_at        timestamptz NOT NULL,
  revoked_at     timestamptz,
  revoked_why    text,
  PRIMARY KEY (family_id)
);
CREATE INDEX refresh_family_of_person ON refresh_family (person_id, started_at);

-- parent_hash: from which it was born; used: it has given birth; dead: a child of it, or of its parent, took its place.
CREATE TABLE refresh_token (
  token_hash  bytea       NOT NULL,
  family_id   uuid        NOT NULL,
  parent_hash bytea,
  ends_at     timestamptz NOT NULL,
  used        boolean     NOT NULL DEFAULT false,
  dead        boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (token_hash)
);
CREATE INDEX refresh_token_of_family ON refresh_token (family_id);

-- A browser's sign-in. proved_at: when the password was last given in it.
CREATE TABLE page_session (
  cookie_hash    bytea       NOT NULL,
  session_id     uuid        NOT NULL,
  operator_id    uuid        NOT NULL,
  person_id      uuid        NOT NULL,
  csrf_secret    bytea       NOT NULL,
  client_address text        NOT NULL,
  user_agent     text        NOT NULL,
  started_at     timestamptz NOT NULL,
  proved_at      timestamptz NOT NULL,
  seen_at        timestamptz NOT NULL,
  ends_at        timestamptz NOT NULL,
  ended_at       timestamptz,
  PRIMARY KEY (cookie_hash)
);
CREATE INDEX page_session_of_person ON page_session (person_id, started_at);

-- owner_id: the operator on whose behalf the key may act alone; NULL for a key that only opens the door of a façade, where a
-- person's token says on whose behalf. is_public: everybody knows it (tutorial). hint: the first signs of the secret, to tell keys apart.
CREATE TABLE api_key (
  key_id         uuid        NOT NULL,
  key_hash       bytea       NOT NULL,
  hint           text        NOT NULL,
  name           text        NOT NULL,
  attribute      text        NOT NULL CHECK (attribute IN ('Application', 'DataSpace', 'Traceability')),
  role           text        NOT NULL CHECK (role IN ('editor', 'viewer')),
  owner_id       uuid,
  address_ranges text[]      NOT NULL,
  created_at     timestamptz NOT NULL,
  created_by     text        NOT NULL,
  last_used_at   timestamptz,
  revoked_at     timestamptz,
  is_public      boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (key_id),
  CONSTRAINT api_key_hash UNIQUE (key_hash)
);
CREATE INDEX api_key_of_owner ON api_key (owner_id, created_at);

CREATE TABLE api_key_operator (
  operator_id uuid NOT NULL,
  key_id      uuid NOT NULL,
  PRIMARY KEY (operator_id, key_id)
);
CREATE INDEX api_key_operator_of_key ON api_key_operator (key_id, operator_id);

-- Per (account, client address), whether the account exists or not: failures that still count, and the end of a lock.
CREATE TABLE sign_in_failure (
  account_hash   bytea         NOT NULL,
  client_address text          NOT NULL,
  failed_at      timestamptz[] NOT NULL,
  locked_until   timestamptz,
  last_at        timestamptz   NOT NULL,
  PRIMARY KEY (account_hash, client_address)
);
CREATE INDEX sign_in_failure_old ON sign_in_failure (last_at);

-- A link lets its holder become the named member: by a first password, or, where the account has one, by that password.
-- purpose new_password: sets a new password of somebody who is a member already.
CREATE TABLE one_time_link (
  token_hash  bytea       NOT NULL,
  link_id     uuid        NOT NULL,
  purpose     text        NOT NULL CHECK (purpose IN ('first_admin', 'invitation', 'new_password')),
  operator_id uuid        NOT NULL,
  email       text        NOT NULL,
  name        text        NOT NULL,
  role        text        NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  made_at     timestamptz NOT NULL,
  made_by     text        NOT NULL,
  ends_at     timestamptz NOT NULL,
  used_at     timestamptz,
  PRIMARY KEY (token_hash)
);
CREATE INDEX one_time_link_of_operator ON one_time_link (operator_id, made_at);

-- private_sealed: PKCS#8, sealed with the installation's secret. It signs from signs_from until signs_until and is published
-- (JWKS) from creation until its last token has ended.
CREATE TABLE signing_key (
  kid            text        NOT NULL,
  private_sealed bytea       NOT NULL,
  public_jwk     jsonb       NOT NULL,
  signs_from     timestamptz NOT NULL,
  signs_until    timestamptz NOT NULL,
  published_until timestamptz NOT NULL,
  PRIMARY KEY (kid)
);

CALL meguri_identity_table('person');
CALL meguri_identity_table('operator_access');
CALL meguri_identity_table('membership');
CALL meguri_identity_table('refresh_family');
CALL meguri_identity_table('refresh_token');
CALL meguri_identity_table('page_session');
CALL meguri_identity_table('api_key');
CALL meguri_identity_table('api_key_operator');
CALL meguri_identity_table('sign_in_failure');
CALL meguri_identity_table('one_time_link');
CALL meguri_identity_table('signing_key');

-- What every process remembers of these tables is forgotten when a right changes (identity/memory.py listens).
CREATE FUNCTION meguri_rights_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_notify('meguri_rights', '');
  RETURN NULL;
END $$;
CREATE TRIGGER rights_changed AFTER INSERT OR UPDATE OR DELETE ON operator_access
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
CREATE TRIGGER rights_changed AFTER INSERT OR UPDATE OR DELETE ON membership
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
CREATE TRIGGER rights_changed AFTER UPDATE OF platform_role, email OR DELETE ON person
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
CREATE TRIGGER rights_changed AFTER UPDATE OF revoked_at OR DELETE ON refresh_family
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
CREATE TRIGGER rights_changed AFTER UPDATE OF ended_at, operator_id, proved_at OR DELETE ON page_session
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
CREATE TRIGGER rights_changed AFTER UPDATE OF revoked_at, address_ranges, role OR DELETE ON api_key
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
CREATE TRIGGER rights_changed AFTER INSERT OR UPDATE OR DELETE ON api_key_operator
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
CREATE TRIGGER rights_changed AFTER INSERT OR DELETE ON signing_key
  FOR EACH STATEMENT EXECUTE FUNCTION meguri_rights_changed();
