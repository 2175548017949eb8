-- name: keep
-- Remembers what the company knows. in: arrays side by side; columns as texts joined by commas
INSERT INTO footprint_caution AS c (operator_id, total_of, to_operator_id, kind, trace_id, columns, at)
SELECT %(operator_id)s, w.total_of, w.reader, w.kind, w.trace_id, string_to_array(w.columns, ','), %(at)s
  FROM unnest(%(totals)s::uuid[], %(readers)s::uuid[], %(kinds)s::text[], %(parts)s::uuid[], %(columns)s::text[])
       AS w (total_of, reader, kind, trace_id, columns)
ON CONFLICT (operator_id, total_of, to_operator_id, kind, trace_id)
DO UPDATE SET columns = excluded.columns, at = excluded.at;

-- name: known
SELECT kind, trace_id, columns, at FROM footprint_caution
 WHERE operator_id = %(operator_id)s AND total_of = %(total_of)s AND to_operator_id = %(reader)s;

-- name: forget
DELETE FROM footprint_caution
 WHERE operator_id = %(operator_id)s AND total_of = %(total_of)s AND to_operator_id = %(reader)s
   AND kind = 'total' AND trace_id = ANY(%(parts)s::uuid[]);

-- name: looked_until
SELECT looked_until FROM footprint_watch WHERE operator_id = %(operator_id)s;

-- name: look_until
INSERT INTO footprint_watch (operator_id, looked_until) VALUES (%(operator_id)s, %(until)s)
ON CONFLICT (operator_id) DO UPDATE SET looked_until = excluded.looked_until;
