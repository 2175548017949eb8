-- State of health: what was handed in, what was found, by whom, and how it compares with what was found later.

CREATE TABLE health_upload (
  operator_id uuid        NOT NULL,
  upload_id   uuid        NOT NULL,
  file_name   text        NOT NULL,
  sha256      text        NOT NULL,
  size        bigint      NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('record', 'pulse', 'worksteps')),
  quality     jsonb,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, upload_id)
);
CALL meguri_append_only_table('health_upload');

-- body: the assessment as it was given out; error: why there is none (code and sentences).
CREATE TABLE health_assessment (
  operator_id   uuid        NOT NULL,
  assessment_id uuid        NOT NULL,
  battery_id    uuid,
  upload_id     uuid,
  state         text        NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  meta          jsonb       NOT NULL,
  options       jsonb       NOT NULL,
  body          jsonb,
  error         jsonb,
  created_at    timestamptz NOT NULL,
  finished_at   timestamptz,
  PRIMARY KEY (operator_id, assessment_id)
);
CREATE INDEX health_assessment_of_battery ON health_assessment (operator_id, battery_id, assessment_id DESC);
CALL meguri_tenant_table('health_assessment');

-- One quantity of one battery from one source; body is the whole result. Never changed: history is what is asked for.
CREATE TABLE health_result (
  operator_id uuid        NOT NULL,
  result_id   uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  source_id   uuid        NOT NULL,
  source      text        NOT NULL CHECK (source IN ('assessment', 'firm', 'prediction')),
  quantity    text        NOT NULL,
  method      text        NOT NULL,
  status      text        NOT NULL,
  value       double precision,
  lower       double precision,
  upper       double precision,
  body        jsonb       NOT NULL,
  measured_at timestamptz NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, result_id)
);
CREATE INDEX health_result_of_battery ON health_result (operator_id, battery_id, quantity, measured_at DESC);
CALL meguri_append_only_table('health_result');

-- What a record can witness for the safety gate.
CREATE TABLE health_finding (
  operator_id uuid        NOT NULL,
  finding_id  uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  source_id   uuid        NOT NULL,
  quantity    text        NOT NULL,
  kind        text        NOT NULL,
  status      text        NOT NULL,
  truth       boolean,
  value       double precision,
  lower       double precision,
  upper       double precision,
  reasons     text[]      NOT NULL,
  measured_at timestamptz NOT NULL,
  PRIMARY KEY (operator_id, finding_id)
);
CREATE INDEX health_finding_of_battery ON health_finding (operator_id, battery_id, quantity, measured_at DESC);
CALL meguri_append_only_table('health_finding');

-- Earlier results beside the full test that came later: how far off they were, and whether their interval held it.
CREATE TABLE health_check (
  operator_id uuid        NOT NULL,
  check_id    uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  of_model    text        NOT NULL,
  predicted   double precision NOT NULL,
  lower       double precision NOT NULL,
  upper       double precision NOT NULL,
  measured    double precision NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, check_id)
);
CREATE INDEX health_check_of_model ON health_check (operator_id, of_model, check_id DESC);
CALL meguri_append_only_table('health_check');

-- Diagnosis firms that a company trusts, with the key that they sign with.
CREATE TABLE health_firm (
  operator_id uuid        NOT NULL,
  firm_id     uuid        NOT NULL,
  name        text        NOT NULL,
  public_key  text        NOT NULL,
  created_at  timestamptz NOT NULL,
  revoked_at  timestamptz,
  PRIMARY KEY (operator_id, firm_id)
);
CALL meguri_tenant_table('health_firm');

CREATE TABLE health_order (
  operator_id  uuid        NOT NULL,
  order_id     uuid        NOT NULL,
  battery_id   uuid        NOT NULL,
  firm_id      uuid        NOT NULL,
  note         text        NOT NULL,
  document     jsonb,
  ordered_at   timestamptz NOT NULL,
  delivered_at timestamptz,
  PRIMARY KEY (operator_id, order_id)
);
CREATE INDEX health_order_of_battery ON health_order (operator_id, battery_id, order_id DESC);
CALL meguri_tenant_table('health_order');

-- End-of-line measurements of a cell or pack: the reference of everything later.
CREATE TABLE health_birth (
  operator_id    uuid        NOT NULL,
  serial         text        NOT NULL,
  level          text        NOT NULL,
  capacity_ah    double precision NOT NULL CHECK (capacity_ah > 0),
  resistance_ohm double precision CHECK (resistance_ohm > 0),
  ocv_volt       double precision,
  measured_on    date        NOT NULL,
  sha256         text        NOT NULL,
  row            integer     NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, serial)
);
CALL meguri_tenant_table('health_birth');
