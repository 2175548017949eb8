-- Who has which page of the company open to change it, and when they were last seen there. Rows older than a minute mean nothing.
CREATE TABLE presence (
  operator_id uuid        NOT NULL,
  place       text        NOT NULL,
  person_id   uuid        NOT NULL,
  name        text        NOT NULL,
  seen_at     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, place, person_id)
);
CALL meguri_tenant_table('presence');
