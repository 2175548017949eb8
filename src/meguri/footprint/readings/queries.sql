-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 7));

-- name: within
-- Readings of one meter that touch a time, in order.
SELECT source, meter, starts, ends, amount, unit, evidence FROM footprint_reading
 WHERE operator_id = %(operator_id)s AND source = %(source)s AND meter = %(meter)s
   AND starts < %(ends)s AND ends > %(starts)s
 ORDER BY starts;

-- name: add
INSERT INTO footprint_reading (operator_id, source, meter, starts, ends, amount, unit, evidence, created_at)
SELECT %(operator_id)s, r.source, r.meter, r.starts, r.ends, r.amount, r.unit, r.evidence, %(now)s
  FROM jsonb_to_recordset(%(rows)s) AS r (source text, meter text, starts timestamptz, ends timestamptz, amount numeric,
                                          unit text, evidence text);

-- name: meters
SELECT source, meter, min(unit) AS unit, count(*)::int AS readings, min(starts) AS first, max(ends) AS last
  FROM footprint_reading WHERE operator_id = %(operator_id)s GROUP BY source, meter ORDER BY source, meter;
