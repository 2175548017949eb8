-- Who else may read the health of a battery (Regulation (EU) 2023/1542 Art. 14), and who did.

CREATE TABLE health_reader (
  operator_id uuid        NOT NULL,
  reader_id   uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  company_id  uuid        NOT NULL,
  ground      text        NOT NULL CHECK (ground IN ('purchaser', 'agent', 'aggregator')),
  purpose     text        NOT NULL CHECK (purpose IN ('residual_value', 'lifetime', 'further_use', 'second_life')),
  until       date        NOT NULL,
  created_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  PRIMARY KEY (operator_id, reader_id)
);
CREATE INDEX health_reader_of_battery ON health_reader (operator_id, battery_id, reader_id DESC);
CREATE INDEX health_reader_of_company ON health_reader (company_id, battery_id);
CALL meguri_tenant_table('health_reader');

-- Kept by the company whose data were read. Never changed.
CREATE TABLE health_reading (
  operator_id uuid        NOT NULL,
  reading_id  uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  reader_id   uuid        NOT NULL,
  company_id  uuid        NOT NULL,
  actor       text        NOT NULL,
  ground      text        NOT NULL,
  purpose     text        NOT NULL,
  read_at     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, reading_id)
);
CREATE INDEX health_reading_of_battery ON health_reading (operator_id, battery_id, reading_id DESC);
CALL meguri_append_only_table('health_reading');
