-- Credentials over a passport's slices. The public one is signed with each version; the others when a reader asks for them,
-- and only while their slice still has the hash that the public one names.
CREATE TABLE passport_credential (
  operator_id   uuid        NOT NULL,
  credential_id uuid        NOT NULL,
  passport_id   uuid        NOT NULL,
  version       integer     NOT NULL,
  slice         text        NOT NULL,
  document      text        NOT NULL, -- the signed text itself: jsonb would write numbers anew
  issued_at     timestamptz NOT NULL,
  revoked_at    timestamptz,
  PRIMARY KEY (operator_id, credential_id)
);
CREATE UNIQUE INDEX passport_credential_of ON passport_credential (operator_id, passport_id, version, slice);
CREATE INDEX passport_credential_current ON passport_credential (passport_id, slice) WHERE revoked_at IS NULL;
CREATE INDEX passport_credential_by_id ON passport_credential (credential_id);
CALL meguri_tenant_table('passport_credential');
