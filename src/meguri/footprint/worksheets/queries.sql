-- name: worksheet
SELECT worksheet_id, trace_id, body, version, created_at, updated_at FROM footprint_worksheet
 WHERE operator_id = %(operator_id)s AND worksheet_id = %(worksheet_id)s;

-- name: worksheets
SELECT worksheet_id, trace_id, body, version, created_at, updated_at FROM footprint_worksheet
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR worksheet_id < %(after)s)
   AND (%(trace_id)s::uuid IS NULL OR trace_id = %(trace_id)s)
 ORDER BY worksheet_id DESC LIMIT %(limit)s;

-- name: newest_of_parts
-- The newest worksheet of each of these parts.
SELECT DISTINCT ON (trace_id) worksheet_id, trace_id, body, version, created_at, updated_at FROM footprint_worksheet
 WHERE operator_id = %(operator_id)s AND trace_id = ANY(%(trace_ids)s) ORDER BY trace_id, worksheet_id DESC;

-- name: save_worksheet
WITH kept AS (
  INSERT INTO footprint_worksheet_history (operator_id, worksheet_id, version, body, at, actor)
  VALUES (%(operator_id)s, %(worksheet_id)s, %(version)s, %(body)s, %(updated_at)s, %(actor)s)
)
INSERT INTO footprint_worksheet (operator_id, worksheet_id, trace_id, plant_id, body, version, created_at, updated_at)
VALUES (%(operator_id)s, %(worksheet_id)s, %(trace_id)s, %(plant_id)s, %(body)s, %(version)s, %(created_at)s, %(updated_at)s)
ON CONFLICT (operator_id, worksheet_id) DO UPDATE SET plant_id = excluded.plant_id, body = excluded.body,
  version = excluded.version, updated_at = excluded.updated_at
  WHERE footprint_worksheet.version = excluded.version - 1;

-- name: add_result
INSERT INTO footprint_result (operator_id, result_id, worksheet_id, worksheet_version, trace_id, plant_id, pack_id, body,
  hash, preceding_id, reason, created_at)
VALUES (%(operator_id)s, %(result_id)s, %(worksheet_id)s, %(worksheet_version)s, %(trace_id)s, %(plant_id)s, %(pack_id)s,
  %(body)s, %(hash)s, %(preceding_id)s, %(reason)s, %(created_at)s);

-- name: result
SELECT r.body, r.hash, s.reason FROM footprint_result r
  LEFT JOIN footprint_result_stale s ON s.operator_id = r.operator_id AND s.result_id = r.result_id
 WHERE r.operator_id = %(operator_id)s AND r.result_id = %(result_id)s;

-- name: results
SELECT r.body, r.hash, s.reason FROM footprint_result r
  LEFT JOIN footprint_result_stale s ON s.operator_id = r.operator_id AND s.result_id = r.result_id
 WHERE r.operator_id = %(operator_id)s AND r.worksheet_id = %(worksheet_id)s
 ORDER BY r.result_id DESC LIMIT %(limit)s;

-- name: newest_result
SELECT r.body, r.hash, s.reason FROM footprint_result r
  LEFT JOIN footprint_result_stale s ON s.operator_id = r.operator_id AND s.result_id = r.result_id
 WHERE r.operator_id = %(operator_id)s AND r.worksheet_id = %(worksheet_id)s AND r.pack_id = %(pack_id)s
 ORDER BY r.result_id DESC LIMIT 1;

-- name: mark_stale
-- The newest result of each worksheet and pack of a part.
INSERT INTO footprint_result_stale (operator_id, result_id, reason, at)
SELECT operator_id, result_id, %(reason)s, %(now)s FROM (
  SELECT DISTINCT ON (worksheet_id, pack_id) operator_id, result_id FROM footprint_result
   WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s ORDER BY worksheet_id, pack_id, result_id DESC) AS newest
ON CONFLICT DO NOTHING;

-- name: worksheet_as_of
SELECT worksheet_id, trace_id, h.body, h.version, created_at, h.at
  FROM footprint_worksheet_history h JOIN footprint_worksheet w USING (operator_id, worksheet_id)
 WHERE h.operator_id = %(operator_id)s AND h.worksheet_id = %(worksheet_id)s AND h.version = %(version)s;

-- name: worksheets_as_of
-- in: worksheet_ids uuid[], versions int[] (pairwise)
SELECT w.worksheet_id, w.trace_id, h.body, h.version, w.created_at, h.at
  FROM unnest(%(worksheet_ids)s::uuid[], %(versions)s::int[]) AS v (worksheet_id, version)
  JOIN footprint_worksheet_history h
    ON h.operator_id = %(operator_id)s AND h.worksheet_id = v.worksheet_id AND h.version = v.version
  JOIN footprint_worksheet w ON w.operator_id = h.operator_id AND w.worksheet_id = h.worksheet_id;

-- name: taken_elsewhere
-- in: ids of certificates and contracts; out: kWh that other worksheets take of each, and the volume that they state
SELECT i ->> 'id', sum((i ->> 'kwh')::numeric
         * CASE WHEN l ->> 'per' = 'period' OR coalesce(l ->> 'meter', '') <> '' THEN 1
                ELSE (w.body ->> 'output')::numeric END),
       min((i ->> 'volume')::numeric)
  FROM footprint_worksheet w, jsonb_array_elements(w.body -> 'lines') l, jsonb_array_elements(l -> 'instruments') i
 WHERE w.operator_id = %(operator_id)s AND i ->> 'id' = ANY(%(ids)s::text[])
   AND w.worksheet_id IS DISTINCT FROM %(worksheet_id)s::uuid
 GROUP BY 1;
