-- name: add_battery
INSERT INTO telemetry_battery (operator_id, battery_id, label, plate, created_at, updated_at)
VALUES (%(operator_id)s, %(battery_id)s, %(label)s, %(plate)s, %(now)s, %(now)s)
ON CONFLICT (operator_id, label) DO NOTHING

-- name: change_battery
UPDATE telemetry_battery
   SET label = %(label)s, plate = %(plate)s, version = version + 1, updated_at = %(now)s
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND version = %(version)s

-- name: battery
SELECT battery_id, label, plate, version, created_at
  FROM telemetry_battery
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s

-- name: batteries
SELECT battery_id, label, plate, version, created_at
  FROM telemetry_battery
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR battery_id < %(after)s::uuid)
 ORDER BY battery_id DESC
 LIMIT %(limit)s

-- name: battery_labelled
SELECT battery_id, label, plate, version, created_at
  FROM telemetry_battery
 WHERE operator_id = %(operator_id)s AND label = %(label)s

-- name: batteries_of_passport
SELECT battery_id, label, plate, version, created_at
  FROM telemetry_battery
 WHERE operator_id = %(operator_id)s AND plate ->> 'dpp_id' = %(dpp_id)s
 ORDER BY battery_id DESC

-- name: incoming
CREATE TEMPORARY TABLE IF NOT EXISTS telemetry_incoming (
  at timestamptz, voltage real, current real, temperature real, soc real, cell_min real, cell_max real
) ON COMMIT DROP

-- name: copy_incoming
COPY telemetry_incoming FROM STDIN (FORMAT binary)

-- name: make_month
SELECT meguri_telemetry_month(%(month)s)

-- name: keep_incoming
INSERT INTO telemetry_point
  (operator_id, battery_id, at, voltage_volt, current_ampere, temperature_celsius, soc_percent, cell_min_volt, cell_max_volt)
SELECT %(operator_id)s, %(battery_id)s, at, nullif(voltage, 'NaN'), nullif(current, 'NaN'), nullif(temperature, 'NaN'),
       nullif(soc, 'NaN'), nullif(cell_min, 'NaN'), nullif(cell_max, 'NaN')
  FROM telemetry_incoming
ON CONFLICT (operator_id, battery_id, at) DO NOTHING

-- name: empty_incoming
TRUNCATE telemetry_incoming

-- name: add_record
INSERT INTO telemetry_record
  (operator_id, record_id, battery_id, sha256, source, rows, stored, first_at, last_at, quality, created_at)
VALUES (%(operator_id)s, %(record_id)s, %(battery_id)s, %(sha256)s, %(source)s, %(rows)s, %(stored)s, %(first_at)s,
        %(last_at)s, %(quality)s, %(now)s)

-- name: records
SELECT record_id, battery_id, sha256, source, rows, stored, first_at, last_at, quality, created_at
  FROM telemetry_record
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
   AND (%(after)s::uuid IS NULL OR record_id < %(after)s::uuid)
 ORDER BY record_id DESC
 LIMIT %(limit)s

-- name: points
SELECT at, voltage_volt, current_ampere, temperature_celsius, soc_percent, cell_min_volt, cell_max_volt
  FROM telemetry_point
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND at >= %(since)s AND at < %(until)s
   AND (%(after)s::timestamptz IS NULL OR at > %(after)s::timestamptz)
 ORDER BY at
 LIMIT %(limit)s

-- name: copy_points
COPY (
  SELECT (extract(epoch FROM at) * 1e6)::bigint, voltage_volt, current_ampere, temperature_celsius, soc_percent,
         cell_min_volt, cell_max_volt
    FROM telemetry_point
   WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND at >= %(since)s AND at < %(until)s
   ORDER BY at
) TO STDOUT (FORMAT csv)

-- name: range_of
SELECT min(at), max(at), count(*)
  FROM telemetry_point
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s

-- name: open_months
SELECT to_char(date_trunc('month', at AT TIME ZONE 'UTC'), 'YYYY-MM') AS month, count(*) AS rows, NULL AS sha256
  FROM telemetry_point
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
 GROUP BY 1
 ORDER BY 1

-- name: closed_months
SELECT to_char(month, 'YYYY-MM') AS month, rows, sha256
  FROM telemetry_month
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
 ORDER BY 1

-- name: ripe_months
SELECT DISTINCT operator_id, battery_id, date_trunc('month', at AT TIME ZONE 'UTC')::date
  FROM telemetry_point
 WHERE at < %(before)s
 LIMIT %(limit)s

-- name: close_month
INSERT INTO telemetry_month (operator_id, battery_id, month, rows, sha256, closed_at)
VALUES (%(operator_id)s, %(battery_id)s, %(month)s, %(rows)s, %(sha256)s, %(now)s)
ON CONFLICT (operator_id, battery_id, month) DO UPDATE SET rows = excluded.rows, sha256 = excluded.sha256, closed_at = excluded.closed_at

-- name: forget_points
DELETE FROM telemetry_point
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND at >= %(since)s AND at < %(until)s

-- name: add_gateway
INSERT INTO telemetry_gateway (operator_id, gateway_id, label, token_hash, batteries, created_at)
VALUES (%(operator_id)s, %(gateway_id)s, %(label)s, %(token_hash)s, %(batteries)s::uuid[], %(now)s)

-- name: gateways
SELECT gateway_id, label, batteries, created_at, last_used_at, revoked_at
  FROM telemetry_gateway
 WHERE operator_id = %(operator_id)s
 ORDER BY gateway_id DESC

-- name: gateway_hash
SELECT token_hash, batteries
  FROM telemetry_gateway
 WHERE operator_id = %(operator_id)s AND gateway_id = %(gateway_id)s AND revoked_at IS NULL

-- name: gateway_used
UPDATE telemetry_gateway SET last_used_at = %(now)s WHERE operator_id = %(operator_id)s AND gateway_id = %(gateway_id)s

-- name: revoke_gateway
UPDATE telemetry_gateway
   SET revoked_at = %(now)s
 WHERE operator_id = %(operator_id)s AND gateway_id = %(gateway_id)s AND revoked_at IS NULL
