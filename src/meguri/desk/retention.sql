-- name: ages_identity
-- How many rows of each kind there are, how old the oldest is, and how many are past their time. in: one moment a kind
SELECT 'guest_session' AS kind, count(*) AS rows, min(ends_at) AS oldest, count(*) FILTER (WHERE ends_at < %(guest_session)s) AS past FROM guest_session
UNION ALL SELECT 'guest_link', count(*), min(ends_at), count(*) FILTER (WHERE ends_at < %(guest_link)s) FROM guest_link
UNION ALL SELECT 'application', count(*), min(decided_at), count(*) FILTER (WHERE decided_at < %(application)s) FROM platform_application WHERE decided_at IS NOT NULL
UNION ALL SELECT 'page_session', count(*), min(least(ends_at, ended_at)), count(*) FILTER (WHERE least(ends_at, ended_at) < %(page_session)s) FROM page_session
UNION ALL SELECT 'one_time_link', count(*), min(ends_at), count(*) FILTER (WHERE ends_at < %(one_time_link)s) FROM one_time_link
UNION ALL SELECT 'sign_in_failure', count(*), min(last_at), count(*) FILTER (WHERE last_at < %(sign_in_failure)s) FROM sign_in_failure
UNION ALL SELECT 'known_place', count(*), min(seen_at), count(*) FILTER (WHERE seen_at < %(known_place)s) FROM known_place;

-- name: ages_tenant
SELECT 'notification' AS kind, count(*) AS rows, min(read_at) AS oldest, count(*) FILTER (WHERE read_at < %(notification)s) AS past FROM notification WHERE read_at IS NOT NULL
UNION ALL SELECT 'mail', count(*), min(made_at), count(*) FILTER (WHERE made_at < %(mail)s) FROM mail WHERE state <> 'pending'
UNION ALL SELECT 'webhook_delivery', count(*), min(made_at), count(*) FILTER (WHERE made_at < %(webhook_delivery)s) FROM webhook_delivery WHERE state <> 'pending'
UNION ALL SELECT 'import_run', count(*), min(created_at), count(*) FILTER (WHERE created_at < %(import_run)s) FROM import_run
UNION ALL SELECT 'repeated_request', count(*), min(at), count(*) FILTER (WHERE at < %(repeated_request)s) FROM idempotency;

-- name: forget_guest_session
WITH gone AS (DELETE FROM guest_session WHERE cookie_hash IN
  (SELECT cookie_hash FROM guest_session WHERE ends_at < %(before)s LIMIT %(most)s) RETURNING 1) SELECT count(*) FROM gone;

-- name: forget_guest_link
WITH gone AS (DELETE FROM guest_link WHERE token_hash IN
  (SELECT token_hash FROM guest_link WHERE ends_at < %(before)s LIMIT %(most)s) RETURNING 1) SELECT count(*) FROM gone;

-- name: forget_application
WITH gone AS (DELETE FROM platform_application WHERE application_id IN
  (SELECT application_id FROM platform_application WHERE decided_at < %(before)s LIMIT %(most)s) RETURNING 1) SELECT count(*) FROM gone;

-- name: forget_notification
WITH gone AS (DELETE FROM notification WHERE (operator_id, notification_id) IN
  (SELECT operator_id, notification_id FROM notification WHERE read_at < %(before)s LIMIT %(most)s) RETURNING 1) SELECT count(*) FROM gone;

-- name: forget_import_run
WITH gone AS (
  DELETE FROM import_run WHERE (operator_id, import_id) IN
   (SELECT operator_id, import_id FROM import_run WHERE created_at < %(before)s LIMIT %(most)s) RETURNING operator_id, import_id
), parts AS (
  DELETE FROM import_part p USING gone g WHERE p.operator_id = g.operator_id AND p.import_id = g.import_id
)
SELECT count(*) FROM gone;
