-- Asset administration shells: which there are, who sees them, by which asset ids they are found. Their submodels are made from the
-- records when they are read; only documents without a record (conformance) are kept.
CREATE TABLE aas_shell (
  operator_id     uuid        NOT NULL,
  shell_id        text        NOT NULL,
  id_short        text        NOT NULL,
  global_asset_id text        NOT NULL,
  asset_kind      text        NOT NULL DEFAULT 'Instance' CHECK (asset_kind IN ('Instance', 'Type', 'Role', 'NotApplicable')),
  asset_type      text,
  record_kind     text        NOT NULL,
  record_id       uuid        NOT NULL,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, shell_id)
);
CREATE INDEX aas_shell_of_record ON aas_shell (operator_id, record_kind, record_id);
CALL meguri_tenant_table('aas_shell');

-- audience: 'own' (the company's people), 'public', a partner's DID, or 'operator:<uuid>' of a company on this node.
CREATE TABLE aas_audience (
  operator_id uuid NOT NULL,
  audience    text NOT NULL,
  shell_id    text NOT NULL,
  PRIMARY KEY (operator_id, audience, shell_id)
);
CREATE INDEX aas_audience_of_shell ON aas_audience (operator_id, shell_id);
CALL meguri_tenant_table('aas_audience');

-- One line per asset id and audience: whoever may not see the pair does not find by it.
CREATE TABLE aas_asset_id (
  operator_id uuid NOT NULL,
  audience    text NOT NULL,
  name        text NOT NULL,
  value       text NOT NULL,
  shell_id    text NOT NULL,
  PRIMARY KEY (operator_id, audience, name, value, shell_id)
);
CREATE INDEX aas_asset_id_of_shell ON aas_asset_id (operator_id, shell_id, audience);
CALL meguri_tenant_table('aas_asset_id');

CREATE TABLE aas_document (
  operator_id uuid  NOT NULL,
  submodel_id text  NOT NULL,
  shell_id    text  NOT NULL,
  audience    text  NOT NULL,
  body        jsonb NOT NULL,
  PRIMARY KEY (operator_id, submodel_id)
);
CREATE INDEX aas_document_of_shell ON aas_document (operator_id, shell_id, submodel_id);
CALL meguri_tenant_table('aas_document');

CREATE INDEX dsp_agreement_of_peer ON dsp_agreement (operator_id, peer_did, dataset_id) WHERE ended_at IS NULL;
