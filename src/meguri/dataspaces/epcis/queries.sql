-- name: add_event
INSERT INTO epcis_event (operator_id, row_id, event_id, correction, event_type, event_time, record_time, action, biz_step,
                         disposition, read_point, biz_location, transformation_id, epcs, parties, capturer, body, body_hash)
VALUES (%(operator_id)s, %(row_id)s, %(event_id)s, %(correction)s, %(event_type)s, %(event_time)s, %(record_time)s, %(action)s,
        %(biz_step)s, %(disposition)s, %(read_point)s, %(biz_location)s, %(transformation_id)s, %(epcs)s, %(parties)s,
        %(capturer)s, %(body)s::jsonb, %(body_hash)s)
ON CONFLICT DO NOTHING;

-- name: event_known
SELECT EXISTS (SELECT 1 FROM epcis_event
  WHERE operator_id = %(operator_id)s AND event_id = %(event_id)s AND NOT correction);

-- name: events
-- A page of what the viewer sees. me: NULL for the company itself.
SELECT row_id, event_id, event_time, record_time, capturer, body FROM epcis_event e
 WHERE operator_id = %(operator_id)s
   AND (%(all)s OR e.capturer = %(me)s OR e.parties @> ARRAY[%(me)s::text])
   AND (%(types)s::text[] IS NULL OR event_type = ANY(%(types)s::text[]))
   AND (%(event_from)s::timestamptz IS NULL OR event_time >= %(event_from)s)
   AND (%(event_to)s::timestamptz IS NULL OR event_time < %(event_to)s)
   AND (%(record_from)s::timestamptz IS NULL OR record_time >= %(record_from)s)
   AND (%(record_to)s::timestamptz IS NULL OR record_time < %(record_to)s)
   AND (%(actions)s::text[] IS NULL OR action = ANY(%(actions)s::text[]))
   AND (%(steps)s::text[] IS NULL OR biz_step = ANY(%(steps)s::text[]))
   AND (%(dispositions)s::text[] IS NULL OR disposition = ANY(%(dispositions)s::text[]))
   AND (%(read_points)s::text[] IS NULL OR read_point = ANY(%(read_points)s::text[]))
   AND (%(locations)s::text[] IS NULL OR biz_location = ANY(%(locations)s::text[]))
   AND (%(transformations)s::text[] IS NULL OR transformation_id = ANY(%(transformations)s::text[]))
   AND (%(event_ids)s::text[] IS NULL OR event_id = ANY(%(event_ids)s::text[]))
   AND (%(epcs)s::text[] IS NULL OR epcs && %(epcs)s::text[])
   AND (%(corrections)s::boolean IS NULL OR correction = %(corrections)s)
   AND (event_time, row_id) > (%(after)s, %(after_id)s)
 ORDER BY event_time, row_id LIMIT %(rows)s;

-- name: last_about
-- Whom the last visible transfer of an instance went to, as of a moment: the destination that the event names.
SELECT body->'destinationList' FROM epcis_event
 WHERE operator_id = %(operator_id)s AND epcs @> ARRAY[%(epc)s::text] AND event_time <= %(at)s AND body ? 'destinationList'
 ORDER BY event_time DESC, row_id DESC LIMIT 1;

-- name: add_capture
INSERT INTO epcis_capture (operator_id, capture_id, capturer, behaviour, success, errors, created_at, finished_at)
VALUES (%(operator_id)s, %(capture_id)s, %(capturer)s, %(behaviour)s, %(success)s, %(errors)s::jsonb, %(at)s, %(at)s);

-- name: captures
SELECT capture_id, capturer, behaviour, success, errors, created_at, finished_at FROM epcis_capture
 WHERE operator_id = %(operator_id)s AND (%(all)s OR capturer = %(me)s)
   AND (%(capture_id)s::uuid IS NULL OR capture_id = %(capture_id)s)
 ORDER BY capture_id DESC LIMIT %(rows)s;

-- name: add_query
INSERT INTO epcis_query (operator_id, owner, name, query, created_at)
VALUES (%(operator_id)s, %(owner)s, %(name)s, %(query)s::jsonb, %(at)s) ON CONFLICT DO NOTHING;

-- name: query
SELECT query FROM epcis_query WHERE operator_id = %(operator_id)s AND owner = %(owner)s AND name = %(name)s;

-- name: queries
SELECT name, query, created_at FROM epcis_query WHERE operator_id = %(operator_id)s AND owner = %(owner)s ORDER BY name LIMIT 500;

-- name: drop_query
DELETE FROM epcis_query WHERE operator_id = %(operator_id)s AND owner = %(owner)s AND name = %(name)s;
