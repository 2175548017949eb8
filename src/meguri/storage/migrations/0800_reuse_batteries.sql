-- Used batteries as their holder and owner know them: facts, evidence for the safety gate, verdict, values, certificates, accidents.

-- One row per company that knows the battery; `battery_id` joins them. held: custody is here. owner_id: whose it is.
CREATE TABLE reuse_battery (
  operator_id uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  serial      text        NOT NULL,
  dpp_id      text,
  passport_id uuid,
  facts       jsonb       NOT NULL,
  held        boolean     NOT NULL,
  owner_id    uuid        NOT NULL,
  waste       boolean     NOT NULL DEFAULT false,
  verdict     text        NOT NULL,
  grade       text        NOT NULL,
  judgement   jsonb,
  judged_at   timestamptz,
  version     integer     NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, battery_id),
  CONSTRAINT reuse_battery_serial UNIQUE (operator_id, serial)
);
CREATE INDEX reuse_battery_listed ON reuse_battery (operator_id, created_at DESC, battery_id DESC);
CREATE INDEX reuse_battery_by_dpp ON reuse_battery (operator_id, dpp_id) WHERE dpp_id IS NOT NULL;
CREATE INDEX reuse_battery_known ON reuse_battery (battery_id);
CREATE INDEX reuse_battery_of_passport ON reuse_battery (passport_id) WHERE passport_id IS NOT NULL;
CALL meguri_tenant_table('reuse_battery');

CREATE TABLE reuse_evidence (
  operator_id uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  evidence_id text        NOT NULL,
  finding     jsonb       NOT NULL,
  source      text        NOT NULL,
  actor       text        NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (operator_id, battery_id, evidence_id)
);
CALL meguri_append_only_table('reuse_evidence');

-- Every judgement that changed something, and every verdict that a person lowered.
CREATE TABLE reuse_judgement (
  operator_id  uuid        NOT NULL,
  judgement_id uuid        NOT NULL,
  battery_id   uuid        NOT NULL,
  verdict      text        NOT NULL,
  grade        text        NOT NULL,
  cause        text        NOT NULL,
  body         jsonb       NOT NULL,
  actor        text        NOT NULL,
  at           timestamptz NOT NULL,
  PRIMARY KEY (operator_id, judgement_id)
);
CREATE INDEX reuse_judgement_of ON reuse_judgement (operator_id, battery_id, at DESC);
CALL meguri_append_only_table('reuse_judgement');

CREATE TABLE reuse_price_set (
  operator_id  uuid        NOT NULL,
  price_set_id uuid        NOT NULL,
  name         text        NOT NULL,
  day          date        NOT NULL,
  body         jsonb       NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, price_set_id)
);
CREATE INDEX reuse_price_set_newest ON reuse_price_set (operator_id, day DESC, created_at DESC);
CALL meguri_append_only_table('reuse_price_set');

CREATE TABLE reuse_valuation (
  operator_id  uuid        NOT NULL,
  valuation_id uuid        NOT NULL,
  battery_id   uuid        NOT NULL,
  body         jsonb       NOT NULL,
  actor        text        NOT NULL,
  at           timestamptz NOT NULL,
  PRIMARY KEY (operator_id, valuation_id)
);
CREATE INDEX reuse_valuation_of ON reuse_valuation (operator_id, battery_id, at DESC);
CALL meguri_append_only_table('reuse_valuation');

CREATE TABLE reuse_certificate (
  operator_id    uuid        NOT NULL,
  certificate_id uuid        NOT NULL,
  battery_id     uuid        NOT NULL,
  state          text        NOT NULL CHECK (state IN ('valid', 'superseded', 'revoked')),
  issued_at      timestamptz NOT NULL,
  valid_until    timestamptz NOT NULL,
  superseded_by  uuid,
  flag           text,
  contents       jsonb       NOT NULL,
  credential     jsonb       NOT NULL,
  PRIMARY KEY (operator_id, certificate_id)
);
CREATE INDEX reuse_certificate_of ON reuse_certificate (operator_id, battery_id, issued_at DESC);
CREATE INDEX reuse_certificate_listed ON reuse_certificate (operator_id, issued_at DESC, certificate_id DESC);
CREATE INDEX reuse_certificate_known ON reuse_certificate (certificate_id);
CALL meguri_tenant_table('reuse_certificate');

CREATE TABLE reuse_accident (
  operator_id uuid        NOT NULL,
  accident_id uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  known_at    timestamptz NOT NULL,
  prompt_due  timestamptz,
  full_due    date,
  prompt_sent timestamptz,
  full_sent   timestamptz,
  body        jsonb       NOT NULL,
  version     integer     NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, accident_id)
);
CREATE INDEX reuse_accident_listed ON reuse_accident (operator_id, created_at DESC, accident_id DESC);
CALL meguri_tenant_table('reuse_accident');

-- A recycler's licence (廃棄物処理業 etc.): only with one may a company buy what failed the gate.
CREATE TABLE reuse_licence (
  operator_id uuid        NOT NULL,
  kind        text        NOT NULL,
  number      text        NOT NULL,
  authority   text        NOT NULL,
  valid_until date        NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, kind)
);
CALL meguri_tenant_table('reuse_licence');
