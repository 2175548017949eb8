-- Measured values.

-- name: reading_same
-- Readings of these very moments. in: passport, arrays of attribute, component, measured_at; source text
SELECT attribute, component, measured_at, value, counted FROM passport_reading
 WHERE passport_id = %(passport_id)s AND source = %(source)s
   AND (attribute, component, measured_at) IN (
     SELECT * FROM unnest(%(attributes)s::text[], %(components)s::text[], %(moments)s::timestamptz[]));

-- name: reading_neighbours
-- All readings of some attributes within a span, with the nearest before and after it, in order of time.
(SELECT attribute, component, measured_at, recorded_at, value, counted, flags FROM passport_reading
  WHERE passport_id = %(passport_id)s AND attribute = ANY(%(attributes)s::text[])
    AND measured_at BETWEEN %(first)s AND %(last)s)
UNION ALL
(SELECT DISTINCT ON (attribute, component) attribute, component, measured_at, recorded_at, value, counted, flags
   FROM passport_reading WHERE passport_id = %(passport_id)s AND attribute = ANY(%(attributes)s::text[])
    AND measured_at < %(first)s ORDER BY attribute, component, measured_at DESC, recorded_at DESC)
UNION ALL
(SELECT DISTINCT ON (attribute, component) attribute, component, measured_at, recorded_at, value, counted, flags
   FROM passport_reading WHERE passport_id = %(passport_id)s AND attribute = ANY(%(attributes)s::text[])
    AND measured_at > %(last)s ORDER BY attribute, component, measured_at, recorded_at);

-- name: add_readings
INSERT INTO passport_reading SELECT * FROM jsonb_populate_recordset(NULL::passport_reading, %(rows)s::jsonb);

-- name: add_known_readings
INSERT INTO passport_reading SELECT * FROM jsonb_populate_recordset(NULL::passport_reading, %(rows)s::jsonb)
ON CONFLICT DO NOTHING;

-- name: reading_newest
SELECT attribute, component, measured_at, source, value, counted, flags, detail, batch_id, device_id, actor, recorded_at,
       confirmed FROM passport_reading
 WHERE passport_id = %(passport_id)s ORDER BY measured_at DESC, attribute, component, source LIMIT %(most)s;

-- name: reading_count
SELECT count(*) FROM passport_reading WHERE passport_id = %(passport_id)s;

-- name: reading_current
-- The latest reading of each attribute that is not in doubt, components together.
SELECT DISTINCT ON (attribute) attribute, component, measured_at, recorded_at, value, counted, flags, source, detail
  FROM passport_reading
 WHERE passport_id = %(passport_id)s AND attribute = ANY(%(attributes)s::text[])
   AND (confirmed OR NOT 'SUSPECT_RESET' = ANY(flags))
 ORDER BY attribute, measured_at DESC, recorded_at DESC;

-- name: reading_page
SELECT attribute, component, measured_at, recorded_at, value, counted, flags, source, confirmed, detail
  FROM passport_reading
 WHERE passport_id = %(passport_id)s AND (%(attribute)s::text IS NULL OR attribute = %(attribute)s)
   AND measured_at < %(before)s
 ORDER BY measured_at DESC, attribute, component LIMIT %(count)s;

-- name: confirm_reading
UPDATE passport_reading SET confirmed = true
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s AND attribute = %(attribute)s
   AND measured_at = %(measured_at)s AND NOT confirmed;

-- name: move_readings
-- Readings go with the passport to the operator who is responsible now.
UPDATE passport_reading SET operator_id = %(to_operator_id)s
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s;

-- name: move_attachments
-- The bytes stay where they are.
UPDATE passport_attachment SET operator_id = %(to_operator_id)s, kept_by = coalesce(kept_by, operator_id)
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s;

-- name: add_attachment
INSERT INTO passport_attachment (operator_id, file_id, passport_id, name, media_type, size, sha256, actor, at)
VALUES (%(operator_id)s, %(file_id)s, %(passport_id)s, %(name)s, %(media_type)s, %(size)s, %(sha256)s, %(actor)s, %(at)s)
ON CONFLICT (operator_id, file_id) DO NOTHING;

-- name: attachment
SELECT operator_id, file_id, passport_id, name, media_type, size, sha256, at, kept_by FROM passport_attachment
 WHERE passport_id = ANY(%(passports)s::uuid[]) AND file_id = %(file_id)s LIMIT 1;

-- name: attachments
SELECT operator_id, file_id, passport_id, name, media_type, size, sha256, at, kept_by FROM passport_attachment
 WHERE passport_id = ANY(%(passports)s::uuid[]) ORDER BY at, file_id;
