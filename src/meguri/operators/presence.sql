-- name: note
-- A person is at a place now; who left long ago is forgotten. in: operator_id, person_id uuid, place, name text, at, gone timestamptz
WITH forgotten AS (
  DELETE FROM presence WHERE operator_id = %(operator_id)s AND seen_at < %(gone)s AND person_id <> %(person_id)s
)
INSERT INTO presence (operator_id, place, person_id, name, seen_at)
VALUES (%(operator_id)s, %(place)s, %(person_id)s, %(name)s, %(at)s)
ON CONFLICT (operator_id, place, person_id) DO UPDATE SET seen_at = excluded.seen_at, name = excluded.name;

-- name: others
-- Who else is at a place. in: operator_id, person_id uuid, place text, since timestamptz; out: name
SELECT name FROM presence
 WHERE operator_id = %(operator_id)s AND place = %(place)s AND person_id <> %(person_id)s AND seen_at >= %(since)s
 ORDER BY name COLLATE "C";
