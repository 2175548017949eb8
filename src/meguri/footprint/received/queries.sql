-- name: present
SELECT body FROM footprint_received WHERE operator_id = %(operator_id)s AND trace_id = ANY(%(trace_ids)s);

-- name: history
SELECT body FROM footprint_received_history
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s ORDER BY version DESC LIMIT %(limit)s;

-- name: keep
WITH kept AS (
  INSERT INTO footprint_received_history (operator_id, trace_id, version, body, at, actor)
  VALUES (%(operator_id)s, %(trace_id)s, %(version)s, %(body)s, %(at)s, %(actor)s)
)
INSERT INTO footprint_received (operator_id, trace_id, body, version, at)
VALUES (%(operator_id)s, %(trace_id)s, %(body)s, %(version)s, %(at)s)
ON CONFLICT (operator_id, trace_id) DO UPDATE SET body = excluded.body, version = excluded.version, at = excluded.at;
