-- Looking into a company's data as its platform operator: two people, a reason, an hour, and the company is told.

-- ends_at: of a membership that is lent; NULL for one of the company's own.
ALTER TABLE membership ADD COLUMN ends_at timestamptz;

-- One request. It opens when another person than asked_by agrees; it ends by itself, or when the company takes the person off.
CREATE TABLE platform_glass (
  request_id  uuid        NOT NULL,
  operator_id uuid        NOT NULL,
  asked_by    uuid        NOT NULL,
  asked_at    timestamptz NOT NULL,
  reason      text        NOT NULL,
  agreed_by   uuid,
  agreed_at   timestamptz,
  ends_at     timestamptz,
  dropped_at  timestamptz,
  PRIMARY KEY (request_id),
  CONSTRAINT two_people CHECK (agreed_by IS NULL OR agreed_by <> asked_by)
);
CREATE INDEX platform_glass_by_time ON platform_glass (asked_at);

CALL meguri_identity_table('platform_glass');
