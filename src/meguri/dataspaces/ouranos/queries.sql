-- name: keep_track
-- A write that was done under this number.
INSERT INTO ouranos_track (operator_id, track_id, at) VALUES (%(operator_id)s, %(track_id)s, %(at)s);

-- name: tracks
-- Own writes by their numbers. in: track_ids text[]
SELECT track_id, at FROM ouranos_track
 WHERE operator_id = %(operator_id)s AND track_id = ANY(%(track_ids)s::text[])
 ORDER BY track_id COLLATE "C";
