-- name: factors
SELECT body FROM footprint_factor WHERE operator_id = %(operator_id)s ORDER BY factor_id, created_at;

-- name: add_factor
INSERT INTO footprint_factor (operator_id, factor_id, version, hash, body, import_id, created_at)
VALUES (%(operator_id)s, %(factor_id)s, %(version)s, %(hash)s, %(body)s, %(import_id)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: versions
SELECT version, hash FROM footprint_factor
 WHERE operator_id = %(operator_id)s AND factor_id = %(factor_id)s ORDER BY created_at;

-- name: add_import
INSERT INTO footprint_factor_import (operator_id, import_id, file_name, sha256, report, at, actor)
VALUES (%(operator_id)s, %(import_id)s, %(file_name)s, %(sha256)s, %(report)s, %(now)s, %(actor)s);

-- name: imports
SELECT import_id, file_name, report, at, actor FROM footprint_factor_import
 WHERE operator_id = %(operator_id)s ORDER BY import_id DESC LIMIT %(limit)s;

-- name: results_with
-- Newest results of each worksheet that rest on a factor, in any version.
SELECT result_id, trace_id, reference, created_at FROM (
  SELECT DISTINCT ON (r.worksheet_id, r.pack_id) r.result_id, r.trace_id, r.body, r.created_at
    FROM footprint_result r WHERE r.operator_id = %(operator_id)s
   ORDER BY r.worksheet_id, r.pack_id, r.result_id DESC) AS newest,
  jsonb_array_elements_text(newest.body -> 'factors') AS reference
 WHERE reference LIKE %(like)s ORDER BY created_at DESC LIMIT %(limit)s;
