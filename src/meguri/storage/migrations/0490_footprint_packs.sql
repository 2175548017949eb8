-- A company's own rule packs. A published version is never changed; another content is another version.

CREATE TABLE footprint_pack (
  operator_id  uuid        NOT NULL,
  pack_id      text        NOT NULL,
  version      text        NOT NULL,
  base         text        NOT NULL,
  body         jsonb       NOT NULL,
  content      jsonb       NOT NULL,
  hash         text        NOT NULL,
  row_version  integer     NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  published_at timestamptz,
  withdrawn_at timestamptz,
  PRIMARY KEY (operator_id, pack_id, version)
);
CALL meguri_tenant_table('footprint_pack');
