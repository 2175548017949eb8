-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 7));

-- name: within
-- Readings of one meter that touch a time, in order.
SELECT source, meter, starts, ends, amount, unit, evidence FROM footprint_reading
 WHERE operator_id = %(operator_id)s AND source = %(source)s AND meter = %(meter)s
   AND starts < %(ends)s AND ends > %(starts)s
 ORDER BY starts;

-- name: add
INSERT INTO footprint_reading (operator_id, source, meter, starts, ends, amount, unit, evidence, offset_minutes, created_at)
SELECT %(operator_id)s, r.source, r.meter, r.starts, r.ends, r.amount, r.unit, r.evidence, r.offset_minutes, %(now)s
  FROM jsonb_to_recordset(%(rows)s) AS r (source text, meter text, starts timestamptz, ends timestamptz, amount numeric,
                                          unit text, evidence text, offset_minutes smallint);

-- name: offsets
-- What a meter's clock is ahead of UTC at the beginning and at the end of a period of its own days [minutes].
SELECT (SELECT offset_minutes FROM footprint_reading
         WHERE operator_id = %(operator_id)s AND source = %(source)s AND meter = %(meter)s
           AND ends > %(starts)s::timestamp AT TIME ZONE 'UTC' - offset_minutes * interval '1 minute'
         ORDER BY starts LIMIT 1),
       (SELECT offset_minutes FROM footprint_reading
         WHERE operator_id = %(operator_id)s AND source = %(source)s AND meter = %(meter)s
           AND starts < %(ends)s::timestamp AT TIME ZONE 'UTC' - offset_minutes * interval '1 minute'
         ORDER BY starts DESC LIMIT 1);

-- name: meters
SELECT source, meter, min(unit) AS unit, count(*)::int AS readings, min(starts) AS first, max(ends) AS last
  FROM footprint_reading WHERE operator_id = %(operator_id)s GROUP BY source, meter ORDER BY source, meter;
