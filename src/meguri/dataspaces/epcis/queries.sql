-- name: add_event
INSERT INTO epcis_event (operator_id, row_id, event_id, correction, event_type, event_time, record_time, action, biz_step,
                         disposition, read_point, biz_location, transformation_id, epcs, parties, capturer, body, body_hash)
VALUES (%(operator_id)s, %(row_id)s, %(event_id)s, %(correction)s, %(event_type)s, %(event_time)s, %(record_time)s, %(action)s,
        %(biz_step)s, %(disposition)s, %(read_point)s, %(biz_location)s, %(transformation_id)s, %(epcs)s, %(parties)s,
        %(capturer)s, %(body)s::jsonb, %(body_hash)s)
ON CONFLICT DO NOTHING;

-- name: event_known
-- A partner is told only of what it captured itself, lest it probe for ids that it may not know.
SELECT EXISTS (SELECT 1 FROM epcis_event
  WHERE operator_id = %(operator_id)s AND event_id = %(event_id)s AND NOT correction
    AND (%(me)s::text IS NULL OR capturer = %(me)s));

-- name: events
-- A page of what the company itself has; `store` makes of it what another viewer sees, by what `/*seen*/` stands for.
SELECT e.row_id, e.event_id, e.event_time, e.record_time, e.capturer, e.body FROM epcis_event e
 WHERE e.operator_id = %(operator_id)s
   /*seen*/
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
   AND (%(read_points_below)s::text[] IS NULL OR EXISTS (SELECT 1 FROM unnest(%(read_points_below)s::text[]) AS w (place)
          WHERE read_point = place OR starts_with(read_point, rtrim(place, '/') || '/')))
   AND (%(locations_below)s::text[] IS NULL OR EXISTS (SELECT 1 FROM unnest(%(locations_below)s::text[]) AS w (place)
          WHERE biz_location = place OR starts_with(biz_location, rtrim(place, '/') || '/')))
   AND (%(transformations)s::text[] IS NULL OR transformation_id = ANY(%(transformations)s::text[]))
   AND (%(event_ids)s::text[] IS NULL OR event_id = ANY(%(event_ids)s::text[]))
   AND (%(epcs)s::text[] IS NULL OR epcs && %(epcs)s::text[])
   AND (%(corrections)s::boolean IS NULL OR correction = %(corrections)s)
   AND (event_time, row_id) > (%(after)s, %(after_id)s)
 ORDER BY event_time, row_id LIMIT %(rows)s;

-- name: seen_captured
-- What the viewer told.
AND e.capturer = %(me)s;

-- name: seen_named
-- What names the viewer as a source or destination.
AND e.parties @> ARRAY[%(me)s::text];

-- name: seen_held
-- What happened to instances while the viewer held all of them: the last transfer of each before that went to it.
AND e.epcs && ARRAY(SELECT DISTINCT unnest(h.epcs) FROM epcis_event h
                     WHERE h.operator_id = %(operator_id)s AND h.parties @> ARRAY[%(me)s::text])
AND NOT EXISTS (SELECT 1 FROM unnest(e.epcs) AS held (epc)
  WHERE NOT coalesce((SELECT t.body->'destinationList' FROM epcis_event t
          WHERE t.operator_id = %(operator_id)s AND t.epcs @> ARRAY[held.epc] AND t.event_time <= e.event_time
            AND t.body ? 'destinationList'
          ORDER BY t.event_time DESC, t.row_id DESC LIMIT 1)
        @> jsonb_build_array(jsonb_build_object('destination', %(me)s::text)), false));

-- name: seen_agreed
-- What an agreement opens by name.
AND e.epcs && %(reach)s::text[];

-- name: seen_agreed_below
-- What it opens by how the name begins.
AND EXISTS (SELECT 1 FROM unnest(e.epcs) AS told (epc) JOIN unnest(%(reach_below)s::text[]) AS open (name)
                       ON starts_with(told.epc, open.name));

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

-- name: add_subscription
INSERT INTO epcis_subscription (operator_id, subscription_id, owner, viewer, query_name, dest, signature_token, report_if_empty,
                                schedule, begins, reached, next_at, created_at)
VALUES (%(operator_id)s, %(subscription_id)s, %(owner)s, %(viewer)s, %(query_name)s, %(dest)s, %(signature_token)s,
        %(report_if_empty)s, %(schedule)s, %(begins)s, %(reached)s, %(next_at)s, %(created_at)s);

-- name: subscriptions
SELECT subscription_id, owner, viewer, query_name, dest, signature_token, report_if_empty, schedule, begins, reached, next_at, attempts,
       failing_since, trouble, created_at FROM epcis_subscription
 WHERE operator_id = %(operator_id)s AND (%(owner)s::text IS NULL OR owner = %(owner)s)
   AND (%(query_name)s::text IS NULL OR query_name = %(query_name)s)
   AND (%(subscription_id)s::uuid IS NULL OR subscription_id = %(subscription_id)s)
 ORDER BY subscription_id LIMIT 500;

-- name: due_subscriptions
-- Of all companies: (operator_id, subscription_id).
SELECT operator_id, subscription_id FROM epcis_subscription WHERE next_at <= %(now)s ORDER BY next_at LIMIT 500;

-- name: lock_subscription
SELECT subscription_id FROM epcis_subscription
 WHERE operator_id = %(operator_id)s AND subscription_id = %(subscription_id)s FOR UPDATE;

-- name: move_subscription
UPDATE epcis_subscription
   SET reached = %(reached)s, next_at = %(next_at)s, attempts = %(attempts)s, failing_since = %(failing_since)s, trouble = %(trouble)s
 WHERE operator_id = %(operator_id)s AND subscription_id = %(subscription_id)s;

-- name: drop_subscriptions
WITH gone AS (
  DELETE FROM epcis_subscription
   WHERE operator_id = %(operator_id)s AND owner = %(owner)s AND query_name = %(query_name)s
     AND (%(subscription_id)s::uuid IS NULL OR subscription_id = %(subscription_id)s) RETURNING subscription_id),
     r AS (DELETE FROM epcis_reported WHERE operator_id = %(operator_id)s AND subscription_id IN (SELECT subscription_id FROM gone))
SELECT count(*) FROM gone;

-- name: reported
SELECT row_id FROM epcis_reported WHERE operator_id = %(operator_id)s AND subscription_id = %(subscription_id)s;

-- name: add_reported
INSERT INTO epcis_reported (operator_id, subscription_id, row_id, record_time)
SELECT %(operator_id)s, %(subscription_id)s, n.* FROM unnest(%(row_ids)s::uuid[], %(times)s::timestamptz[]) AS n ON CONFLICT DO NOTHING;

-- name: forget_reported
DELETE FROM epcis_reported
 WHERE operator_id = %(operator_id)s AND subscription_id = %(subscription_id)s AND record_time < %(before)s;
