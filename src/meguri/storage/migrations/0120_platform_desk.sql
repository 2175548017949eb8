-- The platform operator's desk. Kept by meguri_identity, for no tenant may read any of it but its own admission through a use case.

-- A company that asks to be let in.
CREATE TABLE platform_application (
  application_id   uuid        NOT NULL,
  name             text        NOT NULL,
  corporate_number text        NOT NULL,
  address          text        NOT NULL,
  contact          text        NOT NULL,
  email            text        NOT NULL,
  small            boolean     NOT NULL,
  terms_version    text        NOT NULL,
  made_at          timestamptz NOT NULL,
  state            text        NOT NULL CHECK (state IN ('waiting', 'admitted', 'declined')),
  decided_at       timestamptz,
  decided_by       text,
  reason           text,
  operator_id      uuid,
  PRIMARY KEY (application_id)
);
CREATE UNIQUE INDEX platform_application_waiting ON platform_application (corporate_number) WHERE state = 'waiting';
CALL meguri_identity_table('platform_application');

-- How a company was let in: proof seen, terms accepted, whether it pays the rate of small companies.
CREATE TABLE platform_admission (
  operator_id   uuid        NOT NULL,
  proof         text        NOT NULL CHECK (proof IN ('self_declared', 'number_and_mail', 'representative', 'qualified_seal')),
  evidence      text        NOT NULL,
  small         boolean     NOT NULL,
  terms_version text        NOT NULL,
  terms_at      timestamptz NOT NULL,
  admitted_at   timestamptz NOT NULL,
  admitted_by   text        NOT NULL,
  PRIMARY KEY (operator_id)
);
CALL meguri_identity_table('platform_admission');

-- A suspension, resumption or end that takes effect on a day to come.
CREATE TABLE platform_access_plan (
  plan_id      uuid        NOT NULL,
  operator_id  uuid        NOT NULL,
  state        text        NOT NULL CHECK (state IN ('active', 'suspended', 'ended')),
  effective_on date        NOT NULL,
  reason       text        NOT NULL,
  made_at      timestamptz NOT NULL,
  made_by      text        NOT NULL,
  done_at      timestamptz,
  PRIMARY KEY (plan_id)
);
CREATE INDEX platform_access_plan_open ON platform_access_plan (effective_on) WHERE done_at IS NULL;
CALL meguri_identity_table('platform_access_plan');

-- What everybody reads on top of every page, and whether the service is closed for maintenance.
CREATE TABLE platform_announcement (
  announcement_id uuid        NOT NULL,
  ja              text        NOT NULL,
  en              text        NOT NULL,
  from_at         timestamptz NOT NULL,
  until_at        timestamptz NOT NULL,
  made_by         text        NOT NULL,
  PRIMARY KEY (announcement_id)
);
CALL meguri_identity_table('platform_announcement');
CREATE TABLE platform_switch (
  name  text        NOT NULL,
  is_on boolean     NOT NULL,
  since timestamptz NOT NULL,
  by    text        NOT NULL,
  PRIMARY KEY (name)
);
CALL meguri_identity_table('platform_switch');
