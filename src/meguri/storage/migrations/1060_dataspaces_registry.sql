-- Registration of passports with the registry of the Union: what is to be told, how it stands, when it is tried again.
CREATE TABLE registry_entry (
  operator_id     uuid        NOT NULL,
  passport_id     uuid        NOT NULL,
  state           text        NOT NULL CHECK (state IN ('not_required', 'queued', 'submitted', 'pending', 'registered',
                                                        'rejected', 'updating', 'deactivating', 'deactivated')),
  registration_id text,
  told_hash       text,
  tries           integer     NOT NULL DEFAULT 0,
  next_at         timestamptz NOT NULL,
  problems        text        NOT NULL DEFAULT '[]',
  registered_at   timestamptz,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, passport_id)
);
CREATE INDEX registry_entry_due ON registry_entry (next_at)
  WHERE state IN ('queued', 'submitted', 'pending', 'updating', 'deactivating');
CALL meguri_tenant_table('registry_entry');

-- The local stand-in of the registry: what it was told. It belongs to the platform (nil UUID).
CREATE TABLE registry_stand_in (
  operator_id     uuid        NOT NULL,
  registration_id text        NOT NULL,
  product_id      text        NOT NULL,
  entry           text        NOT NULL,
  active          boolean     NOT NULL,
  registered_at   timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, registration_id)
);
CREATE UNIQUE INDEX registry_stand_in_product ON registry_stand_in (operator_id, product_id);
CALL meguri_tenant_table('registry_stand_in');
