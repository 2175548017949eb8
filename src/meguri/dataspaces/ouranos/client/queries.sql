-- name: save_system
INSERT INTO outside_system (operator_id, system_id, name, base_url, auth_url, north_url, gateway, share_structures, sealed,
                            foreign_operator_id, state, created_at, updated_at)
VALUES (%(operator_id)s, %(system_id)s, %(name)s, %(base_url)s, %(auth_url)s, %(north_url)s, %(gateway)s, %(share_structures)s,
        %(sealed)s, %(foreign_operator_id)s, 'active', %(at)s, %(at)s)
ON CONFLICT (operator_id, system_id) DO UPDATE
   SET name = EXCLUDED.name, base_url = EXCLUDED.base_url, auth_url = EXCLUDED.auth_url, north_url = EXCLUDED.north_url,
       gateway = EXCLUDED.gateway, share_structures = EXCLUDED.share_structures, sealed = EXCLUDED.sealed, state = 'active',
       reason = NULL, away_since = NULL, failures = 0, next_try_at = NULL, updated_at = EXCLUDED.updated_at;

-- name: systems
SELECT operator_id, system_id, name, base_url, auth_url, north_url, gateway, share_structures, foreign_operator_id, state, reason,
       away_since, failures, next_try_at, followed_at, read_all_at, created_at
  FROM outside_system WHERE operator_id = %(operator_id)s AND state <> 'left' ORDER BY created_at;

-- name: system
SELECT operator_id, system_id, name, base_url, auth_url, north_url, gateway, share_structures, foreign_operator_id, state, reason,
       away_since, failures, next_try_at, followed_at, read_all_at, created_at
  FROM outside_system WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s;

-- name: sealed
SELECT sealed FROM outside_system WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s;

-- name: due
-- Across companies.
SELECT operator_id, system_id FROM outside_system
 WHERE state = 'active' AND coalesce(next_try_at, '-infinity') <= %(now)s
   AND (coalesce(followed_at, '-infinity') < %(before)s
        OR EXISTS (SELECT 1 FROM outside_task t
                    WHERE t.operator_id = outside_system.operator_id AND t.system_id = outside_system.system_id
                      AND t.state = 'queued' AND t.next_try_at <= %(now)s))
 ORDER BY followed_at NULLS FIRST LIMIT 1000;

-- name: set_state
UPDATE outside_system SET state = %(state)s, reason = %(reason)s, away_since = NULL, failures = 0, next_try_at = NULL, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s;

-- name: forget_secrets
UPDATE outside_system SET sealed = '' WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s;

-- name: went_away
UPDATE outside_system SET reason = %(reason)s, away_since = coalesce(away_since, %(at)s), failures = failures + 1, next_try_at = %(next)s
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND state = 'active';

-- name: came_back
UPDATE outside_system SET reason = NULL, away_since = NULL, failures = 0, next_try_at = NULL, followed_at = %(at)s,
       read_all_at = CASE WHEN %(all)s THEN %(at)s ELSE read_all_at END
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s;

-- name: read_all_again
UPDATE outside_system SET read_all_at = NULL, next_try_at = NULL WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s;

-- name: add_id
INSERT INTO outside_id (operator_id, system_id, kind, theirs, ours, told)
VALUES (%(operator_id)s, %(system_id)s, %(kind)s, %(theirs)s, %(ours)s, %(told)s)
ON CONFLICT (operator_id, system_id, kind, theirs) DO UPDATE SET ours = EXCLUDED.ours, told = coalesce(EXCLUDED.told, outside_id.told);

-- name: drop_id
DELETE FROM outside_id WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = %(ours)s;

-- name: tell
UPDATE outside_id SET told = %(told)s
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = %(ours)s;

-- name: by_ours
SELECT theirs, ours, told FROM outside_id
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = ANY(%(ours)s);

-- name: by_theirs
SELECT theirs, ours, told FROM outside_id
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND theirs = ANY(%(theirs)s);

-- name: pairs
SELECT theirs, ours, told FROM outside_id
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s ORDER BY theirs;

-- name: holding
-- The live systems of a company in which this thing of its own is known.
SELECT i.system_id FROM outside_id i JOIN outside_system s USING (operator_id, system_id)
 WHERE i.operator_id = %(operator_id)s AND i.kind = %(kind)s AND i.ours = ANY(%(ours)s) AND s.state <> 'left'
 GROUP BY i.system_id;

-- name: holding_pairs
-- (company, system, thing) for things of several companies. Across companies.
SELECT i.operator_id, i.system_id, i.ours FROM outside_id i JOIN outside_system s USING (operator_id, system_id)
 WHERE i.kind = %(kind)s AND s.state <> 'left'
   AND (i.operator_id, i.ours) IN (SELECT * FROM unnest(%(owners)s::uuid[], %(ours)s::uuid[]));

-- name: mark
INSERT INTO outside_task (operator_id, system_id, kind, ours, state, marked_at, next_try_at)
VALUES (%(operator_id)s, %(system_id)s, %(kind)s, %(ours)s, 'queued', %(at)s, %(at)s)
ON CONFLICT (operator_id, system_id, kind, ours) DO UPDATE
   SET turn = outside_task.turn + 1, state = 'queued', next_try_at = EXCLUDED.next_try_at, code = NULL, attempts = 0,
       detail = CASE WHEN outside_task.sent_at IS NULL THEN NULL ELSE outside_task.detail END,
       marked_at = CASE WHEN outside_task.state = 'done' THEN EXCLUDED.marked_at ELSE outside_task.marked_at END;

-- name: tasks
SELECT operator_id, system_id, kind, ours, turn, state, sent_at, track, code, detail, attempts, marked_at, next_try_at
  FROM outside_task
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND state = 'queued' AND next_try_at <= %(now)s
 ORDER BY array_position(ARRAY['part', 'request', 'footprint', 'answer'], kind), marked_at LIMIT %(rows)s;

-- name: open_tasks
SELECT operator_id, system_id, kind, ours, turn, state, sent_at, track, code, detail, attempts, marked_at, next_try_at
  FROM outside_task
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND state <> 'done' ORDER BY marked_at LIMIT %(rows)s;

-- name: counts
SELECT system_id, state, count(*) FROM outside_task
 WHERE operator_id = %(operator_id)s AND state <> 'done' GROUP BY system_id, state;

-- name: sent
UPDATE outside_task SET sent_at = %(at)s, detail = %(detail)s, attempts = attempts + 1
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = %(ours)s;

-- name: tracked
UPDATE outside_task SET track = %(track)s
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = %(ours)s;

-- name: finished
-- Done, unless it has changed meanwhile.
UPDATE outside_task SET state = CASE WHEN turn = %(turn)s THEN 'done' ELSE 'queued' END, sent_at = NULL, track = NULL, code = NULL,
       detail = NULL, attempts = 0
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = %(ours)s;

-- name: later
UPDATE outside_task SET next_try_at = %(next)s, code = %(code)s
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = %(ours)s;

-- name: hold
UPDATE outside_task SET state = 'held', code = %(code)s, detail = %(detail)s, sent_at = NULL, track = NULL
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND kind = %(kind)s AND ours = %(ours)s AND turn = %(turn)s;

-- name: again
UPDATE outside_task SET state = 'queued', turn = turn + 1, next_try_at = %(at)s, code = NULL, detail = NULL, attempts = 0
 WHERE operator_id = %(operator_id)s AND system_id = %(system_id)s AND state = 'held';

-- name: task_of
SELECT t.operator_id, t.system_id, t.kind, t.ours, t.turn, t.state, t.sent_at, t.track, t.code, t.detail, t.attempts, t.marked_at,
       t.next_try_at
  FROM outside_task t
 WHERE t.operator_id = %(operator_id)s AND t.ours = %(ours)s AND t.state <> 'done' ORDER BY t.marked_at LIMIT 1;
