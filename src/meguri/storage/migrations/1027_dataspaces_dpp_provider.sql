-- Where a company's passports are copied to over the API of EN 18222, and how the last try went.
CREATE TABLE dpp_backup_provider (
  operator_id  uuid        NOT NULL PRIMARY KEY,
  address      text        NOT NULL,
  key_sealed   bytea,
  named_at     timestamptz NOT NULL,
  next_at      timestamptz NOT NULL,
  tried_at     timestamptz,
  succeeded_at timestamptz,
  failures     integer     NOT NULL DEFAULT 0,
  copied       integer     NOT NULL DEFAULT 0,
  refused      integer     NOT NULL DEFAULT 0,
  trouble      text
);
CREATE INDEX dpp_backup_provider_due ON dpp_backup_provider (next_at);
CALL meguri_tenant_table('dpp_backup_provider');
