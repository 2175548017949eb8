-- Telemetry: batteries that are watched, what was measured on them by month, and the devices that may send.

CREATE TABLE telemetry_battery (
  operator_id uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  label       text        NOT NULL,
  plate       jsonb       NOT NULL,
  version     integer     NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, battery_id),
  UNIQUE (operator_id, label)
);
CALL meguri_tenant_table('telemetry_battery');

-- One sample. Units: V, A (positive in charge), °C, %. NULL: not measured, or impossible and taken out.
CREATE TABLE telemetry_point (
  operator_id         uuid        NOT NULL,
  battery_id          uuid        NOT NULL,
  at                  timestamptz NOT NULL,
  voltage_volt        real,
  current_ampere      real,
  temperature_celsius real,
  soc_percent         real,
  cell_min_volt       real,
  cell_max_volt       real,
  PRIMARY KEY (operator_id, battery_id, at)
) PARTITION BY RANGE (at);
CALL meguri_tenant_table('telemetry_point');

-- The app owns no table: the month's partition is made here, under the owner's rights, and guarded like any other table.
CREATE FUNCTION meguri_telemetry_month(month date) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  first timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  next  timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
  name  text := 'telemetry_point_' || to_char(month, 'YYYYMM');
BEGIN
  IF month < date '1990-01-01' OR month > date '2200-01-01' THEN
    RAISE EXCEPTION 'no month of a battery: %', month;
  END IF;
  IF to_regclass('public.' || name) IS NOT NULL THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('meguri_telemetry_month'));
  IF to_regclass('public.' || name) IS NOT NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.telemetry_point INCLUDING ALL)', name);
  EXECUTE format('CALL public.meguri_tenant_table(%L)', 'public.' || name);
  EXECUTE format('ALTER TABLE public.telemetry_point ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', name, first, next);
END $$;
REVOKE ALL ON FUNCTION meguri_telemetry_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION meguri_telemetry_month TO meguri_app, meguri_across;

-- Which file brought which samples: provenance down to the input.
CREATE TABLE telemetry_record (
  operator_id uuid        NOT NULL,
  record_id   uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  sha256      text        NOT NULL,
  source      text        NOT NULL,
  rows        bigint      NOT NULL,
  stored      bigint      NOT NULL,
  first_at    timestamptz,
  last_at     timestamptz,
  quality     jsonb       NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, record_id)
);
CREATE INDEX telemetry_record_of_battery ON telemetry_record (operator_id, battery_id, record_id DESC);
CALL meguri_append_only_table('telemetry_record');

-- Closed months: rows moved into a Parquet file of the operator's own.
CREATE TABLE telemetry_month (
  operator_id uuid        NOT NULL,
  battery_id  uuid        NOT NULL,
  month       date        NOT NULL,
  rows        bigint      NOT NULL,
  sha256      text        NOT NULL,
  closed_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, battery_id, month)
);
CALL meguri_tenant_table('telemetry_month');

-- A gateway's token is kept as a hash; batteries NULL: the whole fleet of the operator.
CREATE TABLE telemetry_gateway (
  operator_id  uuid        NOT NULL,
  gateway_id   uuid        NOT NULL,
  label        text        NOT NULL,
  token_hash   bytea       NOT NULL,
  batteries    uuid[],
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  PRIMARY KEY (operator_id, gateway_id)
);
CALL meguri_tenant_table('telemetry_gateway');
