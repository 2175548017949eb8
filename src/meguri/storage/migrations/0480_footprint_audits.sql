-- Verifiers invited to one declaration: what they may read, who read, what they found. Every row belongs to the declaring company.

CREATE TABLE footprint_engagement (
  operator_id     uuid        NOT NULL,
  engagement_id   uuid        NOT NULL,
  declaration_id  uuid        NOT NULL,
  company_id      uuid        NOT NULL,
  until           date        NOT NULL,
  created_at      timestamptz NOT NULL,
  ended_at        timestamptz,
  verification_id uuid,
  PRIMARY KEY (operator_id, engagement_id)
);
CREATE INDEX footprint_engagement_of_declaration ON footprint_engagement (operator_id, declaration_id, engagement_id DESC);
CREATE INDEX footprint_engagement_of_company ON footprint_engagement (company_id, engagement_id DESC);
CALL meguri_tenant_table('footprint_engagement');

CREATE TABLE footprint_finding (
  operator_id   uuid        NOT NULL,
  finding_id    uuid        NOT NULL,
  engagement_id uuid        NOT NULL,
  result_id     uuid        NOT NULL,
  line_id       text,
  words         text        NOT NULL,
  state         text        NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
  reply         text,
  raised_at     timestamptz NOT NULL,
  replied_at    timestamptz,
  closed_at     timestamptz,
  PRIMARY KEY (operator_id, finding_id)
);
CREATE INDEX footprint_finding_of_engagement ON footprint_finding (operator_id, engagement_id, finding_id);
CALL meguri_tenant_table('footprint_finding');

-- Who read the evidence of which result. Never changed.
CREATE TABLE footprint_evidence_access (
  operator_id   uuid        NOT NULL,
  access_id     uuid        NOT NULL,
  engagement_id uuid        NOT NULL,
  result_id     uuid        NOT NULL,
  actor         text        NOT NULL,
  at            timestamptz NOT NULL,
  PRIMARY KEY (operator_id, access_id)
);
CREATE INDEX footprint_evidence_access_of_engagement ON footprint_evidence_access (operator_id, engagement_id, access_id DESC);
CALL meguri_append_only_table('footprint_evidence_access');
